"""The ladder's questions with their answers, each from what the judgement already says."""

from __future__ import annotations

from collections.abc import Sequence

from harness.verdicts import phrases
from harness.verdicts.decision_result import Answer, Step
from harness.verdicts.decision_rungs import RungAnswer
from harness.verdicts.decision_view import Reading, View, named, reading, said

PROMPT = "Does the strong prompt meet the gates?"
RETRIEVAL = "Does retrieval close the gap?"
LIFT = "Is the lift signal, and worth having?"
AS_GOOD = "Is it as good as the big model?"
GATES = "Do all gates pass?"
BELOW = "Does it beat today's process and the floors?"

_LIFTS: dict[Reading, Answer] = {
    "worth": "yes",
    "small": "no",
    "perhaps": "open",
    "none": "no",
    "noise": "open",
    "unknown": "unknown",
}


def rung_step(question: str, answers: Sequence[RungAnswer], absent: str) -> Step:
    """Whether one of the rungs of a kind is enough: that of the best of them."""
    if not answers:
        return Step(question, "unknown", absent)
    ranks: dict[Answer, int] = {"yes": 0, "open": 1}
    best = min(answers, key=lambda answer: ranks.get(answer.enough, 2))
    return Step(question, best.enough, f"{capital(best.because)}.")


def lift_step(view: View) -> Step:
    """Whether the candidate's lift over the baseline is real and above the margin."""
    lift = view.lift(view.judgement.baseline)
    if lift is None:
        return Step(LIFT, "unknown", "The run has nothing to hold it against.")
    margin = f"; {phrases.margin(lift.margin, lift.unit, lift.scale)} are worth having" if lift.margin else ""
    return Step(LIFT, _LIFTS[reading(lift)], f"{said(lift)}{margin}.")


def as_good_step(view: View, big: str) -> Step:
    """Whether a candidate that is to be cheaper is as good as what it replaces, by the gate that says so."""
    who = view.judgement.candidate
    gates = [g for g in view.judgement.gates if (g.candidate, g.over, g.metric) == (who, big, view.metric)]
    if not gates:
        lift = view.lift(big)
        return Step(
            AS_GOOD,
            "unknown",
            "Nothing compares them." if lift is None else f"{said(lift)}; no gate says how much worse it may be.",
        )
    gate = gates[0]
    answers: dict[str, Answer] = {"passed": "yes", "failed": "no", "inconclusive": "open"}
    return Step(AS_GOOD, answers.get(gate.status, "unknown"), gate.sentence)


def gates_step(view: View) -> Step:
    """Whether every gate passed, and which did not."""
    gates = view.judgement.gates
    if not gates:
        return Step(GATES, "unknown", "The suite declares no gates.")
    rest = [gate for gate in gates if not gate.passed]
    if not rest:
        return Step(GATES, "yes", f"{capital(all_gates(view))}.")
    answer: Answer = "no" if view.gates("failed") else "open"
    passed = len(gates) - len(rest)
    return Step(GATES, answer, f"{passed} of {phrases.counted(len(gates), 'gate')} passed; {named(rest)}.")


def below_step(view: View) -> Step:
    """Whether today's process and the floors are beaten; the one that is not is named."""
    who = str(view.judgement.candidate)
    lifts = [*view.over_process(who), *(c for name in view.with_role("floor") if (c := view.lift(name)) is not None)]
    if not lifts:
        return Step(BELOW, "unknown", "Neither is in the run.")
    rest = [c for c in lifts if c.verdict != "better"]
    answer: Answer = "yes" if not rest else "no" if any(c.verdict == "worse" for c in rest) else "open"
    return Step(BELOW, answer, f"{said((rest or lifts)[0])}.")


def all_gates(view: View) -> str:
    """Say that all gates passed."""
    count = len(view.judgement.gates)
    return "the one gate passed" if count == 1 else f"all {count} gates passed"


def capital(text: str) -> str:
    """Begin a sentence with what is no variant's name."""
    words = ("the ", "no ", "nothing ", "all ", "there ", "cut ", "what ")
    return text[:1].upper() + text[1:] if text.startswith(words) else text
