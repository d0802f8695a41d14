"""Whether a cheaper rung is enough: did the prompt already meet the gates, does retrieval close the gap."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from harness.verdicts import phrases
from harness.verdicts.decision_result import Answer
from harness.verdicts.decision_view import View, named, reading, said
from harness.verdicts.result import Comparison, GateResult, Rung


@dataclass(frozen=True, slots=True)
class RungAnswer:
    """Whether a rung is enough.

    Attributes:
        enough: yes, no, or open where that rests on a lift the data do not settle.
        lift: The candidate's lift over it, None where it was not compared.
        because: Why, a clause.
    """

    rung: Rung
    enough: Answer
    lift: Comparison | None
    because: str


def rung_answer(view: View, rung: Rung) -> RungAnswer:
    """Judge a rung by the gates, and by the candidate's lift where no gate says what is good enough.

    A rung is enough if no gate that asks for a lift over it is passed by the candidate, it passes the candidate's other
    gates itself, and either one of those sets the headline metric a level (a limit, or today's process) or the
    candidate's lift over it is not worth having.
    """
    lift = view.lift(rung.variant)
    beaten = [g for g in _demands(view, rung) if g.passed]
    unmet = [g for g in rung.gates if not g.passed]
    name = rung.variant
    if unmet:
        return RungAnswer(rung, "no", lift, f"{name} does not pass what {view.judgement.candidate} is held to: {named(unmet)}")
    held = f"{name} passes {_counted(rung.gates)}" if rung.gates else f"no gate but a lift over {name} was asked for"
    if beaten and lift is not None:
        return RungAnswer(rung, "no", lift, f"{held}, but {beaten[0].name!r} asks for more, and {_clause(lift)}")
    if any(_sets_level(view, gate) for gate in rung.gates):
        return RungAnswer(rung, "yes", lift, f"{held} and so is good enough by the suite's own measure")
    enough, why = _by_lift(lift)
    return RungAnswer(rung, enough, lift, f"{held}{why}")


def _by_lift(lift: Comparison | None) -> tuple[Answer, str]:
    """Whether the candidate's lift leaves a rung enough, and why, to follow what the rung passes."""
    how = reading(lift)
    if lift is None or how == "unknown":
        why = "nothing compares them" if lift is None else phrases.clause(lift.withheld or "there is no verdict on the lift")
        return "open", f"; {why}"
    if how == "worth":
        return "no", f", but {_clause(lift)}"
    if how in ("none", "small"):
        return "yes", f", and {_clause(lift)}{_too_small(lift, how)}"
    return "open", f", and {_clause(lift)}"


def _demands(view: View, rung: Rung) -> Iterator[GateResult]:
    """The candidate's gates that ask for a lift over this rung."""
    for gate in view.judgement.gates:
        of_candidate = gate.candidate == view.judgement.candidate and gate.suite is None and gate.slice is None
        if of_candidate and gate.over == rung.variant and gate.require == "better":
            yield gate


def _sets_level(view: View, gate: GateResult) -> bool:
    """Whether a gate says what is good enough on the headline metric."""
    if gate.metric != view.metric or gate.suite is not None or gate.slice is not None:
        return False
    return gate.over is None or gate.over in view.with_role("current")


def _too_small(lift: Comparison, how: str) -> str:
    if how == "small":
        return f"; it is below the {phrases.margin(lift.margin, lift.unit, lift.scale)} that are worth having"
    return "; a lift worth having is excluded" if lift.verdict == "inconclusive" else ""


def _counted(gates: tuple[GateResult, ...]) -> str:
    return (
        f"the one gate of the candidate's that it can be held to ({gates[0].name!r})"
        if len(gates) == 1
        else (f"all {len(gates)} of the candidate's gates that it can be held to")
    )


def _clause(lift: Comparison) -> str:
    text = said(lift)
    return text[:1].lower() + text[1:] if text.startswith(("The lift", "No verdict")) else text
