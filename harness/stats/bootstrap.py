"""Intervals from resamples: studentised, BCa, percentile and basic, and the p value that goes with them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from harness.stats.few_groups import bias_reduced_error, degrees_of_freedom
from harness.stats.resampling import draw_totals, tail_rank
from harness.stats.samples import Floats, Units


@dataclass(frozen=True, slots=True)
class Interval:
    """An interval with the p value and the spread it came with.

    Attributes:
        low: Lower limit, None where there is none.
        high: Upper limit, None where there is none.
        p_value: Two-sided p value of "no difference", None where the method has none.
        standard_error: Of the estimate; None where the method has none.
        note: A caveat in a sentence, or None.
        freedom: Degrees of freedom where the limits are t quantiles, None elsewhere.
    """

    low: float | None
    high: float | None
    p_value: float | None = None
    standard_error: float | None = None
    note: str | None = None
    freedom: float | None = None


def studentised_interval(units: Units, confidence: float, resamples: int, seed: int, null: float = 0.0) -> Interval:
    """Percentile-t interval of a weighted mean, its standard error formed again inside every resample.

    [t - q_hi se, t - q_lo se] (Davison and Hinkley 1997, section 5.2.1), and the equal-tailed p value
    2(1 + #{t* beyond t})/(B+1) that agrees with it: an end of the interval touches ``null`` exactly where p reaches
    1 - confidence. The units are resampled whole, so with groups this is the studentised cluster bootstrap.

    Args:
        units: Independent units, at least two, with a standard error above 0.
        confidence: Between 0 and 1.
        resamples: B.
        seed: Seed of the draw.
        null: The mean under the null hypothesis.
    """
    rank = tail_rank(confidence, resamples)
    mean, error = units.mean, units.standard_error
    flip = -1.0 if faces_down(units, mean) else 1.0  # swapping candidate and baseline then mirrors the result exactly
    pivots = np.sort(flip * studentised_pivots(Units(units.weight, flip * units.total), resamples, seed))
    observed = (mean - null) / error
    beyond = min(int(np.sum(pivots >= observed)), int(np.sum(pivots <= observed)))
    return Interval(
        low=float(mean - pivots[-rank] * error),
        high=float(mean - pivots[rank - 1] * error),
        p_value=min(1.0, 2 * (1 + beyond) / (resamples + 1)),
        standard_error=error,
    )


def studentised_pivots(units: Units, resamples: int, seed: int) -> Floats:
    """(mean* - mean)/se* of every resample, shape (resamples,); infinite where a resample has no spread."""
    w, u, g = units.weight, units.total - units.mean * units.weight, units.count
    if np.all(w == 1.0):
        su, suu = draw_totals(np.column_stack([u, u * u]), resamples, seed).T
        sw, sww, swu = np.full(resamples, float(g)), np.full(resamples, float(g)), su
    else:
        sw, su, sww, swu, suu = draw_totals(np.column_stack([w, u, w * w, w * u, u * u]), resamples, seed).T
    shift = su / sw
    squares = suu - 2 * shift * swu + shift**2 * sww
    squares = np.where(squares <= 1e-12 * suu, 0.0, squares)
    error = np.sqrt(squares * g / (g - 1)) / sw
    with np.errstate(divide="ignore", invalid="ignore"):
        pivots = shift / error
    return np.where(np.isnan(pivots), 0.0, pivots)


def faces_down(units: Units, mean: float) -> bool:
    """Whether the data are the mirror image of the side that is resampled; settles the sign for data and their mirror."""
    if abs(mean) > 1e-12 * float(np.max(np.abs(units.total))):
        return mean < 0
    up, down = np.sort(units.total), np.sort(-units.total)
    different = np.flatnonzero(up != down)
    return bool(len(different) and down[different[0]] < up[different[0]])


def t_interval(units: Units, confidence: float, null: float = 0.0) -> Interval:
    """Student or cluster-robust t interval.

    Where all units weigh the same the standard error is CR0 times sqrt(G/(G-1)) with G-1 degrees of freedom (Miller 2024,
    arXiv 2411.00640; Cameron and Miller 2015, J Hum Resour 50:317); else both are as in ``few_groups``.
    """
    return t_around(units.mean, bias_reduced_error(units), degrees_of_freedom(units.weight), confidence, null)


def t_around(value: float, error: float, freedom: float, confidence: float, null: float = 0.0) -> Interval:
    """Value -+ t(freedom) error, and the p value of ``null``."""
    from scipy import special

    if not np.isfinite(error):
        return Interval(
            None, None, note="The metric has no value when one independent unit is left out; no interval can be formed."
        )
    if error == 0:  # all units agree: the exact sign test
        return Interval(value, value, 1.0 if value == null else 2.0**-freedom, 0.0, freedom=freedom)
    reach = float(special.stdtrit(freedom, 0.5 + confidence / 2)) * error
    p = 2 * float(special.stdtr(freedom, -abs(value - null) / error))
    return Interval(value - reach, value + reach, p, error, freedom=freedom)


def unseen(units: int) -> str:
    """What so many independent units cannot show, as the end of a sentence (Hanley and Lippman-Hand 1983, JAMA 249:1743)."""
    return f"what holds for fewer than {min(1.0, 3 / units):.1%} of them could not have been seen (rule of three)."


def percentile_interval(replicates: Floats, confidence: float) -> tuple[float, float]:
    """The middle share of the replicates."""
    low, high = np.quantile(replicates, [(1 - confidence) / 2, (1 + confidence) / 2])
    return float(low), float(high)


def basic_interval(replicates: Floats, observed: float, confidence: float) -> tuple[float, float]:
    """The percentile interval reflected in the estimate."""
    low, high = percentile_interval(replicates, confidence)
    return 2 * observed - high, 2 * observed - low


def bca_interval(replicates: Floats, observed: float, a: float, confidence: float) -> tuple[float, float] | None:
    """Bias-corrected and accelerated interval (Efron 1987, JASA 82:171); None where it is degenerate.

    Args:
        replicates: The statistic in every resample, shape (B,).
        observed: The statistic of the data.
        a: Acceleration, from ``acceleration``.
        confidence: Between 0 and 1.
    """
    from scipy import special

    near = 1e-12 * max(abs(observed), float(np.max(np.abs(replicates))))
    below = np.mean(replicates < observed - near) + 0.5 * np.mean(np.abs(replicates - observed) <= near)
    z0 = float(special.ndtri(below))
    if not np.isfinite(z0) or not np.isfinite(a) or np.ptp(replicates) <= near:
        return None
    z = special.ndtri(np.array([(1 - confidence) / 2, (1 + confidence) / 2])) + z0
    room = 1 - a * z
    if np.any(room <= 0):
        return None
    low, high = np.quantile(replicates, special.ndtr(z0 + z / room))
    return float(low), float(high)


def acceleration(*left_out: Floats) -> float:
    """BCa acceleration from leave-one-out values; several arrays for a statistic of several independent samples.

    a = sum u^3 / (6 (sum u^2)^1.5) with u = mean(theta_(.)) - theta_(i); for several samples u is scaled by (n_j - 1)/n_j
    and each sum taken over all of them (Efron and Tibshirani 1993, equation 14.15; Davison and Hinkley 1997, 5.3.2).
    NaN where leaving one out changes nothing.
    """
    top = bottom = 0.0
    for values in left_out:
        n = len(values)
        u = (values.mean() - values) * (n - 1) / n
        top += float(np.sum((u) ** 3))
        bottom += float(np.sum(u**2))
    return top / (6 * bottom**1.5) if bottom > 0 else float("nan")


def bootstrap_p(replicates: Floats, observed: float, null: float = 0.0) -> float:
    """(1 + #{|t* - t| >= |t - null|})/(B+1), never 0 (Davison and Hinkley 1997, section 4.2.1)."""
    gap = abs(observed - null)
    near = 1e-12 * max(gap, float(np.max(np.abs(replicates))))
    return float((1 + np.sum(np.abs(replicates - observed) >= gap - near)) / (len(replicates) + 1))


def bca_or_percentile(
    replicates: Floats, observed: float, left_out: Floats, confidence: float, units: int | None = None
) -> Interval:
    """BCa interval, or the percentile interval and a word about it where BCa is degenerate.

    Args:
        replicates: The statistic in every resample, NaN where it has no value; shape (B,).
        observed: The statistic of the data.
        left_out: The statistic with each unit, or block of units, left out.
        confidence: Between 0 and 1.
        units: Independent units, where they are not one for each value left out.
    """
    usable = replicates[np.isfinite(replicates)]
    lost = 1 - len(usable) / len(replicates)
    note = f"The metric has no value in {lost:.1%} of the resamples, which are left out." if lost else None
    if lost > 0.5 or len(usable) < 2:
        return Interval(None, None, None, None, note)
    tail_rank(confidence, len(usable))
    finite = left_out[np.isfinite(left_out)]
    a = acceleration(finite) if len(finite) == len(left_out) else float("nan")
    limits = bca_interval(usable, observed, a, confidence)
    if limits is None:
        limits = percentile_interval(usable, confidence)
        words = "BCa is degenerate on these data, so this is the percentile interval."
        if np.ptp(usable) <= 1e-12 * float(np.max(np.abs(usable))):
            words = f"Every resample gives the same value, so the interval has no width; {unseen(units or len(left_out))}"
        note = " ".join(filter(None, [words, note]))
    return Interval(*limits, bootstrap_p(usable, observed), float(np.std(usable, ddof=1)), note)
