"""How hard is the answer to read, by the classic formulas."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

from harness.metrics.contract import MeanMetric, Unit
from harness.metrics.prose import sentences, syllables
from harness.metrics.references import MAX_CHARACTERS
from harness.models import Response
from harness.suite import Fixture


@dataclass(frozen=True, slots=True)
class Counts:
    """What the formulas are made of.

    Attributes:
        sentences: Sentences, at least 1.
        words: Words, at least 1.
        letters: Letters and digits.
        syllables: Syllables by English spelling.
        hard: Words of three syllables or more.
        long: Words of more than six letters.
    """

    sentences: int
    words: int
    letters: int
    syllables: int
    hard: int
    long: int


FORMULAS: Mapping[str, Callable[[Counts], float]] = {
    # Flesch 1948
    "flesch_reading_ease": lambda c: 206.835 - 1.015 * c.words / c.sentences - 84.6 * c.syllables / c.words,
    # Kincaid et al. 1975
    "flesch_kincaid_grade": lambda c: 0.39 * c.words / c.sentences + 11.8 * c.syllables / c.words - 15.59,
    # Gunning 1952
    "gunning_fog": lambda c: 0.4 * (c.words / c.sentences + 100 * c.hard / c.words),
    # McLaughlin 1969
    "smog_index": lambda c: 1.0430 * math.sqrt(30 * c.hard / c.sentences) + 3.1291,
    # Smith and Senter 1967
    "automated_readability_index": lambda c: 4.71 * c.letters / c.words + 0.5 * c.words / c.sentences - 21.43,
    # Coleman and Liau 1975
    "coleman_liau_index": lambda c: 0.0588 * 100 * c.letters / c.words - 0.296 * 100 * c.sentences / c.words - 15.8,
    # Bjoernsson 1968
    "lix": lambda c: c.words / c.sentences + 100 * c.long / c.words,
}


@dataclass(frozen=True)
class Readability(MeanMetric):
    """Mean readability of the answers, or the share of answers whose readability lies within bounds.

    With neither bound the value is the formula's score: for ``flesch_reading_ease`` higher is easier and better (60 to
    70 is plain English), for the others, which give school years (``lix``: a score), lower is. Syllables are counted
    by English spelling, so only ``automated_readability_index``, ``coleman_liau_index`` and ``lix`` mean anything in
    other languages. An answer without a word has no score; with a bound it counts 0. Of a longer answer the first
    100,000 characters are looked at.

    Attributes:
        formula: ``flesch_reading_ease``, ``flesch_kincaid_grade``, ``gunning_fog``, ``smog_index``,
            ``automated_readability_index``, ``coleman_liau_index`` or ``lix``.
        minimum: Lowest score that is well; then the value is a share.
        maximum: Highest score that is well; then the value is a share.
    """

    name: ClassVar[str] = "readability"
    unit: ClassVar[Unit] = "score"
    formula: Literal[
        "flesch_reading_ease",
        "flesch_kincaid_grade",
        "gunning_fog",
        "smog_index",
        "automated_readability_index",
        "coleman_liau_index",
        "lix",
    ] = "flesch_reading_ease"
    minimum: float | None = None
    maximum: float | None = None

    def __post_init__(self) -> None:
        """Settle the unit and the direction, which the options decide.

        Raises:
            ValueError: The minimum lies above the maximum.
        """
        bounded = self.minimum is not None or self.maximum is not None
        if self.minimum is not None and self.maximum is not None and self.minimum > self.maximum:
            raise ValueError(f"the minimum {self.minimum:g} lies above the maximum {self.maximum:g}")
        object.__setattr__(self, "unit", "share" if bounded else "score")
        object.__setattr__(self, "higher_is_better", bounded or self.formula == "flesch_reading_ease")

    def measure(self, fixture: Fixture, response: Response) -> Mapping[str, float]:
        """The score, or whether it lies within the bounds."""
        counts = counts_of(response.text)
        if self.unit == "score":
            return {} if counts is None else {"value": FORMULAS[self.formula](counts)}
        if counts is None:
            return {"value": 0.0}
        score = FORMULAS[self.formula](counts)
        low = -math.inf if self.minimum is None else self.minimum
        high = math.inf if self.maximum is None else self.maximum
        return {"value": float(low <= score <= high)}

    def parts(self) -> tuple[str, ...]:
        """None."""
        return ()


def counts_of(text: str) -> Counts | None:
    """Count a text's sentences, words, letters and syllables; None where it has no word."""
    found = sentences(text[:MAX_CHARACTERS])
    if not found:
        return None
    words = [word for sentence in found for word in sentence]
    letters = [sum(character.isalnum() for character in word) for word in words]
    spoken = [sum(map(syllables, word.split("-"))) for word in words]
    return Counts(
        sentences=len(found),
        words=len(words),
        letters=sum(letters),
        syllables=sum(spoken),
        hard=sum(count >= 3 for count in spoken),
        long=sum(count > 6 for count in letters),
    )
