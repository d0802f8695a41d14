"""Where a series of nights changed: localisation for a reader, never the reason for an alarm."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

FEWEST = 6
"""Values below which nothing is looked for."""

SHORTEST = 2
"""Nights a stretch must have; one odd night is no change."""

SHUFFLES = 999


@dataclass(frozen=True, slots=True)
class ChangePoint:
    """The last change of level in a series.

    Attributes:
        index: The first value after the change, from 0.
        before: Mean of the stretch before it.
        after: Mean of the stretch after it.
    """

    index: int
    before: float
    after: float


def change_points(
    values: Sequence[float], *, alpha: float = 0.05, smallest: float = 0.0, seed: int = 0
) -> tuple[ChangePoint, ...]:
    """Find where the mean of a series changed, by binary segmentation.

    The best split of a stretch is the least-squares one; it is kept where shuffling the stretch rarely splits it as well (a
    permutation test, as in the E-divisive method of Matteson and James 2014, J Am Stat Assoc 109:334), and both sides are
    searched in turn. The package ruptures finds the same splits but has no test of whether there is one at all, and takes
    seconds to import; the tests compare with it.

    Args:
        values: One a night, oldest first; finite.
        alpha: Chance that a stretch without a change is split.
        smallest: Changes of the mean smaller than this are left out.
        seed: Of the shuffling.

    Returns:
        The changes, oldest first.
    """
    series = np.asarray(values, dtype=np.float64)
    rng = np.random.default_rng(seed)
    cuts: list[int] = []
    stretches = [(0, len(series))]
    while stretches:
        start, stop = stretches.pop()
        if stop - start < FEWEST or np.ptp(series[start:stop]) == 0:
            continue
        gains = _gains(series[None, start:stop])[0]
        cut = start + SHORTEST + int(np.argmax(gains))
        if _chance(series[start:stop], float(gains.max()), rng) < alpha:
            cuts.append(cut)
            stretches += [(start, cut), (cut, stop)]
    if not cuts:
        return ()
    edges = [0, *sorted(cuts), len(series)]
    means = [float(series[a:b].mean()) for a, b in itertools.pairwise(edges)]
    found = (ChangePoint(cut, means[at], means[at + 1]) for at, cut in enumerate(edges[1:-1]))
    return tuple(change for change in found if abs(change.after - change.before) >= smallest)


def _chance(stretch: Floats, observed: float, rng: np.random.Generator) -> float:
    """How often a shuffled stretch splits as well: p = (1+k)/(B+1)."""
    best = _gains(rng.permuted(np.tile(stretch, (SHUFFLES, 1)), axis=1)).max(axis=1)
    return float((1 + np.sum(best >= observed * (1 - 1e-12))) / (SHUFFLES + 1))


def _gains(rows: Floats) -> Floats:
    """By how much each split lowers the sum of squares; shape (rows, splits)."""
    n = rows.shape[1]
    sizes = np.arange(SHORTEST, n - SHORTEST + 1)
    left = np.cumsum(rows, axis=1)[:, sizes - 1]
    total = rows.sum(axis=1, keepdims=True)
    gap = left / sizes - (total - left) / (n - sizes)
    return np.asarray(gap**2 * sizes * (n - sizes) / n)
