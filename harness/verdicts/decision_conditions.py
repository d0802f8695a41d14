"""The checklist: under which conditions fine-tuning is worth considering, and how each is known."""

from __future__ import annotations

from collections.abc import Iterator

from harness.verdicts import phrases
from harness.verdicts.decision_result import Condition, Facts, Money
from harness.verdicts.decision_view import View, would_have_been_seen

ENOUGH_EXAMPLES = 500
"""Good examples from which on a fine-tune is worth trying."""
ENOUGH_PROMPTS = 3
"""Prompts that must have been tried before a prompt can be said to have been tried honestly."""
FEWEST_FIXTURES = 100
"""Independent fixtures below which an evaluation set is called small (as ``harness check`` does)."""


def conditions_of(view: View, facts: Facts, money: Money | None) -> tuple[Condition, ...]:
    """Go through the checklist: each condition with whether it is measured, stated or unknown."""
    return tuple(_all(view, facts, money))


def _all(view: View, facts: Facts, money: Money | None) -> Iterator[Condition]:
    yield _examples(view, facts)
    yield _stable(view)
    yield _evaluation(view)
    yield _unseen(facts)
    yield _prompting(view)
    yield _retrieval(view)
    yield _process(view)
    yield _forgetting(view)
    yield _cost(view, money)


def _examples(view: View, facts: Facts) -> Condition:
    name = f"{ENOUGH_EXAMPLES} or more good examples"
    who = view.judgement.candidate
    training = None if who is None else view.definition.variants[who].training
    stated = None if training is None else training.examples
    if facts.training_examples:
        count = facts.training_examples
        return Condition(name, count >= ENOUGH_EXAMPLES, "measured", f"{count:,} in the training data; how good is not measured")
    if stated is not None:
        return Condition(name, stated >= ENOUGH_EXAMPLES, "stated", f"{stated:,}")
    return Condition(name, None, "unknown", "give training_data, or training: {examples: ...} of the fine-tune")


def _stable(view: View) -> Condition:
    stable = view.definition.decision.stable_task
    if stable is None:
        return Condition("A stable task", None, "unknown", "give decision: {stable_task: true or false}")
    return Condition("A stable task", stable, "stated", "it stays as it is" if stable else "it is going to change")


def _evaluation(view: View) -> Condition:
    name = "An evaluation set fit to decide with"
    j = view.judgement
    what = phrases.counted(j.groups, "independent group" if j.groups != j.fixtures else "fixture")
    c = view.lift(j.baseline)
    if c is None or not c.margin or c.detectable is None:
        return Condition(name, j.groups >= FEWEST_FIXTURES, "measured", f"{what}; {FEWEST_FIXTURES} are a start")
    seen = phrases.lift(abs(c.detectable), c.unit, c.scale, signed=False)
    margin = phrases.margin(c.margin, c.unit, c.scale)
    return Condition(
        name, would_have_been_seen(c), "measured", f"{what}; could have seen {seen} on {c.metric}, and {margin} are worth having"
    )


def _unseen(facts: Facts) -> Condition:
    name = "No fixture was seen before"
    if facts.leaks is None:
        return Condition(name, None, "unknown", "the suite is not there, or has changed since the run")
    said = f"{facts.leaks:,} were; harness check names them" if facts.leaks else "none stands in the training data or in a prompt"
    return Condition(name, facts.leaks == 0, "measured", said)


def _prompting(view: View) -> Condition:
    name = "Prompting honestly tried"
    tried, there = view.definition.decision.prompts_tried, len(view.with_role("prompt"))
    if not there:
        return Condition(name, False, "measured", "the run has no prompt to hold the fine-tune against")
    if tried is not None:
        said = f"{phrases.counted(tried, 'prompt')} tried; {ENOUGH_PROMPTS} or more count as tried"
        return Condition(name, tried >= ENOUGH_PROMPTS, "stated", said)
    if there >= ENOUGH_PROMPTS:
        return Condition(name, True, "measured", f"{there} prompts in the run")
    said = f"{phrases.counted(there, 'prompt')} in the run; give decision: {{prompts_tried: ...}}"
    return Condition(name, None, "unknown", said)


def _retrieval(view: View) -> Condition:
    name = "Retrieval honestly tried"
    rags, tried = view.with_role("rag"), view.definition.decision.retrievals_tried
    if rags:
        more = "" if tried is None else f"; {tried} tried, as stated"
        return Condition(name, True, "measured", f"{phrases.listed(rags)} in the run{more}")
    if tried is not None:
        return Condition(name, tried > 0, "stated", f"{tried} tried, none of them in the run")
    return Condition(name, False, "measured", "no variant of role rag in the run")


def _process(view: View) -> Condition:
    names = view.with_role("current")
    said = f"{phrases.listed(names)} in the run" if names else "no variant of role current in the run"
    return Condition("Held against today's process", bool(names), "measured", said)


def _forgetting(view: View) -> Condition:
    name = "Held against what it might have forgotten"
    broad = [gate for gate in view.judgement.gates if gate.suite is not None]
    if not broad:
        return Condition(name, None, "unknown", "no gate over another suite (suite: ...)")
    judged = [gate for gate in broad if gate.status != "withheld"]
    if not judged:
        return Condition(name, None, "unknown", f"{phrases.listed(sorted({str(g.suite) for g in broad}))} was not run")
    return Condition(name, True, "measured", f"by {phrases.listed([repr(gate.name) for gate in judged])}")


def _cost(view: View, money: Money | None) -> Condition:
    name = "Costs and volume"
    if money is None:
        return Condition(name, None, "unknown", "there is nothing to compare")
    lacking = [
        word
        for word, value in (
            ("the price of a call", money.saving_per_1000),
            ("the training's cost", money.training),
            ("upkeep a month", money.upkeep_per_month),
            ("calls a month", money.calls_per_month),
        )
        if value is None
    ]
    if lacking:
        return Condition(name, None, "unknown", f"not known: {phrases.listed(lacking)}")
    return Condition(name, True, "stated", "price measured by the run; training, upkeep and calls a month as stated")
