"""Whether a metric, or a candidate's lift, differs by an attribute of the fixtures such as their language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from harness import stats
from harness.metrics import Metric
from harness.store import Run
from harness.verdicts.estimates import RESAMPLES
from harness.verdicts.pairing import standing_of
from harness.verdicts.table import Column, Floats, Mask, ScoreTable


@dataclass(frozen=True, slots=True)
class AttributeGap:
    """One value of an attribute against all others, on one metric.

    Attributes:
        attribute: Such as lang.
        value: Such as de.
        variant: The variant measured; ``candidate over baseline`` for its lift.
        metric: The metric.
        unit: What it is counted in.
        fixtures: Fixtures of this value.
        independent: Independent ones of them.
        mean: Their mean, with its 95 % interval.
        low: Lower end; None where there is none.
        high: Upper end.
        gap: Mean of these minus the mean of the others; None without others.
        gap_low: Lower end of its interval, at a confidence that allows for all gaps judged together (Bonferroni).
        gap_high: Upper end.
        judged: Whether both sides have ``min_slice`` fixtures.
    """

    attribute: str
    value: str
    variant: str
    metric: str
    unit: str
    fixtures: int
    independent: int
    mean: float | None
    low: float | None
    high: float | None
    gap: float | None = None
    gap_low: float | None = None
    gap_high: float | None = None
    judged: bool = False

    @property
    def signal(self) -> bool:
        """Whether the gap is told from chance."""
        return self.judged and self.gap_low is not None and self.gap_high is not None and not self.gap_low <= 0 <= self.gap_high


def attribute_gaps(
    run: Run, metrics: Sequence[Metric], attributes: Mapping[str, Mapping[str, str | None]], *, metric: str | None = None
) -> tuple[AttributeGap, ...]:
    """Measure every variant, and the candidate's lift over its baseline, by the values of attributes.

    The gap of two means over different fixtures is a function of column sums, so that groups are resampled whole
    (``stats.estimate_sums``).

    Args:
        run: A run with its scores.
        metrics: The metrics it was measured with.
        attributes: By attribute, the value of each fixture, by id.
        metric: The metric; the run's headline unless given.

    Returns:
        In the order of attributes, variants and sizes; nothing where the metric is no mean.
    """
    table = ScoreTable(run, metrics)
    standing = standing_of(table)
    column = standing.headline if metric is None else table.columns[metric]
    if column.kind == "quantile":
        return ()
    sides = {v: table.means(v, column) for v in table.variants if table.role(v) != "floor" and table.has(v, column).any()}
    if standing.candidate in sides and standing.baseline in sides:
        lift = sides[standing.candidate] - sides[standing.baseline]
        sides[f"{standing.candidate} over {standing.baseline}"] = lift
    found = []
    masks = [
        (
            name,
            value,
            np.array([values.get(f.id) == value for f in run.fixtures]),
            np.array([values.get(f.id) is not None for f in run.fixtures]),
        )
        for name, values in attributes.items()
        for value in sorted({v for v in values.values() if v is not None})
    ]
    least = table.definition.min_slice
    cases = [
        (name, value, variant, values, inside & np.isfinite(values), stated & ~inside & np.isfinite(values))
        for name, value, inside, stated in masks
        for variant, values in sides.items()
    ]
    judged = sum(min(int(inside.sum()), int(rest.sum())) >= least for *_, inside, rest in cases)
    confidence = 1 - 0.05 / max(1, judged)
    for name, value, variant, values, inside, rest in cases:
        if inside.any():
            found.append(
                _gap(
                    table,
                    column,
                    (name, value, variant),
                    values=values,
                    inside=inside,
                    rest=rest,
                    confidence=confidence,
                    least=least,
                )
            )
    return tuple(found)


def _gap(
    table: ScoreTable,
    column: Column,
    named: tuple[str, str, str],
    *,
    values: Floats,
    inside: Mask,
    rest: Mask,
    confidence: float,
    least: int,
) -> AttributeGap:
    seed = int(table.run.record.seed)
    is_lift = named[2] not in table.variants
    shares = column.metric.unit == "share" and not is_lift
    one = stats.estimate(
        values[inside], groups=table.groups_within(inside), weights=table.weights_within(inside), seed=seed, shares=shares,
        resamples=RESAMPLES,
    )  # fmt: skip
    count = int(inside.sum())
    judged = min(count, int(rest.sum())) >= least
    gap = low = high = None
    if judged:
        both = inside | rest
        here = inside[both].astype(np.float64)
        columns = {"a": here * values[both], "in_a": here, "b": (1 - here) * values[both], "in_b": 1 - here}
        found = stats.estimate_sums(
            columns, _difference, groups=table.groups_within(both), weights=table.weights_within(both),
            confidence=confidence, seed=seed, resamples=RESAMPLES, shares=False,
        )  # fmt: skip
        gap, low, high = found.value, found.low, found.high
    return AttributeGap(
        *named, column.name, column.metric.unit, count, one.groups, one.value, one.low, one.high, gap, low, high, judged
    )


def _difference(totals: Mapping[str, Any]) -> Any:
    with np.errstate(divide="ignore", invalid="ignore"):
        return totals["a"] / totals["in_a"] - totals["b"] / totals["in_b"]
