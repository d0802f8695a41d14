"""What the candidate broke: other metrics, slices, another suite, cut-off answers and refusals."""

from __future__ import annotations

from collections.abc import Iterator

from harness.verdicts import phrases
from harness.verdicts.decision_result import Step
from harness.verdicts.decision_view import View
from harness.verdicts.findings import ALPHA
from harness.verdicts.result import Comparison

QUESTION = "What did it break?"
_OUTCOMES = (("truncated", "cut off at the token limit"), ("refused", "refused"))


def broke_step(view: View, over: str | None) -> Step:
    """Name what is shown to be worse than what the candidate replaces, after looking at all of it (Benjamini-Hochberg).

    Args:
        view: The judged run.
        over: What it replaces.
    """
    if over is None:
        return Step(QUESTION, "unknown", "The run has nothing to hold it against.")
    worse = [*_worse(view, over), *_forgotten(view)]
    found = [f"Worse than {over}: {phrases.listed(worse)}."] if worse else []
    found += [f"{each}." for each in _outcomes(view, over)]
    if found:
        return Step(QUESTION, "yes", " ".join(found))
    unknown = "" if any(gate.suite is not None for gate in view.judgement.gates) else "; no gate asks what it forgot elsewhere"
    return Step(QUESTION, "no", f"Nothing that was measured is shown to be worse than with {over}{unknown}.")


def _worse(view: View, over: str | None) -> Iterator[str]:
    for c in view.judgement.comparisons:
        is_own = (c.candidate, c.over, c.verdict) == (view.judgement.candidate, over, "worse")
        is_quality = c.scale != "ratio" and c.unit not in ("seconds", "USD", "tokens")
        if is_own and is_quality and (c.q is None or c.q < ALPHA):
            yield _lost(c)


def _lost(c: Comparison) -> str:
    where = "" if c.slice is None else f" on {c.slice}"
    return f"{c.metric}{where} by {phrases.measured(c)}"


def _forgotten(view: View) -> Iterator[str]:
    for gate in view.judgement.gates:
        if gate.suite is not None and gate.status == "failed":
            yield f"what {gate.suite} asks ({gate.name!r} failed)"


def _outcomes(view: View, over: str | None) -> Iterator[str]:
    """More answers cut off or refused than by what it replaces; counted, not judged."""
    who = view.judgement.candidate
    if who is None or over is None:
        return
    ours, theirs = view.judgement.variants[who], view.judgement.variants[over]
    for outcome, words in _OUTCOMES:
        here, there = ours.outcomes.get(outcome, 0), theirs.outcomes.get(outcome, 0)
        if ours.calls and theirs.calls and here / ours.calls > there / theirs.calls:
            yield f"{here:,} of its {ours.calls:,} answers were {words}, {there:,} of those of {over}"
