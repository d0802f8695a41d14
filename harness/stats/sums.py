"""Metrics that are a function of column sums (F1, precision, cost-weighted error): joint resampling of their columns."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from harness.stats import routes
from harness.stats.bootstrap import Interval, bca_or_percentile, jackknife_error, t_around
from harness.stats.conclusion import Comparison, Options, conclude, nothing_to_compare
from harness.stats.errors import StatisticsError
from harness.stats.estimation import Estimate
from harness.stats.paired_proportions import paired_proportions_interval
from harness.stats.proportions import proportion_interval
from harness.stats.resampling import check_confidence, draw_totals
from harness.stats.samples import Codes, Floats, even, fixture_means, fixture_weights, group_rows, number_groups
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
    facts = facts_of_sums(table, statistic, scale, total)
    route = routes.route_for_sums(facts)
    left_out = effect_of(total - units)
    if route is routes.FEW_SUMS_DIFFER:
        interval = bound_by_influence(table, statistic, changes, total, confidence)
    elif route is routes.CONSTANT:
        interval = Interval(effect, effect, 1.0, 0.0, "No fixture differs at all.")
    elif route is routes.FUNCTION_OF_SUMS_FEW_GROUPS:
        interval = t_around(effect, jackknife_error(left_out), len(units) - 1, confidence)
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
        note = "The metric has no value on these fixtures." if table.n else "No fixture has a usable value."
        return Estimate(None, None, None, table.n, len(units), str(routes.NOTHING), note, confidence=confidence)
    if len(units) < 2:
        note = "One independent unit has no spread; no interval can be formed."
        return Estimate(value, None, None, table.n, len(units), str(routes.NOTHING), note, confidence=confidence)
    left_out = table.value(statistic, total - units)
    levels, counts = np.unique(np.round(left_out, 12), return_counts=True)
    if 0 <= value <= 1 and len(left_out) - int(np.max(counts, initial=0)) < routes.FEWEST_DIFFERING and len(levels) < len(units):
        route = routes.ONE_SHARE_BOUND
        size = float(units_that_count(table, statistic, total))
        low, high = proportion_interval(value * size, size, "wilson", confidence)
        interval = Interval(low, high, None, jackknife_error(left_out))
    elif len(units) < (routes.MANY_GROUPS if table.groups is not None else routes.FEWEST_FIXTURES):
        route = routes.FUNCTION_OF_SUMS_FEW_GROUPS
        interval = t_around(value, jackknife_error(left_out), len(units) - 1, confidence)
    else:
        route = routes.FUNCTION_OF_SUMS
        replicates = table.value(statistic, draw_totals(units, resamples, seed))
        interval = bca_or_percentile(replicates, value, left_out, confidence)
    return Estimate(
        value, interval.low, interval.high, table.n, len(units), routes.without_p(route), interval.note, interval.standard_error,
        confidence,
    )  # fmt: skip


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
    lengths = {len(np.asarray(column)) for column in side.values()}
    if len(lengths) != 1:
        raise StatisticsError(f"columns have different lengths {sorted(lengths)}; give every column one entry per fixture")
    return side


def gap(candidate: Floats, baseline: Floats, scale: Scale) -> Floats:
    """Candidate minus baseline where differences add up; NaN where a ratio does not exist."""
    if scale == "difference":
        return candidate - baseline
    with np.errstate(all="ignore"):
        logs: Floats = np.where((candidate > 0) & (baseline > 0), np.log(candidate) - np.log(baseline), np.nan)
    return logs


def single_changes(table: Table, statistic: Statistic, total: Floats) -> Floats:
    """How the candidate's metric changes through each fixture alone having its own columns, not the baseline's; (n,)."""
    k = len(table.names)
    swapped = np.repeat(total, table.n, axis=0)
    swapped[:, :k] -= (table.rows[0] - table.rows[1]) * table.weights[:, None]
    changes = table.value(statistic, total, 0) - table.value(statistic, swapped, 0)
    return np.where(np.abs(changes) <= 1e-14 + 1e-12 * np.abs(table.value(statistic, total, 0)), 0.0, changes)


def facts_of_sums(table: Table, statistic: Statistic, scale: Scale, total: Floats) -> routes.Facts:
    """What the route depends on; a fixture differs where any of its columns does."""
    differs = np.any(np.abs(table.rows[0] - table.rows[1]) > 1e-12, axis=1)
    values = [float(table.value(statistic, total, side)[0]) for side in (0, 1)]
    groups = table.groups
    units_differing = int(differs.sum()) if groups is None else len(np.unique(groups[differs]))
    return routes.Facts(
        binary=False,
        share=scale == "difference" and all(0 <= v <= 1 for v in values),
        ratio=scale == "ratio",
        weighted=bool(np.any(table.weights != 1)),
        grouped=groups is not None,
        fixtures=table.n,
        units=table.n if groups is None else int(groups.max()) + 1,
        fixtures_differing=int(differs.sum()),
        units_differing=units_differing,
        varies=True,
    )


def units_that_count(table: Table, statistic: Statistic, total: Floats) -> int:
    """Units that can move the statistic: those with any column above 0, or all where the sum of weights enters."""
    more = total.copy()
    more[:, -1] *= 2
    if not np.allclose(table.value(statistic, more), table.value(statistic, total), rtol=1e-9, atol=0):
        return len(table.units)
    return max(1, int(np.sum(np.any(table.units[:, :-1] != 0, axis=1))))


def bound_by_influence(table: Table, statistic: Statistic, changes: Floats, total: Floats, confidence: float) -> Interval:
    """Tango interval of the sum of single changes, each counted by its size; an approximate bound.

    One unit's influence is taken to reach at most the largest seen: of a change, of leaving a unit out, or 1/n.
    """
    per_unit = group_rows(changes[:, None], table.groups)[:, 0]
    alone = table.value(statistic, total - table.units, 0) - table.value(statistic, total, 0)
    size = units_that_count(table, statistic, total)
    reach = max(1.0, size * float(np.max(np.abs(per_unit))), size * float(np.nanmax(np.abs(alone))))
    gains, drops = (size * float(np.maximum(s * per_unit, 0).sum()) / reach for s in (1, -1))
    shrink = max(1.0, (gains + drops) / size)
    low, high = paired_proportions_interval(gains / shrink, drops / shrink, size, method="tango", confidence=confidence)
    note = "So few fixtures differ that this is an approximate bound."
    return Interval(max(-1.0, low * reach), min(1.0, high * reach), None, None, note)
