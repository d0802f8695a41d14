"""Equivalence: two one-sided tests of a paired difference against a margin."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy.typing as npt

from harness.stats.bootstrap import t_around
from harness.stats.errors import StatisticsError
from harness.stats.few_groups import bias_reduced_error, degrees_of_freedom
from harness.stats.resampling import check_confidence
from harness.stats.samples import sample
from harness.stats.verdicts import check_margin


@dataclass(frozen=True, slots=True)
class Equivalence:
    """Two one-sided tests.

    Attributes:
        effect: Mean difference.
        low: Lower limit of the two-sided interval with confidence 1 - 2 alpha.
        high: Upper limit.
        t_lower: t of effect > -margin.
        p_lower: Its one-sided p value.
        t_upper: t of effect < margin.
        p_upper: Its one-sided p value.
        p_value: The larger of the two.
        freedom: Degrees of freedom; a whole number where all units weigh the same.
        equivalent: Whether the interval lies inside -margin and margin, that is p_value < alpha.
    """

    effect: float
    low: float
    high: float
    t_lower: float
    p_lower: float
    t_upper: float
    p_upper: float
    p_value: float
    freedom: float
    equivalent: bool


def equivalence(
    differences: npt.ArrayLike, margin: float, *, groups: Any = None, weights: Any = None, confidence: float = 0.90
) -> Equivalence:
    """Test a mean difference against both ends of a margin with t, cluster-robust where groups are given.

    Schuirmann 1987 (J Pharmacokinet Biopharm 15:657). For 0/1 outcomes the verdict of ``compare`` is the better test: it
    reads Tango's interval, which keeps its size (Liu et al. 2002, Stat Med 21:231).

    Args:
        differences: Candidate minus baseline, shape (n,) or (n, repeats); NaN is left out.
        margin: Above 0.
        groups: A label per fixture.
        weights: A non-negative number per fixture.
        confidence: Of the interval: 1 - 2 alpha.

    Raises:
        StatisticsError: If there are fewer than two independent units, they do not vary, or the margin is not above 0.
    """
    check_margin(margin, "difference")
    check_confidence(confidence)
    units = sample(differences, groups, weights).units
    if units.count < 2 or not units.standard_error > 0 or margin == 0:
        raise StatisticsError(
            "equivalence needs a margin above 0 and two or more independent differences that vary; use compare() where none does"
        )
    from scipy import special

    error, freedom = bias_reduced_error(units), degrees_of_freedom(units.weight)
    interval = t_around(units.mean, error, freedom, confidence)
    t_lower, t_upper = ((units.mean + s * margin) / error for s in (1, -1))
    p_lower, p_upper = float(special.stdtr(freedom, -t_lower)), float(special.stdtr(freedom, t_upper))
    p = max(p_lower, p_upper)
    assert interval.low is not None and interval.high is not None
    return Equivalence(
        effect=units.mean,
        low=interval.low,
        high=interval.high,
        t_lower=t_lower,
        p_lower=p_lower,
        t_upper=t_upper,
        p_upper=p_upper,
        p_value=p,
        freedom=freedom,
        equivalent=p < (1 - confidence) / 2,
    )
