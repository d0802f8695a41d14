"""Few and unequal groups: against dense hat matrices, published formulas, and by trying."""

import numpy as np
import pytest

from harness import stats
from harness.stats import routes
from harness.stats.few_groups import bias_reduced_error, bootstrap_correction, degrees_of_freedom, jackknife_error
from harness.stats.samples import sample

SIZES = {
    "1 to 16": [1, 2, 4, 8, 16],
    "one half": [40, *[5] * 8],
    "mixed": [3, 9, 2, 2, 7, 5, 5, 1, 12, 4, 6, 3, 8, 2],
    "equal": [7] * 12,
    "two": [30, 3],
}


@pytest.fixture(params=SIZES.values(), ids=SIZES.keys())
def sizes(request):
    return np.array(request.param)


def bell_mccaffrey(y, groups):
    """CR2 variance and degrees of freedom of an intercept by the matrices of Imbens and Kolesar 2016, section 3."""
    n = len(y)
    x = np.ones((n, 1))
    hat = x @ np.linalg.inv(x.T @ x) @ x.T
    residual = (np.eye(n) - hat) @ y
    columns, variance = [], 0.0
    for g in np.unique(groups):
        rows = np.flatnonzero(groups == g)
        values, vectors = np.linalg.eigh(np.eye(len(rows)) - hat[np.ix_(rows, rows)])
        half = vectors @ np.diag(values**-0.5) @ vectors.T
        variance += (np.ones(len(rows)) @ half @ residual[rows] / n) ** 2
        columns.append((np.eye(n) - hat)[:, rows] @ half @ np.ones(len(rows)) / n)
    roots = np.linalg.eigvalsh(np.column_stack(columns).T @ np.column_stack(columns))
    return np.sqrt(variance), roots.sum() ** 2 / np.sum(roots**2)


def test_error_and_degrees_of_freedom_are_those_of_dense_hat_matrices(sizes):
    groups = np.repeat(np.arange(len(sizes)), sizes)
    y = np.random.default_rng(1).normal(size=len(groups)) + groups / 5
    error, freedom = bell_mccaffrey(y, groups)
    units = sample(y, groups).units
    assert bias_reduced_error(units) == pytest.approx(error, rel=1e-10)
    assert degrees_of_freedom(units.weight) == pytest.approx(freedom, rel=1e-10)
    result = stats.compare(y, np.zeros(len(y)), groups=groups, shares=False)
    if len(sizes) >= routes.FEWEST_GROUPS_DIFFERING:
        assert (result.route, result.standard_error) == (str(routes.FEW_GROUPS), pytest.approx(error))


def test_degrees_of_freedom_are_those_that_clubsandwich_states_for_a_mean(sizes):
    n, total = sizes.astype(float), sizes.sum()
    cr2 = total**2 / (
        total**2 * np.sum(n**2 / (total - n) ** 2) - 2 * total * np.sum(n**3 / (total - n) ** 2) + np.sum(n**2 / (total - n)) ** 2
    )
    cr0 = (total**2 - np.sum(n**2)) ** 2 / (total**2 * np.sum(n**2) - 2 * total * np.sum(n**3) + np.sum(n**2) ** 2)
    assert degrees_of_freedom(n) == pytest.approx(cr2)
    assert bootstrap_correction(n)[1] == pytest.approx(cr0)


