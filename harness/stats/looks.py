"""Repeated looks at accumulating data: what peeking costs, and boundaries that pay for it."""

from __future__ import annotations

from functools import lru_cache
from typing import Literal

import numpy as np
import numpy.typing as npt

from harness.stats.errors import StatisticsError
from harness.stats.samples import Floats

NODES = 240


def crossing_probability(boundaries: npt.ArrayLike) -> Floats:
    """Chance that |Z| has passed its boundary by each of equally spaced looks at accumulating data, when there is no effect.

    The recursion of Armitage, McPherson and Rowe 1969 (JRSS A 132:235) with Gauss-Legendre quadrature.

    Args:
        boundaries: On the scale of Z, one per look, above 0.

    Returns:
        Shape (looks,), not decreasing.
    """
    from scipy.special import ndtr

    limits = np.asarray(boundaries, dtype=np.float64) * np.sqrt(np.arange(1, len(np.atleast_1d(boundaries)) + 1))
    if limits.ndim != 1 or not np.all(limits > 0):
        raise StatisticsError("give one boundary above 0 per look")
    nodes, weights = quadrature()
    crossed = np.empty(len(limits))
    points = np.zeros(1)
    mass = np.ones(1)
    for k, limit in enumerate(limits):
        inside = ndtr(limit - points) - ndtr(-limit - points)
        crossed[k] = 1 - float(mass @ inside)
        following = nodes * limit
        density = np.exp(-0.5 * (following[:, None] - points[None, :]) ** 2) / np.sqrt(2 * np.pi)
        mass = (density @ mass) * weights * limit
        points = following
    return np.maximum.accumulate(crossed)


@lru_cache(maxsize=1)
def quadrature() -> tuple[Floats, Floats]:
    """Gauss-Legendre nodes and weights on -1 to 1; more than enough for 100 looks."""
    nodes, weights = np.polynomial.legendre.leggauss(NODES)
    return nodes, weights


def peeking_rate(looks: int, alpha: float = 0.05) -> float:
    """False-alarm rate of testing at level alpha after each of ``looks`` equal batches and stopping at the first p < alpha."""
    from scipy.special import ndtri

    check_looks(looks, alpha)
    return float(crossing_probability(np.full(looks, ndtri(1 - alpha / 2)))[-1])


def group_sequential_boundaries(
    looks: int,
    method: Literal["obrien-fleming", "pocock", "spend-obrien-fleming", "spend-pocock"] = "obrien-fleming",
    alpha: float = 0.05,
) -> Floats:
    """Boundaries of |Z| for equally spaced looks that keep the false-alarm rate of all of them together at alpha.

    Args:
        looks: Number of looks planned.
        method: ``obrien-fleming`` (O'Brien and Fleming 1979) and ``pocock`` (1977) are the classical constants (Jennison and
            Turnbull 2000, tables 2.1 and 2.3); ``spend-...`` are the spending functions of Lan and DeMets 1983.
        alpha: Two-sided, over all looks.

    Returns:
        Shape (looks,).
    """
    from scipy import optimize

    check_looks(looks, alpha)
    k = np.arange(1, looks + 1)
    if method in ("obrien-fleming", "pocock"):
        shape = np.sqrt(looks / k) if method == "obrien-fleming" else np.ones(looks)
        constant = optimize.brentq(lambda c: crossing_probability(c * shape)[-1] - alpha, 0.5, 10.0, xtol=1e-8)
        return np.asarray(constant * shape)
    spent = spending(k / looks, method, alpha)
    found: list[float] = []
    for target in spent:
        found.append(float(optimize.brentq(lambda z: crossing_probability([*found, z])[-1] - target, 0.1, 12.0)))  # noqa: B023  # used at once
    return np.array(found)


def spending(fraction: npt.ArrayLike, method: str, alpha: float = 0.05) -> Floats:
    """Level spent by each fraction of the information, after Lan and DeMets 1983 (Biometrika 70:659)."""
    from scipy.special import ndtr, ndtri

    t = np.asarray(fraction, dtype=np.float64)
    if method == "spend-obrien-fleming":
        return np.asarray(2 - 2 * ndtr(ndtri(1 - alpha / 2) / np.sqrt(t)))
    if method == "spend-pocock":
        return np.asarray(alpha * np.log(1 + (np.e - 1) * t))
    raise StatisticsError(f"method {method!r} is unknown; use obrien-fleming, pocock, spend-obrien-fleming or spend-pocock")


def check_looks(looks: int, alpha: float) -> None:
    """Refuse numbers that mean nothing."""
    if looks < 1 or not 0 < alpha < 1:
        raise StatisticsError(f"looks={looks}, alpha={alpha}; give 1 or more looks and a level between 0 and 1")
