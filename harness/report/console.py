"""The console summary: headline, decision, gates, ladder, lifts and findings, at any width from 60 columns on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.report import formats
from harness.report.context import Mark
from harness.report.hostile import brief, visible
from harness.report.ladder import badges, cost_cell, estimate_cell
from harness.report.ranks import candidate_lifts, metric_order, part_lifts, variant_order
from harness.report.summary import decided, decision, gate_cards, tally
from harness.report.words import interval_words, role_word, verdict_mark
from harness.store import Run
from harness.verdicts import Comparison, Judgement

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

STYLES = {"good": "bold blue", "bad": "bold red", "even": "cyan", "unsure": "yellow", "off": "dim"}
_SIGNS = {"good": "+", "bad": "x", "even": "=", "unsure": "~", "off": "-"}
_COLUMN = 18
"""Columns one metric takes, its interval below its value."""
_WIDE = 100
"""Columns from which notes stand beside numbers."""


def print_summary(run: Run, judgement: Judgement, console: Console) -> None:
    """Print what a judged run comes to.

    Args:
        run: The run as stored.
        judgement: The run as judged.
        console: Where to print; its width decides how much of the ladder is shown, and what is not is said.
    """
    console.print(text(console, judgement.headline, "bold"))
    if judgement.gates:
        said = decision(judgement)
        console.print(text(console, f"{sign(said)} {said.word}: {tally(judgement)}.", STYLES[said.kind]))
    for reason in judgement.reasons:
        console.print(listed(console, "-", reason))
    for sentence in decided(judgement):
        console.print(listed(console, ">", f"{sentence} harness decide tells why, and what would change it."))
    _gates(judgement, console)
    _ladder(judgement, console)
    _lifts(judgement, console)
    if judgement.findings:
        _title(console, "Before you rely on it")
        for finding in judgement.findings:
            console.print(listed(console, "!", finding))
    if run.record.status != "complete":
        console.print(listed(console, "!", f"This run is not complete: its status is {run.record.status}."))
    groups = f", {formats.counted(judgement.groups, 'group')}" if judgement.groups != judgement.fixtures else ""
    console.print()
    console.print(text(console, f"Run {judgement.run_id}: {formats.counted(judgement.fixtures, 'fixture')}{groups}.", "dim"))


def _gates(judgement: Judgement, console: Console) -> None:
    if not judgement.gates:
        return
    _title(console, "Gates")
    grid = _grid()
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    for card in gate_cards(judgement):
        name = text(console, f"{brief(card.name, 100)}\n", "bold")
        grid.add_row(_status(card.mark), name.append_text(text(console, card.sentence)))
    console.print(grid)


def _ladder(judgement: Judgement, console: Console) -> None:
    names, metrics = variant_order(judgement), metric_order(judgement)
    wide = console.width >= _WIDE
    name_width = min(max([len(visible(n)) for n in names] + [20 if wide else 12]), 32 if wide else 14)
    cost_width = 16 if wide else 8
    fits = max((console.width - name_width - cost_width - _COLUMN - 4) // (_COLUMN + 2), 1)
    shown, hidden = metrics[:fits], metrics[fits:]
    _title(console, "Ladder, cheapest rung first")
    table = _columns()
    table.add_column("", width=name_width, overflow="fold")
    for metric in shown:
        table.add_column(text(console, metric), justify="right", width=_COLUMN, overflow="fold")
    table.add_column("USD per\n1,000 calls" if wide else "USD per\n1,000", justify="right", width=cost_width, overflow="fold")
    table.add_column("latency p95" if wide else "latency\np95", justify="right", width=_COLUMN if wide else 16, overflow="fold")
    for name in names:
        notes = [role_word(judgement.variants[name].role), *badges(judgement, name)]
        head = text(console, f"{name}\n", "bold" if name == judgement.candidate else "")
        head.append_text(text(console, ", ".join(notes), "dim"))
        cells = [_measured(judgement, name, metric, console) for metric in shown]
        cost = cost_cell(judgement, name)
        note = f"\n{cost.note}" if wide else ""
        cells.append(text(console, cost.text.removeprefix("USD ")).append_text(text(console, note, "dim")))
        cells.append(_measured(judgement, name, "latency_p95", console))
        table.add_row(head, *cells)
    console.print(table)
    if hidden:
        console.print(text(console, f"Not shown at this width: {', '.join(hidden)}.", "dim"))


def _lifts(judgement: Judgement, console: Console) -> None:
    lifts = candidate_lifts(judgement)
    if not lifts:
        return
    _title(console, f"Lift of {judgement.candidate} on {judgement.headline_metric}")
    _lift_table(console, [(f"over {c.over}", c) for c in lifts])
    parts = part_lifts(judgement)
    if parts:
        _title(console, f"By part, over {parts[0].over}")
        _lift_table(console, [(c.metric, c) for c in parts])


def _lift_table(console: Console, lifts: list[tuple[str, Comparison]]) -> None:
    wide = console.width >= _WIDE
    grid = _grid()
    grid.add_column(overflow="fold", max_width=40 if wide else 22)
    grid.add_column(justify="right", overflow="fold")
    grid.add_column(overflow="fold")
    if wide:
        grid.add_column(overflow="fold")
    for label, c in lifts:
        interval = interval_words(c)
        shown = formats.effect(c.effect, c.unit, c.scale)
        number = text(console, shown)
        if interval:
            number.append_text(text(console, f"  {interval}" if wide else f"\n{interval}", "dim"))
        row = [text(console, label), number, _status(verdict_mark(c))]
        if wide:
            row.append(text(console, c.withheld or f"{c.wins} won, {c.losses} lost, {c.ties} tied", "dim"))
        grid.add_row(*row)
    console.print(grid)


def _measured(judgement: Judgement, name: str, metric: str, console: Console) -> Text:
    cell = estimate_cell(judgement.estimate(name, metric))
    if not cell.note:
        return text(console, cell.text, "dim")
    return text(console, f"{cell.text}\n").append_text(text(console, cell.note, "dim"))


def _grid() -> Table:
    from rich.table import Table

    return Table.grid(padding=(0, 2, 0, 0))


def _columns() -> Table:
    from rich.table import Table

    return Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="dim")


def _title(console: Console, title: str) -> None:
    console.print()
    console.print(text(console, title, "bold underline"))


def _status(mark: Mark) -> Text:
    from rich.text import Text

    return Text(f"{sign(mark)} {mark.word}", STYLES[mark.kind])


def sign(mark: Mark) -> str:
    """Return the ASCII sign that stands before a status."""
    return _SIGNS[mark.kind]


def listed(console: Console, sign: str, sentence: str) -> Table:
    """Return a sentence with a sign before it, folded beside the sign."""
    grid = _grid()
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    grid.add_row(sign, text(console, sentence))
    return grid


def text(console: Console, text: str, style: str = "") -> Text:
    """Return text that is never read as console markup, and that the console's encoding can hold."""
    from rich.text import Text

    shown = visible(text)
    if not console.encoding.lower().startswith("utf"):
        shown = shown.encode(console.encoding, "replace").decode(console.encoding)
    return Text(shown, style)
