"""Whether to fine-tune at all: the ladder climbed on evidence, cheapest rung first, to one recommendation."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from harness.suite import SuiteDefinition
from harness.verdicts import phrases
from harness.verdicts.decision_broke import broke_step
from harness.verdicts.decision_changes import changes
from harness.verdicts.decision_conditions import conditions_of
from harness.verdicts.decision_money import money_of, money_step
from harness.verdicts.decision_result import WORDS, Decision, Facts, Money, Recommendation, Step
from harness.verdicts.decision_rungs import RungAnswer, rung_answer
from harness.verdicts.decision_steps import (
    PROMPT,
    RETRIEVAL,
    all_gates,
    as_good_step,
    below_step,
    gates_step,
    lift_step,
    rung_step,
)
from harness.verdicts.decision_view import View, feasible, named, reading, said, seen_upwards, would_have_been_seen
from harness.verdicts.phrases import clause
from harness.verdicts.result import GateResult, Judgement


@dataclass(frozen=True, slots=True)
class Conclusion:
    """A recommendation on its way to a decision; the attributes are those of ``Decision``."""

    recommendation: Recommendation
    variant: str | None
    because: str
    needed: int | None = None
    exit_code: int = 0


_RELEASES: Mapping[str, Recommendation] = {
    "fine_tune": "ship_fine_tune",
    "cheaper": "ship_cheaper",
    "rag": "use_retrieval",
    "prompt": "keep_prompting",
    "current": "keep_process",
    "floor": "keep_process",
}
"""What it is called to go with a candidate of a role; a suite may hold a prompt or retrieval to gates too."""

Conclusions = Iterator[Conclusion | None]
"""What one question after the other leads to; the first that is not None is the answer."""


def decide(judgement: Judgement, definition: SuiteDefinition, facts: Facts | None = None) -> Decision:
    """Come to one recommendation on a judged run; nothing is computed anew, so it agrees with the gates and the headline.

    The ladder is climbed from below, and the first rung that is enough is the answer:

    1. A prompt that meets the gates itself, or over which the candidate's lift is not worth having: keep prompting.
    2. Retrieval that does: use retrieval. What it looks up was knowledge, not behaviour.
    3. The candidate, if every gate passes, its lift is signal, and neither a floor nor today's process does as well: ship
       the fine-tune. A candidate that is to be cheaper and no worse than a big model (its gate over that model says
       no_worse or equivalent, or its role is cheaper) ships if it saves something.
    4. Where gates are inconclusive and ten times the fixtures would settle them, or the run is incomplete: collect more
       data.
    5. Otherwise nothing changes: today's process where there is one that no prompt is shown to beat, else the prompt, or
       retrieval where that is shown to be worth having. Today's process also stays wherever what would be the answer is
       shown to be worse.

    It never says ship where a gate did not pass.

    Args:
        judgement: The run, judged.
        definition: Its suite's definition, with what the owner stated under ``decision`` and ``training``.
        facts: What was looked up beside the run.
    """
    view = View(judgement, definition)
    is_cheaper = is_to_be_cheaper(view)
    over = big_model(view) if is_cheaper else judgement.baseline
    money = money_of(view, over)
    prompts = [rung_answer(view, rung) for rung in view.rungs("prompt")]
    rags = [rung_answer(view, rung) for rung in view.rungs("rag")]
    if judgement.candidate is None:
        steps, ladder = _steps_without(view), _without_candidate(view)
    elif is_cheaper and over is not None:
        steps, ladder = [as_good_step(view, over)], _cheaper(view, over, money)
    else:
        steps = [
            rung_step(PROMPT, prompts, "No prompt was run."),
            rung_step(RETRIEVAL, rags, "No retrieval was run."),
            lift_step(view),
        ]
        ladder = _fine_tune(view, prompts, rags)
    if judgement.candidate is not None:
        steps += [gates_step(view), below_step(view), broke_step(view, over)]
        steps += [] if money is None else [money_step(view, money)]
    found = _unless_process_is_better(view, next(c for c in ladder if c is not None))
    conditions = conditions_of(view, facts or Facts(), money)
    words = WORDS[found.recommendation]
    return Decision(
        run_id=judgement.run_id,
        suite=judgement.suite,
        candidate=judgement.candidate,
        recommendation=found.recommendation,
        variant=found.variant,
        headline=f"{words[:1].upper()}{words[1:]}: {found.because}.",
        steps=tuple(steps),
        would_change=changes(view, found.recommendation, found.variant, found.needed, conditions),
        conditions=conditions,
        money=money,
        needed=found.needed,
        exit_code=found.exit_code,
    )


def is_to_be_cheaper(view: View) -> bool:
    """Whether the candidate is to replace a big model at less cost, rather than to beat a prompt."""
    who = view.judgement.candidate
    if who is None or view.judgement.variants[who].role not in ("fine_tune", "cheaper"):
        return False
    own = [g for g in view.definition.gates if g.candidate == who and g.suite is None and g.slice is None]
    asked = [g.require for g in own if g.metric == view.metric and _asks_a_model(view, g.over)]
    return view.judgement.variants[who].role == "cheaper" or (bool(asked) and "better" not in asked)


def big_model(view: View) -> str | None:
    """The model that a cheaper one is held against: what its gates name, on the headline metric before others."""
    who = view.judgement.candidate
    own = [g for g in view.definition.gates if g.candidate == who and g.suite is None and _asks_a_model(view, g.over)]
    overs = [gate.over for gate in sorted(own, key=lambda gate: gate.metric != view.metric)]
    return next((over for over in overs if over is not None), view.judgement.baseline)


def _fine_tune(view: View, prompts: Sequence[RungAnswer], rags: Sequence[RungAnswer]) -> Conclusions:
    """The ladder of a fine-tune that is to be better."""
    if (prompt := _first(prompts, lambda a: a.enough == "yes")) is not None:
        yield Conclusion("keep_prompting", prompt.rung.variant, prompt.because)
    if (rag := _first(rags, lambda a: a.enough != "no" and _worth_having(view, a.rung.variant))) is not None:
        because = f"{rag.because}; what retrieval closes was knowledge, not behaviour"
        yield Conclusion("use_retrieval", rag.rung.variant, because)
    yield from _unsettled(view)
    if not view.judgement.gates:
        yield _fallback(view, "no gate says what a release must meet, so nothing may be shipped")
    lift = view.lift(view.judgement.baseline)
    if lift is not None and reading(lift) not in ("worth", "perhaps"):
        yield _noise(view, said(lift))
    yield _not_above_floors(view)
    lifts = "" if lift is None else f"; {said(lift)}"
    yield Conclusion(_RELEASES[_role(view)], view.judgement.candidate, f"{all_gates(view)}{lifts}")


def _role(view: View) -> str:
    return view.judgement.variants[str(view.judgement.candidate)].role


def _cheaper(view: View, big: str, money: Money | None) -> Conclusions:
    """The ladder of a model that is to be cheaper and no worse."""
    j, who = view.judgement, str(view.judgement.candidate)
    yield from _unsettled(view)
    if not j.gates:
        yield _fallback(view, "no gate says how much worse a cheaper model may be, so nothing may be shipped")
    yield _not_above_floors(view)
    yield _saves_nothing(view, big, money)
    if _role(view) == "fine_tune":
        for rung in view.rungs("cheaper"):
            if rung.gates and all(gate.passed for gate in rung.gates) and _costs_less(view, rung.variant, big):
                because = f"{rung.variant} passes {who}'s gates and costs less than {big}, without a fine-tune"
                yield Conclusion("ship_cheaper", rung.variant, because)
    saving = "" if money is None else phrases.value(money.saving_per_1000 or 0.0, "USD")
    yield Conclusion("ship_cheaper", who, f"{all_gates(view)}, and {who} saves {saving} on 1,000 calls over {big}")


def _saves_nothing(view: View, big: str, money: Money | None) -> Conclusion | None:
    """What follows where a cheaper model is not shown to be cheaper; None where it is."""
    held = f"{view.judgement.candidate} holds every gate"
    if money is None or money.saving_per_1000 is None:
        return _kept(view, big, f"{held}, and what it would save over {big} is unknown")
    if money.saving_per_1000 <= 0:
        return _kept(view, big, f"{held} and saves nothing over {big}")
    if money.saving_per_month is not None and money.saving_per_month <= 0:
        return _kept(view, big, f"{held}, and keeping it costs more a month than its calls save")
    return None


def _kept(view: View, big: str, because: str) -> Conclusion:
    """Stay with the big model, however it is asked."""
    return Conclusion("use_retrieval" if view.judgement.variants[big].role == "rag" else "keep_prompting", big, because)


def _without_candidate(view: View) -> Conclusions:
    """The ladder of a run in which nothing is up for release."""
    for rag in view.with_role("rag"):
        c = view.lift(view.judgement.baseline, candidate=rag)
        if c is not None and reading(c) == "worth":
            yield Conclusion("use_retrieval", rag, said(c))
    yield _fallback(view, "no fine-tune and no cheaper model is up for release")


def _steps_without(view: View) -> list[Step]:
    lifts = [c for rag in view.with_role("rag") if (c := view.lift(view.judgement.baseline, candidate=rag)) is not None]
    return [Step(RETRIEVAL, "yes" if reading(c) == "worth" else "no", f"{said(c)}.") for c in lifts]


def _unsettled(view: View) -> Conclusions:
    """What follows from gates that did not pass, or from a run that is not complete."""
    j = view.judgement
    if failed := view.gates("failed"):
        yield _fallback(view, f"{named(failed)}: {_evidence(failed[0])}")
    if withheld := view.gates("withheld"):
        yield Conclusion("collect_data", None, f"the run has no answer yet: {clause(withheld[0].sentence)}", exit_code=3)
    if open_ := view.gates("inconclusive"):
        lift = view.lift(j.baseline)
        if lift is not None and reading(lift) == "noise" and not is_to_be_cheaper(view):
            yield _noise(view, said(lift))
        sizes = [gate.needed for gate in open_ if gate.needed is not None]
        needed = max(sizes, default=None) if len(sizes) == len(open_) else None
        if needed is not None and feasible(needed, j.fixtures):
            because = f"{named(open_)}; about {needed:,} fixtures would settle what {j.fixtures:,} do not"
            yield Conclusion("collect_data", None, because, needed, exit_code=4)
        yield _fallback(view, f"{named(open_)}: {_evidence(open_[0])}")
    if j.exit_code == 3:
        yield Conclusion("collect_data", None, "the run is not complete; the same command goes on with it", exit_code=3)


def _noise(view: View, because: str) -> Conclusion:
    """What follows from a lift that is noise: more fixtures where they would settle it, else the rung below."""
    lift = view.lift(view.judgement.baseline)
    if lift is None or not seen_upwards(lift) or would_have_been_seen(lift) or not feasible(lift.needed, lift.n):
        return _fallback(view, because)
    more = f"{because}; about {lift.needed:,} fixtures would settle it"
    return Conclusion("collect_data", None, more, lift.needed, exit_code=4)


def _fallback(view: View, because: str) -> Conclusion:
    """Nothing is shipped: what is worth having below the candidate, or what there is today."""
    for rung in view.rungs("rag"):
        if all(gate.passed for gate in rung.gates) and _worth_having(view, rung.variant):
            return Conclusion("use_retrieval", rung.variant, f"{because}; {rung.variant} passes the gates it can be held to")
    prompts = view.with_role("prompt")
    base = view.judgement.baseline if view.judgement.baseline in prompts else (prompts[0] if prompts else None)
    for process in view.with_role("current"):
        c = None if base is None else view.lift(base, candidate=process)
        if c is None or c.verdict != "worse":
            return Conclusion("keep_process", process, because)
    return Conclusion("keep_prompting", base, because)


def _not_above_floors(view: View) -> Conclusion | None:
    """What follows where the candidate is not shown to beat a look-up; None where it is."""
    for name in view.with_role("floor"):
        c = view.lift(name)
        if c is not None and c.verdict not in (None, "better"):
            return _fallback(view, f"{said(c)}; what does not beat a look-up is not worth shipping")
    return None


def _unless_process_is_better(view: View, found: Conclusion) -> Conclusion:
    """Keep today's process where what would be recommended is shown to be worse."""
    if found.variant is None or found.recommendation in ("keep_process", "collect_data"):
        return found
    worse = view.worse_than_process(found.variant)
    return found if worse is None else Conclusion("keep_process", worse.over, said(worse))


def _worth_having(view: View, rag: str) -> bool:
    """Whether retrieval is shown to be worth having over the prompt, or there is no prompt to hold it against."""
    base = view.judgement.baseline
    c = view.lift(base, candidate=rag) if base in view.with_role("prompt") else None
    return c is None or reading(c) == "worth"


def _evidence(gate: GateResult) -> str:
    """What a gate was judged on, without what was asked."""
    return clause(gate.sentence.partition("; ")[0])


def _costs_less(view: View, name: str, than: str) -> bool:
    ours, theirs = view.judgement.variants[name].cost_per_call, view.judgement.variants[than].cost_per_call
    return ours is not None and theirs is not None and ours < theirs


def _asks_a_model(view: View, name: str | None) -> bool:
    variant = view.judgement.variants.get(name or "")
    return variant is not None and variant.model is not None and variant.role in ("prompt", "rag")


def _first(answers: Sequence[RungAnswer], holds: Callable[[RungAnswer], bool]) -> RungAnswer | None:
    return next((answer for answer in answers if holds(answer)), None)
