"""ROUGE-L: the longest common subsequence of words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import ClassVar

from harness.errors import Fault
from harness.metrics.contract import MeanMetric, Unit
from harness.metrics.references import MAX_CHARACTERS, lacking_text, references
from harness.models import Response
from harness.suite import Fixture

_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True)
class RougeL(MeanMetric):
    """How much of the reference's words the answer has in the same order, 0 to 1: F1 of the longest common subsequence.

    Lin 2004, with the two texts as one sentence each. Words are runs of letters and digits in lower case, unstemmed,
    as in the package rouge-score, but of every script. Of several references (``expected`` as a list of texts) the
    best counts. A fixture without an expected text is left out; of a longer text the first 100,000 characters are
    looked at.
    """

    name: ClassVar[str] = "rouge_l"
    unit: ClassVar[Unit] = "score"

    def measure(self, fixture: Fixture, response: Response) -> Mapping[str, float]:
        """F1 with the best reference, and its precision and recall."""
        answer = _words(response.text)
        rows = [_longest_common(_words(text), answer) for text in references(fixture)]
        if not rows:
            return {}
        f1, precision, recall = max(rows)
        return {"value": f1, "precision": precision, "recall": recall}

    def faults(self, fixtures: Iterable[Fixture]) -> list[Fault]:
        """A fault where no fixture expects a text."""
        return lacking_text(self.name, fixtures)

    def parts(self) -> tuple[str, ...]:
        """Precision and recall."""
        return ("precision", "recall")


def _words(text: str) -> list[str]:
    return _WORD.findall(text[:MAX_CHARACTERS].lower())


def _longest_common(wanted: list[str], answer: list[str]) -> tuple[float, float, float]:
    """F1, precision and recall; 1 where neither text has a word."""
    from rapidfuzz.distance import LCSseq

    if not wanted or not answer:
        same = float(wanted == answer)
        return same, same, same
    common = LCSseq.similarity(wanted, answer)
    precision, recall = common / len(answer), common / len(wanted)
    return (2 * precision * recall / (precision + recall) if common else 0.0), precision, recall
