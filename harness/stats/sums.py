"""Metrics that are a function of column sums (F1, precision, cost-weighted error): joint resampling of their columns."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from harness.stats import routes
from harness.stats.bootstrap import Interval, bca_or_percentile, t_around
from harness.stats.conclusion import Comparison, Options, conclude, nothing_to_compare
from harness.stats.errors import StatisticsError
from harness.stats.estimation import Estimate, without_interval
from harness.stats.few_groups import degrees_of_freedom, jackknife_error, uneven
from harness.stats.paired_proportions import paired_proportions_interval
from harness.stats.proportions import proportion_interval
from harness.stats.resampling import check_confidence, draw_totals
from harness.stats.samples import Codes, Floats, even, fixture_means, fixture_weights, group_rows, number_groups, numbers
from harness.stats.verdicts import Scale

Columns = Mapping[str, npt.ArrayLike]
Statistic = Callable[[Mapping[str, Floats]], Any]
"""From weighted column sums, one array entry per resample, to the metric; the key ``n`` holds the sum of the weights."""


@dataclass(frozen=True, slots=True)
class Table:
    """Columns of the fixtures that count.

    Attributes:
        rows: One block of columns per side, unweighted, 0 where a column does not apply; each of shape (n, columns).
        weights: Shape (n,).
        groups: Group number per fixture, or None.
        names: Column names, in the order of the blocks.
        missing: Fixtures given that were dropped.
    """

    rows: tuple[Floats, ...]
    weights: Floats
    groups: Codes | None
    names: tuple[str, ...]
    missing: int

    @property
    def n(self) -> int:
        """Number of fixtures."""
        return len(self.weights)

    @property
    def units(self) -> Floats:
        """What is resampled: weighted columns of every side and the weight, summed inside groups; (units, columns)."""
        weight = self.weights[:, None]
        return group_rows(np.hstack([*(block * weight for block in self.rows), weight]), self.groups)

    @property
    def unit_weights(self) -> Floats:
        """Sum of the weights in each unit, shape (units,)."""
        return group_rows(self.weights[:, None], self.groups)[:, 0]

    def value(self, statistic: Statistic, totals: Floats, side: int = 0) -> Floats:
        """The statistic of one side for every row of totals, shape (rows,)."""
        first = side * len(self.names)
        sums = {name: totals[:, first + k] for k, name in enumerate(self.names)}
        with np.errstate(all="ignore"):
            result = np.asarray(statistic({**sums, "n": totals[:, -1]}), dtype=np.float64)
        if result.shape not in ((), (len(totals),)):
            raise StatisticsError(
                f"the statistic returned shape {result.shape} for {len(totals)} totals; return one value for each"
            )
        return np.broadcast_to(result, (len(totals),))


def compare_sums(
    candidate: Columns,
    baseline: Columns,
    statistic: Statistic,
    *,
    groups: Any = None,
    weights: Any = None,
    margin: float = 0.0,
    confidence: float = 0.95,
    seed: int = 0,
    resamples: int = 10_000,
    scale: Scale = "difference",
    higher_is_better: bool = True,
    shares: bool | None = None,
) -> Comparison:
    """Compare a function of column sums on the same fixtures; both sides are resampled together.

    Args:
        candidate: Column name to an array of shape (n,) or (n, repeats). NaN: the column does not apply to that fixture. A
            fixture counts where it has a ``value`` (or, without such a column, any column) on both sides.
        baseline: The same columns of the same fixtures.
        statistic: From totals to the metric, vectorised.
        groups: A label per fixture, None in it for a fixture on its own.
        weights: A non-negative number per fixture.
        margin: Smallest difference worth having; relative on the ratio scale.
        confidence: Of the two-sided interval.
        seed: Seed of the draw.
        resamples: B.
        scale: ``ratio`` compares candidate / baseline on the logarithm.
        higher_is_better: The direction that is good.
        shares: Whether the metric is a share by its nature, so that 0 and 1 bound it; None: whether both sides lie there.

    Raises:
        StatisticsError: If columns or lengths do not match, or an option is out of range.
    """
    options = Options(margin, confidence, seed, resamples, scale, higher_is_better)
    table = tabulate([candidate, baseline], groups, weights)
    if table.n == 0:
        return nothing_to_compare(table.missing, options)
    units = table.units

    def effect_of(totals: Floats) -> Floats:
        return gap(table.value(statistic, totals, 0), table.value(statistic, totals, 1), scale)

    total = units.sum(axis=0, keepdims=True)
    effect = float(effect_of(total)[0])
    if not np.isfinite(effect):
        return nothing_to_compare(table.missing, options, table.n, "The metric has no value on one of the two sides.")
    changes = single_changes(table, statistic, total)
    facts = facts_of_sums(table, statistic, scale, total, shares)
    route = routes.route_for_sums(facts)
    left_out = effect_of(total - units)
    if route is routes.FEW_SUMS_DIFFER:
        interval = bound_by_influence(table, statistic, changes, total, confidence)
    elif route is routes.CONSTANT:
        interval = Interval(effect, effect, 1.0, 0.0, "No fixture differs at all.")
    elif route is routes.FUNCTION_OF_SUMS_FEW_GROUPS:
        interval = jackknife_t(effect, left_out, table, confidence)
    elif route is routes.NOTHING:
        interval = Interval(None, None)
    else:
        interval = bca_or_percentile(effect_of(draw_totals(units, resamples, seed)), effect, left_out, confidence)
    return conclude(
        effect, interval, route=route, facts=facts, direction=changes, missing=table.missing, options=options
    )  # fmt: skip


def estimate_sums(
    columns: Columns,
    statistic: Statistic,
    *,
    groups: Any = None,
    weights: Any = None,
    confidence: float = 0.95,
    seed: int = 0,
    resamples: int = 10_000,
    shares: bool | None = None,
) -> Estimate:
    """Estimate a function of column sums of one variant; see ``compare_sums`` for the arguments.

    Raises:
        StatisticsError: If columns or lengths do not match, or an option is out of range.
    """
    check_confidence(confidence)
    table = tabulate([columns], groups, weights)
    units = table.units
    total = units.sum(axis=0, keepdims=True)
    value = float(table.value(statistic, total)[0]) if table.n else float("nan")
    if not np.isfinite(value):
        return without_interval(None, table.n, len(units), confidence)
    if len(units) < 2:
        return without_interval(value, table.n, len(units), confidence)
    left_out = table.value(statistic, total - units)
    levels, counts = np.unique(np.round(left_out, 12), return_counts=True)
    bounded = shares is not False and 0 <= value <= 1
    if bounded and len(left_out) - int(np.max(counts, initial=0)) < routes.FEWEST_DIFFERING and len(levels) < len(units):
        route = routes.ONE_SHARE_BOUND
        size = float(units_that_count(table, statistic, total))
        low, high = proportion_interval(value * size, size, "wilson", confidence)
        interval = Interval(low, high, None, jackknife_error(left_out, table.unit_weights))
    elif routes.too_few_to_resample(table.groups is not None, degrees_of_freedom(table.unit_weights) + 1):
        route = routes.FUNCTION_OF_SUMS_FEW_GROUPS
        interval = jackknife_t(value, left_out, table, confidence)
    else:
        route = routes.FUNCTION_OF_SUMS
        replicates = table.value(statistic, draw_totals(units, resamples, seed))
        interval = bca_or_percentile(replicates, value, left_out, confidence)
    return Estimate(
        value, interval.low, interval.high, table.n, len(units), routes.without_p(route), interval.note, interval.standard_error,
        confidence,
    )  # fmt: skip


def jackknife_t(value: float, left_out: Floats, table: Table, confidence: float) -> Interval:
    """A t interval around the jackknife error, with the degrees of freedom of a mean over units of these weights."""
    weight = table.unit_weights
    interval = t_around(value, jackknife_error(left_out, weight), degrees_of_freedom(weight), confidence)
    note = uneven(weight) if table.groups is not None else None
    return interval if note is None else replace(interval, note=" ".join(filter(None, [interval.note, note])))


def tabulate(sides: list[Columns], groups: Any, weights: Any) -> Table:
    """Average repeats, drop fixtures a side lacks, and put the columns of each side in a block."""
    names = tuple(sides[0])
    if not names or any(set(side) != set(names) for side in sides) or "n" in names:
        raise StatisticsError(
            "give both sides the same columns, at least one, and none called n (it holds the sum of the weights)"
        )
    blocks = [np.column_stack([fixture_means(side[name], name) for name in names]) for side in map(same_length, sides)]
    if len({len(block) for block in blocks}) != 1:
        raise StatisticsError("candidate and baseline have different numbers of fixtures; give both the same, in the same order")
    w = fixture_weights(weights, len(blocks[0]))
    keep = w > 0
    for block in blocks:
        finite = np.isfinite(block)
        keep &= finite[:, names.index("value")] if "value" in names else finite.any(axis=1)
    rows = tuple(np.nan_to_num(block[keep], nan=0.0) for block in blocks)
    return Table(rows, even(w[keep]), number_groups(groups, keep), names, int(len(keep) - keep.sum()))


def same_length(side: Columns) -> Columns:
    """Refuse columns of different lengths."""
    shapes = {numbers(column, name).shape[:1] for name, column in side.items()}
    if () in shapes or len(shapes) != 1:
        lengths = sorted(str(*shape) or "a single number" for shape in shapes)
        raise StatisticsError(f"columns have different lengths {lengths}; give every column one entry per fixture")
    return side


def gap(candidate: Floats, baseline: Floats, scale: Scale) -> Floats:
    """Candidate minus baseline where differences add up; NaN where a ratio does not exist."""
    if scale == "difference":
        return candidate - baseline
    with np.errstate(all="ignore"):
        logs: Floats = np.where((candidate > 0) & (baseline > 0), np.log(candidate) - np.log(baseline), np.nan)
    return logs


def single_changes(table: Table, statistic: Statistic, total: Floats) -> Floats:
    """How the metric changes where one fixture alone goes from the baseline's columns to the candidate's; shape (n,).

    The mean of both ways to say it, out of the candidate's other fixtures and out of the baseline's, so that swapping the
    sides turns every sign.
    """
    k = len(table.names)
    gained = (table.rows[0] - table.rows[1]) * table.weights[:, None]
    swapped = np.repeat(total, table.n, axis=0)
    swapped[:, :k] -= gained
    swapped[:, k : 2 * k] += gained
    ours, theirs = table.value(statistic, total, 0), table.value(statistic, total, 1)
    changes = (ours - table.value(statistic, swapped, 0) + table.value(statistic, swapped, 1) - theirs) / 2
    return np.where(np.abs(changes) <= 1e-14 + 1e-12 * np.maximum(np.abs(ours), np.abs(theirs)), 0.0, changes)


def facts_of_sums(table: Table, statistic: Statistic, scale: Scale, total: Floats, shares: bool | None = None) -> routes.Facts:
    """What the route depends on; a fixture differs where any of its columns does."""
    differs = np.any(np.abs(table.rows[0] - table.rows[1]) > 1e-12, axis=1)
    values = [float(table.value(statistic, total, side)[0]) for side in (0, 1)]
    groups = table.groups
    units_differing = int(differs.sum()) if groups is None else len(np.unique(groups[differs]))
    return routes.Facts(
        binary=False,
        share=scale == "difference" and shares is not False and all(0 <= v <= 1 for v in values),
        ratio=scale == "ratio",
        weighted=bool(np.any(table.weights != 1)),
        grouped=groups is not None,
        fixtures=table.n,
        units=len(table.unit_weights),
        worth=degrees_of_freedom(table.unit_weights) + 1,
        fixtures_differing=int(differs.sum()),
        units_differing=units_differing,
        varies=True,
    )


def units_that_count(table: Table, statistic: Statistic, total: Floats) -> int:
    """Units that can move the statistic: those with any column above 0, or all where the sum of weights enters."""
    some = total + 1.0  # so that a metric of 0 shows as well whether the sum of weights enters it
    more = some.copy()
    more[:, -1] *= 2
    if not np.allclose(table.value(statistic, more), table.value(statistic, some), rtol=1e-9, atol=0, equal_nan=True):
        return len(table.units)
    return max(1, int(np.sum(np.any(table.units[:, :-1] != 0, axis=1))))


def bound_by_influence(table: Table, statistic: Statistic, changes: Floats, total: Floats, confidence: float) -> Interval:
    """Tango interval of the sum of single changes, each counted by its size; an approximate bound.

    One unit's influence is taken to reach at most the largest seen: of a change, of leaving a unit out, or 1/n.
    """
    per_unit = group_rows(changes[:, None], table.groups)[:, 0]
    without = total - table.units
    alone = [table.value(statistic, without, side) - table.value(statistic, total, side) for side in (0, 1)]
    size = units_that_count(table, statistic, total)
    reach = max(1.0, size * float(np.max(np.abs(per_unit))), size * float(np.nanmax(np.abs(alone))))
    gains, drops = (size * float(np.maximum(s * per_unit, 0).sum()) / reach for s in (1, -1))
    shrink = max(1.0, (gains + drops) / size)
    low, high = paired_proportions_interval(gains / shrink, drops / shrink, size, method="tango", confidence=confidence)
    note = "So few fixtures differ that this is an approximate bound."
    return Interval(max(-1.0, low * reach), min(1.0, high * reach), None, None, note)
