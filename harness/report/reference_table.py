"""A run against its reference, on the console."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from harness.report import formats
from harness.report.hostile import brief
from harness.report.words import interval_words, verdict_mark
from harness.verdicts import AgainstReference

if TYPE_CHECKING:
    from rich.console import Console

_WIDE = 100


def print_against_reference(found: Sequence[AgainstReference], console: Console) -> None:
    """Print every variant on every metric beside its reference, at any width from 60 columns on."""
    from rich.table import Table
    from rich.text import Text

    wide = console.width >= _WIDE
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="dim")
    for title in ("variant", "metric"):
        table.add_column(title, overflow="fold")
    for title in ("now", "reference", "change") if wide else ("now", "change"):
        table.add_column(title, justify="right", overflow="fold")
    table.add_column("", overflow="fold")
    for a in found:
        c = a.comparison
        change = Text(formats.effect(c.effect, c.unit, c.scale))
        interval = interval_words(c)
        if interval:
            change.append(f"  {interval}" if wide else f"\n{interval}", "dim")
        numbers = [formats.value(a.value, c.unit), *([formats.value(a.mean, c.unit)] if wide else [])]
        table.add_row(Text(brief(a.variant, 40)), Text(brief(a.metric, 60)), *numbers, change, Text(verdict_mark(c).word))
    console.print(table)
