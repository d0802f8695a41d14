"""Agreement between raters: kappa of two, of many, and Krippendorff's alpha.

Written here since the kept libraries do not fit: ``krippendorff`` is under the GPL, which this package is not, and
``statsmodels`` (which the tests hold the kappas against) brings pandas and patsy for thirty lines.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from harness.stats.errors import StatisticsError
from harness.stats.resampling import check_confidence
from harness.stats.samples import Floats


@dataclass(frozen=True, slots=True)
class Kappa:
    """Cohen's kappa.

    Attributes:
        kappa: 1 is perfect, 0 is chance.
        low: Lower limit.
        high: Upper limit.
        standard_error: Asymptotic, of kappa as it is.
        p_value: Two-sided, of kappa = 0.
        observed: Share of agreement seen.
        expected: Share of agreement by chance.
        prevalence: Mean share of each category over both raters; kappa falls where one category holds nearly everything.
        n: Items.
    """

    kappa: float
    low: float
    high: float
    standard_error: float
    p_value: float
    observed: float
    expected: float
    prevalence: tuple[float, ...]
    n: int


def cohen_kappa(table: npt.ArrayLike, weights: Literal["linear", "quadratic"] | None = None, confidence: float = 0.95) -> Kappa:
    """Agreement of two raters beyond chance, with the asymptotic error of Fleiss, Cohen and Everitt 1969 (Psychol Bull 72:323).

    Args:
        table: Counts, rows the first rater's category and columns the second's, shape (k, k).
        weights: None counts only full agreement; ``linear`` and ``quadratic`` give credit for near misses in ordered categories.
        confidence: Of the interval.

    Raises:
        StatisticsError: If the table is not square, holds nothing, or both raters use one category only.
    """
    check_confidence(confidence)
    counts = np.asarray(table, dtype=np.float64)
    if counts.ndim != 2 or counts.shape[0] != counts.shape[1] or np.any(counts < 0) or not counts.sum() > 0:
        raise StatisticsError("give a square table of counts, rows for one rater and columns for the other")
    from scipy.special import ndtr, ndtri

    n, k = float(counts.sum()), len(counts)
    p = counts / n
    rows, columns = p.sum(axis=1), p.sum(axis=0)
    distance = np.abs(np.subtract.outer(np.arange(k), np.arange(k))) / max(1, k - 1)
    credit = np.eye(k) if weights is None else 1 - (distance if weights == "linear" else distance**2)
    chance = np.outer(rows, columns)
    seen, expected = float(np.sum(credit * p)), float(np.sum(credit * chance))
    if expected >= 1:
        raise StatisticsError("both raters used one category only, so agreement beyond chance has no meaning; show the share")
    kappa = (seen - expected) / (1 - expected)
    reach = (credit @ columns)[:, None] + (rows @ credit)[None, :]
    variance = np.sum(p * (credit - reach * (1 - kappa)) ** 2) - (kappa - expected * (1 - kappa)) ** 2
    null = np.sum(chance * (credit - reach) ** 2) - expected**2
    error, null_error = (float(np.sqrt(max(0.0, v) / n)) / (1 - expected) for v in (variance, null))
    z = float(ndtri(0.5 + confidence / 2))
    p_value = 2 * float(ndtr(-abs(kappa) / null_error)) if null_error > 0 else 1.0
    return Kappa(
        kappa, max(-1.0, kappa - z * error), min(1.0, kappa + z * error), error, p_value, seen, expected,
        tuple(((rows + columns) / 2).tolist()), int(n),
    )  # fmt: skip


def fleiss_kappa(counts: npt.ArrayLike) -> float:
    """Agreement of the same number of raters on every item beyond chance (Fleiss 1971, Psychol Bull 76:378).

    Args:
        counts: How many raters chose each category, shape (items, categories); every row sums to the same.
    """
    x = np.asarray(counts, dtype=np.float64)
    raters = x.sum(axis=1) if x.ndim == 2 else np.zeros(1)
    if x.ndim != 2 or np.any(raters != raters[0]) or raters[0] < 2:
        raise StatisticsError("give items by categories with two or more raters, the same number for every item")
    m = raters[0]
    seen = float(np.mean((np.sum(x**2, axis=1) - m) / (m * (m - 1))))
    expected = float(np.sum((x.sum(axis=0) / x.sum()) ** 2))
    if expected >= 1:
        raise StatisticsError("all raters used one category only, so agreement beyond chance has no meaning; show the share")
    return (seen - expected) / (1 - expected)


def krippendorff_alpha(ratings: npt.ArrayLike, level: Literal["nominal", "ordinal", "interval", "ratio"] = "nominal") -> float:
    """Krippendorff's alpha for any number of raters and missing ratings (Krippendorff 2011, Computing Krippendorff's Alpha).

    Args:
        ratings: Numbers, shape (raters, units); NaN (or None) where a rater did not rate.
        level: How categories are told apart.

    Returns:
        1 is perfect, 0 is chance.

    Raises:
        StatisticsError: If no unit has two ratings, or every rating is the same.
    """
    x = np.asarray(ratings, dtype=np.float64)
    if x.ndim != 2:
        raise StatisticsError("give ratings as raters by units, NaN where there is none")
    x = x[:, np.isfinite(x).sum(axis=0) >= 2]
    values = np.unique(x[np.isfinite(x)])
    if len(values) < 2:
        raise StatisticsError("alpha needs units with two ratings, and ratings that are not all the same")
    counts = np.stack([(x == v).sum(axis=0) for v in values], axis=1).astype(np.float64)
    pairs = counts[:, :, None] * counts[:, None, :]
    pairs -= np.eye(len(values)) * counts[:, :, None]
    together = np.sum(pairs / (counts.sum(axis=1) - 1)[:, None, None], axis=0)
    totals = together.sum(axis=1)
    apart = squared_distance(values, totals, level)
    return float(1 - (totals.sum() - 1) * np.sum(together * apart) / np.sum(np.outer(totals, totals) * apart))


def squared_distance(values: Floats, totals: Floats, level: str) -> Floats:
    """Krippendorff's difference functions, shape (values, values)."""
    if level == "nominal":
        return 1.0 - np.eye(len(values))
    if level == "interval":
        return np.subtract.outer(values, values) ** 2
    if level == "ratio":
        both = np.add.outer(values, values)
        return np.divide(np.subtract.outer(values, values), both, out=np.zeros_like(both), where=both != 0) ** 2
    if level == "ordinal":
        upto = np.cumsum(totals) - totals / 2
        return np.subtract.outer(upto, upto) ** 2
    raise StatisticsError(f"level {level!r} is unknown; use nominal, ordinal, interval or ratio")
