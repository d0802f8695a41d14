"""A night on the console, at any width from 60 columns on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from harness.report.console import STYLES, listed, sign, text
from harness.report.hostile import brief
from harness.report.night_words import facts_line, outcome_mark, trend_lines, turned_lines, watched_rows
from harness.verdicts import SuiteNight

if TYPE_CHECKING:
    from rich.console import Console

_WIDE = 100


def print_nights(nights: Sequence[SuiteNight], console: Console) -> None:
    """Print what happened in a night, suite by suite."""
    for number, night in enumerate(nights):
        if number:
            console.print()
        mark = outcome_mark(night)
        console.print(text(console, f"{sign(mark)} {night.suite}: {mark.word}.", STYLES[mark.kind]))
        console.print(text(console, night.headline))
        _watched(night, console)
        for line in (*trend_lines(night), *turned_lines(night)):
            console.print(listed(console, "-", line))
        for line in (*night.findings, *night.retirements):
            console.print(listed(console, "!", line))
        run_id = night.run_ids[0] if night.run_ids else "none"
        console.print(text(console, f"Run {run_id}: {facts_line(night)}.", "dim"))


def _watched(night: SuiteNight, console: Console) -> None:
    from rich.table import Table

    if not night.standings:
        return
    wide = console.width >= _WIDE
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="dim")
    table.add_column("", no_wrap=True)
    table.add_column("variant", overflow="fold")
    table.add_column("metric", overflow="fold")
    for title in ("now", "reference", "change", "p") if wide else ("now", "change"):
        table.add_column(title, justify="right", overflow="fold")
    for row in watched_rows(night):
        cells = [row.now, row.reference, row.change, row.p] if wide else [row.now, row.change.replace(" (", "\n(", 1)]
        table.add_row(
            text(console, f"{sign(row.mark)} {row.mark.word}", STYLES[row.mark.kind]),
            text(console, brief(row.variant, 40)),
            text(console, brief(row.metric, 60)),
            *(text(console, cell) for cell in cells),
        )
    console.print(table)
