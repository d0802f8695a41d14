"""Bootstrap intervals of one sample by name, for whoever wants to choose the method."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from harness.stats.bootstrap import (
    acceleration,
    basic_interval,
    bca_interval,
    percentile_interval,
    studentised_interval,
)
from harness.stats.errors import StatisticsError
from harness.stats.resampling import chunk_sizes, draw_totals, tail_rank
from harness.stats.samples import Floats, Sample, sample

BootstrapMethod = Literal["percentile", "bca", "studentised", "basic"]
Function = Callable[[Floats], float]


def bootstrap_interval(
    x: npt.ArrayLike,
    statistic: Literal["mean", "median"] | Function = "mean",
    method: BootstrapMethod = "bca",
    *,
    groups: Any = None,
    confidence: float = 0.95,
    seed: int = 0,
    resamples: int = 10_000,
) -> tuple[float, float]:
    """Bootstrap interval of a statistic of one sample.

    Args:
        x: Shape (n,) or (n, repeats); NaN is left out.
        statistic: ``mean``, ``median``, or a function of a flat array of values to a number (called once per resample).
        method: ``percentile``, ``basic``, ``bca`` (Efron 1987) or ``studentised`` (the mean only).
        groups: A label per fixture; groups are resampled whole.
        confidence: Between 0 and 1.
        seed: Seed of the draw.
        resamples: B.

    Returns:
        (low, high).

    Raises:
        StatisticsError: If there are fewer than two independent units, the method is unknown or does not go with the
            statistic, or BCa or the studentised interval is degenerate on these data.
    """
    if method not in ("percentile", "bca", "studentised", "basic"):
        raise StatisticsError(f"method {method!r} is unknown; use percentile, bca, studentised or basic")
    tail_rank(confidence, resamples)
    data = sample(x, groups)
    units = data.units
    if units.count < 2:
        raise StatisticsError("fewer than two independent units have a value; a bootstrap needs two or more")
    if method == "studentised":
        if statistic != "mean":
            raise StatisticsError("the studentised interval needs the standard error of the mean; use bca for other statistics")
        if not units.standard_error > 0:
            raise StatisticsError("all values are the same, so there is no standard error; use percentile, or an exact method")
        interval = studentised_interval(units, confidence, resamples, seed)
        if interval.low is None or interval.high is None or not np.isfinite([interval.low, interval.high]).all():
            raise StatisticsError("too many resamples have no spread for a studentised interval; use bca or percentile")
        return interval.low, interval.high
    if statistic == "mean":
        totals = draw_totals(np.column_stack([units.total, units.weight]), resamples, seed)
        replicates, observed = totals[:, 0] / totals[:, 1], units.mean
        left_out = (units.total.sum() - units.total) / (units.weight.sum() - units.weight)
    else:
        function: Function = (lambda v: float(np.median(v))) if statistic == "median" else statistic
        replicates, observed, left_out = replicate(data, function, resamples, seed)
        lost = float(np.mean(~np.isfinite(replicates)))
        if lost or not np.isfinite(observed):
            raise StatisticsError(
                f"the statistic has no value in {lost:.1%} of the resamples; give one that has a value whatever is drawn"
            )
    if method == "percentile":
        return percentile_interval(replicates, confidence)
    if method == "basic":
        return basic_interval(replicates, observed, confidence)
    limits = bca_interval(replicates, observed, acceleration(left_out), confidence)
    if limits is None:
        raise StatisticsError("BCa is degenerate on these data (no variation, or every resample on one side); use percentile")
    return limits


def replicate(data: Sample, function: Function, resamples: int, seed: int) -> tuple[Floats, float, Floats]:
    """A statistic in every resample, of the data, and with each unit left out."""
    codes = np.arange(data.n) if data.groups is None else data.groups
    order = np.lexsort((data.values, codes))
    values, codes = data.values[order], codes[order]
    members = np.split(values, np.flatnonzero(np.diff(codes)) + 1)
    if data.groups is None:
        members = [np.array([v]) for v in np.sort(values)]
    rng = np.random.default_rng(seed)
    replicates = []
    for size in chunk_sizes(len(members), resamples):
        for index in rng.integers(0, len(members), size=(size, len(members))):
            replicates.append(function(np.concatenate([members[i] for i in index])))
    left_out = [function(np.concatenate(members[:i] + members[i + 1 :])) for i in range(len(members))]
    return np.array(replicates), function(values), np.array(left_out)
