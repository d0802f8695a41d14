"""What is concluded from an effect and its interval: the verdict, what could have been seen, and what would be enough."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from harness.stats import routes
from harness.stats.bootstrap import Interval
from harness.stats.power import detectable_from_error, mcnemar_detectable, mcnemar_fixtures
from harness.stats.resampling import check_confidence
from harness.stats.samples import Floats
from harness.stats.verdicts import Scale, Verdict, additive_margin, check_margin, read_interval

POWER = 0.8
"""Chance of seeing a lift that "could have been seen" and "would be enough" refer to."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """A paired comparison, judged.

    Attributes:
        effect: Candidate minus baseline, or their ratio where ``scale`` is ratio; not turned. None where nothing is known.
        low: Lower limit of the effect, None where there is none.
        high: Upper limit of the effect.
        p_value: Two-sided p value; None where the route has none.
        verdict: Read in the direction that is good; ``inconclusive`` while ``withheld`` says why.
        route: The method, with its reason.
        n: Complete pairs.
        wins: Fixtures on which the candidate is better (in the direction that is good).
        losses: Fixtures on which it is worse.
        ties: Fixtures on which both are the same.
        groups: Independent groups; equal to n without groups.
        worth_it: better, and by more than the margin.
        materially_worse: worse, and by more than the margin.
        also_equivalent: better or worse, and yet within the margin.
        detectable_effect: The smallest lift this set could have seen with 80 % power: a positive difference, or a ratio in
            the direction that is good. None where it cannot be told.
        fixtures_needed: Fixtures that would probably settle an inconclusive one: enough to see, with 80 % power, the
            larger of the observed lift and the margin, and to meet the rule that withheld it. None where not known.
        withheld: Why neither better nor worse may be said, in a sentence; None where there is no such reason.
        note: A caveat in a sentence, or None.
        usable: Whether the interval may carry a claim of equivalence or of "no worse".
        standard_error: Of the effect (of its logarithm where ``scale`` is ratio); None where the route has none.
        monte_carlo_error: sqrt(p(1-p)/B) of a bootstrap p value, None where nothing was drawn.
        missing: Fixtures given that are not complete pairs.
    """

    effect: float | None
    low: float | None
    high: float | None
    p_value: float | None
    verdict: Verdict
    route: str
    n: int
    wins: int
    losses: int
    ties: int
    groups: int
    worth_it: bool = False
    materially_worse: bool = False
    also_equivalent: bool = False
    detectable_effect: float | None = None
    fixtures_needed: int | None = None
    withheld: str | None = None
    note: str | None = None
    usable: bool = True
    standard_error: float | None = None
    monte_carlo_error: float | None = None
    margin: float = 0.0
    confidence: float = 0.95
    scale: Scale = "difference"
    higher_is_better: bool = True
    resamples: int = 10_000
    seed: int = 0
    missing: int = 0

    @property
    def signal(self) -> bool:
        """Whether the difference is told from chance: better or worse."""
        return self.verdict in ("better", "worse")

    @property
    def interval(self) -> tuple[float, float] | None:
        """(low, high) of the effect, None where there is none."""
        return None if self.low is None or self.high is None else (self.low, self.high)

    @property
    def turned(self) -> tuple[float, float] | None:
        """The limits where differences add up (logarithms for a ratio) and more is better; what the verdict is read from."""
        if self.low is None or self.high is None:
            return None
        low, high = self.low, self.high
        if self.scale == "ratio":
            low, high = (math.log(x) if x > 0 else -math.inf for x in (low, high))
        return (low, high) if self.higher_is_better else (-high, -low)


@dataclass(frozen=True, slots=True)
class Options:
    """What the caller fixed before seeing results."""

    margin: float
    confidence: float
    seed: int
    resamples: int
    scale: Scale
    higher_is_better: bool

    def __post_init__(self) -> None:
        """Refuse options that mean nothing."""
        check_margin(self.margin, self.scale)
        check_confidence(self.confidence)

    @property
    def alpha(self) -> float:
        """Two-sided level."""
        return 1 - self.confidence


def conclude(
    effect: float,
    interval: Interval,
    *,
    route: routes.Route,
    facts: routes.Facts,
    direction: Floats,
    missing: int,
    options: Options,
) -> Comparison:
    """Turn an interval into a comparison with its verdict.

    Args:
        effect: Where differences add up: a logarithm on the ratio scale.
        interval: On the same scale.
        route: The route taken.
        facts: What it depended on.
        direction: Per fixture, positive where the candidate's value is higher; shape (n,).
        missing: Fixtures that are not complete pairs.
        options: What the caller fixed.
    """
    up, down = int(np.sum(direction > 0)), int(np.sum(direction < 0))
    wins, losses = (up, down) if options.higher_is_better else (down, up)
    margin = additive_margin(options.margin, options.scale)
    low, high = interval.low, interval.high
    good = (low, high) if options.higher_is_better or low is None or high is None else (-high, -low)
    refusal = routes.no_signal_because(facts)
    bound_only = route in (routes.FEW_SHARES_DIFFER, routes.FEW_SUMS_DIFFER)
    reliable = bound_only or route in (routes.PAIRED_SHARES, routes.CONSTANT) or not routes.too_few_differ(facts)
    usable = low is not None and facts.fixtures >= routes.FEWEST_FIXTURES and reliable
    reading = read_interval(
        *good,
        margin,
        p_value=interval.p_value,
        alpha=options.alpha,
        signal_allowed=refusal is None and not bound_only,
        equivalence_allowed=usable,
    )
    detectable = detectable_by(route, facts, interval, options)
    withheld = refusal[0] if refusal and reading.verdict == "inconclusive" else None
    if withheld is None and facts.fixtures < 2:
        withheld = "One fixture has no spread; no interval can be formed."
    needed = None
    if reading.verdict == "inconclusive":
        needed = fixtures_to_settle(route, facts, max(abs(effect), margin), detectable, options)
        floor = refusal[1] if refusal else None
        needed = max((x for x in (needed, floor) if x is not None), default=None)
    shown = ratio if options.scale == "ratio" else float
    lift = None if detectable is None else detectable if options.higher_is_better else -detectable
    return Comparison(
        effect=shown(effect),
        low=None if low is None else shown(low),
        high=None if high is None else shown(high),
        p_value=interval.p_value,
        verdict=reading.verdict,
        route=str(route),
        n=facts.fixtures,
        wins=wins,
        losses=losses,
        ties=facts.fixtures - wins - losses,
        groups=facts.units,
        worth_it=reading.worth_it,
        materially_worse=reading.materially_worse,
        also_equivalent=reading.also_equivalent,
        detectable_effect=detectable if lift is None or options.scale == "difference" else ratio(lift),
        fixtures_needed=needed,
        withheld=withheld,
        note=interval.note,
        usable=usable,
        standard_error=interval.standard_error,
        monte_carlo_error=monte_carlo_error(route, interval.p_value, options.resamples),
        margin=options.margin,
        confidence=options.confidence,
        scale=options.scale,
        higher_is_better=options.higher_is_better,
        resamples=options.resamples,
        seed=options.seed,
        missing=missing,
    )


def ratio(logarithm: float) -> float:
    """The ratio a logarithm stands for; infinite where it is too large to write."""
    return math.exp(logarithm) if logarithm < 700 else math.inf


def monte_carlo_error(route: routes.Route, p: float | None, resamples: int) -> float | None:
    """Standard error of a p value that comes from resamples."""
    return None if p is None or "bootstrap" not in route.p_value else math.sqrt(p * (1 - p) / resamples)


def detectable_by(route: routes.Route, facts: routes.Facts, interval: Interval, options: Options) -> float | None:
    """Smallest lift this set could have seen, where differences add up."""
    if route in (routes.PAIRED_SHARES, routes.FEW_SHARES_DIFFER, routes.FEW_SUMS_DIFFER):
        return mcnemar_detectable(facts.units, facts.units_differing / facts.units, options.alpha, POWER)
    if interval.standard_error is None:
        return None
    return detectable_from_error(interval.standard_error, options.alpha, POWER, interval.freedom)


def fixtures_to_settle(
    route: routes.Route, facts: routes.Facts, target: float, detectable: float | None, options: Options
) -> int | None:
    """Fixtures that would see the larger of the observed lift and the margin, with the groups the size they are."""
    if detectable is None or not target > 0:
        return None
    if route is routes.PAIRED_SHARES and target <= 1:
        psi = max(target, facts.units_differing / facts.units)
        needed = math.ceil(mcnemar_fixtures(target, psi, options.alpha, POWER))
    else:
        needed = math.ceil(facts.fixtures * (detectable / target) ** 2)
    return max(needed, facts.fixtures + 1)


def nothing_to_compare(missing: int, options: Options, n: int = 0, why: str | None = None) -> Comparison:
    """The answer where there is no effect to speak of."""
    return Comparison(
        effect=None,
        low=None,
        high=None,
        p_value=None,
        verdict="inconclusive",
        route=str(routes.NOTHING),
        n=n,
        wins=0,
        losses=0,
        ties=0,
        groups=n,
        withheld=why or "No fixture has a usable value on both sides.",
        usable=False,
        margin=options.margin,
        confidence=options.confidence,
        scale=options.scale,
        higher_is_better=options.higher_is_better,
        resamples=options.resamples,
        seed=options.seed,
        missing=missing,
    )
