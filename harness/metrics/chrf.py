"""chrF and chrF++: F-score of character n-grams, rebuilt for the whole corpus from sums of counts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from harness.errors import Fault
from harness.metrics.contract import MeanMetric, Totals, Unit
from harness.metrics.extra import require_package
from harness.metrics.references import MAX_CHARACTERS, lacking_text, references
from harness.models import Response
from harness.suite import Fixture

Floats = npt.NDArray[np.float64]

NOTHING = 1e-9
"""A sum of counts below this is none: sums with weights and without one fixture are not exact."""


@dataclass(frozen=True)
class Chrf(MeanMetric):
    """Character n-gram F-score of the whole set of answers, 0 to 100, as sacreBLEU's ``corpus_score`` gives it.

    The metric of a variant is not the mean of its answers' scores: n-gram counts are summed over the answers, and one
    score is made of the sums (Popovic 2015; chrF++ 2017), in every resample anew. The score beside a single answer is
    that answer's own. Where ``expected`` is a list of texts, the reference with the best score counts. A fixture
    without an expected text is left out; of a longer text the first 100,000 characters are looked at.

    Attributes:
        word_order: 0 for chrF, 2 for chrF++, which counts words and pairs of words too.
        lowercase: Ignore case.
        whitespace: Count spaces as characters.
    """

    name: ClassVar[str] = "chrf"
    unit: ClassVar[Unit] = "score"
    word_order: int = 0
    lowercase: bool = False
    whitespace: bool = False

    def __post_init__(self) -> None:
        """Refuse an order that makes no sense.

        Raises:
            ValueError: ``word_order`` is not between 0 and 6.
        """
        if not 0 <= self.word_order <= 6:
            raise ValueError(f"word_order is {self.word_order}; it lies between 0 and 6")

    def ready(self) -> None:
        """Make sure that sacrebleu is there."""
        require_package("sacrebleu", self.name)

    def measure(self, fixture: Fixture, response: Response) -> Mapping[str, float]:
        """The answer's own score, and its counts in columns that start with ``_``."""
        texts = references(fixture)
        if not texts:
            return {}
        pairs = [[text[:MAX_CHARACTERS]] for text in texts]
        (counts,) = self._counter._extract_corpus_statistics([response.text[:MAX_CHARACTERS]], pairs)
        columns = {key: float(count) for key, count in zip(self._columns, counts, strict=True)}
        own = self.estimate({key: np.array([count]) for key, count in columns.items()})
        return {"value": float(own[0]), **columns}

    def estimate(self, totals: Totals) -> Any:
        """The corpus score of summed counts, one for each resample; shape as the totals, 0 to 100."""
        sums = np.array([totals[key] for key in self._columns], dtype=np.float64)
        answer, reference, match = sums[0::3], sums[1::3], sums[2::3]
        there = (answer > NOTHING) & (reference > NOTHING)
        orders = np.maximum(there.sum(axis=0), 1)
        precision = _share(match, answer, there).sum(axis=0) / orders
        recall = _share(match, reference, there).sum(axis=0) / orders
        both = 4 * precision + recall
        return 100 * np.divide(5 * precision * recall, both, out=np.zeros_like(both), where=both > 0)

    def faults(self, fixtures: Iterable[Fixture]) -> list[Fault]:
        """A fault where no fixture expects a text."""
        return lacking_text(self.name, fixtures)

    def parts(self) -> tuple[str, ...]:
        """None."""
        return ()

    @cached_property
    def _columns(self) -> tuple[str, ...]:
        orders = [*(f"c{n}" for n in range(1, 7)), *(f"w{n}" for n in range(1, self.word_order + 1))]
        return tuple(f"_{what}_{order}" for order in orders for what in ("answer", "reference", "match"))

    @cached_property
    def _counter(self) -> Any:
        from sacrebleu.metrics import CHRF

        return CHRF(word_order=self.word_order, lowercase=self.lowercase, whitespace=self.whitespace)


def _share(part: Floats, whole: Floats, there: npt.NDArray[np.bool_]) -> Floats:
    shares: Floats = np.divide(part, whole, out=np.zeros_like(part), where=there)
    return shares
