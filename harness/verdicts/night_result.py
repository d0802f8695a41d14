"""What happened in a night: one of five things, or no verdict, with the evidence for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from harness.verdicts import phrases
from harness.verdicts.headline import lead
from harness.verdicts.night_rule import NightOutcome, NightRule, Standing, Watched
from harness.verdicts.night_trend import Trend
from harness.verdicts.reference_comparison import FEWEST_FIXTURES, AgainstReference
from harness.verdicts.reference_fit import Fit
from harness.verdicts.result import Comparison, GateResult
from harness.verdicts.served import Moved

Outcome = Literal["model_moved", "regressed", "caught_up", "drifted", "nothing", "no_verdict"]

WORDS: Mapping[Outcome, str] = {
    "model_moved": "The provider's model moved",
    "regressed": "The fine-tune regressed",
    "caught_up": "The baseline caught up",
    "drifted": "The data drifted",
    "nothing": "Nothing happened",
    "no_verdict": "No verdict",
}


@dataclass(frozen=True, slots=True)
class Lift:
    """A lift that a gate asks for, now and in the reference.

    Attributes:
        gate: The gate's name.
        now: Tonight, all runs pooled.
        then: In the reference.
    """

    gate: str
    now: Comparison
    then: Comparison

    @property
    def gone(self) -> bool:
        """Whether the reference had the lift the gate asks for and the night does not."""
        return _holds(self.then) and not _holds(self.now)


@dataclass(frozen=True, slots=True)
class Turned:
    """A fixture that flipped: it came out otherwise than in the reference, in every answer of the night or in most.

    Attributes:
        fixture_id: The fixture.
        variant: Whose answer.
        metric: Measured on.
        was: In the reference.
        now: In the night.
        lost: Whether that is for the worse.
    """

    fixture_id: str
    variant: str
    metric: str
    was: float
    now: float
    lost: bool


@dataclass(frozen=True, slots=True)
class SuiteNight:
    """One night of one suite, with everything a reader is shown.

    Attributes:
        suite: The suite's name.
        started_at: When it began, ISO 8601.
        run_ids: The night's first run, and its re-runs.
        folder: The first run's folder.
        outcome: What happened.
        headline: That, in a sentence with its numbers.
        exit_code: 0; 1 a confirmed regression, or the lift is gone; 3 no verdict, or the reference no longer fits.
        findings: What else is to be known, most important first.
        standings: Of everything watched.
        p: One-sided p values, before Holm.
        against: For each variant and metric watched: tonight's runs, pooled, against the reference.
        trends: For each variant and metric watched: the nights so far.
        turned: Fixtures that flipped, of what is suspected or confirmed first.
        flaky: Fixtures whose score changes from run to run, by ``variant/metric``.
        gates: The suite's gates on the night's first run.
        rule: The rule it was judged by.
        reruns: How often something was re-run.
        reference_runs: The runs it was held against.
        stands_in: Whether earlier nights stand in for a reference that nobody has blessed.
        nights: Nights before this one that count.
        fixtures: Fixtures compared.
        cost: US dollars spent; None where a price is unknown.
        retirements: Warnings that a model of the suite will be retired.
    """

    suite: str
    started_at: str
    run_ids: tuple[str, ...]
    folder: str
    outcome: Outcome
    headline: str
    exit_code: int
    findings: tuple[str, ...] = ()
    standings: Mapping[Watched, Standing] = field(default_factory=dict)
    p: Mapping[Watched, float | None] = field(default_factory=dict)
    against: Mapping[tuple[str, str], AgainstReference] = field(default_factory=dict)
    trends: tuple[Trend, ...] = ()
    turned: tuple[Turned, ...] = ()
    flaky: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    gates: tuple[GateResult, ...] = ()
    rule: NightRule = field(default_factory=NightRule)
    reruns: int = 0
    reference_runs: tuple[str, ...] = ()
    stands_in: bool = False
    nights: int = 0
    fixtures: int = 0
    cost: float | None = None
    retirements: tuple[str, ...] = ()

    @property
    def word(self) -> str:
        """The outcome in words."""
        return WORDS[self.outcome]


def what_happened(
    outcome: NightOutcome,
    against: Mapping[tuple[str, str], AgainstReference],
    lifts: Mapping[tuple[str, str], Sequence[Lift]],
    moves: Sequence[Moved],
    *,
    uncovered: Sequence[str] = (),
) -> tuple[Outcome, str, int, tuple[str, ...]]:
    """Say which of the five things happened, where the reference fits.

    A confirmed regression comes first: by the provider's hand where it answers with another model than in the reference, else
    as the fine-tune's own. Then a lift that is gone because what it is over got better. Then missing answers, which forbid to
    say that nothing happened. Then a model that moved and harmed nothing.

    Args:
        outcome: What the rule came to.
        against: Everything watched against its reference.
        lifts: By variant and metric: the lifts over it that gates ask for.
        moves: Variants that another model answers.
        uncovered: Why something watched has too few answers, a sentence each.

    Returns:
        The outcome, the headline, the exit code, and further findings.
    """

    def said_of(w: Watched) -> str:
        return change_sentence(against[w.variant, w.metric], outcome.p.get(w))

    confirmed = outcome.with_standing("confirmed")
    worse = [w for w in confirmed if w.direction == "worse"]
    better = [w for w in confirmed if w.direction == "better"]
    gone = [lift for w in better for lift in lifts.get((w.variant, w.metric), ()) if lift.gone]
    findings = [*uncovered, *(move.sentence for move in moves)]
    findings += [f"Confirmed: {said_of(w)}" for w in better]
    findings += [f"Suspected, not confirmed: {said_of(w)}" for w in outcome.with_standing("suspected")]
    if worse:
        by = [move for move in moves if move.variant in {w.variant for w in worse}]
        word: Outcome = "model_moved" if by else "regressed"
        said = " ".join(said_of(w) for w in worse)
        return word, f"{by[0].sentence} {said}" if by else said, 1, tuple(f for f in findings if not by or f != by[0].sentence)
    if gone:
        lift = gone[0]
        said = f"{_capital(lead(lift.now))}. In the reference the lift was {phrases.measured(lift.then)}."
        return "caught_up", f"{said} The gate {lift.gate} no longer holds: the fine-tune may be retired.", 1, tuple(findings)
    if uncovered:
        return "no_verdict", uncovered[0], 3, tuple(findings[1:])
    fresh = [move for move in moves if move.tonight]
    if fresh:
        kept = f"{fresh[0].sentence} What is watched has not changed for the worse."
        return "model_moved", kept, 0, tuple(f for f in findings if f != fresh[0].sentence)
    known = sum(1 for standing in outcome.standings.values() if standing != "unknown")
    pending = outcome.with_standing("suspected")
    if not known:
        said = "Nothing is watched: no variant that a gate names asks a model, or the reference does not have it."
        if against:
            compared = phrases.counted(max(a.comparison.n for a in against.values()), "fixture")
            said = f"Only {compared} can be compared; {FEWEST_FIXTURES} are needed before any change can be told from chance."
        return "no_verdict", said, 3, tuple(findings)
    if pending:
        said = f"{phrases.counted(len(pending), 'change')} {'is' if len(pending) == 1 else 'are'} suspected, none is confirmed."
    else:
        said = f"{_listed(outcome.standings)} as in the reference, as far as {phrases.counted(known, 'test')} can tell."
    return "nothing", said, 0, tuple(findings)


def does_not_fit(fit: Fit, *, stands_in: bool) -> tuple[Outcome, str, int, tuple[str, ...]]:
    """Say that the reference is of another set, and what differs."""
    said = fit.sentences
    since = "the nights before" if stands_in else "the reference"
    then = "Tonight starts a new series." if stands_in else "Bless runs of the suite as it is now."
    return "drifted", f"Since {since}, {said[0]}. {then}", 3, tuple(f"Since {since}, {each}." for each in said[1:])


def _holds(c: Comparison) -> bool:
    """Whether a lift is signal and beyond the margin."""
    turned = c.turned
    return turned is not None and c.verdict == "better" and turned[0] > c.turned_margin


def change_sentence(found: AgainstReference, p: float | None = None) -> str:
    """Say how a variant stands against its reference: ``tuned is -5.0 points (95 % interval ..) on accuracy against ..``."""
    c = found.comparison
    now, then = (phrases.value(v, c.unit) if v is not None else "not measured" for v in (found.value, found.mean))
    level = "" if p is None else f", one-sided {phrases.probability(p)}"
    return f"{found.variant} is {phrases.measured(c)} on {found.metric} against the reference: {now}, and {then} there{level}."


def _listed(standings: Mapping[Watched, Standing]) -> str:
    names = list(dict.fromkeys(w.variant for w, standing in standings.items() if standing != "unknown"))
    return f"{phrases.listed(names)} {'answers' if len(names) == 1 else 'answer'}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
