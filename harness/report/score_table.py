"""Variants by metrics on the console, as many metrics beside each other as fit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from harness.metrics import Metric
from harness.report.hostile import visible
from harness.report.ladder import estimate_cell
from harness.store import Run
from harness.verdicts import Estimate

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

_COLUMN = 20
"""Columns one metric takes, its interval below its value."""
_NAMES = 20
"""Columns the variants' names take at most."""


def print_scores(run: Run, metrics: Sequence[Metric], estimates: Sequence[Estimate], console: Console) -> None:
    """Print every variant's value on every metric, each with its interval; parts are left to ``--json``.

    Args:
        run: The run.
        metrics: The metrics, in the order they are shown.
        estimates: Their estimates.
        console: Where to print; its width decides how many metrics stand beside each other.
    """
    from rich.table import Table

    found = {(e.variant, e.metric): e for e in estimates}
    variants = list(dict.fromkeys(e.variant for e in estimates)) or list(run.record.variants)
    names = min(max(len(visible(name)) for name in variants), _NAMES)
    fits = max((console.width - names - 2) // (_COLUMN + 2), 1)
    shown = [m for m in metrics if any((name, m.name) in found for name in variants)]
    for start in range(0, len(shown), fits):
        table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="dim")
        table.add_column("", width=names, overflow="fold")
        some = shown[start : start + fits]
        for metric in some:
            arrow = "higher is better" if metric.higher_is_better else "lower is better"
            heading = _text(f"{metric.name}\n")
            table.add_column(heading.append_text(_text(arrow, "dim")), justify="right", width=_COLUMN, overflow="fold")
        for name in variants:
            table.add_row(_text(name), *(_cell(found.get((name, metric.name))) for metric in some))
        console.print(table)
        console.print()
    if nowhere := [m.name for m in metrics if m not in shown]:
        console.print(_text(f"Nothing was measured on {', '.join(nowhere)}."))
    confidence = next((e.confidence for e in estimates), 0.95)
    console.print(_text(f"Run {run.record.run_id}: {len(run.fixtures):,} fixtures, {confidence * 100:.4g} % intervals.", "dim"))


def _cell(estimate: Estimate | None) -> Text:
    cell = estimate_cell(estimate)
    if not cell.note:
        return _text(cell.text, "dim")
    return _text(f"{cell.text}\n").append_text(_text(cell.note, "dim"))


def _text(text: str, style: str = "") -> Text:
    from rich.text import Text

    return Text(visible(text), style)
