"""Several statistics of one variant from one shared draw, for whoever needs the resamples themselves."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from harness.stats.arranging import arrange
from harness.stats.bootstrap import bca_or_percentile
from harness.stats.errors import StatisticsError
from harness.stats.resampling import draw_arranged
from harness.stats.samples import Floats, even, fixture_means, fixture_weights, group_rows, number_groups
from harness.stats.sums import Columns, Statistic

NOTHING_THERE = "There is nothing to form an interval from."


@dataclass(frozen=True, slots=True)
class Resampled:
    """One statistic with its resamples.

    Attributes:
        value: The statistic of the data; NaN where it has none.
        low: Lower BCa limit (percentile where BCa is degenerate, said in ``note``), None where there is none.
        high: Upper limit.
        standard_error: Standard deviation of the resamples, None where there are none.
        replicates: The statistic in every resample, shape (resamples,); entry b of every statistic is the same draw.
        note: A caveat in a sentence, or None.
    """

    value: float
    low: float | None
    high: float | None
    standard_error: float | None
    replicates: Floats
    note: str | None


def resample(
    columns: Columns,
    statistics: Mapping[str, Statistic],
    *,
    groups: Any = None,
    weights: Any = None,
    confidence: float = 0.95,
    seed: int = 0,
    resamples: int = 10_000,
) -> dict[str, Resampled]:
    """Resample fixtures (or whole groups) once and evaluate every statistic on the same draws.

    The cost grows with the number of distinct rows, not with the fixtures, and a cell outside a column's slice costs nothing.

    Args:
        columns: Column name to an array of shape (n,) or (n, repeats); NaN where a column does not apply. Columns of several
            variants, metrics and slices may stand side by side: a slice is a column that is NaN outside it.
        statistics: Name to a function of the weighted column sums, vectorised over resamples; the key ``n`` holds the sum
            of the weights. Only the columns that a statistic asks for are handed to it.
        groups: A label per fixture, None in it for a fixture on its own.
        weights: A non-negative number per fixture.
        confidence: Of the two-sided intervals.
        seed: Seed of the draw.
        resamples: B.

    Returns:
        Name to result, in the order given.

    Raises:
        StatisticsError: If columns differ in length or an option is out of range.
    """
    names = tuple(columns)
    rows, present = unit_rows(columns, groups, weights)
    if not len(rows):
        empty = np.empty(0)
        return {name: Resampled(float("nan"), None, None, None, empty, NOTHING_THERE) for name in statistics}
    units = len(rows)
    arranged = arrange(rows, present)
    del rows, present
    total = arranged.total
    totals = draw_arranged(arranged, resamples, seed)
    position = {name: k for k, name in enumerate((*names, "n"))}
    results: dict[str, Resampled] = {}
    for name, statistic in statistics.items():
        value = float(evaluate(statistic, Sums(position, lambda k: total[k : k + 1]), 1)[0])
        replicates = evaluate(statistic, Sums(position, lambda k: totals[:, k]), resamples)
        if units < 2 or not np.isfinite(value):
            results[name] = Resampled(value, None, None, None, replicates, NOTHING_THERE)
            continue
        left_out = evaluate(statistic, Sums(position, lambda k: total[k] - arranged.rows[:, k]), len(arranged.rows))
        found = bca_or_percentile(replicates, value, arranged.spread_out(left_out), confidence)
        results[name] = Resampled(value, found.low, found.high, found.standard_error, replicates, found.note)
    return results


@dataclass(frozen=True, slots=True)
class Sums(Mapping[str, Floats]):
    """Column sums by name, each formed when a statistic asks for it.

    Attributes:
        position: Column name to its number.
        of: From a column's number to its sums.
    """

    position: Mapping[str, int]
    of: Callable[[int], Floats]

    def __getitem__(self, name: str) -> Floats:
        """The sums of one column."""
        return self.of(self.position[name])

    def __iter__(self) -> Iterator[str]:
        """The names of the columns."""
        return iter(self.position)

    def __len__(self) -> int:
        """Number of columns."""
        return len(self.position)


def evaluate(statistic: Statistic, sums: Sums, length: int) -> Floats:
    """The statistic for every entry of the sums, shape (length,)."""
    with np.errstate(all="ignore"):
        result = np.asarray(statistic(sums), dtype=np.float64)
    if result.shape not in ((), (length,)):
        raise StatisticsError(f"the statistic returned shape {result.shape} for {length} totals; return one value for each")
    return np.broadcast_to(result, (length,))


def unit_rows(columns: Columns, groups: Any, weights: Any) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """Average repeats, drop fixtures that count for nothing, and add up weighted columns and the weight inside groups.

    Returns:
        Weighted sums, the last column the weight, 0 where a column does not apply, shape (units, columns + 1); and where
        each applies, same shape.
    """
    names = tuple(columns)
    if not names or "n" in names:
        raise StatisticsError("give at least one column, and none called n (it holds the sum of the weights)")
    lengths = {len(np.asarray(column)) for column in columns.values()}
    if len(lengths) != 1:
        raise StatisticsError(f"columns have different lengths {sorted(lengths)}; give every column one entry per fixture")
    n = lengths.pop()
    means = np.empty((n, len(names) + 1), order="F")
    present = np.ones((n, len(names) + 1), dtype=bool, order="F")
    for k, name in enumerate(names):
        means[:, k] = fixture_means(columns[name], name)
        np.isfinite(means[:, k], out=present[:, k])
    means[:, -1] = w = fixture_weights(weights, n)
    keep = (w > 0) & (present[:, names.index("value")] if "value" in names else present[:, :-1].any(axis=1))
    if not keep.all():
        means, present = means[keep], present[keep]
    means[:, -1] = w = even(means[:, -1])
    weighted = bool(np.any(w != 1.0))
    for k in range(len(names)):
        if not present[:, k].all():
            means[~present[:, k], k] = 0.0
        if weighted:
            means[:, k] *= w
    codes = number_groups(groups, keep)
    if codes is None:
        return means, present
    return group_rows(means, codes), group_rows(present.astype(np.float64), codes) > 0
