"""The console summary: headline, decision, gates, ladder, lifts and findings, at any width from 60 columns on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.report import formats
from harness.report.context import Mark
from harness.report.hostile import brief, visible
from harness.report.ladder import badges, cost_cell, estimate_cell
from harness.report.ranks import candidate_lifts, metric_order, part_lifts, variant_order
from harness.report.summary import decision, gate_cards, tally
from harness.report.words import interval_words, role_word, verdict_mark
from harness.store import Run
from harness.verdicts import Comparison, Judgement

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

_STYLES = {"good": "bold blue", "bad": "bold red", "even": "cyan", "unsure": "yellow", "off": "dim"}
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
    console.print(_text(console, judgement.headline, "bold"))
    if judgement.gates:
        said = decision(judgement)
        console.print(_text(console, f"{_sign(said)} {said.word}: {tally(judgement)}.", _STYLES[said.kind]))
    for reason in judgement.reasons:
        console.print(_listed(console, "-", reason))
    _gates(judgement, console)
    _ladder(judgement, console)
    _lifts(judgement, console)
    if judgement.findings:
        _title(console, "Before you rely on it")
        for finding in judgement.findings:
            console.print(_listed(console, "!", finding))
    if run.record.status != "complete":
        console.print(_listed(console, "!", f"This run is not complete: its status is {run.record.status}."))
    groups = f", {formats.counted(judgement.groups, 'group')}" if judgement.groups != judgement.fixtures else ""
    console.print()
    console.print(_text(console, f"Run {judgement.run_id}: {formats.counted(judgement.fixtures, 'fixture')}{groups}.", "dim"))


def _gates(judgement: Judgement, console: Console) -> None:
    if not judgement.gates:
        return
    _title(console, "Gates")
    grid = _grid()
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    for card in gate_cards(judgement):
        name = _text(console, f"{brief(card.name, 100)}\n", "bold")
        grid.add_row(_status(card.mark), name.append_text(_text(console, card.sentence)))
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
        table.add_column(_text(console, metric), justify="right", width=_COLUMN, overflow="fold")
    table.add_column("USD per\n1,000 calls" if wide else "USD per\n1,000", justify="right", width=cost_width, overflow="fold")
    table.add_column("latency p95" if wide else "latency\np95", justify="right", width=_COLUMN if wide else 16, overflow="fold")
    for name in names:
        notes = [role_word(judgement.variants[name].role), *badges(judgement, name)]
        head = _text(console, f"{name}\n", "bold" if name == judgement.candidate else "")
        head.append_text(_text(console, ", ".join(notes), "dim"))
        cells = [_measured(judgement, name, metric, console) for metric in shown]
        cost = cost_cell(judgement, name)
        note = f"\n{cost.note}" if wide else ""
        cells.append(_text(console, cost.text.removeprefix("USD ")).append_text(_text(console, note, "dim")))
        cells.append(_measured(judgement, name, "latency_p95", console))
        table.add_row(head, *cells)
    console.print(table)
    if hidden:
        console.print(_text(console, f"Not shown at this width: {', '.join(hidden)}.", "dim"))


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
        number = _text(console, shown)
        if interval:
            number.append_text(_text(console, f"  {interval}" if wide else f"\n{interval}", "dim"))
        row = [_text(console, label), number, _status(verdict_mark(c))]
        if wide:
            row.append(_text(console, c.withheld or f"{c.wins} won, {c.losses} lost, {c.ties} tied", "dim"))
        grid.add_row(*row)
    console.print(grid)


def _measured(judgement: Judgement, name: str, metric: str, console: Console) -> Text:
    cell = estimate_cell(judgement.estimate(name, metric))
    if not cell.note:
        return _text(console, cell.text, "dim")
    return _text(console, f"{cell.text}\n").append_text(_text(console, cell.note, "dim"))


def _grid() -> Table:
    from rich.table import Table

    return Table.grid(padding=(0, 2, 0, 0))


def _columns() -> Table:
    from rich.table import Table

    return Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="dim")


def _title(console: Console, title: str) -> None:
    console.print()
    console.print(_text(console, title, "bold underline"))


def _status(mark: Mark) -> Text:
    from rich.text import Text

    return Text(f"{_sign(mark)} {mark.word}", _STYLES[mark.kind])


def _sign(mark: Mark) -> str:
    return _SIGNS[mark.kind]


def _listed(console: Console, sign: str, sentence: str) -> Table:
    grid = _grid()
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    grid.add_row(sign, _text(console, sentence))
    return grid


def _text(console: Console, text: str, style: str = "") -> Text:
    """Return text that is never read as console markup, and that the console's encoding can hold."""
    from rich.text import Text

    shown = visible(text)
    if not console.encoding.lower().startswith("utf"):
        shown = shown.encode(console.encoding, "replace").decode(console.encoding)
    return Text(shown, style)
