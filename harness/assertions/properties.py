"""What a test report carries of a gate, as plain texts: properties in JUnit XML, and all that the closing table is made of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from harness.assertions.shared_runs import Shared
from harness.report import GateRow, number_words
from harness.verdicts import GateResult


def properties(shared: Shared, gate: GateResult) -> list[tuple[str, str]]:
    """Return names and values: suite, gate, metric, verdict, effect, interval, run id, report, and the sentence."""
    said = {
        "suite": shared.evaluated.run.record.suite,
        "gate": gate.name,
        "metric": gate.metric,
        "verdict": gate.status,
        "effect": gate.value,
        "low": gate.low,
        "high": gate.high,
        "confidence": gate.confidence,
        "shown": number_words(gate),
        "sentence": gate.sentence,
        "run_id": shared.evaluated.run_id,
        "report": shared.report,
    }
    return [(f"evals.{name}", str(value)) for name, value in said.items() if value not in (None, "")]


def gate_rows(gates: Iterable[Mapping[str, str]]) -> list[GateRow]:
    """Make the rows of the closing table from the properties of reports, their prefix taken off."""
    names = ("suite", "gate", "verdict", "shown", "sentence", "run_id")
    return [GateRow(*(said.get(name, "") for name in names)) for said in gates]
