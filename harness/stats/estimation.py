"""One variant's mean or share, with its interval."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from harness.stats import routes
from harness.stats.bootstrap import Interval, studentised_interval, t_interval
from harness.stats.few_groups import bias_reduced_error, degrees_of_freedom, uneven
from harness.stats.proportions import proportion_interval
from harness.stats.resampling import check_confidence
from harness.stats.samples import Sample, sample


@dataclass(frozen=True, slots=True)
class Estimate:
    """One value with its interval.

    Attributes:
        value: The weighted mean, quantile or function of sums; None where nothing was measured.
        low: Lower limit, None where there is none.
        high: Upper limit.
        n: Fixtures behind it.
        groups: Independent groups; equal to n without groups.
        route: The method, with its reason.
        note: A caveat in a sentence, or None.
        standard_error: None where the route has none.
        confidence: Of the two-sided interval.
    """

    value: float | None
    low: float | None
    high: float | None
    n: int
    groups: int
    route: str
    note: str | None = None
    standard_error: float | None = None
    confidence: float = 0.95

    @property
    def interval(self) -> tuple[float, float] | None:
        """(low, high), None where there is none."""
        return None if self.low is None or self.high is None else (self.low, self.high)


def estimate(
    values: npt.ArrayLike,
    *,
    groups: Any = None,
    weights: Any = None,
    confidence: float = 0.95,
    seed: int = 0,
    resamples: int = 10_000,
    shares: bool | None = None,
) -> Estimate:
    """Estimate a mean or a share by the route in ``harness.stats.routes``.

    Args:
        values: Shape (n,) or (n, repeats); NaN where there is no usable response. Repeats are averaged first.
        groups: A label per fixture; None in it means that the fixture is on its own.
        weights: A non-negative number per fixture.
        confidence: Of the two-sided interval.
        seed: Seed of every draw.
        resamples: B.
        shares: Whether the values are shares by their nature, so that 0 and 1 bound them; None: whether they all lie there.

    Returns:
        The estimate; limits of values within 0 and 1 are kept within 0 and 1.

    Raises:
        StatisticsError: If lengths differ, a value is infinite, or an option is out of range.
    """
    check_confidence(confidence)
    data = sample(values, groups, weights)
    if data.n == 0:
        return without_interval(None, 0, 0, confidence)
    facts = facts_of_one(data, shares)
    route = routes.route_for_one(facts)
    interval = one_interval(route, data, facts, confidence=confidence, resamples=resamples, seed=seed)
    low, high = interval.low, interval.high
    if facts.share and low is not None and high is not None:
        low, high = max(0.0, low), min(1.0, high)
    units = data.units
    return Estimate(units.mean, low, high, data.n, units.count, str(route), interval.note, interval.standard_error, confidence)


def without_interval(value: float | None, n: int, units: int, confidence: float) -> Estimate:
    """The answer where no interval can be formed, with the reason."""
    note = "One independent unit has no spread; no interval can be formed."
    if value is None:
        note = "The metric has no value on these fixtures." if n else "No fixture has a usable value."
    return Estimate(value, None, None, n, units, str(routes.NOTHING), note, confidence=confidence)


def facts_of_one(data: Sample, shares: bool | None) -> routes.Facts:
    """What the route depends on; "differs" means differs from the commonest value."""
    levels, counts = np.unique(data.values, return_counts=True)
    commonest = levels[np.argmax(counts)]
    units = data.units
    means = units.total / units.weight
    return routes.Facts(
        binary=shares is not False and bool(np.all((data.values == 0) | (data.values == 1))),
        share=shares is not False and bool(np.all((data.values >= 0) & (data.values <= 1))),
        ratio=False,
        weighted=data.weighted,
        grouped=data.groups is not None,
        fixtures=data.n,
        units=units.count,
        worth=degrees_of_freedom(units.weight) + 1,
        fixtures_differing=int(np.sum(data.values != commonest)),
        units_differing=int(np.sum(np.abs(means - commonest) > 1e-12 * max(1.0, abs(float(commonest))))),
        varies=bool(np.ptp(means) > 1e-12 * np.max(np.abs(means), initial=0.0)),
    )


def one_interval(
    route: routes.Route, data: Sample, facts: routes.Facts, *, confidence: float, resamples: int, seed: int
) -> Interval:
    """Form the interval by the route's method."""
    units = data.units
    error = units.standard_error if units.count > 1 else None
    if route is routes.NOTHING:
        return Interval(None, None, note="One independent unit has no spread; no interval can be formed.")
    if route is routes.CONSTANT:
        return Interval(
            units.mean, units.mean, None, 0.0, "All independent units have the same value; the interval has no width."
        )
    if route in (routes.ONE_SHARE, routes.ONE_SHARE_BOUND, routes.ONE_SHARE_GROUPED):
        size, note = units.effective, None
        if route is routes.ONE_SHARE_GROUPED:
            (size, note), error = effective_fixtures(data, confidence), bias_reduced_error(units) if units.count > 1 else None
        low, high = proportion_interval(min(1.0, max(0.0, units.mean)) * size, size, "wilson", confidence)
        return Interval(low, high, None, error, note)
    if route in (routes.ONE_MEAN_FEW_GROUPS, routes.ONE_MEAN_FEW):
        note = uneven(units.weight) if data.groups is not None else None
        if routes.too_few_vary(facts):
            note = "Nearly all values are the same, so the interval is not reliable."
        return replace(t_interval(units, confidence), p_value=None, note=note)
    t = studentised_interval(units, confidence, resamples, seed)
    return Interval(t.low, t.high, None, error)


def effective_fixtures(data: Sample, confidence: float) -> tuple[float, str | None]:
    """Fixtures divided by the design effect, corrected for the degrees of freedom (Korn and Graubard 1998).

    n_eff = p(1-p)/se^2 (z/t_df)^2, never more than n (Survey Methodology 24:193, with z in place of t_{n-1}), with the
    standard error and the degrees of freedom of ``few_groups`` (G-1 where groups are equal). Where every value is the same
    there is no design effect to see, and each group counts once.
    """
    from scipy import special

    units = data.units
    p, error = units.mean, bias_reduced_error(units)
    alone = units.effective
    if units.count < 2:
        return 1.0, "All fixtures are in one group, which counts as a single fixture."
    if not 0 < p < 1 or not error > 0:
        return alone, "All independent units agree, so each counts once." if data.groups is not None else None
    z, t = special.ndtri(0.5 + confidence / 2), special.stdtrit(degrees_of_freedom(units.weight), 0.5 + confidence / 2)
    size = p * (1 - p) / error**2 * (z / t) ** 2
    return float(min(size, data.n)), uneven(units.weight) if data.groups is not None else None
