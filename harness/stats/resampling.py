"""Drawing resamples: weighted sums over rows drawn with replacement, one draw shared by every column.

Identical rows are interchangeable, so only how often each distinct row is drawn matters: those counts are multinomial
(the bootstrap distribution is exactly the same, and the cost does not grow with the fixtures). Rows that do not collapse
are drawn by index in chunks, counted with ``bincount`` and multiplied into the columns, which bounds memory.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from threading import Lock

import numpy as np
import numpy.typing as npt
from threadpoolctl import ThreadpoolController

from harness.stats.arranging import Arranged, arrange
from harness.stats.errors import StatisticsError
from harness.stats.samples import Floats

Counts = npt.NDArray[np.uint8]
"""Draws per row; 256 draws of one row among many do not happen (and among 255 or fewer they cannot)."""

CELLS_PER_CHUNK = 2**16
"""Resamples times rows held at once; small enough to stay in the cache, which is several times faster."""

WIDE = 8
"""From so many columns on the product takes as long as the draw, and both are done at once in larger pieces."""

RESAMPLES_PER_PRODUCT = 256
"""Most resamples in one product of a wide draw."""

CELLS_PER_PRODUCT = 2**22
"""Most resamples times rows in it; 32 MB."""

ROWS_COUNTED_ALONE = 512
"""From so many rows on each resample is counted on its own, which stays in the cache."""

CELLS_KEPT_AT_ONCE = 2**24
"""Largest draw (resamples times rows) kept the first time it is asked for; 16 MB."""

CELLS_KEPT = 2**27
"""Most cells kept together for the next metric with as many rows; 128 MB, enough for 10,000 fixtures drawn 10,000 times."""


def draw_totals(rows: Floats, resamples: int, seed: int, present: npt.NDArray[np.bool_] | None = None) -> Floats:
    """Column sums of ``resamples`` samples of as many rows, drawn with replacement.

    The rows are sorted first, so the result does not depend on the order in which fixtures are given.

    Args:
        rows: Shape (units, columns).
        resamples: Number of resamples B.
        seed: Seed of the Generator; the same seed and rows give the same totals.
        present: Where a column applies, same shape; it must be 0 elsewhere. None: everywhere. What does not apply costs nothing.

    Returns:
        Shape (resamples, columns).
    """
    return draw_arranged(arrange(rows, present), resamples, seed)


def draw_arranged(arranged: Arranged, resamples: int, seed: int) -> Floats:
    """The same from rows that are arranged already; column by column in memory."""
    totals = np.zeros((resamples, arranged.rows.shape[1]), order="F")
    n, width = arranged.rows.shape
    if arranged.multiplicity is not None:
        chunks = draw_counts(arranged.multiplicity, resamples, seed)
    elif width < WIDE:
        chunks = draw_indices(n, resamples, seed)
    else:
        chunks = ahead(draw_in_large_chunks(n, resamples, seed))
    at = 0
    with blas().limit(limits=1):
        for counts in chunks:
            here = slice(at, at + len(counts))
            for block in arranged.blocks:
                part = counts[:, block.start : block.stop] @ block.values
                if block.columns is None:
                    totals[here] += part
                else:
                    totals[here, block.columns] += part[:, block.source]
            at += len(counts)
    return totals


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


def draw_in_large_chunks(rows: int, resamples: int, seed: int) -> Iterator[Floats]:
    """The same in fewer chunks; each is overwritten by the next but one."""
    size = max(1, min(resamples, RESAMPLES_PER_PRODUCT, CELLS_PER_PRODUCT // max(1, rows)))
    chunk, other = np.empty((size, rows)), np.empty((size, rows))
    filled = 0
    for counts in draw_small_counts(rows, resamples, seed):
        start = 0
        while start < len(counts):
            stop = min(len(counts), start + size - filled)
            chunk[filled : filled + stop - start] = counts[start:stop]
            filled, start = filled + stop - start, stop
            if filled == size:
                yield chunk
                chunk, other, filled = other, chunk, 0
    if filled:
        yield chunk[:filled]


def ahead(chunks: Iterator[Floats]) -> Iterator[Floats]:
    """The same chunks, each drawn on another core while the one before it is used."""
    with ThreadPoolExecutor(1) as worker:
        coming = worker.submit(next, chunks, None)
        while (chunk := coming.result()) is not None:
            coming = worker.submit(next, chunks, None)
            yield chunk


@cache
def blas() -> ThreadpoolController:
    """The libraries that multiply, which are kept to one core.

    Their own threads wait for each other in a busy loop; on a machine with other work a product then takes five times as long.
    """
    return ThreadpoolController()


def draw_small_counts(rows: int, resamples: int, seed: int) -> Iterator[Counts]:
    """The same as small integers; equal numbers of rows share one draw, so a whole report draws once per size."""
    kept = KEPT.draw(rows, resamples, seed)
    if kept is None:
        yield from fresh_counts(rows, resamples, seed)
        return
    start = 0
    for size in chunk_sizes(rows, resamples):
        yield kept[start : start + size]
        start += size


class KeptDraws:
    """The draws that are asked for again and again, within a bound on memory.

    A small draw is kept at once. A large one is kept from the second time it is asked for, so that a comparison made alone
    takes no memory for it.
    """

    def __init__(self) -> None:
        """Start with none."""
        self._kept: OrderedDict[tuple[int, int, int], Counts] = OrderedDict()
        self._asked: deque[tuple[int, int, int]] = deque(maxlen=16)
        self._lock = Lock()

    def draw(self, rows: int, resamples: int, seed: int) -> Counts | None:
        """Every chunk of ``fresh_counts``, shape (resamples, rows); None where it is not to be kept."""
        key, cells = (rows, resamples, seed), rows * resamples
        if cells > CELLS_KEPT:
            return None
        with self._lock:
            if key not in self._kept:
                if cells > CELLS_KEPT_AT_ONCE and key not in self._asked:
                    self._asked.append(key)
                    return None
                while self._kept and cells + sum(draw.size for draw in self._kept.values()) > CELLS_KEPT:
                    self._kept.popitem(last=False)
                self._kept[key] = self._fresh(rows, resamples, seed)
            self._kept.move_to_end(key)
            return self._kept[key]

    def clear(self) -> None:
        """Forget every draw."""
        with self._lock:
            self._kept.clear()
            self._asked.clear()

    def _fresh(self, rows: int, resamples: int, seed: int) -> Counts:
        counts = np.empty((resamples, rows), dtype=np.uint8)
        at = 0
        for chunk in fresh_counts(rows, resamples, seed):
            counts[at : at + len(chunk)] = chunk
            at += len(chunk)
        counts.setflags(write=False)
        return counts


KEPT = KeptDraws()


def fresh_counts(rows: int, resamples: int, seed: int) -> Iterator[Counts]:
    """Draw row numbers with replacement and count them, in chunks; how they are cut does not change the draw."""
    rng = np.random.default_rng(seed)
    for size in chunk_sizes(rows, resamples):
        index = rng.integers(0, rows, size=(size, rows), dtype=np.int32)
        if rows >= ROWS_COUNTED_ALONE:
            counts = np.empty((size, rows), dtype=np.uint8)
            for line, drawn in zip(counts, index, strict=True):
                line[:] = np.bincount(drawn, minlength=rows)
            yield counts
        else:
            index += (np.arange(size, dtype=np.int32) * rows)[:, None]
            yield np.bincount(index.ravel().astype(np.intp), minlength=size * rows).reshape(size, rows).astype(np.uint8)


def chunk_sizes(rows: int, resamples: int) -> Iterator[int]:
    """Split the resamples so that one chunk stays within the cache."""
    size = max(1, CELLS_PER_CHUNK // max(1, rows))
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
