"""From an interval and a margin to a word."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from harness.stats.errors import StatisticsError

Verdict = Literal["better", "worse", "equivalent", "inconclusive"]
Scale = Literal["difference", "ratio"]


@dataclass(frozen=True, slots=True)
class Reading:
    """What an interval says against a margin.

    Attributes:
        verdict: better, worse, equivalent or inconclusive; better and worse are called signal.
        worth_it: better, and by more than the margin.
        materially_worse: worse, and by more than the margin.
        also_equivalent: better or worse, yet within the margin.
    """

    verdict: Verdict
    worth_it: bool = False
    materially_worse: bool = False
    also_equivalent: bool = False


def read_interval(
    low: float | None,
    high: float | None,
    margin: float = 0.0,
    *,
    p_value: float | None = None,
    alpha: float = 0.05,
    signal_allowed: bool = True,
    equivalence_allowed: bool = True,
) -> Reading:
    """Read an interval in which more is better.

    ``better`` is low > 0 and p < alpha, ``worse`` is high < 0 and p < alpha, ``equivalent`` is -margin < low and
    high < margin; otherwise ``inconclusive``. The second and third may both hold.

    Args:
        low: Lower limit, None where there is none.
        high: Upper limit.
        margin: Smallest difference worth having, 0 or more, on the scale of the limits.
        p_value: Two-sided p value; None leaves the decision to the interval.
        alpha: Level the p value is held against.
        signal_allowed: False where too little differs for better or worse.
        equivalence_allowed: False where the interval cannot be trusted at all.
    """
    if low is None or high is None:
        return Reading("inconclusive")
    inside = equivalence_allowed and -margin < low and high < margin
    signal = signal_allowed and (p_value is None or p_value < alpha)
    if signal and low > 0:
        return Reading("better", worth_it=low > margin, also_equivalent=inside)
    if signal and high < 0:
        return Reading("worse", materially_worse=high < -margin, also_equivalent=inside)
    return Reading("equivalent" if inside else "inconclusive")


def check_margin(margin: float, scale: Scale) -> None:
    """Refuse margins and scales that mean nothing.

    Raises:
        StatisticsError: If the margin is negative or not finite, or the scale unknown.
    """
    if scale not in ("difference", "ratio"):
        raise StatisticsError(f"scale {scale!r} is unknown; use 'difference' or 'ratio'")
    if not np.isfinite(margin) or margin < 0:
        raise StatisticsError(f"margin is {margin}; give 0 or more (the smallest difference worth having)")


def additive_margin(margin: float, scale: Scale) -> float:
    """The margin where differences add up: log(1 + margin) on the ratio scale, so .1 means a tenth more or its inverse."""
    return float(np.log1p(margin)) if scale == "ratio" else margin
