"""What would change the answer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from harness.verdicts import phrases
from harness.verdicts.decision_result import Condition, Recommendation
from harness.verdicts.decision_view import View
from harness.verdicts.result import GateResult

MOST = 6


def changes(
    view: View, recommendation: Recommendation, variant: str | None, needed: int | None, conditions: Sequence[Condition]
) -> tuple[str, ...]:
    """Say what would have to be different for another answer, the nearest first."""
    found = [*_gates(view, recommendation), *_lifts(view, recommendation, variant), *_more(needed), *_unknown(conditions)]
    return tuple(dict.fromkeys(found))[:MOST]


def _gates(view: View, recommendation: Recommendation) -> Iterator[str]:
    if recommendation.startswith("ship"):
        yield "A gate that fails on new fixtures, or on any later night."
    if not view.judgement.gates:
        yield "Gates, declared before the next run: nothing ships without one."
    for gate in view.judgement.gates:
        if gate.status == "withheld":
            yield gate.sentence
        elif gate.status in ("failed", "inconclusive"):
            yield f"{gate.name!r} passing: {gate.condition} is asked, and {_stands(gate)}."


def _stands(gate: GateResult) -> str:
    if gate.value is None:
        return "that was not judged"
    if gate.over is None:
        ends = "" if gate.low is None or gate.high is None else f" ({phrases.value_range(gate.low, gate.high, gate.unit)})"
        return f"it stands at {phrases.value(gate.value, gate.unit)}{ends}"
    size = phrases.lift(gate.value, gate.unit, gate.scale)
    ends = "" if gate.low is None or gate.high is None else f" ({phrases.lift_range(gate.low, gate.high, gate.unit, gate.scale)})"
    return f"it stands at {size}{ends}"


def _lifts(view: View, recommendation: Recommendation, variant: str | None) -> Iterator[str]:
    if recommendation not in ("keep_prompting", "use_retrieval", "keep_process") or variant is None:
        return
    c = view.lift(variant)
    told = any((g.over, g.metric) == (variant, view.metric) and not g.passed for g in view.judgement.gates)
    if c is None or c.effect is None or c.verdict == "better" or told:
        return
    margin = phrases.margin(c.margin, c.unit, c.scale) if c.margin else "chance"
    what = f"A lift of {c.candidate} over {variant} on {c.metric} that is shown to be beyond {margin}"
    yield f"{what}; it is {phrases.measured(c)}."


def _more(needed: int | None) -> Iterator[str]:
    if needed is not None:
        yield f"About {needed:,} fixtures like these; whatever they show is an answer."


def _unknown(conditions: Sequence[Condition]) -> Iterator[str]:
    names = [condition.name for condition in conditions if condition.met is None]
    if names:
        yield f"Conditions not known yet: {phrases.listed([name[:1].lower() + name[1:] for name in names])}."
