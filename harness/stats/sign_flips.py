"""The sign-flip permutation test of paired differences: exact where the differences are symmetric under no effect."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from harness.stats.resampling import chunk_sizes
from harness.stats.samples import Floats, sample

MOST_ENUMERATED = 20
"""Units up to which all 2^n sign patterns are counted."""


@dataclass(frozen=True, slots=True)
class SignFlip:
    """Result of a sign-flip test.

    Attributes:
        p_value: Two-sided.
        p_greater: One-sided, of sums at least as large as seen.
        assignments: Sign patterns looked at.
        exact: Whether these are all there are; otherwise p = (1 + #)/(B + 1).
    """

    p_value: float
    p_greater: float
    assignments: int
    exact: bool


def sign_flip(differences: npt.ArrayLike, *, groups: Any = None, resamples: int = 10_000, seed: int = 0) -> SignFlip:
    """Test whether paired differences are centred on 0 by flipping their signs (Fisher 1935, Design of Experiments, 21).

    Args:
        differences: Shape (n,) or (n, repeats); NaN is left out.
        groups: A label per fixture; a group is flipped as a whole.
        resamples: B where there are more than 20 units that differ.
        seed: Seed of the draw.
    """
    totals = sample(differences, groups).units.total
    size, observed = np.sort(np.abs(totals[totals != 0])), float(totals.sum())
    near = 1e-9 * float(size.sum())
    exact = len(size) <= MOST_ENUMERATED
    sums = all_sums(size) if exact else drawn_sums(size, resamples, seed)
    extra = 0 if exact else 1
    count = len(sums) + extra
    return SignFlip(
        p_value=float((np.sum(np.abs(sums) >= abs(observed) - near) + extra) / count),
        p_greater=float((np.sum(sums >= observed - near) + extra) / count),
        assignments=len(sums),
        exact=exact,
    )


def all_sums(size: Floats) -> Floats:
    """Sums under every sign pattern, shape (2^n,)."""
    sums = np.zeros(1)
    for x in size:
        sums = np.concatenate([sums - x, sums + x])
    return sums


def drawn_sums(size: Floats, resamples: int, seed: int) -> Floats:
    """Sums under random sign patterns, shape (resamples,)."""
    rng = np.random.default_rng(seed)
    parts = [(2.0 * rng.integers(0, 2, size=(c, len(size)), dtype=np.int8) - 1) @ size for c in chunk_sizes(len(size), resamples)]
    return np.concatenate(parts)
