"""Every metric's value for every fixture and variant, gathered in one pass over the scores."""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from harness.report.evidence.limits import COLUMNS
from harness.store import Score
from harness.verdicts import Judgement

_DIGITS = 9


@dataclass(frozen=True, slots=True)
class Measured:
    """A metric, or a part of one, for every fixture and variant.

    Attributes:
        name: ``metric`` or ``metric.part``; ``latency`` and ``cost`` come from the responses.
        unit: share, score, seconds, USD, tokens or count.
        better: 1 where higher is better, -1 where lower is, 0 where neither is said.
        values: Shape (variants, fixtures), means over repeats; NaN where there is none.
    """

    name: str
    unit: str
    better: int
    values: npt.NDArray[np.float64]

    def packed(self) -> dict[str, Any]:
        """The values as JSON: the distinct ones in order, and for each variant their places, -1 for none."""
        known = np.isfinite(self.values)
        levels, places = np.unique(self.values[known], return_inverse=True)
        codes = np.full(self.values.shape, -1, dtype=np.int64)
        codes[known] = places
        return {"levels": [float(f"{level:.{_DIGITS}g}") for level in levels], "codes": codes.tolist()}


class Sums:
    """Sums and counts of one column, cell by cell."""

    def __init__(self, cells: int) -> None:
        """Begin with nothing in so many cells."""
        self._sum, self._count = array("d", bytes(8 * cells)), array("L", bytes(array("L").itemsize * cells))

    def add(self, cell: int, value: float | None) -> None:
        """Add a value, unless it is None or no number."""
        if value is not None and math.isfinite(value):
            self._sum[cell] += value
            self._count[cell] += 1

    def means(self, variants: int) -> npt.NDArray[np.float64]:
        """Means, shape (variants, fixtures), NaN where nothing was added."""
        count = np.array(self._count, dtype=np.float64)
        with np.errstate(invalid="ignore", divide="ignore"):
            means = np.array(self._sum) / np.where(count == 0, np.nan, count)
        return means.reshape(variants, len(means) // max(variants, 1))


def measured(
    scores: Iterable[Score], judgement: Judgement, variants: Sequence[str], rows: Mapping[str, int]
) -> tuple[tuple[Measured, ...], int]:
    """Return what was measured, the headline metric first, and how many columns there was no room for.

    Args:
        scores: Every score.
        judgement: Knows the unit and direction of each metric.
        variants: The variants in the page's order.
        rows: The row of each fixture.
    """
    kinds = {e.metric: (e.unit, 1 if e.higher_is_better else -1) for e in judgement.estimates}
    headline = judgement.headline_metric
    order = {variant: place * len(rows) for place, variant in enumerate(variants)}
    sums: dict[tuple[str, str], Sums] = {}
    beyond: set[tuple[str, str]] = set()
    for score in scores:
        row, start = rows.get(score.fixture_id), order.get(score.variant)
        if row is None or start is None:
            continue
        for column, value in score.columns.items():
            key = (score.metric, column)
            found = sums.get(key)
            if found is None:
                if len(sums) >= COLUMNS and _name(*key) not in kinds:
                    beyond.add(key)
                    continue
                found = sums[key] = Sums(len(variants) * len(rows))
            found.add(start + row, value)
    made = []
    for (metric, column), found in sums.items():
        name = _name(metric, column)
        unit, better = kinds.get(name, ("score", 0))
        made.append(Measured(name, unit, better, found.means(len(variants))))
    first = {headline: 0}
    own = f"{headline.split('.', 1)[0]}."
    made.sort(key=lambda m: (first.get(m.name, 1), "." in m.name, not m.name.startswith(own)))
    return tuple(made), len(beyond)


def _name(metric: str, column: str) -> str:
    return metric if column == "value" else f"{metric}.{column}"
