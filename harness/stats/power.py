"""How small a lift a set of fixtures can see, and how many fixtures a lift needs."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np

from harness.stats.errors import StatisticsError


def normal_quantiles(alpha: float, power: float, sides: int) -> tuple[float, float]:
    """Z of the level and of the power."""
    if not 0 < alpha < 1 or not 0 < power < 1 or sides not in (1, 2):
        raise StatisticsError(
            f"alpha={alpha}, power={power}, sides={sides}; give probabilities between 0 and 1, and 1 or 2 sides"
        )
    from scipy import special

    return float(special.ndtri(1 - alpha / sides)), float(special.ndtri(power))


def mcnemar_fixtures(difference: float, discordant: float, alpha: float = 0.05, power: float = 0.8) -> float:
    """Fixtures (not rounded) with which McNemar's test sees a difference of two paired shares.

    (z_{a/2} sqrt(psi) + z_b sqrt(psi - d^2))^2 / d^2 (Miettinen 1968, Biometrics 24:339; Connor 1987, Biometrics 43:207).

    Args:
        difference: d, share won minus share lost; not 0.
        discordant: psi, share of fixtures on which exactly one side is right; at least abs(d).
        alpha: Two-sided level.
        power: Chance of seeing it.
    """
    d = abs(difference)
    if not 0 < d <= discordant * (1 + 1e-12) or discordant > 1:
        raise StatisticsError(
            f"difference {difference} does not fit a discordant share of {discordant}; give 0 < |difference| <= discordant <= 1"
        )
    za, zb = normal_quantiles(alpha, power, 2)
    return float((za * math.sqrt(discordant) + zb * math.sqrt(max(0.0, discordant - d * d))) ** 2 / d**2)


def mcnemar_detectable(n: float, discordant: float, alpha: float = 0.05, power: float = 0.8) -> float | None:
    """Smallest difference of two paired shares that n fixtures can see; None where none within 1 can be.

    The share that differs is taken as observed, and as the difference itself where that is larger.
    """
    if n <= 0 or mcnemar_fixtures(1.0, 1.0, alpha, power) > n:
        return None
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        if mcnemar_fixtures(middle, max(middle, min(1.0, discordant)), alpha, power) > n:
            low = middle
        else:
            high = middle
    return high


def detectable_from_error(
    standard_error: float, alpha: float = 0.05, power: float = 0.8, freedom: float | None = None
) -> float | None:
    """(z_{a/2} + z_b) se, with t quantiles where the degrees of freedom are given; None without a spread."""
    if not standard_error > 0:
        return None
    if freedom is None:
        za, zb = normal_quantiles(alpha, power, 2)
        return (za + zb) * standard_error
    from scipy import special

    return float(special.stdtrit(freedom, 1 - alpha / 2) + special.stdtrit(freedom, power)) * standard_error


def mean_fixtures(difference: float, variance: float, alpha: float = 0.05, power: float = 0.8) -> float:
    """Fixtures (not rounded) with which a paired mean difference is seen, (z_{a/2} + z_b)^2 Var(d)/d^2 (Miller 2024, eq. 9)."""
    if not abs(difference) > 0 or not variance >= 0:
        raise StatisticsError(
            f"difference={difference}, variance={variance}; give a difference that is not 0, a variance of 0 or more"
        )
    za, zb = normal_quantiles(alpha, power, 2)
    return (za + zb) ** 2 * variance / difference**2


def noninferiority_fixtures(
    margin: float, discordant: float, difference: float = 0.0, alpha: float = 0.05, power: float = 0.8
) -> float:
    """Fixtures (not rounded) that show no loss beyond the margin, (z_a + z_b)^2 (psi - d^2)/(d + margin)^2, one-sided alpha.

    Liu et al. 2002 (Stat Med 21:231), Wald form.

    Args:
        margin: Largest loss accepted, above 0.
        discordant: psi, share of fixtures on which exactly one side is right.
        difference: d, the true difference.
        alpha: One-sided level.
        power: Chance of showing it.
    """
    if not difference + margin > 0 or not difference**2 <= discordant <= 1:
        raise StatisticsError(
            f"margin={margin}, difference={difference}, discordant={discordant}; give difference + margin > 0 and "
            "difference^2 <= discordant <= 1"
        )
    za, zb = normal_quantiles(alpha, power, 1)
    return (za + zb) ** 2 * (discordant - difference**2) / (difference + margin) ** 2


def paired_variance(
    between: float,
    candidate_noise: float = 0.0,
    baseline_noise: float = 0.0,
    candidate_repeats: int = 1,
    baseline_repeats: int = 1,
) -> float:
    """Variance of one fixture's difference, w^2 + sA^2/K_A + sB^2/K_B (Miller 2024, equation 9).

    Args:
        between: Variance of the fixtures' true differences.
        candidate_noise: Variance of the candidate's responses around their fixture's mean.
        baseline_noise: The same of the baseline.
        candidate_repeats: K_A.
        baseline_repeats: K_B.
    """
    if min(between, candidate_noise, baseline_noise) < 0 or min(candidate_repeats, baseline_repeats) < 1:
        raise StatisticsError("give variances of 0 or more and 1 or more repeats")
    return between + candidate_noise / candidate_repeats + baseline_noise / baseline_repeats


def required_fixtures(
    difference: float,
    *,
    discordant: float | None = None,
    variance: float | None = None,
    margin: float | None = None,
    alpha: float = 0.05,
    power: float = 0.8,
) -> int:
    """Fixtures needed to see a difference, or (with a margin) to show that there is no loss beyond it.

    Args:
        difference: The true difference, for example .03.
        discordant: For 0/1 metrics: share of fixtures on which exactly one side is right.
        variance: For other metrics: variance of the paired difference, see ``paired_variance``.
        margin: Set for non-inferiority of a 0/1 metric; ``alpha`` is then one-sided.
        alpha: Level.
        power: Chance of seeing it.

    Raises:
        StatisticsError: If not exactly one of discordant and variance is given, or numbers do not fit.
    """
    one_spread(discordant, variance)
    if margin is not None:
        if discordant is None:
            raise StatisticsError("non-inferiority is planned for 0/1 metrics; give discordant= with margin=")
        return math.ceil(noninferiority_fixtures(margin, discordant, difference, alpha, power))
    if discordant is not None:
        return math.ceil(mcnemar_fixtures(difference, discordant, alpha, power))
    return math.ceil(mean_fixtures(difference, variance or 0.0, alpha, power))


def minimum_detectable_effect(
    n: int, *, discordant: float | None = None, variance: float | None = None, alpha: float = 0.05, power: float = 0.8
) -> float | None:
    """Smallest true difference that n fixtures would see with the power asked; None where none within 1 would be.

    Args:
        n: Fixtures, 1 or more.
        discordant: For 0/1 metrics: share of fixtures on which exactly one side is right.
        variance: For other metrics: variance of the paired difference.
        alpha: Two-sided level.
        power: Chance of seeing it.
    """
    one_spread(discordant, variance)
    if n < 1:
        raise StatisticsError(f"n={n}; give 1 or more fixtures")
    if discordant is not None:
        return mcnemar_detectable(n, discordant, alpha, power)
    return detectable_from_error(math.sqrt((variance or 0.0) / n), alpha, power)


def one_spread(discordant: float | None, variance: float | None) -> None:
    """Refuse both or neither of the two ways to say how much fixtures vary."""
    if (discordant is None) == (variance is None):
        raise StatisticsError("give either discordant= (0/1 metrics) or variance= (other metrics), not both and not neither")


def mcnemar_power(
    win_share: float, loss_share: float, n: int, alpha: float = 0.05, method: Literal["mid-p", "exact"] = "mid-p"
) -> float:
    """Chance that McNemar's test of n pairs gives p < alpha on the side of the truth, by full enumeration.

    Args:
        win_share: Share of fixtures only the candidate gets right.
        loss_share: Share only the baseline gets right.
        n: Fixtures.
        alpha: Two-sided level.
        method: Of ``mcnemar``.
    """
    psi = win_share + loss_share
    if min(win_share, loss_share) < 0 or not 0 < psi <= 1 or n < 1:
        raise StatisticsError("give shares of 0 or more that sum to more than 0 and at most 1, and 1 or more fixtures")
    from scipy import special, stats

    discordant = np.arange(n + 1)
    chance = stats.binom.pmf(discordant, n, psi)
    larger = max(win_share, loss_share) / psi
    total = 0.0
    for m, weight in zip(discordant, chance, strict=True):
        if weight < 1e-12:
            continue
        fewer = np.arange(m // 2 + 1)
        p = 2 * special.bdtr(fewer, m, 0.5) - (stats.binom.pmf(fewer, m, 0.5) if method == "mid-p" else 0.0)
        refused = np.sum(p < alpha)
        if refused:
            total += weight * float(special.bdtr(refused - 1, m, 1 - larger))
    return float(total)
