"""Rows before they are drawn: in an order of their own, alike rows counted once, and in blocks that lack the same columns.

The order does not depend on the order in which fixtures are given. A slice is a column that is missing outside it; rows
that lack the same columns stand together in a block, and a block is multiplied by the columns it has and by each
different one once, so the slices of a metric cost no more than the metric.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from harness.stats.samples import Codes, Floats

COLLAPSE_FACTOR = 20
"""A multinomial count costs about as much as twenty indices (measured), so rows must collapse at least this far."""

MOST_BLOCKS = 32
"""Kinds of missing columns that get a block of their own; rows of rarer kinds share the last one."""

MOST_CODES = 2**62
"""Row numbers are made dense before they would reach this."""


@dataclass(frozen=True, slots=True)
class Block:
    """Consecutive rows that have the same columns.

    Attributes:
        start: First row.
        stop: Row after the last.
        values: The different columns among those the rows have, shape (stop - start, different columns).
        columns: Numbers of the columns the rows have, ascending; None where these are all, and all different.
        source: For each of ``columns`` the column of ``values`` that it equals.
    """

    start: int
    stop: int
    values: Floats
    columns: Codes | None
    source: Codes


@dataclass(frozen=True, slots=True)
class Arranged:
    """Rows ready to be drawn from.

    Attributes:
        rows: Distinct rows where rows collapse, else all of them, shape (rows, columns), column by column in memory.
        multiplicity: How often each row occurs, shape (rows,); None where every row stands for itself.
        blocks: The rows again, in blocks.
    """

    rows: Floats
    multiplicity: Floats | None
    blocks: tuple[Block, ...]

    @property
    def total(self) -> Floats:
        """Column sums of the data, shape (columns,)."""
        return np.asarray(self.rows.sum(axis=0) if self.multiplicity is None else self.multiplicity @ self.rows)

    def spread_out(self, values: Floats) -> Floats:
        """One entry per original row from one per row held, shape (units,)."""
        return values if self.multiplicity is None else np.repeat(values, self.multiplicity.astype(np.intp))


def arrange(rows: Floats, present: npt.NDArray[np.bool_] | None = None) -> Arranged:
    """Sort rows, count those that are alike, and cut them into blocks.

    Args:
        rows: Shape (units, columns), finite.
        present: Where a column applies, same shape; a column that does not must be 0 there. None: everywhere.
    """
    n, width = rows.shape
    kind = kinds(present, n)
    codes, size = number_rows((rows[:, k] for k in range(width)), kind, n)
    if collapses(size, n):
        first = np.empty(size, dtype=np.intp)
        first[codes[::-1]] = np.arange(n - 1, -1, -1)
        multiplicity: Floats | None = np.bincount(codes, minlength=size).astype(np.float64)
        held = first
    else:
        held, multiplicity = np.argsort(codes, kind="stable"), None
    ordered = np.empty((len(held), width), order="F")
    for k in range(width):
        ordered[:, k] = rows[held, k]
    return Arranged(ordered, multiplicity, blocks_of(ordered, kind[held], None if present is None else present[held]))


def collapses(distinct: int, rows: int) -> bool:
    """Whether drawing counts of distinct rows is cheaper than drawing rows."""
    return distinct * COLLAPSE_FACTOR <= rows


def kinds(present: npt.NDArray[np.bool_] | None, n: int) -> Codes:
    """Number the rows by which columns they lack, most common kinds apart and the others together; shape (n,)."""
    if present is None or present.all():
        return np.zeros(n, dtype=np.intp)
    codes, size = number_rows((present[:, k] for k in range(present.shape[1])), np.zeros(n, dtype=np.intp), n)
    if size <= MOST_BLOCKS:
        return codes
    common = np.sort(np.argsort(-np.bincount(codes), kind="stable")[: MOST_BLOCKS - 1])
    place = np.full(size, MOST_BLOCKS - 1, dtype=np.intp)
    place[common] = np.arange(len(common))
    return place[codes]


def number_rows(columns: Iterable[npt.NDArray[np.generic]], codes: Codes, n: int) -> tuple[Codes, int]:
    """Number rows from 0 in the order of their columns, the first counting most; alike rows share a number.

    Args:
        columns: Each of shape (n,).
        codes: What rows are ordered by before their columns.
        n: Rows.

    Returns:
        The numbers, shape (n,), without gaps, and how many there are.
    """
    codes, size = dense(codes, int(codes.max(initial=-1)) + 1)
    for column in columns:
        if size >= n:
            codes, size = dense(codes, size)
            if size == n:
                break
        place, levels = level(column)
        if levels == 1:
            continue
        if size > MOST_CODES // levels:
            codes, size = dense(codes, size)
        codes, size = codes * levels + place, size * levels
    return dense(codes, size)


def level(column: npt.NDArray[np.generic]) -> tuple[Codes, int]:
    """The rank of each value of a column among its distinct values, and how many these are."""
    if len(column) and np.all(column == column[0]):
        return np.zeros(len(column), dtype=np.intp), 1
    if column.dtype == np.bool_ or np.all((column == 0) | (column == 1)):
        return column.astype(np.intp), 2
    values, place = np.unique(column, return_inverse=True)
    return place.astype(np.intp), len(values)


def dense(codes: Codes, size: int) -> tuple[Codes, int]:
    """Renumber without gaps, in the same order."""
    if size > 4 * len(codes) + 1024:
        values, place = np.unique(codes, return_inverse=True)
        return place.astype(np.intp), len(values)
    seen = np.bincount(codes, minlength=size) > 0
    found = int(seen.sum())
    return (codes, size) if found == size else ((np.cumsum(seen) - 1)[codes], found)


def blocks_of(rows: Floats, kind: Codes, present: npt.NDArray[np.bool_] | None) -> tuple[Block, ...]:
    """Cut sorted rows where their kind changes, and find in each block the different columns."""
    edges = [0, *(np.flatnonzero(np.diff(kind)) + 1).tolist(), len(rows)]
    blocks = []
    for start, stop in pairwise(edges):
        if start == stop:
            continue
        width = rows.shape[1]
        columns = np.arange(width) if present is None else np.flatnonzero(present[start:stop].any(axis=0))
        place: dict[bytes, int] = {}
        source = np.array([place.setdefault(rows[start:stop, k].tobytes(), len(place)) for k in columns], dtype=np.intp)
        if len(place) == width:
            blocks.append(Block(start, stop, rows[start:stop], None, source))
            continue
        different = columns[np.unique(source, return_index=True)[1]]
        blocks.append(Block(start, stop, rows[start:stop, different], columns, source))
    return tuple(blocks)
