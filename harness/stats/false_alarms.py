"""How often the default route would cry wolf on data like these: shown by trying it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from harness.stats.comparison import compare
from harness.stats.errors import StatisticsError
from harness.stats.proportions import proportion_interval
from harness.stats.samples import pair


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
    candidate: npt.ArrayLike,
    baseline: npt.ArrayLike,
    *,
    groups: Any = None,
    trials: int = 400,
    seed: int = 0,
    resamples: int = 999,
    **options: Any,
) -> FalseAlarms:
    """Swap candidate and baseline at random (whole groups at once) and count how often ``compare`` still finds a signal.

    Swapping makes both sides alike while it keeps levels, ties, skewness and groups as they are.

    Args:
        candidate: As in ``compare``.
        baseline: As in ``compare``.
        groups: As in ``compare``.
        trials: Swapped data sets to judge.
        seed: Seed of the swaps; trial t resamples with seed + t.
        resamples: B in each trial.
        **options: Passed on to ``compare``.

    Raises:
        StatisticsError: If there are no complete pairs or trials.
    """
    pairs = pair(candidate, baseline, groups)
    if pairs.n == 0 or trials < 1:
        raise StatisticsError("there is nothing to try; give fixtures with a value on both sides and 1 or more trials")
    if "weights" in options and pairs.missing:
        raise StatisticsError("give complete pairs when weights are given, so that both keep to the same fixtures")
    rng = np.random.default_rng(seed)
    codes = np.arange(pairs.n) if pairs.groups is None else pairs.groups
    alarms = 0
    for trial in range(trials):
        swap = rng.integers(0, 2, size=int(codes.max()) + 1).astype(bool)[codes]
        a = np.where(swap, pairs.baseline, pairs.candidate)
        b = np.where(swap, pairs.candidate, pairs.baseline)
        alarms += compare(a, b, groups=pairs.groups, seed=seed + trial, resamples=resamples, **options).signal
    low, high = proportion_interval(alarms, trials)
    return FalseAlarms(alarms / trials, low, high, trials)
