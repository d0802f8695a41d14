"""Intervals of the difference of two shares measured on the same fixtures."""

from __future__ import annotations

from typing import Literal

import numpy as np

from harness.stats.errors import StatisticsError
from harness.stats.proportions import proportion_interval
from harness.stats.resampling import check_confidence

PairedMethod = Literal["tango", "newcombe", "bonett-price", "wald", "agresti-min"]


def paired_proportions_interval(
    wins: float,
    losses: float,
    n: float,
    both: int | None = None,
    *,
    method: PairedMethod = "tango",
    confidence: float = 0.95,
) -> tuple[float, float]:
    """Interval of (share of candidate) minus (share of baseline) from paired 0/1 outcomes.

    Args:
        wins: Pairs in which only the candidate is right.
        losses: Pairs in which only the baseline is right.
        n: All pairs.
        both: Pairs in which both are right; only ``newcombe`` needs it.
        method: ``tango`` inverts the score test (Tango 1998, Stat Med 17:891). ``newcombe`` is method 10 of Newcombe 1998
            (Stat Med 17:2635) with his continuity-corrected phi. ``bonett-price`` is Bonett and Price 2012 (JEBS 37:479),
            ``agresti-min`` Agresti and Min 2005 (Stat Med 24:729), ``wald`` the plain normal interval.
        confidence: Between 0 and 1.

    Returns:
        (low, high), within -1 to 1.

    Raises:
        StatisticsError: If the counts do not fit together or the method is unknown.
    """
    check_confidence(confidence)
    if not (0 < n < np.inf and wins >= 0 and losses >= 0 and wins + losses <= n * (1 + 1e-9)):
        raise StatisticsError(f"wins={wins}, losses={losses} of n={n} do not fit; give counts with wins + losses <= n, n > 0")
    from scipy import special

    z = float(special.ndtri(0.5 + confidence / 2))
    if method == "tango":
        return tango(wins, losses, n, z)
    if method == "newcombe":
        if both is None:
            raise StatisticsError("newcombe needs both=, the pairs in which both are right; or use method='tango'")
        return newcombe(int(wins), int(losses), int(n), int(both), confidence)
    if method == "bonett-price":
        return around((wins + 1) / (n + 2), (losses + 1) / (n + 2), n + 2, z)
    if method == "agresti-min":
        return around((wins + 0.5) / (n + 2), (losses + 0.5) / (n + 2), n + 2, z)
    if method == "wald":
        return around(wins / n, losses / n, n, z)
    raise StatisticsError(f"method {method!r} is unknown; use tango, newcombe, bonett-price, agresti-min or wald")


def around(p: float, q: float, size: float, z: float) -> tuple[float, float]:
    """A normal interval of p - q with multinomial variance, cut to -1 to 1."""
    reach = z * float(np.sqrt(max(0.0, p + q - (p - q) ** 2) / size))
    return max(-1.0, p - q - reach), min(1.0, p - q + reach)


def tango(wins: float, losses: float, n: float, z: float) -> tuple[float, float]:
    """All differences d that the score test does not refuse, |z(d)| <= z (Tango 1998, eq. 10 and 11).

    Counts need not be whole: a difference of size .4 between two shares counts as .4 of a win, which is conservative,
    because nothing between -1 and 1 with these mean gains and losses varies more than a 0/1 outcome does.
    """
    from scipy import optimize

    def score(d: float) -> float:
        a, b, c = 2 * n, -wins - losses + (2 * n - wins + losses) * d, -losses * d * (1 - d)
        q = (np.sqrt(max(0.0, b * b - 4 * a * c)) - b) / (2 * a)
        variance = n * (2 * q + d * (1 - d))
        gap = wins - losses - n * d
        if variance <= 1e-14 * n:
            return 0.0 if abs(gap) < 1e-12 * n else float(np.copysign(np.inf, gap))
        return float(gap / np.sqrt(variance))

    d = (wins - losses) / n
    eps = 1e-12

    def side(end: float) -> float:
        target = z if end < 0 else -z
        edge = end * (1 - eps)
        if (end - d) * end <= eps or (score(edge) - target) * end > 0:
            return end
        if (score(d) - target) * (score(edge) - target) > 0:
            return end
        return float(optimize.brentq(lambda x: np.clip(score(x), -1e9, 1e9) - target, d, edge, xtol=1e-12))

    return side(-1.0), side(1.0)


def newcombe(wins: int, losses: int, n: int, both: int, confidence: float) -> tuple[float, float]:
    """Square-and-add from the Wilson limits of the two margins (Newcombe 1998, method 10)."""
    neither = n - both - wins - losses
    if neither < 0:
        raise StatisticsError(f"both={both}, wins={wins} and losses={losses} exceed n={n}")
    right, base = both + wins, both + losses
    p1, p2 = right / n, base / n
    l1, u1 = proportion_interval(right, n, "wilson", confidence)
    l2, u2 = proportion_interval(base, n, "wilson", confidence)
    margins = right * (n - right) * base * (n - base)
    cross = float(both * neither - wins * losses)
    if cross > 0:
        cross = max(cross - n / 2, 0.0)  # without this correction the published values are not met
    phi = 0.0 if margins == 0 else cross / np.sqrt(margins)
    low = (p1 - l1) ** 2 - 2 * phi * (p1 - l1) * (u2 - p2) + (u2 - p2) ** 2
    high = (p2 - l2) ** 2 - 2 * phi * (p2 - l2) * (u1 - p1) + (u1 - p1) ** 2
    return float(p1 - p2 - np.sqrt(low)), float(p1 - p2 + np.sqrt(high))
