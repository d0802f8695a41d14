"""Variance shown apart: groups, fixtures and repeats."""

import numpy as np
import pytest

from harness import stats


def test_the_parts_of_the_variance_are_found_again():
    rng = np.random.default_rng(6)
    groups = np.repeat(np.arange(150), 6)
    x = rng.normal(0, 1, 150)[groups] + rng.normal(0, 2, 900)
    found = stats.spread(x[:, None] + rng.normal(0, 3, (900, 4)), groups)
    assert found.between_groups == pytest.approx(1, abs=0.4)
    assert found.between_fixtures == pytest.approx(4, abs=0.6)
    assert found.between_repeats == pytest.approx(9, abs=0.6)
    assert found.repeat_error == pytest.approx(np.sqrt(9 / 4 / 900), rel=0.05)
    assert found.repeat_error < found.standard_error


def test_without_repeats_or_groups_there_is_one_part():
    x = np.random.default_rng(7).normal(size=50)
    found = stats.spread(x)
    assert (found.between_groups, found.between_repeats, found.repeat_error) == (None, None, None)
    assert found.between_fixtures == pytest.approx(np.var(x, ddof=1))
    assert found.standard_error == pytest.approx(stats.clustered_standard_error(x))
    with pytest.raises(stats.StatisticsError, match="two or more"):
        stats.spread([1.0, np.nan])


def test_without_the_factor_it_is_cr0():
    x, groups = np.array([1.0, 2, 3, 6, 0, 1]), np.array([0, 0, 1, 1, 2, 2])
    residual = x - x.mean()
    cr0 = np.sqrt(sum(residual[groups == g].sum() ** 2 for g in range(3))) / 6
    assert stats.clustered_standard_error(x, groups, small_sample=False) == pytest.approx(cr0)
    assert stats.clustered_standard_error(x, groups) == pytest.approx(cr0 * np.sqrt(3 / 2))
    assert np.isnan(stats.clustered_standard_error(x, np.zeros(6)))
