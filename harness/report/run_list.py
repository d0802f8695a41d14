"""A store's runs as lines of text that fit the window, and what pruning would remove of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from harness.models import usd
from harness.report.hostile import visible
from harness.store import ListedRun, PrunePlan

_COLUMNS = ("run", "suite", "started (UTC)", "status", "answered", "failed", "cost", "size")
_RIGHT = frozenset({"answered", "failed", "cost", "size"})
_DROPPED_FIRST = ("started (UTC)", "size", "failed", "suite", "cost")
"""What a narrow window does without, in this order; when a run started is in its id."""

_GAP = "  "


def run_lines(runs: Sequence[ListedRun], width: int | None = None) -> list[str]:
    """Write runs as a table: a header and a line for each.

    Args:
        runs: The runs.
        width: Columns the window has; as many as it takes unless given.
    """
    cells = [_cells(run) for run in runs]
    columns = list(_COLUMNS)
    widths = {name: max(len(name), *(len(row[name]) for row in cells)) for name in columns} if cells else {}
    for name in _DROPPED_FIRST:
        if width is None or not cells or sum(widths[c] for c in columns) + len(_GAP) * (len(columns) - 1) <= width:
            break
        columns.remove(name)
    return [_line({name: name for name in columns}, columns, widths), *(_line(row, columns, widths) for row in cells)]


def prune_lines(plan: PrunePlan, width: int | None = None) -> list[str]:
    """Write what pruning would remove, what it would keep and why, and how much room that makes."""
    lines = [*run_lines(plan.remove, width), ""] if plan.remove else []
    lines += [f"left by a killed process: {visible(str(path))}" for path in plan.leftovers]
    reasons: dict[str, int] = {}
    for _, reason in plan.keep:
        kind = "it holds the only copy of answers" if reason.startswith("the only copy of") else reason
        reasons[kind] = reasons.get(kind, 0) + 1
    if plan.keep:
        kept = "; ".join(f"{count} {visible(reason)}" for reason, count in reasons.items())
        lines.append(f"kept: {_counted(len(plan.keep))} ({kept})")
    size = size_words(plan.size)
    lines.append(f"to remove: {_counted(len(plan.remove))}, {size}" if plan.remove or plan.leftovers else "nothing to remove")
    return lines


def size_words(size: int) -> str:
    """Write bytes in the unit that reads best, such as ``1.4 MB``."""
    if size < 1000:
        return f"{size} B"
    value, unit = size / 1000, "kB"
    for larger in ("MB", "GB", "TB"):
        if value < 999.5:
            break
        value, unit = value / 1000, larger
    return f"{value:.1f} {unit}" if value < 9.95 else f"{value:.0f} {unit}"


def _cells(run: ListedRun) -> Mapping[str, str]:
    answered = "?" if run.answered is None else f"{run.answered:,}"
    return {
        "run": visible(run.record.run_id),
        "suite": visible(run.record.suite),
        "started (UTC)": visible(run.record.started_at[:16].replace("T", " ")),
        "status": run.status,
        "answered": answered if run.planned is None else f"{answered}/{run.planned:,}",
        "failed": "?" if run.failed is None else f"{run.failed:,}",
        "cost": usd(run.cost) if run.record.totals else "",
        "size": size_words(run.size),
    }


def _line(cells: Mapping[str, str], columns: Sequence[str], widths: Mapping[str, int]) -> str:
    parts = [cells[c].rjust(widths.get(c, 0)) if c in _RIGHT else cells[c].ljust(widths.get(c, 0)) for c in columns]
    return _GAP.join(parts).rstrip()


def _counted(number: int) -> str:
    return f"{number} run{'' if number == 1 else 's'}"
