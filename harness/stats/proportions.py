"""Intervals of one share: k of n fixtures."""

from __future__ import annotations

from typing import Literal

import numpy as np

from harness.stats.errors import StatisticsError
from harness.stats.resampling import check_confidence

ProportionMethod = Literal["wilson", "clopper-pearson", "jeffreys", "uniform", "agresti-coull", "wald"]


def proportion_interval(k: float, n: float, method: ProportionMethod = "wilson", confidence: float = 0.95) -> tuple[float, float]:
    """Interval of a share.

    Args:
        k: Successes; need not be whole where n is an effective size.
        n: Fixtures, or the effective number of them.
        method: ``wilson`` is Wilson 1927 (JASA 22:209). ``clopper-pearson`` is exact and conservative. ``jeffreys`` and
            ``uniform`` are Beta(1/2,1/2) and Beta(1,1) credible intervals (Bowyer et al. 2025, arXiv 2503.01747, use the
            latter). ``agresti-coull`` and ``wald`` are there to compare with.
        confidence: Between 0 and 1.

    Returns:
        (low, high), within 0 to 1.

    Raises:
        StatisticsError: If k is not within 0 to n, or the method is unknown.
    """
    check_confidence(confidence)
    if not 0 < n < np.inf or not 0 <= k <= n:
        raise StatisticsError(f"k={k} of n={n} is no share; give 0 <= k <= n and n > 0")
    from scipy import special

    tail = (1 - confidence) / 2
    z = float(special.ndtri(1 - tail))
    p = k / n
    if method == "wilson":
        centre = p + z * z / (2 * n)
        reach = z * np.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
        scale = 1 + z * z / n
        low, high = (centre - reach) / scale, (centre + reach) / scale
        return (0.0 if k == 0 else float(max(0.0, low)), 1.0 if k == n else float(min(1.0, high)))
    if method == "clopper-pearson":
        low = 0.0 if k == 0 else float(special.betaincinv(k, n - k + 1, tail))
        high = 1.0 if k == n else float(special.betaincinv(k + 1, n - k, 1 - tail))
        return low, high
    if method in ("jeffreys", "uniform"):
        prior = 0.5 if method == "jeffreys" else 1.0
        low, high = special.betaincinv(k + prior, n - k + prior, [tail, 1 - tail])
        if method == "jeffreys":  # Brown, Cai and DasGupta 2001 (Stat Sci 16:101): the ends are 0 and 1 at k = 0 and n
            low, high = (0.0 if k == 0 else low), (1.0 if k == n else high)
        return float(low), float(high)
    if method in ("agresti-coull", "wald"):
        size, share = (n + z * z, (k + z * z / 2) / (n + z * z)) if method == "agresti-coull" else (n, p)
        reach = z * np.sqrt(share * (1 - share) / size)
        return float(max(0.0, share - reach)), float(min(1.0, share + reach))
    raise StatisticsError(f"method {method!r} is unknown; use wilson, clopper-pearson, jeffreys, uniform or agresti-coull")
