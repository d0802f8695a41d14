"""One variant's value on one column, with its interval."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from harness import stats
from harness.metrics import Metric
from harness.store import Run
from harness.verdicts.result import Estimate
from harness.verdicts.table import Column, Mask, ScoreTable

RESAMPLES = 10_000
"""Resamples of every bootstrap (STATISTICS: B >= 9,999 for a 5 % gate)."""


class Estimator:
    """Estimates of one run, each computed once."""

    def __init__(self, table: ScoreTable, *, seed: int, resamples: int = RESAMPLES) -> None:
        """Keep what every estimate shares."""
        self.table = table
        self.seed = seed
        self.resamples = resamples
        self._kept: dict[tuple[str, str, str | None, float], Estimate] = {}

    def estimate(self, variant: str, column: Column, *, slice: str | None = None, confidence: float = 0.95) -> Estimate:
        """Estimate a column for a variant over all fixtures or over a slice.

        Coverage is the share, among the fixtures that the column applies to, of those with a value.
        """
        key = (variant, column.name, slice, confidence)
        if key not in self._kept:
            self._kept[key] = self._estimate(variant, column, slice, confidence)
        return self._kept[key]

    def _estimate(self, variant: str, column: Column, slice: str | None, confidence: float) -> Estimate:
        table, metric = self.table, column.metric
        asked = table.applies(column) & table.within(slice)
        mask = asked & table.has(variant, column)
        found = self._by_kind(variant, column, mask, confidence)
        return Estimate(
            variant=variant,
            metric=column.name,
            value=found.value,
            low=found.low,
            high=found.high,
            n=found.n,
            coverage=float(mask.sum() / asked.sum()) if asked.any() else 0.0,
            route=found.route,
            unit=metric.unit,
            higher_is_better=column.higher_is_better,
            slice=slice,
            confidence=confidence,
            note=found.note,
        )

    def _by_kind(self, variant: str, column: Column, mask: Mask, confidence: float) -> stats.Estimate:
        table, metric = self.table, column.metric
        if not mask.any():
            return stats.Estimate(None, None, None, 0, 0, "nothing measured", "No fixture has a value.")
        shared: dict[str, Any] = {
            "groups": table.groups_within(mask),
            "weights": table.weights_within(mask),
            "confidence": confidence,
            "seed": self.seed,
            "resamples": self.resamples,
        }
        if column.kind == "sums":
            columns = {name: array[mask] for name, array in table.sums(variant, column).items()}
            return stats.estimate_sums(columns, column.statistic, shares=metric.unit == "share", **shared)
        values = table.values(variant, column)[mask]
        if column.kind == "quantile" and metric.quantile is not None:
            return stats.estimate_quantile(values, metric.quantile, **shared)
        return stats.estimate(values, shares=metric.unit == "share", **shared)


def estimate_all(run: Run, metrics: Sequence[Metric], *, resamples: int = RESAMPLES) -> tuple[Estimate, ...]:
    """Estimate every variant on every metric and part, over all fixtures; nothing is compared or judged."""
    return tuple(all_estimates(Estimator(ScoreTable(run, metrics), seed=run.record.seed, resamples=resamples), ()))


def all_estimates(estimator: Estimator, sliced: tuple[str, ...]) -> Iterator[Estimate]:
    """Every variant on every column over all fixtures, and on the columns named in ``sliced`` slice by slice."""
    table = estimator.table
    confidence = table.definition.confidence
    for column in table.columns.values():
        if not table.applies(column).any():
            continue
        for variant in table.variants:
            yield estimator.estimate(variant, column, confidence=confidence)
            for slice in table.definition.slices if column.name in sliced else ():
                yield estimator.estimate(variant, column, slice=slice, confidence=confidence)
