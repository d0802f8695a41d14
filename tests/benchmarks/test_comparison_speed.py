"""How fast a comparison is, beside scipy's own bootstrap of the same data in the same run (``nox -s bench``)."""

from __future__ import annotations

import time
from functools import cache
from typing import Any

import numpy as np

from harness import stats

FIXTURES = 10_000
RNG = np.random.default_rng(7)
BASELINE = (RNG.random(FIXTURES) < 0.80).astype(float)
CANDIDATE = np.where(RNG.random(FIXTURES) < 0.9, BASELINE, (RNG.random(FIXTURES) < 0.9).astype(float))
GRADES = (RNG.integers(0, 6, FIXTURES) / 5, RNG.integers(0, 6, FIXTURES) / 5)


@cache
def scipy_seconds() -> float:
    """One paired BCa bootstrap by scipy with as many resamples."""
    from scipy.stats import bootstrap

    start = time.perf_counter()
    bootstrap(
        (CANDIDATE, BASELINE), lambda a, b, axis=-1: np.mean(a - b, axis=axis), paired=True, n_resamples=10_000, batch=100, rng=1
    )
    return time.perf_counter() - start


def test_comparing_right_or_wrong_answers(benchmark: Any) -> None:
    result = benchmark(stats.compare, CANDIDATE, BASELINE)
    times = scipy_seconds() / benchmark.stats["median"]
    benchmark.extra_info["times faster than scipy.stats.bootstrap"] = round(times)
    assert result.n == FIXTURES
    assert times > 1000


def test_comparing_values_with_few_levels(benchmark: Any) -> None:
    result = benchmark(stats.compare, *GRADES)
    benchmark.extra_info["times faster than scipy.stats.bootstrap"] = round(scipy_seconds() / benchmark.stats["mean"])
    assert result.n == FIXTURES