def test_equal_groups_give_exactly_the_factor_and_g_minus_1(sizes):
    n = np.full(len(sizes), 3.0)
    assert degrees_of_freedom(n) == len(n) - 1
    assert bootstrap_correction(n) == pytest.approx((np.sqrt(len(n) / (len(n) - 1)), len(n) - 1))
    values = np.random.default_rng(2).normal(size=3 * len(n))
    units = sample(values, np.repeat(np.arange(len(n)), 3)).units
    assert bias_reduced_error(units) == stats.clustered_standard_error(values, np.arange(len(values)) // 3)


def test_the_bootstrap_correction_makes_the_variance_over_resampled_groups_unbiased():
    rng = np.random.default_rng(3)
    sizes = np.array([20, 10, 5, 5, 2, 2])
    h = sizes / sizes.sum()
    means = rng.normal(size=(40_000, 6)) / np.sqrt(sizes)
    around = means - (means @ h)[:, None]
    uncorrected = np.mean(np.sum(h**2 * around**2, axis=1))
    factor, _ = bootstrap_correction(sizes.astype(float))
    assert factor**2 * uncorrected == pytest.approx(1 / sizes.sum(), rel=0.03)


def test_the_jackknife_of_a_mean_is_the_bias_reduced_error_whatever_the_sizes(sizes):
    groups = np.repeat(np.arange(len(sizes)), sizes)
    y = np.random.default_rng(4).normal(size=len(groups))
    left_out = np.array([y[groups != g].mean() for g in range(len(sizes))])
    assert jackknife_error(left_out, sizes.astype(float)) == pytest.approx(bias_reduced_error(sample(y, groups).units))
    sums = stats.compare_sums({"value": y}, {"value": 0 * y}, lambda t: t["value"] / t["n"], groups=groups, scale="difference")
    means = stats.compare(y, 0 * y, groups=groups, shares=False)
    if len(sizes) >= routes.FEWEST_GROUPS_DIFFERING:
        assert (sums.low, sums.high, sums.p_value) == pytest.approx((means.low, means.high, means.p_value))


def test_equal_units_have_the_jackknife_of_the_textbook():
    left_out = np.random.default_rng(5).normal(size=9)
    textbook = np.sqrt(8 / 9 * np.sum((left_out - left_out.mean()) ** 2))
    assert jackknife_error(left_out, np.full(9, 4.0)) == pytest.approx(textbook)


def test_one_group_with_nearly_everything_leaves_one_degree_of_freedom():
    for heavy in (1e6, 1e15):
        assert 1 <= degrees_of_freedom(np.array([heavy, 1.0, 1.0, 1.0])) < 1.5
    units = sample([1.0, 0.0, 2.0, 3.0], weights=[1e6, 1.0, 1.0, 1.0]).units
    assert bias_reduced_error(units) > units.standard_error > 0
    assert degrees_of_freedom(np.array([5.0, 1.0])) == pytest.approx(1.0)
    assert degrees_of_freedom(np.ones(1)) == 0


def test_many_groups_of_which_one_holds_half_are_not_resampled():
    rng = np.random.default_rng(6)
    groups = np.r_[np.zeros(120, int), np.repeat(np.arange(1, 41), 3)]
    a, b = rng.normal(size=240), rng.normal(size=240)
    result = stats.compare(a, b, groups=groups)
    assert result.route == str(routes.FEW_GROUPS) and result.groups == 41
    assert result.note.startswith("Groups are very unequal: the 41 groups tell as much as ")
    assert stats.estimate(a, groups=groups).route == routes.without_p(routes.ONE_MEAN_FEW_GROUPS)
    assert stats.estimate_quantile(a, 0.5, groups=groups).route == routes.without_p(routes.QUANTILE_FEW_GROUPS)
    even = stats.compare(a, b, groups=np.arange(240) // 6, resamples=199)
    assert even.route == str(routes.MANY) and even.note is None


def test_a_rate_over_unequal_groups_is_wider_than_g_minus_1_would_make_it():
    rng = np.random.default_rng(7)
    groups = np.repeat(np.arange(8), [40, 20, 10, 10, 5, 5, 5, 5])
    x = (rng.random(100) < np.linspace(0.4, 0.9, 8)[groups]) * 1.0
    error, freedom = bell_mccaffrey(x, groups)
    from scipy import stats as scipy_stats

    z, t = scipy_stats.norm.ppf(0.975), scipy_stats.t.ppf(0.975, freedom)
    size = x.mean() * (1 - x.mean()) / error**2 * (z / t) ** 2
    found = stats.estimate(x, groups=groups)
    assert found.interval == pytest.approx(stats.proportion_interval(x.mean() * size, size))
    assert found.standard_error == pytest.approx(error)


@pytest.mark.parametrize("name", ["1 to 16", "one half", "mixed"])
def test_unequal_groups_do_not_cry_wolf(name):
    rng = np.random.default_rng(8)
    sizes = np.array(SIZES[name]) * 3
    groups = np.repeat(np.arange(len(sizes)), sizes)
    trials, alarms, before = 600, 0, 0
    from scipy import special

    for _ in range(trials):
        d = rng.normal(size=len(sizes))[groups] * 0.7 + rng.normal(size=len(groups))
        alarms += stats.compare(d, 0 * d, groups=groups, shares=False).signal
        t = d.mean() / stats.clustered_standard_error(d, groups)
        before += abs(t) > special.stdtrit(len(sizes) - 1, 0.975)
    assert alarms / trials <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / trials)
    assert alarms < before


def test_equivalence_counts_unequal_groups_by_what_they_are_worth():
    groups = np.repeat(np.arange(5), SIZES["1 to 16"])
    d = np.random.default_rng(9).normal(size=31)
    error, freedom = bell_mccaffrey(d, groups)
    found = stats.equivalence(d, 0.5, groups=groups)
    assert (found.freedom, found.t_lower) == pytest.approx((freedom, (d.mean() + 0.5) / error))
