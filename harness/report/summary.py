"""The top of the page: the question, the answer in one sentence, and whether to ship."""

from __future__ import annotations

from harness.report import formats
from harness.report.context import Fact, GateCard, Mark, Verdict
from harness.report.words import gate_mark
from harness.store import Run
from harness.verdicts import Judgement

_SHIP = Mark("Ship", "\u2713", "good")
_STOP = Mark("Do not ship", "\u2715", "bad")
_OPEN = Mark("Do not ship yet", "~", "unsure")
_NONE = Mark("No gates, so no decision", "\u2013", "off")


def verdict(run: Run, judgement: Judgement) -> Verdict:
    """Return the top of the page."""
    return Verdict(
        question=_question(judgement),
        headline=judgement.answer or judgement.headline,
        decision=decision(judgement),
        tally=tally(judgement),
        decided=decided(judgement),
        reasons=judgement.reasons,
        findings=judgement.findings,
        facts=_facts(run, judgement),
    )


def decision(judgement: Judgement) -> Mark:
    """Read the gates: ship where all passed, do not ship where one failed, not yet where one gave no answer."""
    if not judgement.gates:
        return _NONE
    if any(gate.status == "failed" for gate in judgement.gates):
        return _STOP
    return _SHIP if all(gate.passed for gate in judgement.gates) and judgement.exit_code == 0 else _OPEN


def decided(judgement: Judgement) -> tuple[str, ...]:
    """Say what to do, which may be less than the gates allow: a cheaper rung may do; nothing where nothing is up for release."""
    if judgement.candidate is None or judgement.decision is None:
        return ()
    return (f"Decision: {judgement.decision.words}.",)


def tally(judgement: Judgement) -> str:
    """Return how many gates passed, and what became of the others."""
    if not judgement.gates:
        return "the suite declares no gates"
    passed = sum(gate.passed for gate in judgement.gates)
    said = f"{passed} of {formats.counted(len(judgement.gates), 'gate')} passed"
    for status in ("failed", "inconclusive", "withheld"):
        count = sum(gate.status == status for gate in judgement.gates)
        said += f", {count} {status}" if count else ""
    return said


def gate_cards(judgement: Judgement) -> tuple[GateCard, ...]:
    """Return every gate, those that did not pass first."""
    rank = {"failed": 0, "withheld": 1, "inconclusive": 2, "passed": 3}
    ordered = sorted(judgement.gates, key=lambda gate: rank[gate.status])
    return tuple(GateCard(gate_mark(g), g.name, f"{g.metric} of {g.candidate}: {g.condition}", g.sentence) for g in ordered)


def _question(judgement: Judgement) -> str:
    if judgement.candidate is None:
        return "Which of these variants answers best, and at what cost?"
    rival = judgement.baseline
    over = f" over {rival}" if rival else ""
    metric = judgement.headline_metric
    return f"Is the lift of {judgement.candidate}{over} on {metric} real, is it worth having, what did it break, and may it ship?"


def _facts(run: Run, judgement: Judgement) -> tuple[Fact, ...]:
    return (
        Fact("Run", code=judgement.run_id),
        Fact("Date", formats.moment(run.record.started_at)),
        Fact("Fixtures", formats.whole(judgement.fixtures)),
        Fact("Independent groups", formats.whole(judgement.groups)),
    )
