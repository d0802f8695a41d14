"""The texts an answer is compared with: one reference, or several where ``expected`` is a list of texts."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from harness.errors import Fault
from harness.metrics.contract import MeanMetric, Unit
from harness.models import Response
from harness.suite import Fixture

MAX_CHARACTERS = 100_000
"""Characters of an answer or a reference that are looked at where the time grows with the length; the rest is not."""


def references(fixture: Fixture) -> tuple[str, ...]:
    """The reference texts of a fixture; none where ``expected`` is neither a text nor a list of texts."""
    expected: Any = fixture.expected
    if isinstance(expected, str):
        return (expected,)
    if isinstance(expected, list | tuple) and expected and all(isinstance(text, str) for text in expected):
        return tuple(expected)
    return ()


def lacking_text(metric: str, fixtures: Iterable[Fixture]) -> list[Fault]:
    """A fault where no fixture has a reference text."""
    if any(references(fixture) for fixture in fixtures):
        return []
    return [
        Fault(f"{metric} needs a text, or a list of texts, in expected, and no fixture has one", "add them, or drop the metric")
    ]


@dataclass(frozen=True)
class WordOverlap(MeanMetric, ABC):
    """What metrics share that compare the answer's words with those of the best reference by F1, precision and recall."""

    name: ClassVar[str]
    unit: ClassVar[Unit] = "score"

    @abstractmethod
    def words(self, text: str) -> list[str]:
        """The words of a text."""

    @abstractmethod
    def common(self, wanted: list[str], answer: list[str]) -> int:
        """How many words an answer has in common with one reference; neither is empty."""

    def measure(self, fixture: Fixture, response: Response) -> Mapping[str, float]:
        """F1 with the best reference, and its precision and recall."""
        answer = self.words(response.text)
        rows = [self._compared(self.words(text), answer) for text in references(fixture)]
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

    def _compared(self, wanted: list[str], answer: list[str]) -> tuple[float, float, float]:
        """F1, precision and recall against one reference; 1 where neither text has a word."""
        if not wanted or not answer:
            same = float(wanted == answer)
            return same, same, same
        common = self.common(wanted, answer)
        precision, recall = common / len(answer), common / len(wanted)
        return (2 * precision * recall / (precision + recall) if common else 0.0), precision, recall
