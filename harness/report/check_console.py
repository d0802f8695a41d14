"""The findings of the data checks on the console, at any width from 60 columns on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from harness.datachecks import SEVERITIES, Finding, counted
from harness.report.console import STYLES, text
from harness.report.hostile import brief

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

_SIGNS = {"serious": ("x", STYLES["bad"]), "warning": ("!", STYLES["unsure"]), "note": ("-", STYLES["off"])}
_WIDE = 100
"""Columns of the console from which evidence stands in a table."""
_COLUMNS = 5
"""Columns of evidence up to which a table can be read."""
_LONGEST = 400
"""Characters of one cell."""


def print_findings(about: str, findings: Sequence[Finding], console: Console, *, rows: int = 3) -> None:
    """Print what the data checks found, gravest first, each with its plainest evidence and what to do.

    Args:
        about: One line that says what was checked.
        findings: The findings, ranked.
        console: Where to print.
        rows: Rows of evidence shown of each finding; how many more there are is said.
    """
    console.print(text(console, about, "bold"))
    for finding in findings:
        console.print()
        sign, style = _SIGNS[finding.severity]
        grid = _grid()
        grid.add_row(text(console, sign, style), text(console, finding.message, "bold" if finding.severity == "serious" else ""))
        if finding.advice:
            grid.add_row("", text(console, finding.advice, "dim"))
        console.print(grid)
        if shown := finding.evidence[: max(rows, 0)]:
            is_table = console.width >= _WIDE and len(shown[0]) <= _COLUMNS
            console.print(_table(shown, console) if is_table else _lines(shown, console))
        if rows > 0 and (more := len(finding.evidence) - len(shown)) > 0:
            console.print(text(console, f"     and {more:,} more; --rows shows them, --json has them all", "dim"))
    console.print()
    console.print(text(console, _tally(findings), "bold"))


def print_without_leaks(found: Mapping[str, Any], console: Console) -> None:
    """Print what a run says with its leaked fixtures and what without them.

    Args:
        found: The keys of ``harness.without_leaks(run).to_dict()``.
        console: Where to print.
    """
    console.print()
    left = counted(len(found["left_out"]), "leaked fixture")
    counts = found["fixtures"]
    console.print(
        text(console, f"Run {found['run_id']} without its {left} ({counts['with']:,} to {counts['without']:,})", "bold")
    )
    if not found["left_out"]:
        console.print(text(console, "None of its fixtures was seen before: it stays as it is.", "dim"))
        return
    grid = _grid(3)
    grid.add_row("", text(console, found["metric"] or "", "dim"), text(console, "with", "dim"), text(console, "without", "dim"))
    for name, values in found["variants"].items():
        grid.add_row("", text(console, brief(name, 40)), _number(values["with"]), _number(values["without"]))
    for gate in found["gates"]:
        style = "bold" if gate["with"] != gate["without"] else ""
        name = text(console, f"gate: {brief(gate['name'], 60)}", style)
        grid.add_row("", name, text(console, gate["with"], style), text(console, gate["without"] or "gone", style))
    console.print(grid)
    console.print(text(console, found["headline"]["without"]))


def _number(value: float | None) -> str:
    return "not known" if value is None else f"{value:.4g}"


def _grid(more: int = 1) -> Table:
    from rich.table import Table

    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(no_wrap=True, width=2)
    for _ in range(more):
        grid.add_column(overflow="fold")
    return grid


def _table(rows: Sequence[Mapping[str, Any]], console: Console) -> Table:
    from rich.table import Table

    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="dim")
    table.add_column("", width=3)
    for key in rows[0]:
        table.add_column(text(console, key), overflow="fold")
    for row in rows:
        table.add_row("", *(text(console, _cell(row.get(key))) for key in rows[0]))
    return table


def _lines(rows: Sequence[Mapping[str, Any]], console: Console) -> Table:
    grid = _grid()
    for row in rows:
        said = ", ".join(f"{key} {_cell(value)}" for key, value in row.items())
        grid.add_row("", text(console, said))
    return grid


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, list | tuple):
        shown = ", ".join(_cell(item) for item in value[:6])
        return brief(shown + (f" and {len(value) - 6:,} more" if len(value) > 6 else ""), _LONGEST)
    return brief(str(value), _LONGEST)


def _tally(findings: Sequence[Finding]) -> str:
    if not findings:
        return "Nothing found against it."
    words = {"serious": "serious", "warning": "warnings", "note": "notes"}
    counts = {severity: sum(f.severity == severity for f in findings) for severity in SEVERITIES}
    said = [f"{n} {words[s] if n != 1 else s}" for s, n in counts.items() if n]
    return f"Found: {', '.join(said)}."
