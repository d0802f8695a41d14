"""Anytime-valid intervals, repeated looks, prediction-powered means and planning."""

import numpy as np
import pytest

from harness import stats


@pytest.mark.parametrize(
    ("successes", "n", "best_at", "expected"),
    [(15, 50, 50, (0.129556, 0.511896)), (1, 50, 50, (0, 0.13489)), (0, 0, 50, (0, 1))],
)
def test_further_published_sequences_of_a_rate(successes, n, best_at, expected):
    found = stats.bernoulli_confidence_sequence(successes, n, best_at=best_at)
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_a_rate_watched_all_the_time_is_lost_in_no_more_than_its_share_of_streams():
    rng = np.random.default_rng(2)
    looks = [20, 60, 120, 200]
    lost = 0
    for _ in range(150):
        seen = np.cumsum(rng.random(200) < 0.9)
        intervals = [stats.bernoulli_confidence_sequence(int(seen[t - 1]), t, confidence=0.8) for t in looks]
        lost += any(not low <= 0.9 <= high for low, high in intervals)
    assert lost / 150 <= 0.2


def test_bets_grow_as_they_are_written_in_the_paper():
    d = np.random.default_rng(3).choice([-1.0, 0.0, 0.0, 0.0, 1.0], 80, p=[0.05, 0.2, 0.3, 0.2, 0.25])
    low, high = stats.betting_confidence_sequence(d, bounds=(-1, 1), resolution=1000)
    assert low.shape == (80,) and np.all(np.diff(low) >= 0) and np.all(np.diff(high) <= 0)
    for m in ((low[-1] + 1) / 2 - 0.005, (high[-1] + 1) / 2 + 0.005):
        assert most_capital((1 + d) / 2, m, 0.05) / 2 >= 1 / 0.05
    assert most_capital((1 + d) / 2, (d.mean() + 1) / 2, 0.05) / 2 < 1 / 0.05


def most_capital(x, m, alpha):
    """The largest capital against the mean m on the way, step by step (STATISTICS: betting confidence sequence)."""
    up = down = best = 1.0
    total, squares, variance = 0.5, 0.25, 0.25
    for t, value in enumerate(x, start=1):
        bet = np.sqrt(2 * np.log(2 / alpha) / (t * np.log(1 + t) * variance))
        up *= 1 + min(bet, 0.5 / m) * (value - m)
        down *= 1 - min(bet, 0.5 / (1 - m)) * (value - m)
        best = max(best, up, down)
        total += value
        squares += (value - total / (t + 1)) ** 2
        variance = squares / (t + 1)
    return best


def test_values_beyond_the_bounds_are_refused():
    with pytest.raises(stats.StatisticsError, match="give the bounds they can reach"):
        stats.betting_confidence_sequence([0.5, -0.1])
    with pytest.raises(stats.StatisticsError, match="successes <= n"):
        stats.bernoulli_confidence_sequence(3, 2)


@pytest.mark.parametrize("method", ["obrien-fleming", "pocock", "spend-obrien-fleming", "spend-pocock"])
def test_boundaries_spend_exactly_the_level(method):
    spent = stats.crossing_probability(stats.group_sequential_boundaries(4, method))
    assert spent[-1] == pytest.approx(0.05, abs=1e-5)
    if method.startswith("spend"):
        np.testing.assert_allclose(spent, stats.spending(np.arange(1, 5) / 4, method), atol=1e-6)


def test_ppi_without_the_judge_is_the_mean_of_the_labels():
    rng = np.random.default_rng(4)
    y = (rng.random(80) < 0.6) * 1.0
    f, more = np.where(rng.random(80) < 0.9, y, 1 - y), (rng.random(600) < 0.58) * 1.0
    plain = stats.ppi_mean(y, f, more, weight=0.0)
    assert (plain.value, plain.low, plain.high) == pytest.approx(plain.classical)
    error = y.std() / np.sqrt(80)
    assert plain.classical[2] == pytest.approx(y.mean() + 1.959964 * error, abs=1e-6)
    tuned = stats.ppi_mean(y, f, more)
    assert 0.5 < tuned.weight <= 1 and tuned.gain > 0.2
    full = stats.ppi_mean(y, f, more, weight=1.0)
    assert full.value == pytest.approx(more.mean() + (y - f).mean())
    width = 1.959964 * np.sqrt(more.var() / 600 + (y - f).var() / 80)
    assert full.high - full.value == pytest.approx(width, abs=1e-6)


def test_a_judge_that_knows_nothing_is_not_relied_on():
    rng = np.random.default_rng(5)
    found = stats.ppi_mean(rng.random(200), rng.random(200), rng.random(2000))
    assert found.weight < 0.15 and abs(found.gain) < 0.05
    assert stats.ppi_mean([0, 1, 1, 0], [1, 1, 1, 1], [1, 1, 1]).weight == 0


def test_planning_inverts_itself():
    for discordant in (0.1, 0.2, 0.4):
        smallest = stats.minimum_detectable_effect(300, discordant=discordant)
        assert stats.required_fixtures(smallest, discordant=discordant) in (300, 301)
    smallest = stats.minimum_detectable_effect(300, variance=0.25)
    assert stats.required_fixtures(smallest, variance=0.25) in (300, 301)
    assert stats.required_fixtures(0.05, discordant=0.15) == 469
    assert stats.required_fixtures(0.0, discordant=0.10, margin=0.03) == 687
    assert stats.minimum_detectable_effect(3, discordant=0.2) is None


@pytest.mark.parametrize(("method", "power"), [("exact", 0.802), ("mid-p", 0.830)])
def test_power_of_500_pairs_is_the_measured_one(method, power):
    assert stats.mcnemar_power(0.10, 0.05, 500, method=method) == pytest.approx(power, abs=0.0006)


def test_planning_refuses_what_does_not_fit():
    for call in (
        lambda: stats.required_fixtures(0.1),
        lambda: stats.required_fixtures(0.3, discordant=0.2),
        lambda: stats.required_fixtures(0.1, variance=1.0, margin=0.1),
        lambda: stats.minimum_detectable_effect(0, variance=1.0),
        lambda: stats.mcnemar_power(0.7, 0.7, 10),
    ):
        with pytest.raises(stats.StatisticsError):
            call()
