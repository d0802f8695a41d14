"""A metric over the nights: the values, an anytime-valid band around their mean, and where the level changed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from harness.stats import normal_mixture_bound
from harness.verdicts.change_point import ChangePoint, change_points

MONTH = 30
"""Nights at which the band is tightest."""


@dataclass(frozen=True, slots=True)
class TrendPoint:
    """One night of a trend.

    Attributes:
        started_at: When the night began, ISO 8601.
        value: The metric in the night's first run.
        mean: Its mean over all nights up to this one.
        low: Lower end of the band around that mean; None where the noise between runs is not known.
        high: Upper end.
    """

    started_at: str
    value: float
    mean: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Trend:
    """A variant on a metric over the nights since the reference.

    Attributes:
        variant: The variant.
        metric: The metric.
        unit: What it is counted in.
        reference: Its mean in the reference runs.
        reference_low: Lower end of the interval of that mean; None where it is not known.
        reference_high: Upper end.
        points: One a night, oldest first; nights of provider failures are left out.
        changes: Where the level changed.
        left: Whether the mean over all nights has left the reference: the band clears the reference's interval. This holds
            at whatever night one looks, in 95 % of steady suites for ever.
    """

    variant: str
    metric: str
    unit: str
    reference: float
    reference_low: float | None
    reference_high: float | None
    points: tuple[TrendPoint, ...]
    changes: tuple[ChangePoint, ...] = ()
    left: bool = False

    def since(self, change: ChangePoint) -> str:
        """The night a change was first seen in."""
        return self.points[change.index].started_at


def trend(
    variant: str,
    metric: str,
    values: Sequence[float],
    *,
    unit: str,
    nights: Sequence[str],
    reference: Sequence[float],
    spread: float | None,
    confidence: float = 0.95,
    seed: int = 0,
) -> Trend:
    """Draw the band and find the changes.

    The band is the normal mixture confidence sequence (Robbins 1970; Howard et al. 2021) of the mean over the nights so far,
    with the standard deviation of one run known from the reference; it holds at every night at once. Half of what may go
    wrong is spent on it, half on the interval of the reference's own mean.

    Args:
        variant: The variant.
        metric: The metric.
        values: One a night, oldest first.
        unit: What it is counted in.
        nights: When each began.
        reference: The metric in each reference run.
        spread: Standard deviation of the metric from run to run; None where it is not known.
        confidence: Of band and interval together.
        seed: Of the shuffling that tells changes from chance.
    """
    from scipy.special import ndtri

    series = np.asarray(values, dtype=np.float64)
    centre = float(np.mean(reference))
    half = (1 + confidence) / 2
    means = np.cumsum(series) / np.arange(1, len(series) + 1)
    reach = [
        None if spread is None else spread * normal_mixture_bound(t, confidence=half, best_at=MONTH) / t
        for t in range(1, len(series) + 1)
    ]
    around = None if spread is None else float(ndtri((1 + half) / 2)) * spread / math.sqrt(len(reference))
    points = tuple(
        TrendPoint(night, value, mean, None if r is None else mean - r, None if r is None else mean + r)
        for night, value, mean, r in zip(nights, series.tolist(), means.tolist(), reach, strict=True)
    )
    left = bool(around is not None and reach and reach[-1] is not None and abs(means[-1] - centre) > around + reach[-1])
    return Trend(
        variant,
        metric,
        unit,
        centre,
        None if around is None else centre - around,
        None if around is None else centre + around,
        points,
        change_points(series.tolist(), seed=seed) if len(series) else (),
        left,
    )
