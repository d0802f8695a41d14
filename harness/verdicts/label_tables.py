"""Which label is said in place of which, for suites that are measured with a classification metric."""

from __future__ import annotations

import json
from dataclasses import dataclass

import numpy as np

from harness.metrics import CELL, EXPECTED, SAID
from harness.verdicts.pairing import Standing
from harness.verdicts.table import Column, ScoreTable

MOST_LABELS = 12
"""Labels shown by name; the rarer ones are one further label together."""
REST = "all other labels"
NO_LABEL = "no label"


@dataclass(frozen=True, slots=True)
class LabelTable:
    """How often each label was said where each was expected; every repeat counts.

    Attributes:
        metric: The metric whose columns they are read from.
        expected: The labels of the rows, the most frequent first.
        said: The labels of the columns: those of the rows, and answers that are no label.
        counts: A row of counts for each expected label.
    """

    variant: str
    metric: str
    expected: tuple[str, ...]
    said: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]


def label_tables(table: ScoreTable, standing: Standing) -> tuple[LabelTable, ...]:
    """Return the tables of the candidate and of what it is held against, over the same labels; nothing without labels."""
    names = [name for name in (standing.baseline, standing.candidate) if name is not None]
    names = names or list(table.variants[:1])
    metrics = [column for column in table.columns.values() if column.part is None]
    for column in sorted(metrics, key=lambda column: column.name != "confusion"):
        cells = {name: _cells(table, name, column) for name in names}
        if any(cells.values()):
            return _laid_out(column.name, cells)
    return ()


def _cells(table: ScoreTable, variant: str, column: Column) -> dict[tuple[str, str | None], int]:
    """Counts by expected and said label."""
    held = table.hidden(variant, column.metric.name)
    cells: dict[tuple[str, str | None], int] = {}
    for name, array in held.items():
        if name.startswith(CELL):
            expected, said = json.loads(name.removeprefix(CELL))
            cells[expected, said] = int(np.nansum(array))
    if cells:
        return {cell: count for cell, count in cells.items() if count}
    wanted = {n.removeprefix(EXPECTED): np.nan_to_num(a) for n, a in held.items() if n.startswith(EXPECTED)}
    given = {n.removeprefix(SAID): np.nan_to_num(a) for n, a in held.items() if n.startswith(SAID)}
    for expected, where in wanted.items():
        counts = {said: int((where * there).sum()) for said, there in given.items()}
        none = int(where.sum()) - sum(counts.values())
        cells |= {(expected, said): count for said, count in counts.items() if count}
        if none > 0:
            cells[expected, None] = none
    return cells


def _laid_out(metric: str, tables: dict[str, dict[tuple[str, str | None], int]]) -> tuple[LabelTable, ...]:
    often: dict[str, int] = {}
    for cells in tables.values():
        for (expected, said), count in cells.items():
            often[expected] = often.get(expected, 0) + count
            if said is not None:
                often.setdefault(said, 0)
    ordered = sorted(often, key=lambda label: (-often[label], label))
    kept = ordered if len(ordered) <= MOST_LABELS else ordered[: MOST_LABELS - 1]
    rows = (*kept, *((REST,) if len(kept) < len(ordered) else ()))
    nothing = any(said is None for cells in tables.values() for _, said in cells)
    columns = (*rows, *((NO_LABEL,) if nothing else ()))
    place = {label: at for at, label in enumerate(kept)}
    found = []
    for variant, cells in tables.items():
        counts = np.zeros((len(rows), len(columns)), dtype=int)
        for (expected, said), count in cells.items():
            across = len(rows) if said is None else place.get(said, len(kept))
            counts[place.get(expected, len(kept)), across] += count
        found.append(LabelTable(variant, metric, rows, columns, tuple(tuple(int(c) for c in row) for row in counts)))
    return tuple(found)
