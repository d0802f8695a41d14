"""What would settle it, more fixtures or more repeats, and which is cheaper."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from harness.stats import routes
from harness.stats.clusters import spread
from harness.stats.errors import StatisticsError
from harness.stats.few_groups import bias_reduced_error, degrees_of_freedom
from harness.stats.power import detectable_from_error, mcnemar_fixtures, normal_quantiles
from harness.stats.samples import LARGEST, Floats, Sample, pair
from harness.stats.verdicts import check_margin

SMALLEST_LIFT = 1e-12
"""A lift below this is rounding noise."""

MOST_REPEATS = 1000
"""Repeats beyond which repeats are no plan."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A set of fixtures asked so many times on both sides.

    Attributes:
        fixtures: Fixtures in all.
        candidate_repeats: Responses to each from the candidate.
        baseline_repeats: Responses to each from the baseline.
        calls: Calls in all, fixtures times the repeats of both sides.
        more_calls: Calls beyond those made already.
        more_cost: What these cost, the price of new fixtures with them; None where no price was given.
        more_seconds: How long they take one after the other; None where no time was given.
    """

    fixtures: int
    candidate_repeats: int
    baseline_repeats: int
    calls: int
    more_calls: int
    more_cost: float | None = None
    more_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Settlement:
    """How a lift could be settled.

    Attributes:
        lift: The lift that is to be seen.
        settled: Whether this set sees it already with the power asked.
        fixtures: Complete pairs there are.
        detectable: The smallest lift this set sees with the power asked; None where the fixtures do not differ at all.
        between: Variance of the fixtures' true differences, w^2, groups included; None where repeats are not known.
        between_high: Its upper 90 % limit (chi-squared).
        candidate_noise: Variance of the candidate's responses around their fixture's mean; None without repeats.
        baseline_noise: The same of the baseline.
        least_fixtures: Fixtures needed however often each is asked; None where repeats are not known.
        by_fixtures: More fixtures at the repeats there are; None where no fixture's difference varies.
        by_repeats: More repeats of the fixtures there are; None where they cannot settle it or their worth is not known.
        cheaper: The cheaper of the two, by cost where prices are given and else by calls; None where there is no choice.
        reason: In a sentence or two.
    """

    lift: float
    settled: bool
    fixtures: int
    detectable: float | None
    between: float | None
    between_high: float | None
    candidate_noise: float | None
    baseline_noise: float | None
    least_fixtures: int | None
    by_fixtures: Plan | None
    by_repeats: Plan | None
    cheaper: Literal["fixtures", "repeats"] | None
    reason: str


@dataclass(frozen=True, slots=True)
class Prices:
    """What a call of each side, and a new fixture, costs and takes."""

    candidate_cost: float | None
    baseline_cost: float | None
    candidate_seconds: float | None
    baseline_seconds: float | None
    fixture_cost: float | None

    def __post_init__(self) -> None:
        """Refuse prices below 0."""
        for name in self.__slots__:
            value = getattr(self, name)
            if value is not None and not (math.isfinite(value) and value >= 0):
                raise StatisticsError(f"{name} is {value}; give 0 or more, or leave it out")

    def plan(self, fixtures: int, repeats: tuple[int, int], made: tuple[int, int], there: int) -> Plan:
        """Price ``fixtures`` with ``repeats`` of both sides, of which ``made`` calls on ``there`` fixtures are made."""
        calls = [fixtures * k for k in repeats]
        more = [max(0, c - m) for c, m in zip(calls, made, strict=True)]
        costs = (self.candidate_cost, self.baseline_cost)
        new = max(0, fixtures - there) * (self.fixture_cost or 0.0)
        priced = any(price is not None for price in (*costs, self.fixture_cost))
        return Plan(
            fixtures, *repeats, sum(calls), sum(more), total(more, costs) + new if priced else None,
            None if self.candidate_seconds is None and self.baseline_seconds is None
            else total(more, (self.candidate_seconds, self.baseline_seconds)),
        )  # fmt: skip


def total(calls: list[int], each: tuple[float | None, float | None]) -> float:
    """Calls times what each takes; a side without a price costs nothing."""
    return float(sum(n * (price or 0.0) for n, price in zip(calls, each, strict=True)))


def settle(
    candidate: npt.ArrayLike,
    baseline: npt.ArrayLike,
    *,
    groups: Any = None,
    lift: float | None = None,
    margin: float = 0.0,
    alpha: float = 0.05,
    power: float = 0.8,
    candidate_cost: float | None = None,
    baseline_cost: float | None = None,
    candidate_seconds: float | None = None,
    baseline_seconds: float | None = None,
    fixture_cost: float | None = None,
) -> Settlement:
    """Say how many more fixtures, or how many more repeats, would let a lift be seen.

    With n fixtures the variance of the mean difference is Var = (w^2 + sA^2/K_A + sB^2/K_B)/n, and a lift d is seen where
    d^2 >= (z_{a/2} + z_b)^2 Var (Miller 2024, arXiv 2411.00640, equation 9), with t quantiles where groups are given or
    fixtures are fewer than 20; the parts come from the data by the method of moments. Fixtures shrink all of it, repeats
    never w^2. So at the price of a call more fixtures are never dearer than as many more calls in repeats; repeats pay where
    new fixtures are dear or not to be had. Groups are taken to stay the size they are. For 0/1 data with one response each,
    the fixtures are those of McNemar's test.

    Args:
        candidate: Shape (n,) or (n, repeats); NaN where there is no usable response.
        baseline: The same fixtures in the same order; the number of repeats may differ.
        groups: A label per fixture, None in it for a fixture on its own.
        lift: The lift to be seen, in the unit of the values; by default the larger of the observed lift and the margin.
        margin: Smallest difference worth having.
        alpha: Two-sided level.
        power: Chance of seeing it.
        candidate_cost: Price of one call of the candidate.
        baseline_cost: Price of one call of the baseline.
        candidate_seconds: Time of one call of the candidate.
        baseline_seconds: Time of one call of the baseline.
        fixture_cost: Price of writing and labelling one new fixture.

    Raises:
        StatisticsError: If fewer than two independent fixtures are complete, the lift is 0 or not known, or a number is out of
            range.
    """
    check_margin(margin, "difference")
    normal_quantiles(alpha, power, 2)
    prices = Prices(candidate_cost, baseline_cost, candidate_seconds, baseline_seconds, fixture_cost)
    pairs = pair(candidate, baseline, groups)
    differences = pairs.differences()
    n, units = pairs.n, differences.units
    if units.count < 2:
        raise StatisticsError(f"{units.count} independent fixtures are complete on both sides; two or more are needed to plan")
    target = abs(lift) if lift is not None else max(abs(units.mean), margin)
    if not SMALLEST_LIFT <= target <= LARGEST:
        raise StatisticsError("there is no lift to look for; give lift=, the smallest one that would matter")
    parts = take_apart(differences, candidate, baseline)
    freedom = degrees_of_freedom(units.weight) if differences.groups is not None or n < routes.FEWEST_FIXTURES else None
    reach = detectable_from_error(1.0, alpha, power, freedom) or math.inf
    if parts.discordant is not None and target <= 1:
        needed = mcnemar_fixtures(target, max(target, parts.discordant), alpha, power)
    else:
        needed = parts.each * (reach / target) ** 2 if parts.each > 0 else math.inf
    settled = math.isfinite(needed) and n >= max(routes.FEWEST_FIXTURES, whole(needed))
    fewest = None if parts.between is None else max(routes.FEWEST_FIXTURES, whole(parts.between * (reach / target) ** 2))
    by_fixtures = by_repeats = None
    if math.isfinite(needed):
        by_fixtures = prices.plan(max(n, routes.FEWEST_FIXTURES, whole(needed)), parts.repeats, parts.made, n)
        if not settled and n >= routes.FEWEST_FIXTURES:
            repeats = parts.repeats_within(n * (target / reach) ** 2)
            by_repeats = None if repeats is None else prices.plan(n, repeats, parts.made, n)
    found = Settlement(
        lift=target,
        settled=settled,
        fixtures=n,
        detectable=reach * math.sqrt(parts.each / n) if parts.each > 0 else None,
        between=parts.between,
        between_high=parts.between_high,
        candidate_noise=parts.noise[0],
        baseline_noise=parts.noise[1],
        least_fixtures=fewest,
        by_fixtures=by_fixtures,
        by_repeats=by_repeats,
        cheaper=None if settled else the_cheaper(by_fixtures, by_repeats),
        reason="",
    )
    sure = parts.between_high is not None and n * (target / reach) ** 2 > parts.between_high
    return replace(found, reason=reason(found, sure))


@dataclass(frozen=True, slots=True)
class Parts:
    """The variance of one fixture's difference, taken apart.

    Attributes:
        each: All of it at the repeats there are (n times the squared standard error, so that groups count).
        between: w^2, what repeats cannot remove; None without repeats on both sides.
        between_high: Its upper 90 % limit.
        noise: sA^2 and sB^2, None for a side without repeats.
        harmonic: Harmonic mean number of repeats of each side.
        repeats: Most repeats of each side.
        made: Calls made for the complete fixtures by each side.
        discordant: For 0/1 data with one response each and no groups, the share of fixtures that differ; else None.
    """

    each: float
    between: float | None
    between_high: float | None
    noise: tuple[float | None, float | None]
    harmonic: tuple[float, float]
    repeats: tuple[int, int]
    made: tuple[int, int]
    discordant: float | None

    def repeats_within(self, allowed: float) -> tuple[int, int] | None:
        """Repeats of both sides, none fewer than now, that bring the variance down to ``allowed``; None where no number does."""
        if self.between is None:
            return None
        now = sum((s or 0.0) / k for s, k in zip(self.noise, self.harmonic, strict=True))
        scale = min(1.0, self.each / now) if now > 0 else 0.0  # the parts may come out as more than the whole

        def left(k: int) -> float:
            return scale * sum((s or 0.0) / max(k, most) for s, most in zip(self.noise, self.repeats, strict=True))

        room = allowed - self.between
        if room <= 0 or left(MOST_REPEATS) > room:
            return None
        low, high = 0, MOST_REPEATS
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if left(middle) <= room * (1 + 1e-12) else (middle, high)
        return max(high, self.repeats[0]), max(high, self.repeats[1])


def take_apart(differences: Sample, candidate: npt.ArrayLike, baseline: npt.ArrayLike) -> Parts:
    """Split the variance of the differences into what fixtures and what repeats bring."""
    x = [rows(side) for side in (candidate, baseline)]
    keep = np.all([np.isfinite(side).any(axis=1) for side in x], axis=0)
    x = [side[keep] for side in x]
    found = [spread(side) for side in x]
    count = [np.isfinite(side).sum(axis=1) for side in x]
    repeats = int(count[0].max()), int(count[1].max())
    noise = found[0].between_repeats, found[1].between_repeats
    harmonic = found[0].repeats, found[1].repeats
    each = differences.n * bias_reduced_error(differences.units) ** 2
    between = between_high = discordant = None
    if noise[0] is not None and noise[1] is not None:
        from scipy import special

        freedom = degrees_of_freedom(differences.units.weight)
        from_repeats = noise[0] / harmonic[0] + noise[1] / harmonic[1]
        between = max(0.0, each - from_repeats)
        between_high = max(0.0, each * freedom / float(special.chdtri(freedom, 0.9)) - from_repeats)
    if repeats == (1, 1) and differences.groups is None and all(np.isin(side[np.isfinite(side)], (0.0, 1.0)).all() for side in x):
        discordant = float(np.mean(differences.values != 0))
    return Parts(each, between, between_high, noise, harmonic, repeats, (int(count[0].sum()), int(count[1].sum())), discordant)


def rows(values: npt.ArrayLike) -> Floats:
    """Fixtures by repeats."""
    x = np.asarray(values, dtype=np.float64)
    return x[:, None] if x.ndim == 1 else x


def whole(x: float) -> int:
    """Rounded up, a hair of rounding noise aside."""
    return math.ceil(x * (1 - 1e-12))


def the_cheaper(fixtures: Plan | None, repeats: Plan | None) -> Literal["fixtures", "repeats"] | None:
    """The plan that costs less, or asks less where prices are not known; equal: repeats, which need nothing written."""
    if fixtures is None or repeats is None:
        return None
    if fixtures.more_cost is not None and repeats.more_cost is not None and fixtures.more_cost != repeats.more_cost:
        return "fixtures" if fixtures.more_cost < repeats.more_cost else "repeats"
    return "fixtures" if fixtures.more_calls < repeats.more_calls else "repeats"


def reason(found: Settlement, sure: bool) -> str:
    """What was found, in words; ``sure`` where repeats would do even if the fixtures differ as much as they may."""
    n, lift = found.fixtures, f"a lift of {found.lift:.3g}"
    if found.settled:
        return f"{n} fixtures see {lift} already; neither more fixtures nor more repeats are needed for it."
    if found.by_fixtures is None:
        return f"No fixture's difference varies, so how many would let {lift} be seen cannot be told."
    words = f"To see {lift} takes {found.by_fixtures.fixtures} fixtures at the repeats there are."
    if found.between is None or found.least_fixtures is None:
        return f"{words} What repeats are worth is not known from one response to a fixture; ask each side two or more times."
    if found.by_repeats is not None:
        k = max(found.by_repeats.candidate_repeats, found.by_repeats.baseline_repeats)
        doubt = "" if sure else " That repeats would do is not sure: the fixtures may differ too much for it."
        return f"{words} {k} repeats of the {n} fixtures would do as well; more {found.cheaper} are cheaper.{doubt}"
    if n < routes.FEWEST_FIXTURES:
        why = f"nothing is called better or worse on fewer than {routes.FEWEST_FIXTURES} fixtures"
    elif found.least_fixtures > n:
        why = f"the fixtures differ so much that {found.least_fixtures} are needed however often each is asked"
    else:
        why = f"it would take more than {MOST_REPEATS}"
    return f"{words} Repeats cannot settle it: {why}."
