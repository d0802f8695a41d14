"""A candidate against a baseline on the same fixtures: the default route from two arrays to a verdict."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from harness.stats import routes
from harness.stats.bootstrap import Interval, t_interval, unseen
from harness.stats.conclusion import Comparison, Options, conclude, nothing_to_compare
from harness.stats.errors import StatisticsError
from harness.stats.few_groups import degrees_of_freedom, uneven
from harness.stats.mcnemar import mcnemar
from harness.stats.paired_proportions import paired_proportions_interval
from harness.stats.samples import Pairs, Sample, Units, pair
from harness.stats.studentised import paired_interval
from harness.stats.verdicts import Scale


def compare(
    candidate: npt.ArrayLike,
    baseline: npt.ArrayLike,
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
    """Compare two variants on the same fixtures by the route in ``harness.stats.routes``.

    Args:
        candidate: Shape (n,) or (n, repeats); NaN where there is no usable response. Repeats are averaged first.
        baseline: The same fixtures in the same order; the number of repeats may differ.
        groups: A label per fixture; fixtures of one label are not independent. None in it: the fixture is on its own.
        weights: A non-negative number per fixture.
        margin: Smallest difference worth having, in the unit of the values; relative (.1 is 10 %) on the ratio scale.
        confidence: Of the two-sided interval.
        seed: Seed of every draw.
        resamples: B.
        scale: ``ratio`` compares on the logarithm and shows the ratio of geometric means. Where a value is 0 on one side
            the ratio of the totals is formed instead.
        higher_is_better: The direction that is good; the verdict is turned by it, the effect is not.
        shares: Whether the values are shares by their nature, so that 0 and 1 bound them; None: whether they all lie there.

    Raises:
        StatisticsError: If lengths differ, a value is infinite, an option is out of range, or a value is negative on the
            ratio scale.
    """
    options = Options(margin, confidence, seed, resamples, scale, higher_is_better)
    pairs = pair(candidate, baseline, groups, weights)
    if pairs.n == 0:
        return nothing_to_compare(pairs.missing, options)
    if scale == "difference":
        differences = pairs.differences()
    else:
        if np.any(pairs.candidate < 0) or np.any(pairs.baseline < 0):
            raise StatisticsError("a ratio needs values of 0 or more; compare with scale='difference'")
        both = (pairs.candidate > 0) & (pairs.baseline > 0)
        if not np.all(both | ((pairs.candidate == 0) & (pairs.baseline == 0))):
            return ratio_of_totals(pairs, options)
        logs = np.zeros(pairs.n)
        logs[both] = np.log(pairs.candidate[both]) - np.log(pairs.baseline[both])
        differences = pairs.differences(np.where(np.abs(logs) <= 1e-12, 0.0, logs))
    facts = facts_of_pairs(pairs, differences, scale, shares)
    route = routes.route_for_pairs(facts)
    interval = interval_by(route, differences, options)
    if facts.share and interval.low is not None and interval.high is not None:
        interval = replace(interval, low=max(-1.0, interval.low), high=min(1.0, interval.high))
    return conclude(
        differences.units.mean,
        interval,
        route=route,
        facts=facts,
        direction=differences.values,
        missing=pairs.missing,
        options=options,
    )


def facts_of_pairs(pairs: Pairs, differences: Sample, scale: Scale, shares: bool | None) -> routes.Facts:
    """What the route depends on."""
    values = np.concatenate([pairs.candidate, pairs.baseline])
    units = differences.units
    means = units.total / units.weight
    return routes.Facts(
        binary=scale == "difference" and shares is not False and bool(np.all((values == 0) | (values == 1))),
        share=scale == "difference" and shares is not False and bool(np.all((values >= 0) & (values <= 1))),
        ratio=scale == "ratio",
        weighted=differences.weighted,
        grouped=differences.groups is not None,
        fixtures=pairs.n,
        units=units.count,
        worth=degrees_of_freedom(units.weight) + 1,
        fixtures_differing=int(np.count_nonzero(differences.values)),
        units_differing=differing_units(differences),
        varies=bool(np.ptp(means) > 1e-12 * np.max(np.abs(means), initial=0.0)),
    )


def differing_units(differences: Sample) -> int:
    """Units in which any fixture differs."""
    differs = differences.values != 0
    return int(differs.sum()) if differences.groups is None else len(np.unique(differences.groups[differs]))


def interval_by(route: routes.Route, differences: Sample, options: Options) -> Interval:
    """Form the interval of the mean difference by the route's method."""
    units = differences.units
    d, confidence = differences.values, options.confidence
    if route is routes.NOTHING:
        return Interval(None, None)
    if route is routes.PAIRED_SHARES:
        wins, losses = int(np.sum(d > 0)), int(np.sum(d < 0))
        low, high = paired_proportions_interval(wins, losses, len(d), method="tango", confidence=confidence)
        error = math.sqrt(max(0.0, (wins + losses) / len(d) - units.mean**2) / len(d))
        return Interval(low, high, mcnemar(wins, losses), error)
    if route is routes.FEW_SHARES_DIFFER:
        gains, drops = masses(units)
        low, high = paired_proportions_interval(gains, drops, units.effective, method="tango", confidence=confidence)
        return Interval(low, high, None, units.standard_error)
    if route is routes.CONSTANT:
        same = units.mean == 0
        note = "No fixture differs at all" if same else f"All {units.count} independent units differ by the same amount"
        note += f"; {unseen(units.count)}"
        return Interval(units.mean, units.mean, 1.0 if same else 2.0 ** (1 - units.count), 0.0, note)
    if route in (routes.FEW_GROUPS, routes.FEW_FIXTURES, routes.FEW_DIFFER):
        return replace(t_interval(units, confidence), note=uneven(units.weight) if route is routes.FEW_GROUPS else None)
    return paired_interval(units, confidence, options.resamples, options.seed)


def masses(units: Units) -> tuple[float, float]:
    """Mean gain and mean loss, each times the effective number of units."""
    scale = units.effective / units.weight.sum()
    return float(np.maximum(units.total, 0).sum() * scale), float(np.maximum(-units.total, 0).sum() * scale)


def ratio_of_totals(pairs: Pairs, options: Options) -> Comparison:
    """Compare the totals where the logarithm of a single value does not exist."""
    from harness.stats.sums import compare_sums

    result = compare_sums(
        {"value": pairs.candidate},
        {"value": pairs.baseline},
        lambda totals: totals["value"] / totals["n"],
        groups=pairs.groups,
        weights=pairs.weights,
        margin=options.margin,
        confidence=options.confidence,
        seed=options.seed,
        resamples=options.resamples,
        scale="ratio",
        higher_is_better=options.higher_is_better,
    )
    words = "Some values are 0, which have no logarithm, so the ratio of the totals is compared."
    return replace(result, missing=pairs.missing, note=f"{words} {result.note}" if result.note else words)
