"""How fast a comparison is, beside scipy's own bootstrap of the same data in the same run."""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from harness import stats

FIXTURES = 10_000
RNG = np.random.default_rng(7)
BASELINE = (RNG.random(FIXTURES) < 0.80).astype(float)
CANDIDATE = np.where(RNG.random(FIXTURES) < 0.9, BASELINE, (RNG.random(FIXTURES) < 0.9).astype(float))
GRADES = (RNG.integers(0, 6, FIXTURES) / 5, RNG.integers(0, 6, FIXTURES) / 5)


def scipy_seconds() -> float:
    """One paired BCa bootstrap by scipy, B = 999 instead of 9,999 so that the benchmark ends; scaled up by ten."""
    from scipy.stats import bootstrap

    start = time.perf_counter()
    bootstrap(
        (CANDIDATE, BASELINE), lambda a, b, axis=-1: np.mean(a - b, axis=axis), paired=True, n_resamples=999, batch=100, rng=1
    )
    return 10 * (time.perf_counter() - start)


def test_comparing_right_or_wrong_answers(benchmark: Any) -> None:
    result = benchmark(stats.compare, CANDIDATE, BASELINE)
    benchmark.extra_info["times faster than scipy.stats.bootstrap"] = round(scipy_seconds() / benchmark.stats["mean"])
    assert result.n == FIXTURES


def test_comparing_values_with_few_levels(benchmark: Any) -> None:
    result = benchmark(stats.compare, *GRADES)
    benchmark.extra_info["times faster than scipy.stats.bootstrap"] = round(scipy_seconds() / benchmark.stats["mean"])
    assert result.n == FIXTURES
