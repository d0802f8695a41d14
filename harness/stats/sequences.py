"""Confidence sequences: intervals that hold at every look at once, for a trend that is watched night after night."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from harness.stats.errors import StatisticsError
from harness.stats.resampling import check_confidence
from harness.stats.samples import Floats


def bernoulli_confidence_sequence(
    successes: int, n: int, *, confidence: float = 0.95, best_at: float = 100.0
) -> tuple[float, float]:
    """Anytime-valid interval of a rate by the two-sided beta-binomial mixture (Howard et al. 2021, Ann Stat 49:1055, eq. 10).

    Looking after every fixture or night and stopping when one likes leaves the confidence as it is.

    Args:
        successes: Successes so far.
        n: Observations so far, 0 or more.
        confidence: That the rate lies within at every look.
        best_at: The number of observations at which the interval is tightest.

    Returns:
        (low, high), within 0 and 1.

    Raises:
        StatisticsError: If successes are not within 0 to n, or best_at is not above 0.
    """
    check_confidence(confidence)
    if not 0 <= successes <= n or not best_at > 0:
        raise StatisticsError(f"successes={successes} of n={n}, best_at={best_at}; give 0 <= successes <= n and best_at > 0")
    if n == 0:
        return 0.0, 1.0
    from scipy import optimize

    threshold = -math.log(1 - confidence)
    share, eps = successes / n, 1e-12

    def excess(p: float) -> float:
        return log_beta_binomial_mixture(p, share, n, 1 - confidence, best_at) - threshold

    middle = min(1 - eps, max(eps, share))
    low = 0.0 if successes == 0 or excess(eps) < 0 else optimize.brentq(excess, eps, middle)
    high = 1.0 if successes == n or excess(1 - eps) < 0 else optimize.brentq(excess, middle, 1 - eps)
    return float(low), float(high)


def log_beta_binomial_mixture(p: float, share: float, n: int, alpha: float, best_at: float) -> float:
    """Logarithm of the mixture martingale at rate p, with g = p and h = 1 - p (Howard et al. 2021, proposition 7)."""
    from scipy.special import betaln

    g, h = p, 1 - p
    v, s = n * g * h, n * (share - p)
    rho = best_at * g * h / (2 * math.log(1 / alpha) + math.log(1 + 2 * math.log(1 / alpha)))
    r = max(rho - g * h, 1e-3 * g * h)
    whole = g + h
    return float(
        v / (g * h) * math.log(whole)
        - (v + h * s) / (h * whole) * math.log(g)
        - (v - g * s) / (g * whole) * math.log(h)
        + betaln((r + v - g * s) / (g * whole), (r + v + h * s) / (h * whole))
        - betaln(r / (g * whole), r / (h * whole))
    )


def normal_mixture_bound(v: float, *, confidence: float = 0.95, best_at: float = 100.0) -> float:
    """Two-sided normal-mixture boundary of a sum with variance v (Robbins 1970; Howard et al. 2021, equation 14).

    sqrt((v + rho) log((v + rho)/(rho alpha^2))), with rho set so that it is tightest near ``best_at``.
    """
    check_confidence(confidence)
    if v < 0 or not best_at > 0:
        raise StatisticsError(f"v={v}, best_at={best_at}; give a variance of 0 or more and best_at > 0")
    alpha = 1 - confidence
    rho = best_at / (2 * math.log(1 / alpha) + math.log(1 + 2 * math.log(1 / alpha)))
    return math.sqrt((v + rho) * math.log((v + rho) / (rho * alpha**2)))


def betting_confidence_sequence(
    x: npt.ArrayLike,
    *,
    bounds: tuple[float, float] = (0.0, 1.0),
    confidence: float = 0.95,
    resolution: int = 2000,
) -> tuple[Floats, Floats]:
    """Anytime-valid interval of the mean of bounded values, in the order they arrived.

    The hedged capital process with predictable plug-in bets, truncated at 1/2 (Waudby-Smith and Ramdas 2024, JRSS B 86:1,
    section 4.2): a mean is kept while neither of two bets against it has turned 1 into 2/alpha.

    Args:
        x: Values in order of time, shape (n,); paired differences have bounds (-1, 1).
        bounds: Smallest and largest value there can be.
        confidence: That the mean lies within at every look.
        resolution: Steps between the bounds; the limits are rounded outwards to them.

    Returns:
        Lower and upper limit after each value, shape (n,) each; limits only ever close in.

    Raises:
        StatisticsError: If a value lies outside the bounds.
    """
    check_confidence(confidence)
    low, high = bounds
    values = np.asarray(x, dtype=np.float64)
    if values.ndim != 1 or not high > low or not np.all((values >= low) & (values <= high)):
        raise StatisticsError(f"values must be a flat list within {low} and {high}; give the bounds they can reach")
    unit = (values - low) / (high - low)
    means = np.linspace(0.0, 1.0, resolution + 1)
    inner = np.clip(means, 1e-12, 1 - 1e-12)
    up, down = np.zeros(len(means)), np.zeros(len(means))
    kept = np.ones(len(means), dtype=bool)
    lows, highs = np.empty(len(unit)), np.empty(len(unit))
    limit = math.log(2 / (1 - confidence))
    for t, (value, bet) in enumerate(zip(unit, bets(unit, confidence), strict=True)):
        up += np.log1p(np.minimum(bet, 0.5 / inner) * (value - means))
        down += np.log1p(-np.minimum(bet, 0.5 / (1 - inner)) * (value - means))
        kept &= np.maximum(up, down) < limit
        inside = np.flatnonzero(kept)
        if len(inside) == 0:  # the true mean was lost: happens with probability alpha at most
            kept[np.argmin(np.maximum(up, down))] = True
            inside = np.flatnonzero(kept)
        lows[t] = means[max(0, inside[0] - 1)]
        highs[t] = means[min(resolution, inside[-1] + 1)]
    return low + (high - low) * lows, low + (high - low) * highs


def bets(unit: Floats, confidence: float) -> Floats:
    """Predictable bets sqrt(2 log(2/alpha)/(t log(1+t) s2_{t-1})), shape (n,); each looks only at values before it."""
    t = np.arange(1, len(unit) + 1)
    mean = (0.5 + np.cumsum(unit)) / (t + 1)
    variance = (0.25 + np.cumsum((unit - mean) ** 2)) / (t + 1)
    before = np.concatenate([[0.25], variance[:-1]]) if len(unit) else variance
    return np.asarray(np.sqrt(2 * math.log(2 / (1 - confidence)) / (t * np.log1p(t) * before)))
