"""How much a metric moves when nothing changes: identical runs of one variant held against each other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import combinations
from typing import Any, Literal

import numpy as np

from harness import stats
from harness.metrics import Metric
from harness.store import Run
from harness.verdicts.table import Column, Floats, Mask, ScoreTable

TRIALS = 400
"""Pairs of identical runs judged for the false-alarm rate of a mean."""

TRIALS_WITHOUT_A_FORMULA = 100
"""The same of a quantile or a function of sums, which take longer."""

RESAMPLES = 399
"""B in each of them; the level does not depend on it, since p = (1+k)/(B+1) at any B."""

MOST_PAIRS = 10
"""Pairs of identical runs that are held against each other."""


@dataclass(frozen=True, slots=True)
class MetricNoise:
    """What one metric does between identical runs.

    Attributes:
        metric: Its name.
        unit: What it is counted in.
        scale: How runs are compared on it.
        fixtures: Fixtures with a value in every run.
        runs: The metric in each run; NaN never.
        changed: Fixtures on which not every response was scored the same.
        spread: Standard deviation of the metric from run to run (of its logarithm where ``scale`` is ratio); None where
            one response a run leaves it unknown.
        largest: Largest difference between two of the runs, 0 or more; the larger over the smaller where ``scale`` is ratio.
        false_alarms: How often two identical runs are told apart; None where every response was scored the same.
        margin: Smallest lift that would be told from noise with 80 % power, as in ``stats.Comparison.detectable_effect``;
            None where it cannot be told.
    """

    metric: str
    unit: str
    scale: Literal["difference", "ratio"]
    fixtures: int
    runs: tuple[float, ...]
    changed: int
    spread: float | None
    largest: float
    false_alarms: stats.FalseAlarms | None
    margin: float | None

    @property
    def quiet(self) -> bool:
        """Whether every response to a fixture was scored the same."""
        return self.changed == 0


def noise_floor(run: Run, metrics: Sequence[Metric], variant: str, *, responses: int = 1) -> tuple[MetricNoise, ...]:
    """Cut the repeats of a run into identical runs, and hold these against each other on every metric.

    Args:
        run: A measured run in which every fixture was asked of ``variant`` several times.
        metrics: The metrics it was measured with.
        variant: The variant.
        responses: Responses to each fixture in one of the identical runs; at most half the repeats.

    Returns:
        One entry a metric that was measured at all, in their order.
    """
    table = ScoreTable(run, metrics)
    count = max(2, table.repeats // responses)
    blocks = [slice(k * responses, (k + 1) * responses) for k in range(count)]
    columns = [column for column in table.columns.values() if column.part is None]
    found = (of_metric(table, column, variant, blocks) for column in columns if table.has(variant, column).any())
    return tuple(noise for noise in found if noise is not None)


def of_metric(table: ScoreTable, column: Column, variant: str, blocks: Sequence[slice]) -> MetricNoise | None:
    """One metric; None where fewer than two fixtures have a value in every run."""
    values = table.values(variant, column)
    sides = [table.sums(variant, column) if column.kind == "sums" else {"value": values}] * len(blocks)
    sides = [{name: rows[:, block] for name, rows in side.items()} for side, block in zip(sides, blocks, strict=True)]
    keep = np.all([_measured(side) for side in sides], axis=0)
    if keep.sum() < 2:
        return None
    sides = [{name: rows[keep] for name, rows in side.items()} for side in sides]
    kept = np.concatenate([np.hstack(list(side.values())) for side in sides], axis=1)
    scale = column.metric.scale
    if scale == "ratio" and np.nanmin(kept) <= 0:
        scale = "difference"
    options: dict[str, Any] = {
        "groups": table.groups_within(keep), "weights": table.weights_within(keep), "seed": int(table.run.record.seed),
        "scale": scale, "higher_is_better": column.higher_is_better,
    }  # fmt: skip
    judge = _judge(column)
    pairs = list(combinations(range(len(sides)), 2))[:MOST_PAIRS]
    given = [side if column.kind == "sums" else side["value"] for side in sides]
    compared = [judge(given[i], given[j], **options) for i, j in pairs]
    runs = tuple(_value(column, side, keep, table) for side in sides)
    changed = _changed(sides)
    margins = [c.detectable_effect for c in compared if c.detectable_effect is not None]
    return MetricNoise(
        metric=column.name,
        unit=column.metric.unit,
        scale=scale,
        fixtures=int(keep.sum()),
        runs=runs,
        changed=changed,
        spread=_spread(column, sides, scale) if changed else 0.0,
        largest=max(runs) / min(runs) if scale == "ratio" else max(runs) - min(runs),
        false_alarms=_alarms(given, pairs, judge, options, TRIALS if column.kind == "mean" else TRIALS_WITHOUT_A_FORMULA)
        if changed
        else None,
        margin=float(np.median(margins)) if margins else None,
    )


def _judge(column: Column) -> Callable[..., stats.Comparison]:
    if column.kind == "sums":
        return partial(_compare_sums, statistic=column.statistic)
    if column.kind == "quantile" and column.metric.quantile is not None:
        return partial(_compare_quantile, q=column.metric.quantile)
    return partial(stats.compare, shares=column.metric.unit == "share")


def _compare_sums(a: Any, b: Any, *, statistic: Any, **options: Any) -> stats.Comparison:
    return stats.compare_sums(a, b, statistic, **options)


def _compare_quantile(a: Any, b: Any, *, q: float, **options: Any) -> stats.Comparison:
    return stats.compare_quantile(a, b, q, **options)


def _alarms(
    given: Sequence[Any], pairs: Sequence[tuple[int, int]], judge: Any, options: dict[str, Any], trials: int
) -> stats.FalseAlarms:
    """Judge shuffled pairs of the identical runs."""
    each = -(-trials // len(pairs))
    seed = options["seed"]
    rest = {name: value for name, value in options.items() if name != "seed" and not (name == "weights" and value is None)}
    found = [
        stats.false_alarm_rate(
            given[i], given[j], judge=judge, trials=each, seed=seed + at * each, resamples=RESAMPLES, **rest
        )
        for at, (i, j) in enumerate(pairs)
    ]  # fmt: skip
    alarms, made = round(sum(f.rate * f.trials for f in found)), sum(f.trials for f in found)
    low, high = stats.proportion_interval(alarms, made)
    return stats.FalseAlarms(alarms / made, low, high, made)


def _measured(side: dict[str, Floats]) -> Mask:
    """Fixtures with a value."""
    rows = [side["value"]] if "value" in side else list(side.values())
    return np.asarray(np.any([np.isfinite(r).any(axis=1) for r in rows], axis=0))


def _changed(sides: Sequence[dict[str, Floats]]) -> int:
    """Fixtures on which not every response was scored the same on every column."""
    changed = np.zeros(len(next(iter(sides[0].values()))), dtype=bool)
    for name in sides[0]:
        rows = np.hstack([side[name] for side in sides])
        known = np.where(np.isfinite(rows), rows, np.nan)
        first = known[np.arange(len(rows)), np.argmax(np.isfinite(rows), axis=1)]
        changed |= np.nansum(np.abs(known - first[:, None]), axis=1) > 0
    return int(changed.sum())


def _value(column: Column, side: dict[str, Floats], keep: Mask, table: ScoreTable) -> float:
    """The metric in one run."""
    weights = table.weights_within(keep)
    if column.kind == "quantile" and column.metric.quantile is not None:
        value = stats.estimate_quantile(side["value"], column.metric.quantile, weights=weights, resamples=RESAMPLES).value
    elif column.kind == "sums":
        value = stats.estimate_sums(side, column.statistic, weights=weights, resamples=RESAMPLES).value
    else:
        value = stats.estimate(side["value"], weights=weights, resamples=RESAMPLES).value
    return float("nan") if value is None else value


def _spread(column: Column, sides: Sequence[dict[str, Floats]], scale: str) -> float | None:
    """Standard deviation of a mean from run to run, from how responses scatter around their fixture's mean."""
    if column.kind != "mean":
        return None
    rows = np.hstack([side["value"] for side in sides])
    error = stats.spread(np.log(rows) if scale == "ratio" else rows).repeat_error
    return None if error is None else float(error * np.sqrt(len(sides)))
