"""Drawing resamples: weighted sums over rows drawn with replacement, one draw shared by every column.

Identical rows are interchangeable, so only how often each distinct row is drawn matters: those counts are multinomial
(the bootstrap distribution is exactly the same, and the cost does not grow with the fixtures). Rows that do not collapse
are drawn by index in chunks, counted with ``bincount`` and multiplied into the columns, which bounds memory.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from harness.stats.errors import StatisticsError
from harness.stats.samples import Floats

Counts = npt.NDArray[np.uint8]
"""Draws per row; 256 draws of one row among many do not happen (and among 255 or fewer they cannot)."""

CELLS_PER_CHUNK = 2**16
"""Resamples times rows held at once; small enough to stay in the cache, which is several times faster."""

CELLS_KEPT = 2**24
"""Largest draw kept for the next metric with as many rows; 16 MB."""

COLLAPSE_FACTOR = 6
"""A multinomial count costs about as much as six indices (measured), so rows must collapse at least this far."""


def draw_totals(rows: Floats, resamples: int, seed: int) -> Floats:
    """Column sums of ``resamples`` samples of as many rows, drawn with replacement.

    The rows are sorted first, so the result does not depend on the order in which fixtures are given.

    Args:
        rows: Shape (units, columns).
        resamples: Number of resamples B.
        seed: Seed of the Generator; the same seed and rows give the same totals.

    Returns:
        Shape (resamples, columns).
    """
    distinct, multiplicity = np.unique(rows, axis=0, return_counts=True)
    totals = np.empty((resamples, rows.shape[1]))
    if collapses(len(distinct), len(rows)):
        at = 0
        for counts in draw_counts(multiplicity.astype(np.float64), resamples, seed):
            totals[at : at + len(counts)] = counts @ distinct
            at += len(counts)
        return totals
    ordered = np.repeat(distinct, multiplicity, axis=0)
    at = 0
    for counts in draw_indices(len(ordered), resamples, seed):
        totals[at : at + len(counts)] = counts @ ordered
        at += len(counts)
    return totals


def collapses(distinct: int, rows: int) -> bool:
    """Whether drawing counts of distinct rows is cheaper than drawing rows."""
    return distinct * COLLAPSE_FACTOR <= rows


def draw_counts(multiplicity: Floats, resamples: int, seed: int) -> Iterator[Floats]:
    """How often each distinct row is drawn, in chunks of shape (some resamples, distinct rows)."""
    rng = np.random.default_rng(seed)
    n = int(multiplicity.sum())
    share = multiplicity / multiplicity.sum()
    for size in chunk_sizes(len(share), resamples):
        yield rng.multinomial(n, share, size=size).astype(np.float64)


def draw_indices(rows: int, resamples: int, seed: int) -> Iterator[Floats]:
    """How often each row is drawn, in chunks of shape (some resamples, rows)."""
    for counts in draw_small_counts(rows, resamples, seed):
        yield counts.astype(np.float64)


def draw_small_counts(rows: int, resamples: int, seed: int) -> Iterator[Counts]:
    """The same as small integers; equal numbers of rows share one draw, so a whole report draws once per size."""
    if rows * resamples <= CELLS_KEPT:
        kept = kept_counts(rows, resamples, seed)
        start = 0
        for size in chunk_sizes(rows, resamples):
            yield kept[start : start + size]
            start += size
    else:
        yield from fresh_counts(rows, resamples, seed)


@lru_cache(maxsize=8)
def kept_counts(rows: int, resamples: int, seed: int) -> Counts:
    """Every chunk of ``fresh_counts``, shape (resamples, rows)."""
    counts = np.concatenate(list(fresh_counts(rows, resamples, seed)))
    counts.setflags(write=False)
    return counts


def fresh_counts(rows: int, resamples: int, seed: int) -> Iterator[Counts]:
    """Draw row numbers with replacement and count them, in chunks."""
    rng = np.random.default_rng(seed)
    for size in chunk_sizes(rows, resamples):
        index = rng.integers(0, rows, size=(size, rows), dtype=np.int32)
        index += (np.arange(size, dtype=np.int32) * rows)[:, None]
        yield np.bincount(index.ravel(), minlength=size * rows).reshape(size, rows).astype(np.uint8)


def chunk_sizes(columns: int, resamples: int) -> Iterator[int]:
    """Split the resamples so that one chunk stays within the memory allowed."""
    size = max(1, CELLS_PER_CHUNK // max(1, columns))
    for start in range(0, resamples, size):
        yield min(size, resamples - start)


def tail_rank(confidence: float, resamples: int) -> int:
    """Rank m of the replicate that bounds each tail, floor((B+1)(1-confidence)/2).

    With it a limit excludes the null exactly where p = 2(1+k)/(B+1) is below 1 - confidence.

    Raises:
        StatisticsError: If there are too few resamples for the confidence asked.
    """
    check_confidence(confidence)
    rank = int(np.floor((resamples + 1) * (1 - confidence) / 2 + 1e-9))
    if rank < 1:
        needed = int(np.ceil(2 / (1 - confidence)))
        raise StatisticsError(f"{resamples} resamples cannot give a {confidence:.0%} interval; ask for {needed} or more")
    return rank


def check_confidence(confidence: float) -> None:
    """Refuse a confidence that is not a probability."""
    if not 0 < confidence < 1:
        raise StatisticsError(f"confidence is {confidence}; give a number between 0 and 1, such as 0.95")
