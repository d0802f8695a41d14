"""The decision whether to fine-tune, on the console and as Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.report.console import listed, text
from harness.report.hostile import visible
from harness.verdicts import Condition, Decision

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

_ANSWERS = {"yes": "bold blue", "no": "bold red", "open": "yellow", "unknown": "dim"}
_BROKE = {"yes": "bold red", "no": "bold blue"}
_HOLDS = {True: "yes", False: "no", None: "unknown"}
_WIDE = 100
_QUESTIONS = 38


def print_decision(decision: Decision, console: Console) -> None:
    """Print the recommendation, the ladder that led to it, what would change it, and the checklist.

    Args:
        decision: The decision.
        console: Where to print; from 100 columns on a question stands beside its answer.
    """
    console.print(text(console, decision.headline, "bold"))
    _title(console, "The ladder, cheapest rung first")
    wide = console.width >= _WIDE
    table = _grid()
    table.add_column(width=8, no_wrap=True)
    if wide:
        table.add_column(width=_QUESTIONS)
    table.add_column(overflow="fold")
    for step in decision.steps:
        styles = _BROKE if step.question.endswith("break?") else _ANSWERS
        answer = text(console, step.answer, styles.get(step.answer, ""))
        question, because = text(console, step.question), text(console, step.because, "" if wide else "dim")
        if wide:
            table.add_row(answer, question, because)
        else:
            table.add_row(answer, question.append("\n").append_text(because))
    console.print(table)
    if decision.would_change:
        _title(console, "What would change the answer")
        for sentence in decision.would_change:
            console.print(listed(console, "-", sentence))
    _title(console, "Conditions")
    _conditions(decision, console, wide)
    console.print()
    console.print(text(console, f"Run {decision.run_id} of {decision.suite}.", "dim"))


def decision_markdown(decision: Decision) -> str:
    """Write the decision as Markdown (GitHub's), everything that came from a model or a file escaped."""
    lines = [f"## {_escaped(decision.words[:1].upper() + decision.words[1:])}", "", _escaped(decision.headline), ""]
    lines += ["| question | answer | because |", "|---|---|---|"]
    lines += [f"| {_escaped(s.question)} | {s.answer} | {_escaped(s.because)} |" for s in decision.steps]
    if decision.would_change:
        lines += ["", "What would change the answer:", "", *(f"- {_escaped(sentence)}" for sentence in decision.would_change)]
    lines += ["", "| condition | holds | how it is known | |", "|---|---|---|---|"]
    lines += [f"| {_escaped(c.name)} | {_HOLDS[c.met]} | {c.basis} | {_escaped(c.said)} |" for c in decision.conditions]
    lines += ["", f"Run `{decision.run_id}` of {_escaped(decision.suite)}."]
    return "\n".join(lines) + "\n"


def _conditions(decision: Decision, console: Console, wide: bool) -> None:
    table = _grid()
    table.add_column(width=8, no_wrap=True)
    table.add_column(width=_QUESTIONS if wide else None, overflow="fold")
    table.add_column(width=8, no_wrap=True)
    if wide:
        table.add_column(overflow="fold")
    for condition in decision.conditions:
        row = [_met(condition, console), text(console, condition.name), text(console, condition.basis, "dim")]
        if wide:
            row.append(text(console, condition.said, "dim"))
        else:
            row[1].append("\n").append_text(text(console, condition.said, "dim"))
        table.add_row(*row)
    console.print(table)


def _met(condition: Condition, console: Console) -> Text:
    word = _HOLDS[condition.met]
    return text(console, word, _ANSWERS[word])


def _grid() -> Table:
    from rich.table import Table

    return Table.grid(padding=(0, 2, 0, 0))


def _title(console: Console, title: str) -> None:
    console.print()
    console.print(text(console, title, "bold underline"))


def _escaped(said: str) -> str:
    """Text that Markdown shows as it is, in a table cell too."""
    shown = " ".join(visible(said).split())
    for sign in "\\`*_[]<>|#~":
        shown = shown.replace(sign, f"\\{sign}")
    return shown
