"""Fixtures that are not independent, and repeats inside them: standard errors, design effect, variance shown apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from harness.stats.errors import StatisticsError
from harness.stats.samples import fixture_means, number_groups, numbers, sample


def clustered_standard_error(x: npt.ArrayLike, groups: Any = None, *, weights: Any = None, small_sample: bool = True) -> float:
    """Standard error of the mean when fixtures of one group are not independent.

    CR0 = sqrt(sum_c (sum_{i in c} (x_i - xbar))^2)/n (Miller 2024, arXiv 2411.00640, equation 4), times sqrt(G/(G-1)). The t
    intervals of ``compare`` and ``estimate`` use the bias-reduced error of ``few_groups`` where groups are unequal.

    Args:
        x: Shape (n,) or (n, repeats); NaN is left out.
        groups: A label per fixture; without groups this is s/sqrt(n).
        weights: A non-negative number per fixture.
        small_sample: False for CR0 itself.

    Returns:
        The standard error; NaN for a single group.
    """
    units = sample(x, groups, weights).units
    error = units.standard_error
    return error if small_sample else error * float(np.sqrt((units.count - 1) / units.count))


def design_effect(size: float, correlation: float) -> float:
    """Kish's design effect 1 + (m - 1) icc: how much the variance grows for groups of m fixtures.

    Args:
        size: Fixtures per group, 1 or more.
        correlation: Intra-class correlation.
    """
    if size < 1 or not -1 <= correlation <= 1:
        raise StatisticsError(
            f"size={size}, correlation={correlation}; give a size of 1 or more and a correlation within -1 and 1"
        )
    return 1 + (size - 1) * correlation


def repeats_variance_ratio(repeats: int) -> float:
    """Var(K answers)/Var(1 answer) of a 0/1 metric whose fixture means are uniform: (1 + 2/K)/3 (Miller 2024, section 3.1)."""
    if repeats < 1:
        raise StatisticsError(f"repeats={repeats}; give 1 or more")
    return (1 + 2 / repeats) / 3


@dataclass(frozen=True, slots=True)
class Spread:
    """Where the variance of a mean comes from; each part is a variance of one value, not below 0.

    Attributes:
        between_groups: Variance of the groups' true means; None without groups.
        between_fixtures: Variance of the fixtures' true means (inside groups, where there are any).
        between_repeats: Variance of one response around its fixture's mean; None without repeats.
        repeats: Mean number of repeats (harmonic).
        standard_error: Of the mean, all parts together (clustered where there are groups).
        repeat_error: The part of it that more repeats would remove; None without repeats.
    """

    between_groups: float | None
    between_fixtures: float
    between_repeats: float | None
    repeats: float
    standard_error: float
    repeat_error: float | None


def spread(values: npt.ArrayLike, groups: Any = None) -> Spread:
    """Split the variance of a metric into groups, fixtures and repeats by the method of moments (one-way ANOVA twice).

    Shown beside a result and never resampled again: the standard error from averaged repeats holds the noise of the repeats
    already (Searle, Casella and McCulloch 1992, Variance Components, chapter 3).

    Args:
        values: Shape (n,) or (n, repeats); NaN is left out.
        groups: A label per fixture.

    Raises:
        StatisticsError: If fewer than two fixtures have a value.
    """
    x = numbers(values, "values")
    means = fixture_means(x, "values")
    keep = np.isfinite(means)
    if keep.sum() < 2:
        raise StatisticsError("fewer than two fixtures have a value; variance needs two or more")
    x, means = x[keep].reshape(int(keep.sum()), -1), means[keep]
    count = np.isfinite(x).sum(axis=1)
    harmonic = float(len(count) / np.sum(1 / count))
    within = None
    if np.any(count > 1):
        within = float(np.nansum((x - means[:, None]) ** 2) / np.sum(count - 1))
    noise = 0.0 if within is None else within / harmonic
    codes = number_groups(groups, keep)
    error = clustered_standard_error(means, codes)
    if codes is None:
        fixtures, between = max(0.0, float(np.var(means, ddof=1)) - noise), None
    else:
        size = np.bincount(codes)
        centre = np.bincount(codes, means) / size
        inside = float(np.sum((means - centre[codes]) ** 2) / max(1, len(means) - len(size)))
        typical = (len(means) - np.sum(size**2) / len(means)) / max(1, len(size) - 1)
        across = float(np.sum(size * (centre - means.mean()) ** 2) / max(1, len(size) - 1))
        fixtures, between = max(0.0, inside - noise), max(0.0, (across - inside) / float(typical))
    repeat_error = None if within is None else float(np.sqrt(within * np.sum(1 / count)) / len(count))
    return Spread(between, fixtures, within, harmonic, error, repeat_error)
