"""Several statistics of one variant from one shared draw, for whoever needs the resamples themselves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from harness.stats.bootstrap import bca_or_percentile
from harness.stats.resampling import draw_totals
from harness.stats.samples import Floats
from harness.stats.sums import Columns, Statistic, tabulate


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

    Args:
        columns: Column name to an array of shape (n,) or (n, repeats); NaN where a column does not apply. Columns of several
            variants, metrics and slices may stand side by side: a slice is a column that is NaN outside it.
        statistics: Name to a function of the weighted column sums, vectorised over resamples; the key ``n`` holds the sum
            of the weights.
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
    table = tabulate([columns], groups, weights)
    units = table.units
    total = units.sum(axis=0, keepdims=True)
    totals = draw_totals(units, resamples, seed) if table.n else np.empty((0, units.shape[1]))
    results: dict[str, Resampled] = {}
    for name, statistic in statistics.items():
        value = float(table.value(statistic, total)[0]) if table.n else float("nan")
        replicates = table.value(statistic, totals)
        if len(units) < 2 or not np.isfinite(value):
            results[name] = Resampled(value, None, None, None, replicates, "There is nothing to form an interval from.")
            continue
        found = bca_or_percentile(replicates, value, table.value(statistic, total - units), confidence)
        results[name] = Resampled(value, found.low, found.high, found.standard_error, replicates, found.note)
    return results
