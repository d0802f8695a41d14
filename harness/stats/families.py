"""Many comparisons at once: adjusted p values and simultaneous intervals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from harness.stats.errors import StatisticsError
from harness.stats.resampling import draw_totals, tail_rank
from harness.stats.routes import FEWEST_DIFFERING
from harness.stats.samples import Codes, Floats, fixture_means, fixture_weights, group_rows, number_groups

if TYPE_CHECKING:
    from harness.stats.joint import Resampled


def holm(p: npt.ArrayLike) -> Floats:
    """Holm's step-down adjusted p values (Holm 1979, Scand J Stat 6:65): the chance of any false alarm stays below alpha.

    Args:
        p: p values, any shape (m,); NaN stays NaN and does not count.
    """
    return stepwise(p, lambda ordered, m: np.maximum.accumulate(ordered * np.arange(m, 0, -1)))


def benjamini_hochberg(p: npt.ArrayLike) -> Floats:
    """Step-up adjusted p values that bound the false discovery rate (Benjamini and Hochberg 1995, JRSS B 57:289)."""
    return stepwise(p, lambda ordered, m: np.minimum.accumulate((ordered * m / np.arange(1, m + 1))[::-1])[::-1])


def benjamini_yekutieli(p: npt.ArrayLike) -> Floats:
    """The same under any dependence (Benjamini and Yekutieli 2001, Ann Stat 29:1165)."""

    def adjust(ordered: Floats, m: int) -> Floats:
        rank = np.arange(1, m + 1)
        return np.asarray(np.minimum.accumulate((ordered * m * np.sum(1 / rank) / rank)[::-1])[::-1])

    return stepwise(p, adjust)


def bonferroni(p: npt.ArrayLike) -> Floats:
    """P times the number of p values, at most 1."""
    return stepwise(p, lambda ordered, m: ordered * m)


def stepwise(p: npt.ArrayLike, adjust: Any) -> Floats:
    """Sort, adjust, cut at 1 and put back in the order given."""
    values = np.asarray(p, dtype=np.float64)
    if values.ndim != 1:
        raise StatisticsError(f"p values have {values.ndim} dimensions; give a flat list of them")
    known = np.flatnonzero(~np.isnan(values))
    if np.any((values[known] < 0) | (values[known] > 1)):
        raise StatisticsError("p values must lie within 0 and 1; leave one that is not known as NaN")
    order = known[np.argsort(values[known], kind="stable")]
    adjusted = np.full(len(values), np.nan)
    adjusted[order] = np.minimum(1.0, adjust(values[order], len(order)))
    return adjusted


@dataclass(frozen=True, slots=True)
class Simultaneous:
    """One hypothesis of a family.

    Attributes:
        effect: Weighted mean difference; None where no fixture has one.
        low: Lower simultaneous limit; None where too few fixtures differ for it to enter the family.
        high: Upper simultaneous limit.
        p_value: Unadjusted p value of the same statistic.
        adjusted: Step-down adjusted p value.
        n: Fixtures; 0 where the statistics were resampled elsewhere.
    """

    effect: float | None
    low: float | None
    high: float | None
    p_value: float | None
    adjusted: float | None
    n: int


@dataclass(frozen=True, slots=True)
class Family:
    """A family of hypotheses judged together.

    Attributes:
        critical: Critical value of the largest |t|; between 1.96 (all alike) and Sidak's limit (all independent) at 95 %.
            None where no hypothesis enters.
        members: By name, in the order given.
        confidence: Simultaneous confidence.
    """

    critical: float | None
    members: Mapping[str, Simultaneous]
    confidence: float


def max_t(
    differences: Mapping[str, npt.ArrayLike],
    *,
    groups: Any = None,
    weights: Any = None,
    confidence: float = 0.95,
    seed: int = 0,
    resamples: int = 10_000,
) -> Family:
    """Simultaneous intervals and adjusted p values from the largest studentised difference in each shared resample.

    t*_jb = |d*_jb - d_j|/se*_jb, the maximum taken over the hypotheses; adjusted p_(j) = (1 + #{max over those not yet
    refused >= t_(j)})/(B+1), made monotone (Westfall and Young 1993; Romano and Wolf 2005, Econometrica 73:1237). One draw
    of fixtures (or whole groups) serves every hypothesis, so their dependence is kept.

    Args:
        differences: Name to candidate minus baseline per fixture, all over the same fixtures; shape (n,) or (n, repeats). NaN:
            the fixture is not part of that hypothesis, which is how a slice is given.
        groups: A label per fixture, None in it for a fixture on its own.
        weights: A non-negative number per fixture.
        confidence: Simultaneous over the family.
        seed: Seed of the draw.
        resamples: B.

    Returns:
        The family. Hypotheses in which fewer than 10 fixtures (or groups) differ are left out of it, without limits.

    Raises:
        StatisticsError: If arrays differ in length or an option is out of range.
    """
    rank = 2 * tail_rank(confidence, resamples)
    if not differences:
        return Family(None, {}, confidence)
    columns = [fixture_means(d, name) for name, d in differences.items()]
    if len({len(c) for c in columns}) != 1:
        raise StatisticsError("the differences have different lengths; give each over all fixtures, NaN outside a slice")
    d = np.column_stack(columns)
    w = fixture_weights(weights, len(d))
    keep = (w > 0) & np.isfinite(d).any(axis=1)
    d, w, codes = d[keep], w[keep], number_groups(groups, keep)
    inside = np.isfinite(d)
    weight, d = inside * w[:, None], np.where(inside, d, 0.0)
    total = weight.sum(axis=0)
    means = np.divide((weight * d).sum(axis=0), total, out=np.full(d.shape[1], np.nan), where=total > 0)
    enters = differing(d * inside, codes) >= FEWEST_DIFFERING
    residual = np.where(inside, weight * (d - np.nan_to_num(means)), 0.0)
    unit_weight, unit_residual = group_rows(weight[:, enters], codes), group_rows(residual[:, enters], codes)
    members = {
        name: Simultaneous(None if np.isnan(m) else float(m), None, None, None, None, int(n))
        for name, m, n in zip(differences, means, inside.sum(axis=0), strict=True)
    }
    error, pivots = studentise(unit_weight, unit_residual, resamples, seed)
    varying = error > 0
    names = [name for name, e in zip(differences, enters, strict=True) if e]
    names = [name for name, v in zip(names, varying, strict=True) if v]
    if not names:
        return Family(None, members, confidence)
    error, pivots, effect = error[varying], pivots[:, varying], means[enters][varying]
    observed = np.abs(effect) / error
    critical = float(np.sort(pivots.max(axis=1))[-rank])
    adjusted = step_down(observed, pivots)
    single = (1 + np.sum(pivots >= observed, axis=0)) / (resamples + 1)
    for j, name in enumerate(names):
        reach = critical * float(error[j])
        middle = float(effect[j])
        members[name] = Simultaneous(
            middle, middle - reach, middle + reach, float(single[j]), float(adjusted[j]), members[name].n
        )
    return Family(critical, members, confidence)


def simultaneous(drawn: Mapping[str, Resampled], *, confidence: float = 0.95) -> Family:
    """Simultaneous intervals of any statistics that were resampled together, functions of column sums above all.

    As ``max_t``, with the standard deviation of the resamples as the one standard error of each statistic:
    t*_jb = |theta*_jb - theta_j|/se_j. First-order accurate, where ``max_t`` is studentised in every resample.

    Args:
        drawn: Name to statistic, all from one call of ``resample``.
        confidence: Simultaneous over the family.

    Returns:
        The family; a statistic that is not known in every resample or does not vary is left out, without limits.

    Raises:
        StatisticsError: If there are too few resamples for the confidence.
    """
    members = {name: Simultaneous(None if np.isnan(r.value) else r.value, None, None, None, None, 0) for name, r in drawn.items()}
    names = [name for name, r in drawn.items() if r.standard_error and np.isfinite(r.value) and np.isfinite(r.replicates).all()]
    if not names:
        return Family(None, members, confidence)
    value = np.array([drawn[name].value for name in names])
    error = np.array([drawn[name].standard_error for name in names], dtype=np.float64)
    pivots = np.abs(np.column_stack([drawn[name].replicates for name in names]) - value) / error
    rank = 2 * tail_rank(confidence, len(pivots))
    critical = float(np.sort(pivots.max(axis=1))[-rank])
    observed = np.abs(value) / error
    adjusted = step_down(observed, pivots)
    single = (1 + np.sum(pivots >= observed, axis=0)) / (len(pivots) + 1)
    for j, name in enumerate(names):
        middle, reach = float(value[j]), critical * float(error[j])
        members[name] = Simultaneous(middle, middle - reach, middle + reach, float(single[j]), float(adjusted[j]), 0)
    return Family(critical, members, confidence)


def differing(d: Floats, codes: Codes | None) -> npt.NDArray[np.intp]:
    """In how many units any fixture differs, per hypothesis."""
    return np.asarray(np.count_nonzero(group_rows((d != 0).astype(np.float64), codes), axis=0))


def studentise(weight: Floats, residual: Floats, resamples: int, seed: int) -> tuple[Floats, Floats]:
    """Standard error of each hypothesis, and |t*| of every resample, shape (resamples, hypotheses)."""
    m = weight.shape[1]
    fixtures = np.maximum(2, np.count_nonzero(weight, axis=0))
    factor = fixtures / (fixtures - 1)
    rows = np.hstack([weight, residual, weight**2, weight * residual, residual**2])
    present = np.tile(weight > 0, 5)
    drawn = draw_totals(rows, resamples, seed, present) if m else np.empty((resamples, 0))
    sw, su, sww, swu, suu = np.hsplit(drawn, 5)
    with np.errstate(all="ignore"):
        shift = su / sw
        squares = suu - 2 * shift * swu + shift**2 * sww
        squares = np.where(squares <= 1e-12 * suu, 0.0, squares)
        pivots = np.abs(shift) / (np.sqrt(squares * factor) / sw)
        error = np.sqrt(np.sum(residual**2, axis=0) * factor) / weight.sum(axis=0)
    return error, np.where(np.isnan(pivots), 0.0, pivots)


def step_down(observed: Floats, pivots: Floats) -> Floats:
    """Adjusted p values: each against the largest pivot among it and those with a smaller t."""
    order = np.argsort(-observed, kind="stable")
    largest = np.maximum.accumulate(pivots[:, order[::-1]], axis=1)[:, ::-1]
    p = (1 + np.sum(largest >= observed[order], axis=0)) / (len(pivots) + 1)
    adjusted = np.empty(len(observed))
    adjusted[order] = np.maximum.accumulate(p)
    return adjusted
