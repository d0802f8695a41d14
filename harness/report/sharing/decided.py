"""Whether to ship, in a word with a sign, for texts without colour."""

from __future__ import annotations

from harness.verdicts import Judgement


def decision_words(judgement: Judgement) -> tuple[str, str]:
    """Read the gates: a sign, and ship, do not ship, not yet, or no decision."""
    if not judgement.gates:
        return "\u2139\ufe0f", "no gates, so no decision"
    if any(gate.status == "failed" for gate in judgement.gates):
        return "\u274c", "do not ship"
    shipped = all(gate.passed for gate in judgement.gates) and judgement.exit_code == 0
    return ("\u2705", "ship") if shipped else ("\u2754", "do not ship yet")
