"""One variant's value with its interval."""

import numpy as np
import pytest

from harness import stats
from harness.stats import routes


@pytest.fixture
def rng():
    return np.random.default_rng(12)


def test_a_rate_without_groups_has_wilsons_interval():
    result = stats.estimate([1] * 18 + [0] * 2)
    assert result.interval == stats.proportion_interval(18, 20)
    assert (result.value, result.n, result.groups) == (0.9, 20, 20)


def test_a_rate_with_groups_counts_fixtures_by_their_design_effect(rng):
    groups = np.repeat(np.arange(20), 10)
    alike = np.repeat((rng.random(20) < 0.8) * 1.0, 10)
    result = stats.estimate(alike, groups=groups)
    alone = stats.estimate(alike[::10])
    assert result.route == routes.without_p(routes.ONE_SHARE_GROUPED)
    assert result.high - result.low == pytest.approx(alone.high - alone.low, rel=0.1)
    apart = stats.estimate((rng.random(200) < 0.8) * 1.0, groups=groups)
    assert apart.high - apart.low < 0.6 * (result.high - result.low)


def test_a_perfect_rate_with_groups_counts_each_group_once():
    result = stats.estimate(np.ones(200), groups=np.repeat(np.arange(20), 10))
    assert result.interval == pytest.approx(stats.proportion_interval(20, 20))
    assert "counts once" in result.note


def test_a_mean_of_grades_is_the_studentised_bootstrap(rng):
    x = rng.integers(1, 6, 60).astype(float)
    result = stats.estimate(x, seed=5)
    assert result.interval == pytest.approx(stats.bootstrap_interval(x, "mean", "studentised", seed=5))


def test_nearly_perfect_shares_get_the_bound_of_a_rate():
    x = np.r_[np.ones(48), 0.5, 0.7]
    result = stats.estimate(x)
    assert result.interval == pytest.approx(stats.proportion_interval(x.sum(), 50))
    assert stats.estimate(np.full(40, 0.5)).interval == pytest.approx(stats.proportion_interval(20, 40))


def test_few_groups_and_few_fixtures_get_t_intervals(rng):
    x = rng.normal(size=90)
    groups = np.repeat(np.arange(9), 10)
    low, high = stats.estimate(x, groups=groups).interval
    assert high - low == pytest.approx(2 * 2.306004 * stats.clustered_standard_error(x, groups), rel=1e-6)
    assert stats.estimate(rng.normal(size=8)).route == routes.without_p(routes.ONE_MEAN_FEW)
    assert stats.estimate(rng.normal(size=90), groups=np.arange(90) // 2).route == routes.without_p(routes.ONE_MEAN_MANY_GROUPS)


def test_limits_of_shares_stay_within_0_and_1():
    result = stats.estimate(np.r_[np.full(8, 0.99), 0.2])
    assert 0 <= result.low < result.high <= 1


def test_too_little_is_answered_in_words():
    nothing = stats.estimate([np.nan])
    assert (nothing.value, nothing.interval, nothing.n) == (None, None, 0) and nothing.note
    one = stats.estimate([0.4])
    assert (one.value, one.interval) == (0.4, None) and "no spread" in one.note
    same = stats.estimate([3.0] * 30)
    assert same.interval == (3.0, 3.0) and "no width" in same.note
    assert stats.estimate([1.0]).interval == pytest.approx(stats.proportion_interval(1, 1))
    group = stats.estimate([1, 0, 1.0], groups=["a"] * 3)
    assert "one group" in group.note and group.low < group.value < group.high


def test_infinite_values_are_refused():
    with pytest.raises(stats.StatisticsError, match="infinite"):
        stats.estimate([1.0, np.inf])
