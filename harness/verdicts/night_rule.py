"""When a change is believed: the rule of a nightly run. Pure decisions on p values, whatever they come from.

STATISTICS (section 5) shows why a rule is needed: 30 nights against a frozen reference at 5 % each raise a false alarm in a
third of all months. The rule here was chosen by simulation (tests/verdicts/test_night_rule.py plays it on data): the first
rule tried, suspect at two-sided p < .05 and confirm where one re-run or the next night says so too, raises a false alarm in
6 % of steady months and finds a drop of 5 points on 200 fixtures within three nights in 58 % of cases. This one comes to 3.5 %
and 84 % (600 months each; the drop is on answers of which .12 of the variance of .16 is noise):

- tests look one way: a fine-tune for the worse, the baseline it is held against for the better;
- *suspected* at p < 3 alpha after Holm over everything watched, which is easily reached and costs re-runs and no alarm;
- the suspected variants are re-run the same night, up to six times, while all runs of the night pooled stay suspicious;
- *confirmed* where what survived all re-runs has p < alpha / 20, again after Holm, on this night's runs pooled, or on those
  pooled with the night before where that ended in suspicion too.

alpha is the share of steady months (30 nights, five reference runs) with a false alarm, at most. Re-runs buy power cheaply: one
night in seven is followed up, and most of these suspicions are gone after one or two; a steady model costs 0.4 runs a night.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Literal

from harness import stats
from harness.verdicts.reference_comparison import Direction

Standing = Literal["steady", "suspected", "confirmed", "unknown"]
"""steady: nothing to see. unknown: coverage is too low, or too little differs, to say anything."""


@dataclass(frozen=True, slots=True, order=True)
class Watched:
    """One thing a nightly run looks at: a variant on a metric, in one direction."""

    variant: str
    metric: str
    direction: Direction = "worse"


PValues = Mapping[Watched, float | None]
"""One-sided p values; None where nothing may be concluded."""


@dataclass(frozen=True, slots=True)
class NightRule:
    """The rule, with the level everything in it follows from.

    Attributes:
        alpha: Share of steady months with a false alarm.
        most_again: Re-runs of what is suspected, at most.
    """

    alpha: float = 0.05
    most_again: int = 6

    @property
    def suspicion(self) -> float:
        """P value below which something is suspected."""
        return min(0.5, 3 * self.alpha)

    @property
    def confirmation(self) -> float:
        """P value below which a suspicion is confirmed."""
        return self.alpha / 20

    def below(self, p: PValues, level: float) -> frozenset[Watched]:
        """What is below a level after Holm over everything that has a p value."""
        known = [(watched, value) for watched, value in p.items() if value is not None]
        if not known:
            return frozenset()
        adjusted = stats.holm([value for _, value in known])
        return frozenset(watched for (watched, _), value in zip(known, adjusted, strict=True) if value < level)


@dataclass(frozen=True, slots=True)
class NightOutcome:
    """What the rule came to.

    Attributes:
        standings: For everything watched.
        p: The one-sided p values the standings rest on.
        reruns: How often something was re-run.
    """

    standings: Mapping[Watched, Standing]
    p: PValues
    reruns: int

    def with_standing(self, standing: Standing) -> tuple[Watched, ...]:
        """Everything that stands so, in order."""
        return tuple(sorted(watched for watched, said in self.standings.items() if said == standing))


def follow_up(
    first: PValues,
    run_again: Callable[[frozenset[Watched]], PValues | None],
    with_last_night: Callable[[frozenset[Watched]], PValues],
    rule: NightRule,
    *,
    suspected_last_night: Collection[Watched] = (),
) -> NightOutcome:
    """Suspect, re-run, and confirm or drop the suspicion.

    Args:
        first: p values of the night's first run.
        run_again: Runs the suspected once more and gives their p values from all runs of the night pooled; None where that
            cannot be done (a cap on cost, an interruption), which leaves them suspected.
        with_last_night: p values from the runs of this night and of the last one pooled.
        rule: The rule.
        suspected_last_night: What the last night ended in suspicion of, or confirmed.
    """
    p = dict(first)
    open_cases = rule.below(p, rule.suspicion)
    reruns = 0
    followed = bool(open_cases)
    while open_cases and reruns < rule.most_again:
        again = run_again(open_cases)
        if again is None:
            followed = False
            break
        reruns += 1
        p.update({watched: again.get(watched) for watched in open_cases})
        open_cases &= rule.below(p, rule.suspicion)
    confirmed: frozenset[Watched] = frozenset()
    if followed and open_cases:
        confirmed = open_cases & rule.below(p, rule.confirmation)
        both = (open_cases & frozenset(suspected_last_night)) - confirmed
        if both:
            pooled = {**p, **with_last_night(both)}
            held = both & rule.below(pooled, rule.confirmation)
            p.update({watched: pooled[watched] for watched in held})
            confirmed |= held
    standings: dict[Watched, Standing] = {
        watched: "unknown"
        if p[watched] is None
        else "confirmed"
        if watched in confirmed
        else "suspected"
        if watched in open_cases
        else "steady"
        for watched in first
    }
    return NightOutcome(standings, p, reruns)
