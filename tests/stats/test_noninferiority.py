"""No worse than a margin, twice: on complete pairs and in the worst case."""

import numpy as np
import pytest

from harness import stats


def flips(n, wins, losses):
    a, b = np.ones(n), np.ones(n)
    b[:wins] = 0
    a[wins : wins + losses] = 0
    return a, b


def test_the_bad_end_of_the_90_percent_interval_is_held_against_the_margin():
    a, b = flips(200, 2, 3)
    result = stats.non_inferiority(a, b, margin=0.03)
    assert result.bound == stats.paired_proportions_interval(2, 3, 200, confidence=0.90)[0]
    assert (result.holds, result.worst_case, result.lacking) == (True, None, 0)
    assert stats.non_inferiority(a, b, margin=0.02).holds is None
    assert stats.non_inferiority(*flips(200, 0, 40), margin=0.02).holds is False


def test_missing_pairs_count_as_the_candidates_failures_and_both_must_hold():
    a, b = flips(200, 0, 0)
    a[:4] = np.nan
    result = stats.non_inferiority(a, b, margin=0.02)
    assert result.complete.n == 196 and result.bound > -0.02
    assert result.worst_case == stats.paired_proportions_interval(0, 4, 200, confidence=0.90)[0]
    assert result.holds is None and "counted as its failure it reaches across the margin" in result.reason
    assert stats.non_inferiority(a, b, margin=0.06).holds is True


def test_where_both_sides_lack_a_response_the_caller_may_count_it_as_lacking():
    a, b = flips(100, 0, 0)
    a[0], b[0] = np.nan, np.nan
    assert stats.non_inferiority(a, b, margin=0.1).lacking == 0
    counted = stats.non_inferiority(a, b, margin=0.1, lacking=np.isnan(a))
    assert (counted.lacking, counted.worst.losses, counted.worst.n) == (1, 1, 100)


def test_the_direction_turns_the_bound_and_the_failure():
    rng = np.random.default_rng(1)
    base = rng.lognormal(0, 0.3, 100)
    a = base * np.exp(rng.normal(0.02, 0.05, 100))
    result = stats.non_inferiority(a, base, margin=0.1, scale="ratio", higher_is_better=False)
    assert result.holds is True and 1.02 < result.bound < 1.1
    a[0] = np.nan
    slow = stats.non_inferiority(a, base, margin=0.1, scale="ratio", higher_is_better=False)
    assert slow.worst_case > slow.bound
    timed_out = stats.non_inferiority(a, base, margin=0.1, scale="ratio", higher_is_better=False, failure=60.0)
    assert timed_out.worst_case > slow.worst_case


def test_an_error_rate_fails_upwards():
    a, b = np.zeros(100), np.zeros(100)
    a[0] = np.nan
    result = stats.non_inferiority(a, b, margin=0.05, higher_is_better=False)
    assert result.worst.effect == pytest.approx(0.01) and result.worst_case > 0


def test_a_set_too_small_to_judge_is_no_answer():
    result = stats.non_inferiority(*flips(12, 0, 0), margin=0.9)
    assert result.holds is None and "at least 20 are needed" in result.reason


def test_lacking_must_cover_the_fixtures():
    with pytest.raises(stats.StatisticsError, match="one truth value per fixture"):
        stats.non_inferiority([1.0] * 30, [1.0] * 30, margin=0.1, lacking=[True])
