"""How often the default route would cry wolf on data like these: shown by trying it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from harness.stats.comparison import compare
from harness.stats.conclusion import Comparison
from harness.stats.errors import StatisticsError
from harness.stats.proportions import proportion_interval
from harness.stats.samples import Floats, fixture_means, number_groups
from harness.stats.sums import Columns

VALUES = "values"
"""What a side given as one array is called."""


@dataclass(frozen=True, slots=True)
class FalseAlarms:
    """Signals found where there is none to find.

    Attributes:
        rate: Share of trials with better or worse.
        low: Lower 95 % limit (Wilson).
        high: Upper limit.
        trials: Trials made.
    """

    rate: float
    low: float
    high: float
    trials: int


def false_alarm_rate(
    candidate: npt.ArrayLike | Columns,
    baseline: npt.ArrayLike | Columns,
    *,
    groups: Any = None,
    trials: int = 400,
    seed: int = 0,
    resamples: int = 999,
    judge: Callable[..., Comparison] = compare,
    **options: Any,
) -> FalseAlarms:
    """Swap candidate and baseline at random (whole groups at once) and count how often ``judge`` still finds a signal.

    Swapping makes both sides alike while it keeps levels, ties, skewness and groups as they are.

    Args:
        candidate: As in ``judge``: values, or columns by name.
        baseline: The same.
        groups: As in ``compare``.
        trials: Swapped data sets to judge.
        seed: Seed of the swaps; trial t resamples with seed + t.
        resamples: B in each trial.
        judge: ``compare``, or ``compare_quantile`` or ``compare_sums`` with their third argument filled in.
        **options: Passed on to ``judge``.

    Raises:
        StatisticsError: If there are no complete pairs or trials.
    """
    columns = isinstance(candidate, Mapping)
    a, b = in_rows(candidate, baseline)
    n = len(next(iter(a.values())))
    keep = present(a) & present(b)
    if not keep.any() or trials < 1:
        raise StatisticsError("there is nothing to try; give fixtures with a value on both sides and 1 or more trials")
    if "weights" in options and not keep.all():
        raise StatisticsError("give complete pairs when weights are given, so that both keep to the same fixtures")
    a, b = ({name: rows[keep] for name, rows in side.items()} for side in (a, b))
    codes = number_groups(groups if groups is not None else [None] * n, keep)
    units = np.arange(int(keep.sum())) if codes is None else codes
    rng = np.random.default_rng(seed)
    alarms = 0
    for trial in range(trials):
        swap = rng.integers(0, 2, size=int(units.max()) + 1).astype(bool)[units][:, None]
        ours, theirs = ({name: np.where(swap, y[name], x[name]) for name in x} for x, y in ((a, b), (b, a)))
        sides = (ours, theirs) if columns else (ours[VALUES], theirs[VALUES])
        alarms += judge(*sides, groups=codes, seed=seed + trial, resamples=resamples, **options).signal
    low, high = proportion_interval(alarms, trials)
    return FalseAlarms(alarms / trials, low, high, trials)


def in_rows(candidate: npt.ArrayLike | Columns, baseline: npt.ArrayLike | Columns) -> tuple[dict[str, Floats], dict[str, Floats]]:
    """Both sides by column with as many repeats as each other, averaged where they differ; each of shape (n, repeats)."""
    a, b = (dict(side) if isinstance(side, Mapping) else {VALUES: side} for side in (candidate, baseline))
    if set(a) != set(b) or not a:
        raise StatisticsError("give both sides the same columns, at least one")
    rows: tuple[dict[str, Floats], dict[str, Floats]] = ({}, {})
    for name in a:
        means = [fixture_means(side[name], name) for side in (a, b)]
        x, y = (np.asarray(side[name], dtype=np.float64).reshape(len(m), -1) for side, m in zip((a, b), means, strict=True))
        if len(x) != len(y):
            raise StatisticsError(f"candidate has {len(x)} fixtures and baseline {len(y)}; give both sides the same fixtures")
        if x.shape[1] != y.shape[1]:
            x, y = (m[:, None] for m in means)
        rows[0][name], rows[1][name] = x, y
    return rows


def present(side: Mapping[str, Floats]) -> npt.NDArray[np.bool_]:
    """Which fixtures have a value; of several columns ``value``, or any where there is none called so."""
    counted = [side["value"]] if "value" in side else list(side.values())
    return np.asarray(np.any([np.isfinite(rows).any(axis=1) for rows in counted], axis=0))
