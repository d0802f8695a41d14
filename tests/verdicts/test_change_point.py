"""Where a series changed, against published vectors and the package ruptures."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from harness.verdicts import change_points

CASES = Path(__file__).parents[1] / "stats/data/statistics_cases.jsonl"


def otava() -> dict[str, dict[str, list[float]]]:
    cases = (json.loads(line) for line in CASES.read_text(encoding="utf-8").splitlines())
    return next(case for case in cases if case["kind"] == "change_point")


@pytest.mark.parametrize("name", ["series_1", "series_2"])
def test_the_published_series_change_where_they_should(name: str) -> None:
    case = otava()
    found = change_points(case["input"][name])
    assert [change.index for change in found] == case["expected"][name]


def test_only_changes_of_some_size_are_reported() -> None:
    (change,) = change_points(otava()["input"]["series_1"], smallest=0.4)
    assert (change.before, change.after) == pytest.approx((0.99667, 0.504), abs=1e-4)
    assert change_points(otava()["input"]["series_1"], smallest=0.6) == ()


@pytest.mark.parametrize("seed", range(20))
def test_a_single_change_is_where_ruptures_puts_it(seed: int) -> None:
    ruptures = pytest.importorskip("ruptures")
    rng = np.random.default_rng(seed)
    series = np.concatenate([rng.normal(0, 1, 12), rng.normal(4, 1, 9)])
    theirs = ruptures.Dynp(model="l2", min_size=2, jump=1).fit(series.reshape(-1, 1)).predict(n_bkps=1)[0]
    assert theirs in [change.index for change in change_points(series)]


def test_a_series_without_a_change_is_rarely_split() -> None:
    rng = np.random.default_rng(3)
    split = sum(bool(change_points(rng.normal(0.9, 0.02, 30))) for _ in range(300))
    assert split / 300 <= 0.08  # .05 and its sampling error


def test_short_and_constant_series_have_none() -> None:
    assert change_points([]) == ()
    assert change_points([1.0, 0.0, 1.0]) == ()
    assert change_points([0.9] * 40) == ()


def test_two_changes_are_told_apart() -> None:
    series = [1.0, 1.1, 0.9, 1.0, 1.05] * 2 + [3.0, 3.1, 2.9, 3.0] * 2 + [0.0, 0.1, -0.1, 0.05] * 2
    assert [change.index for change in change_points(series)] == [10, 18]
