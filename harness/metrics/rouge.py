"""ROUGE-L: the longest common subsequence of words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar

from harness.metrics.references import MAX_CHARACTERS, WordOverlap

_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True)
class RougeL(WordOverlap):
    """How much of the reference's words the answer has in the same order, 0 to 1: F1 of the longest common subsequence.

    Lin 2004, with the two texts as one sentence each. Words are runs of letters and digits in lower case, unstemmed,
    as in the package rouge-score, but of every script. Of several references (``expected`` as a list of texts) the
    best counts. A fixture without an expected text is left out; of a longer text the first 100,000 characters are
    looked at.
    """

    name: ClassVar[str] = "rouge_l"

    def words(self, text: str) -> list[str]:
        """Runs of letters and digits in lower case."""
        return _WORD.findall(text[:MAX_CHARACTERS].lower())

    def common(self, wanted: list[str], answer: list[str]) -> int:
        """Length of the longest common subsequence."""
        from rapidfuzz.distance import LCSseq

        return int(LCSseq.similarity(wanted, answer))
