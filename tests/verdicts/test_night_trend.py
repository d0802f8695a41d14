"""The trend of a metric over the nights: a band that holds at every night at once."""

from __future__ import annotations

import numpy as np
import pytest

from harness.verdicts import Trend, trend

NIGHTS = [f"2026-11-{day:02}T03:00:00+00:00" for day in range(1, 31)]


def drawn(values: list[float], reference: list[float], spread: float | None) -> Trend:
    return trend("tuned", "accuracy", values, unit="share", nights=NIGHTS[: len(values)], reference=reference, spread=spread)


def test_over_30_steady_nights_the_band_leaves_the_reference_in_at_most_one_suite_of_twenty() -> None:
    rng = np.random.default_rng(5)
    left = 0
    for _ in range(200):
        t = drawn(rng.normal(0.8, 0.02, 30).tolist(), rng.normal(0.8, 0.02, 5).tolist(), 0.02)
        assert t.reference_high is not None
        around = t.reference_high - t.reference
        left += any(abs(p.mean - t.reference) > around + (p.high or 0) - p.mean for p in t.points)
    print(f"the band left the reference in {left} of 200 steady suites")
    assert left / 200 <= 0.05


def test_a_drop_that_lasts_leaves_the_reference_and_is_located() -> None:
    rng = np.random.default_rng(6)
    values = [*rng.normal(0.9, 0.01, 10), *rng.normal(0.8, 0.01, 12)]
    t = drawn(values, [0.9, 0.91, 0.89, 0.9, 0.9], 0.01)
    assert t.left
    assert [change.index for change in t.changes] == [10]
    assert t.since(t.changes[0]) == NIGHTS[10]
    assert t.changes[0].before == pytest.approx(0.9, abs=0.01)


def test_the_band_closes_in_and_the_mean_is_that_of_all_nights_so_far() -> None:
    values = [0.5, 0.7, 0.6, 0.6]
    t = drawn(values, [0.6] * 5, 0.05)
    assert [p.mean for p in t.points] == pytest.approx([0.5, 0.6, 0.6, 0.6])
    widths = [(p.high or 0) - (p.low or 0) for p in t.points]
    assert widths == sorted(widths, reverse=True)


def test_without_known_noise_there_is_no_band_and_without_noise_it_has_no_width() -> None:
    unknown = drawn([0.5], [0.5], None)
    assert (unknown.points[0].low, unknown.reference_low, unknown.left) == (None, None, False)
    still = drawn([0.5, 0.5], [0.5, 0.5, 0.5], 0.0)
    assert (still.points[1].low, still.points[1].high, still.left) == (0.5, 0.5, False)
