"""Quantiles of a value (latency_p95) of one variant, and of two variants on the same fixtures."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from harness.stats import routes
from harness.stats.bootstrap import Interval, bca_or_percentile, t_around
from harness.stats.conclusion import Comparison, Options, conclude, nothing_to_compare
from harness.stats.errors import StatisticsError
from harness.stats.estimation import Estimate, without_interval
from harness.stats.few_groups import bootstrap_correction, degrees_of_freedom, uneven
from harness.stats.resampling import Counts, check_confidence, chunk_sizes, draw_small_counts, tail_rank
from harness.stats.samples import Codes, Floats, even, fixture_means, fixture_weights, number_groups, numbers
from harness.stats.sums import gap
from harness.stats.verdicts import Scale

JACKKNIFE_BLOCKS = 500
"""Most leave-out blocks for the acceleration; beyond, units are left out in blocks of equal size."""

FEWEST_BEYOND = 5
"""Fewer values beyond a quantile than this are worth a word."""


@dataclass(frozen=True, slots=True)
class Responses:
    """Every response of one variant, sorted by value.

    Attributes:
        values: Shape (responses,), ascending.
        weights: Shape (responses,).
        units: Number of the unit each response belongs to.
    """

    values: Floats
    weights: Floats
    units: Codes

    def quantile(self, q: float, counts: Counts) -> Floats:
        """The quantile for every row of unit counts, shape (rows,).

        Linear interpolation (Hyndman and Fan 1996, type 7, numpy's default) without weights; with weights the smallest value
        at which the share of the weight reaches q.

        Args:
            q: Between 0 and 1.
            counts: How often each unit is drawn, shape (rows, units).
        """
        drawn = np.take(counts, self.units, axis=1)
        if not np.all(self.weights == 1.0):
            heavy = np.cumsum(drawn * self.weights, axis=1)
            needed = q * heavy[:, -1] * (1 - 1e-12)
            return np.asarray(self.values[np.argmax(heavy >= needed[:, None], axis=1)])
        reached = np.cumsum(drawn, axis=1, dtype=np.int32)
        last = np.maximum(reached[:, -1] - 1, 0)
        position = last * q
        below = np.floor(position + 1e-9).astype(np.int32)
        first = self.values[np.argmax(reached > below[:, None], axis=1)]
        second = self.values[np.argmax(reached > np.minimum(below + 1, last)[:, None], axis=1)]
        return np.where(reached[:, -1] > 0, first + (second - first) * np.maximum(position - below, 0.0), np.nan)


@dataclass(frozen=True, slots=True)
class Layout:
    """The fixtures that count, numbered into units in an order that does not depend on the order given."""

    sides: tuple[Responses, ...]
    means: tuple[Floats, ...]
    fixtures: int
    units: int
    grouped: bool
    fixture_units: Codes
    unit_weights: Floats
    missing: int


def compare_quantile(
    candidate: npt.ArrayLike,
    baseline: npt.ArrayLike,
    q: float,
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
    """Compare a quantile over all responses of two variants; fixtures (or groups) are resampled with both sides together.

    Repeats are not averaged here, since that would shrink the tails; a fixture is resampled with all its repeats.

    Args:
        candidate: Shape (n,) or (n, repeats), NaN where there is no usable response.
        baseline: The same fixtures in the same order.
        q: The quantile, between 0 and 1.
        groups: A label per fixture, None in it for a fixture on its own.
        weights: A non-negative number per fixture.
        margin: Smallest difference worth having; relative on the ratio scale.
        confidence: Of the two-sided interval.
        seed: Seed of the draw.
        resamples: B.
        scale: ``ratio`` compares candidate / baseline on the logarithm.
        higher_is_better: The direction that is good.

    Raises:
        StatisticsError: If lengths differ, q or an option is out of range, or a value is infinite.
    """
    options = Options(margin, confidence, seed, resamples, scale, higher_is_better)
    layout = lay_out([candidate, baseline], q, groups, weights)
    if layout.fixtures == 0:
        return nothing_to_compare(layout.missing, options)
    a, b = layout.sides

    def effect_of(counts: Counts) -> Floats:
        return gap(a.quantile(q, counts), b.quantile(q, counts), scale)

    effect = float(effect_of(np.ones((1, layout.units), dtype=np.uint8))[0])
    if not np.isfinite(effect):
        return nothing_to_compare(layout.missing, options, layout.fixtures, "A ratio needs quantiles above 0 on both sides.")
    direction = layout.means[0] - layout.means[1]
    facts = facts_of_quantiles(layout, direction, scale)
    route = routes.route_for_quantiles(facts)
    if route is routes.NOTHING:
        interval = Interval(None, None)
    elif route is routes.CONSTANT:
        interval = Interval(effect, effect, 1.0, 0.0, "No fixture differs at all.")
    else:
        interval = quantile_interval(effect_of, effect, layout, route, options)
    interval = replace(interval, note=" ".join(filter(None, [interval.note, tail_note(a, q)])) or None)
    return conclude(effect, interval, route=route, facts=facts, direction=direction, missing=layout.missing, options=options)


def estimate_quantile(
    values: npt.ArrayLike,
    q: float,
    *,
    groups: Any = None,
    weights: Any = None,
    confidence: float = 0.95,
    seed: int = 0,
    resamples: int = 10_000,
) -> Estimate:
    """Estimate a quantile over all responses of one variant; see ``compare_quantile`` for the arguments.

    Raises:
        StatisticsError: If q or an option is out of range, or a value is infinite.
    """
    check_confidence(confidence)
    layout = lay_out([values], q, groups, weights)
    if layout.fixtures == 0:
        return without_interval(None, 0, 0, confidence)
    side = layout.sides[0]
    value = float(side.quantile(q, np.ones((1, layout.units), dtype=np.uint8))[0])
    if layout.units < 2:
        return without_interval(value, layout.fixtures, layout.units, confidence)
    few = routes.too_few_to_resample(layout.grouped, degrees_of_freedom(layout.unit_weights) + 1)
    route = routes.QUANTILE_FEW_GROUPS if few else routes.QUANTILE
    options = Options(0.0, confidence, seed, resamples, "difference", True)
    interval = quantile_interval(lambda counts: side.quantile(q, counts), value, layout, route, options)
    note = " ".join(filter(None, [interval.note, tail_note(side, q)]))
    return Estimate(
        value, interval.low, interval.high, layout.fixtures, layout.units, routes.without_p(route), note or None,
        interval.standard_error, confidence,
    )  # fmt: skip


def lay_out(sides: list[npt.ArrayLike], q: float, groups: Any, weights: Any) -> Layout:
    """Check the arrays, drop fixtures a side lacks, number the units and sort each side's responses."""
    if not 0 < q < 1:
        raise StatisticsError(f"the quantile is {q}; give a number between 0 and 1, such as 0.95")
    means = [fixture_means(side, "values") for side in sides]
    if len({len(m) for m in means}) != 1:
        raise StatisticsError("candidate and baseline have different numbers of fixtures; give both the same, in the same order")
    w = fixture_weights(weights, len(means[0]))
    keep = (w > 0) & np.all([np.isfinite(m) for m in means], axis=0)
    kept, w = [m[keep] for m in means], even(w[keep])
    codes = number_groups(groups, keep)
    grouped = codes is not None
    codes = np.arange(len(w)) if codes is None else codes
    units = int(codes.max(initial=-1)) + 1
    blocks = [x[keep] if x.ndim == 2 else x[keep, None] for x in (numbers(side, "values") for side in sides)]
    codes = renumber(codes, units, kept, blocks, w)
    responses = []
    for x in blocks:
        row, column = np.nonzero(np.isfinite(x))
        by_value = np.lexsort((codes[row], x[row, column]))
        row, column = row[by_value], column[by_value]
        responses.append(Responses(x[row, column], w[row], codes[row]))
    weight = np.bincount(codes, w, minlength=units).astype(np.float64)
    return Layout(tuple(responses), tuple(kept), len(w), units, grouped, codes, weight, int(len(keep) - keep.sum()))


def renumber(codes: Codes, units: int, means: list[Floats], blocks: list[Floats], weights: Floats) -> Codes:
    """Number the units by what is in them, so that the order in which fixtures are given does not matter."""
    if not units:
        return codes
    responses = [np.sort(np.where(np.isnan(x), np.inf, x + 0.0), axis=1) for x in blocks]
    _, kind = np.unique(np.column_stack([*responses, weights]), axis=0, return_inverse=True)
    kind = kind.reshape(-1)
    order = np.argsort(kind, kind="stable")
    codes_in_order = codes[order]
    if units == len(codes):
        content = np.empty(units, dtype=np.intp)
        content[codes] = kind
    else:
        members: list[list[int]] = [[] for _ in range(units)]
        for unit, of_kind in zip(codes_in_order.tolist(), kind[order].tolist(), strict=True):
            members[unit].append(of_kind)
        place = {key: at for at, key in enumerate(sorted(set(map(tuple, members))))}
        content = np.array([place[tuple(key)] for key in members])
    sums = [np.bincount(codes_in_order, m[order], minlength=units) for m in means]
    rank = np.empty(units, dtype=np.intp)
    rank[np.lexsort([content, *sums])] = np.arange(units)
    return rank[codes]


def facts_of_quantiles(layout: Layout, direction: Floats, scale: Scale) -> routes.Facts:
    """What the route depends on."""
    differs = direction != 0
    return routes.Facts(
        binary=False,
        share=False,
        ratio=scale == "ratio",
        weighted=bool(np.any(layout.sides[0].weights != 1)),
        grouped=layout.grouped,
        fixtures=layout.fixtures,
        units=layout.units,
        worth=degrees_of_freedom(layout.unit_weights) + 1,
        fixtures_differing=int(differs.sum()),
        units_differing=len(np.unique(layout.fixture_units[differs])),
        varies=True,
    )


def quantile_interval(effect_of: Any, effect: float, layout: Layout, route: routes.Route, options: Options) -> Interval:
    """BCa from resampled units, or a t interval around the bootstrap standard error where units are few."""
    tail_rank(options.confidence, options.resamples)
    drawn = [effect_of(counts) for counts in draw_small_counts(layout.units, options.resamples, options.seed)]
    replicates = np.concatenate(drawn)
    if route is routes.QUANTILE_FEW_GROUPS:
        usable = replicates[np.isfinite(replicates)]
        factor, freedom = bootstrap_correction(layout.unit_weights)
        interval = t_around(effect, float(np.std(usable, ddof=1)) * factor, freedom, options.confidence)
        words = uneven(layout.unit_weights) if layout.grouped else None
        return replace(interval, note=" ".join(filter(None, [interval.note, words])) or None)
    left_out = leave_out(effect_of, layout.units)
    return bca_or_percentile(replicates, effect, left_out, options.confidence, layout.units)


def leave_out(effect_of: Any, units: int) -> Floats:
    """The statistic with each unit (or each of ``JACKKNIFE_BLOCKS`` blocks of units) left out."""
    blocks = min(units, JACKKNIFE_BLOCKS)
    block = np.arange(units) % blocks
    parts, start = [], 0
    for size in chunk_sizes(units, blocks):
        parts.append(effect_of((block[None, :] != np.arange(start, start + size)[:, None]).astype(np.uint8)))
        start += size
    return np.concatenate(parts)


def tail_note(side: Responses, q: float) -> str | None:
    """A word where the quantile leans on a handful of values."""
    beyond = len(side.values) * min(q, 1 - q)
    if beyond >= FEWEST_BEYOND:
        return None
    seen = f"{max(1, round(beyond))} of {len(side.values)}"
    return f"Only about {seen} values lie beyond the {q:.0%} quantile; its limits lean on them."
