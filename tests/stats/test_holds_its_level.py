"""A light simulation: the default route neither cries wolf nor loses the truth much more often than it says."""

import numpy as np
import pytest

from harness import stats

SIMULATIONS = 300
MOST_ALARMS = 0.05 + 3 * np.sqrt(0.05 * 0.95 / SIMULATIONS)  # 8.8 %; pooling repeats or ignoring groups gives 11 to 17 %


def templates(rng, groups, size):
    """0/1 outcomes that share a template's difficulty, separately on both sides."""
    codes = np.repeat(np.arange(groups), size)
    a, b = (rng.normal(0, 1, groups)[codes] * 0.6 + rng.normal(0, 0.8, groups * size) < 0.8 for _ in range(2))
    return a * 1.0, b * 1.0, codes


def repeated(rng):
    p = rng.beta(2, 1, 50)[:, None]
    return (rng.random((50, 5)) < p) * 1.0, (rng.random((50, 5)) < p) * 1.0, None


def ties(rng):
    alike = rng.random(50) < 0.7
    a, b = rng.beta(4, 2, 50), rng.beta(4, 2, 50)
    return np.where(alike, b, a), b, None


def often_right(rng):
    codes = np.repeat(np.arange(30), 20)
    a, b = ((rng.random(600) < rng.beta(5.7, 0.3, 30)[codes]) * 1.0 for _ in range(2))
    return a, b, codes


CELLS = {
    "50 fixtures of 0/1": lambda r: ((r.random(50) < 0.8) * 1.0, (r.random(50) < 0.8) * 1.0, None),
    "50 fixtures x 5 repeats": repeated,
    "30 fixtures of edit similarity": lambda r: (
        np.where(r.random(30) < 0.5, 1, r.beta(4, 2, 30)),
        np.where(r.random(30) < 0.5, 1, r.beta(4, 2, 30)),
        None,
    ),
    "50 scores of which 70 % tie": ties,
    "30 templates x 20 at 95 %": often_right,
    "10 templates x 20": lambda r: templates(r, 10, 20),
    "5 documents x 40": lambda r: templates(r, 5, 40),
    "40 groups x 4": lambda r: templates(r, 40, 4),
}


@pytest.mark.parametrize("name", CELLS)
def test_false_alarms_and_coverage(name):
    rng = np.random.default_rng(31)
    alarms = covered = 0
    for seed in range(SIMULATIONS):
        a, b, groups = CELLS[name](rng)
        result = stats.compare(a, b, groups=groups, seed=seed, resamples=399)
        alarms += result.signal
        covered += result.low <= 0 <= result.high
    assert alarms / SIMULATIONS <= MOST_ALARMS
    assert covered / SIMULATIONS >= 1 - MOST_ALARMS


def test_a_real_lift_is_found_as_often_as_planned():
    rng = np.random.default_rng(32)
    n = stats.required_fixtures(0.1, discordant=0.3)
    found = 0
    for _ in range(SIMULATIONS):
        wins, losses, _ = rng.multinomial(n, [0.2, 0.1, 0.7])
        d = np.r_[np.ones(wins), -np.ones(losses), np.zeros(n - wins - losses)]
        found += stats.compare((d > 0) * 1.0, (d < 0) * 1.0).verdict == "better"
    assert found / SIMULATIONS == pytest.approx(0.8, abs=0.07)


def test_the_false_alarm_rate_can_be_shown_on_ones_own_data():
    rng = np.random.default_rng(33)
    a, b = (rng.random(80) < 0.9) * 1.0, (rng.random(80) < 0.6) * 1.0
    assert stats.compare(a, b).verdict == "better"
    found = stats.false_alarm_rate(a, b, trials=200)
    assert found.low <= 0.05 and found.rate <= 0.09 and found.trials == 200
