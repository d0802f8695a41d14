"""A few human labels and many judgements of a model: the mean that uses both (prediction-powered inference)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from harness.stats.bootstrap import t_around
from harness.stats.errors import StatisticsError
from harness.stats.resampling import check_confidence
from harness.stats.samples import Floats


@dataclass(frozen=True, slots=True)
class PoweredMean:
    """A mean from labels and judgements, beside the mean from labels alone.

    Attributes:
        value: The estimate.
        low: Lower limit.
        high: Upper limit.
        weight: How far the judge is relied on, 0 to 1 (lambda).
        classical: (mean, low, high) of the labels alone.
        gain: Share of the classical width that is saved; negative where the judge costs width.
    """

    value: float
    low: float
    high: float
    weight: float
    classical: tuple[float, float, float]
    gain: float


def ppi_mean(
    labels: npt.ArrayLike,
    judged_labelled: npt.ArrayLike,
    judged_unlabelled: npt.ArrayLike,
    *,
    weight: float | None = None,
    confidence: float = 0.95,
) -> PoweredMean:
    """Mean of what humans would say, from n labels and N judgements without one.

    theta = lam mean(F) + mean(Y - lam f), Var = lam^2 Var(F)/N + Var(Y - lam f)/n, and lam = Cov(Y, f)/((1 + n/N) Var(f)) cut
    to 0 to 1 (Angelopoulos et al. 2023, Science 382:669; Angelopoulos, Duchi and Zrnic 2023, arXiv 2311.01453). Normal
    quantiles, as published; below 50 labels t quantiles with n - 1 degrees of freedom.

    Args:
        labels: Y, human labels, shape (n,).
        judged_labelled: f, the judge on the same items, shape (n,).
        judged_unlabelled: F, the judge on other items, shape (N,).
        weight: lam; by default the best one.
        confidence: Between 0 and 1.

    Raises:
        StatisticsError: If labels and judged_labelled differ in length, or either set has fewer than two items.
    """
    check_confidence(confidence)
    y, f, more = (np.asarray(a, dtype=np.float64) for a in (labels, judged_labelled, judged_unlabelled))
    if y.shape != f.shape or y.ndim != 1 or more.ndim != 1 or min(len(y), len(more)) < 2:
        raise StatisticsError("give labels and judgements of the same two or more items, and two or more judgements of others")
    if not all(np.all(np.isfinite(a)) for a in (y, f, more)):
        raise StatisticsError("labels and judgements must be finite; leave out items without them")
    n, many = len(y), len(more)
    if weight is None:
        varies = float(np.var(np.concatenate([f, more])))
        weight = float(np.cov(y, f, ddof=1)[0, 1] / ((1 + n / many) * varies)) if varies > 0 else 0.0
        weight = min(1.0, max(0.0, weight))
    value, low, high = around(float(weight * more.mean() + (y - weight * f).mean()), y - weight * f, weight * more, confidence)
    classical = around(float(y.mean()), y, np.zeros(2), confidence)
    width = classical[2] - classical[1]
    return PoweredMean(value, low, high, weight, classical, 1 - (high - low) / width if width > 0 else 0.0)


def around(value: float, labelled: Floats, unlabelled: Floats, confidence: float) -> tuple[float, float, float]:
    """The estimate with its interval; ddof 0 as published."""
    error = float(np.sqrt(np.var(unlabelled) / len(unlabelled) + np.var(labelled) / len(labelled)))
    freedom = len(labelled) - 1 if len(labelled) < 50 else 10**9
    interval = t_around(value, error, freedom, confidence)
    return value, interval.low or 0.0, interval.high or 0.0
