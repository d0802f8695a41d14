"""Gates as a short list: for the end of a test session, and as Markdown for a CI summary."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from harness.report.formats import effect, effect_interval, interval, value
from harness.report.hostile import brief, visible
from harness.report.markdown_text import inline
from harness.verdicts import GateResult

_SIGNS = {"passed": "✅", "failed": "❌", "inconclusive": "❔", "withheld": "⚠️"}


@dataclass(frozen=True, slots=True)
class GateRow:
    """One gate in a list.

    Attributes:
        suite: The suite's name.
        gate: The gate's name.
        status: passed, failed, inconclusive, withheld.
        shown: Its number with the interval; empty where it has none.
        sentence: The gate explained.
        run_id: The run judged.
    """

    suite: str
    gate: str
    status: str
    shown: str
    sentence: str
    run_id: str


def number_words(gate: GateResult) -> str:
    """Return a gate's number with its interval, ``+39.8 points (35.1 to 44.5)``; empty where it has none."""
    if gate.value is None:
        return ""
    if gate.over is None:
        said, limits = value(gate.value, gate.unit), interval(gate.low, gate.high, gate.unit)
    else:
        said = effect(gate.value, gate.unit, gate.scale)
        limits = effect_interval(gate.low, gate.high, gate.unit, gate.scale)
    return f"{said} ({limits})" if limits and gate.low is not None else said


def gate_lines(rows: Sequence[GateRow], width: int) -> list[str]:
    """Return a list of gates as lines of at most ``width`` columns, as far as their names allow it."""
    lines: list[str] = []
    for suite in dict.fromkeys(row.suite for row in rows):
        of_suite = [row for row in rows if row.suite == suite]
        lines.append(suite)
        room = max(width - 4 - 14 - max(len(row.shown) for row in of_suite) - 2, 20)
        names = [brief(visible(row.gate), room) for row in of_suite]
        longest = max(len(name) for name in names)
        for name, row in zip(names, of_suite, strict=True):
            lines.append(f"  {row.status.ljust(12)}  {name.ljust(longest)}  {row.shown}".rstrip())
    return lines


def gate_markdown(rows: Sequence[GateRow]) -> str:
    """Return a list of gates as a Markdown section."""
    if not rows:
        return ""
    passed = sum(row.status == "passed" for row in rows)
    lines = [f"### Gates: {passed} of {len(rows)} pass", "", "| | suite | gate | result | |", "|---|---|---|---|---|"]
    for row in rows:
        cells = (_SIGNS.get(row.status, ""), row.suite, row.gate, f"{row.status} {row.shown}".strip(), row.sentence)
        lines.append("| " + " | ".join(cell(each) for each in cells) + " |")
    return "\n".join(lines) + "\n"


def cell(text: str) -> str:
    """Text that stays inside its cell and is no markup: names and sentences may hold what a user or a model wrote."""
    return inline(text, 400)
