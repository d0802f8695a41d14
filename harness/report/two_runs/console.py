"""Two runs compared, on the console."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from harness.report import formats
from harness.report.hostile import brief, visible
from harness.report.two_runs.words import change_mark, cost_words, is_quality, lost_and_won, name_of
from harness.report.words import interval_words
from harness.verdicts import Change, Difference, TwoRuns

if TYPE_CHECKING:
    from rich.console import Console

_WIDE = 100
_MOST = 12
"""Differences that are listed; the rest is counted."""
_SOME = 5
"""Fixtures that are named."""


def print_two_runs(two: TwoRuns, console: Console) -> None:
    """Print what two runs differ in, every change with its interval, and which fixtures flipped."""
    from rich.text import Text

    earlier, later = two.before.record, two.after.record
    _say(console, f"{later.suite}: {later.run_id} (later) against {earlier.run_id} (earlier)", "dim")
    console.print(Text(visible(two.headline), "bold"))
    console.print()
    _print_differences(two, console)
    shown = [c for c in two.changes if c.judged or c.metric == two.metric or (_is_whole(c) and not c.nothing_differs)]
    _print_changes(two, shown, console)
    left = sum(is_quality(c.metric) for c in two.changes) - sum(is_quality(c.metric) for c in shown)
    if left:
        rows = "comparison is" if left == 1 else "comparisons are"
        _say(
            console, f"{left} more {rows} left out: parts of metrics, or no fixture differs; --json and --output have all", "dim"
        )
        console.print()
    _print_cost(two, console)
    _print_flips(two, console)
    for finding in two.findings:
        _say(console, f"- {finding}")


def _is_whole(change: Change) -> bool:
    """Whether it is a metric itself and not a part of one; of latency, the one that is usually limited."""
    return "." not in change.metric and change.metric not in ("latency", "latency_p50", "cost")


def _print_differences(two: TwoRuns, console: Console) -> None:
    told = [d for d in two.differences if d.kind != "circumstance"]
    if not two.differences and two.fixtures.same:
        _say(console, "Nothing that was defined differs.")
    for d in told[:_MOST]:
        _say(console, f"changed: {difference_words(d)}")
    left = len(two.differences) - min(len(told), _MOST)
    if left:
        what = "thing differs" if left == 1 else "things differ"
        _say(console, f"{left} more {what}, such as versions; --json and --output list them", "dim")
    console.print()


def difference_words(difference: Difference) -> str:
    """One thing that differs, in a line."""
    d = difference
    if d.before and d.after:
        return f"{d.what}: {brief(d.before, 120)} -> {brief(d.after, 120)}"
    return f"{d.what}: {'new' if d.after else 'gone'} ({brief(d.after or d.before, 200)})"


def _print_changes(two: TwoRuns, changes: Sequence[Change], console: Console) -> None:
    from rich.table import Table
    from rich.text import Text

    wide = console.width >= _WIDE
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="dim")
    for title in ("variant", "metric"):
        table.add_column(title, overflow="fold")
    for title in ("before", "after", "change"):
        table.add_column(title, justify="right", overflow="fold")
    table.add_column("", overflow="fold")
    for change in changes:
        c = change.comparison
        said = Text(formats.effect(c.effect, c.unit, c.scale))
        if interval := interval_words(c):
            said.append(f"  {interval}" if wide else f"\n{interval}", "dim")
        values = (formats.value(e.value, c.unit) for e in (change.before, change.after))
        table.add_row(
            Text(visible(brief(name_of(change), 50))),
            Text(visible(brief(change.metric, 60))),
            *values,
            said,
            Text(change_mark(two, change).word),
        )
    console.print(table)
    console.print()


def _print_cost(two: TwoRuns, console: Console) -> None:
    costs = [(now, cost_words(two, 0, was), cost_words(two, 1, now)) for now, was in two.pairs]
    told = [(name, then, now) for name, then, now in costs if then != now]
    for name, then, now in told:
        _say(console, f"cost of 1,000 calls of {name}: {then} before, {now} after")
    if told:
        console.print()


def _print_flips(two: TwoRuns, console: Console) -> None:
    for variant, flips in two.flips.items():
        for word, part in zip(("lost", "won"), lost_and_won(flips), strict=True):
            if part:
                ids = ", ".join(brief(f.fixture_id, 40) for f in part[:_SOME])
                more = f" and {len(part) - _SOME} more" if len(part) > _SOME else ""
                _say(console, f"{variant} {word} {formats.counted(len(part), 'fixture')} on {two.metric}: {ids}{more}")
    if any(two.flips.values()):
        console.print()


def _say(console: Console, line: str, style: str = "") -> None:
    from rich.text import Text

    console.print(Text(visible(line), style))
