"""Many comparisons at once."""

import json
from pathlib import Path

import numpy as np
import pytest

from harness import stats

CASES = (Path(__file__).parent / "data" / "statistics_cases.jsonl").read_text().splitlines()


def sidak_limits():
    case = next(c for c in map(json.loads, CASES) if c["kind"] == "max_t")
    return dict(zip(case["input"]["k"], case["expected"]["critical"], strict=True))


@pytest.mark.parametrize("k", [1, 5, 10, 20])
def test_the_critical_value_is_near_sidaks_limit_where_hypotheses_are_independent(k):
    d = np.random.default_rng(k).normal(size=(600, k))
    family = stats.max_t({str(j): d[:, j] for j in range(k)}, resamples=4000)
    assert family.critical == pytest.approx(sidak_limits()[k], abs=0.09)


def test_the_critical_value_is_that_of_one_test_where_hypotheses_are_the_same():
    x = np.random.default_rng(1).normal(size=600)
    family = stats.max_t({"a": x, "b": 3 * x, "c": x}, resamples=4000)
    assert family.critical == pytest.approx(1.96, abs=0.06)


def test_a_real_lift_among_many_is_found_and_the_rest_are_not():
    d = np.random.default_rng(3).normal(size=(200, 8))
    d[:, 2] += 0.5
    family = stats.max_t({str(j): d[:, j] for j in range(8)}, resamples=1999)
    assert family.members["2"].adjusted <= 0.01
    assert min(m.adjusted for name, m in family.members.items() if name != "2") > 0.05
    assert family.members["2"].low > 0
    assert all(m.adjusted >= m.p_value for m in family.members.values())


def test_adjusted_p_values_are_in_the_order_of_the_evidence():
    d = np.random.default_rng(4).normal(0.1, 1, size=(80, 6))
    members = stats.max_t({str(j): d[:, j] for j in range(6)}, resamples=999).members.values()
    t = [abs(m.effect) / (m.high - m.effect) for m in members]
    p = np.array([m.adjusted for m in members])
    assert np.all(np.diff(p[np.argsort(t)]) <= 0)


def test_slices_are_given_as_nan_and_small_ones_stay_out_of_the_family():
    rng = np.random.default_rng(5)
    d = rng.normal(size=120)
    inside = np.where(np.arange(120) < 60, d, np.nan)
    tiny = np.where(np.arange(120) < 6, d, np.nan)
    family = stats.max_t({"all": d, "half": inside, "tiny": tiny, "same": np.zeros(120), "none": np.full(120, np.nan)})
    assert family.members["half"].n == 60
    assert family.members["half"].effect == pytest.approx(np.nanmean(inside))
    assert family.members["tiny"].low is None and family.members["tiny"].n == 6
    assert family.members["same"].adjusted is None and family.members["same"].effect == 0
    assert family.members["none"].effect is None


def test_whole_groups_are_drawn():
    x = np.random.default_rng(6).normal(size=40)
    d = np.repeat(x, 5)
    grouped = stats.max_t({"a": d}, groups=np.repeat(np.arange(40), 5), resamples=2000).members["a"]
    alone = stats.max_t({"a": x}, resamples=2000).members["a"]
    assert (grouped.low, grouped.high) == pytest.approx((alone.low, alone.high))


def test_missing_p_values_do_not_count_in_a_family():
    np.testing.assert_allclose(stats.holm([0.01, np.nan, 0.04]), [0.02, np.nan, 0.04])
    assert stats.benjamini_hochberg([]).shape == (0,)
    with pytest.raises(stats.StatisticsError, match="within 0 and 1"):
        stats.holm([1.2])
