"""Few and unequal groups: a standard error without bias, and the degrees of freedom that go with it.

With G equal groups everything here is what it always was: the factor sqrt(G/(G-1)) and G-1 degrees of freedom. Where one
group holds much of the weight, its total also pulls the mean towards itself, so its residual is too small, and the sum of
squares rests on few terms. Both are known in closed form for a mean (Bell and McCaffrey 2002, Survey Methodology 28:169;
Imbens and Kolesar 2016, Rev Econ Stat 98:701; Pustejovsky and Tipton 2018, J Bus Econ Stat 36:672, CR2), when responses
vary alike and independently as a working model; with correlation inside groups the level is kept nearly as well.
"""

from __future__ import annotations

import numpy as np

from harness.stats.samples import Floats, Units

UNEVEN = 0.6
"""Share of G-1 degrees of freedom below which unequal groups are worth a word."""

FEW_DEGREES = 4.0
"""Degrees of freedom below which the t approximation itself is rough (Tipton 2015, Psychol Methods 20:375)."""


def degrees_of_freedom(weight: Floats) -> float:
    """Satterthwaite degrees of freedom of the bias-reduced variance of a mean; G-1 where all groups weigh the same.

    1/df = sum h^2 + (sum h^2/(1-h))^2 - sum h^4/(1-h)^2, with h the share of the weight in each group.

    Args:
        weight: Of each independent unit, above 0, shape (units,).

    Returns:
        Between 1 and units - 1; 0 for a single unit.
    """
    if len(weight) < 2 or alike(weight):
        return float(max(0, len(weight) - 1))
    h = np.sort(weight / weight.sum())
    b = h**2 / others(h)
    crossed = 2 * np.sum(b[1:] * np.cumsum(b)[:-1])
    return float(min(len(weight) - 1.0, max(1.0, 1 / (np.sum(h**2) + crossed))))


def bias_reduced_error(units: Units) -> float:
    """Standard error of a weighted mean from group residuals, each divided by sqrt(1-h) (CR2); NaN for a single unit."""
    if units.count < 2 or alike(units.weight) or units.standard_error == 0:
        return units.standard_error
    order = np.argsort(units.weight, kind="stable")
    residual = (units.total - units.mean * units.weight)[order] / units.weight.sum()
    return float(np.sqrt(np.sum(residual**2 / others(units.weight[order] / units.weight.sum()))))


def jackknife_error(left_out: Floats, weight: Floats) -> float:
    """Standard error of any statistic from the values with each unit left out, for units of unequal weight.

    sqrt(sum (1-h) (theta_(i) - c)^2) about c = sum (1-h) theta_(i) / sum (1-h) (the weighted jackknife of Hinkley 1977,
    Technometrics 19:285). It is the bias-reduced error for a mean, and sqrt((G-1)/G sum (theta_(i) - theta_(.))^2) for
    units of equal weight (Efron and Tibshirani 1993, equation 11.5).

    Args:
        left_out: The statistic without each unit, shape (units,).
        weight: Of each unit, shape (units,).
    """
    rest = 1 - 1 / len(weight) + np.zeros(len(weight)) if alike(weight) else 1 - weight / weight.sum()
    centre = np.sum(rest * left_out) / np.sum(rest)
    return float(np.sqrt(np.sum(rest * (left_out - centre) ** 2)))


def bootstrap_correction(weight: Floats) -> tuple[float, float]:
    """What the standard deviation over resampled groups is multiplied by, and its degrees of freedom.

    The bootstrap leaves the residuals as small as they are, as CR0 does: under the working model its variance is 1 - sum h^2
    of the true one, with (1 - sum h^2)^2 / (sum h^2 - 2 sum h^3 + (sum h^2)^2) degrees of freedom.

    Returns:
        (sqrt(G/(G-1)), G-1) where all units weigh the same.
    """
    count = len(weight)
    if alike(weight):
        return float(np.sqrt(count / (count - 1))), float(count - 1)
    h = weight / weight.sum()
    square = float(np.sum(h**2))
    missing = 1 - square
    freedom = missing**2 / (square - 2 * float(np.sum(h**3)) + square**2)
    return float(1 / np.sqrt(missing)), float(min(count - 1.0, max(1.0, freedom)))


def uneven(weight: Floats) -> str | None:
    """A word where the groups are so unequal that they tell much less than their number suggests."""
    freedom = degrees_of_freedom(weight)
    if len(weight) < 2 or freedom >= UNEVEN * (len(weight) - 1):
        return None
    words = f"Groups are very unequal: the {len(weight)} groups tell as much as {freedom + 1:.1f} equal ones"
    return f"{words}; trust a close call less." if freedom < FEW_DEGREES else f"{words}, and the interval is that much wider."


def alike(weight: Floats) -> bool:
    """Whether all units weigh the same."""
    return bool(np.all(weight == weight[0]))


def others(h: Floats) -> Floats:
    """1 - h for shares in ascending order, exact also where the largest is nearly everything."""
    rest = 1 - h
    rest[-1] = h[:-1].sum()
    return rest
