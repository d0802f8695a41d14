"""The same numbers as scipy and statsmodels, where they have the method."""

import numpy as np
import pytest

from harness import stats
from harness.stats.bootstrap import t_interval
from harness.stats.samples import sample


@pytest.fixture
def rng():
    return np.random.default_rng(20)


@pytest.mark.parametrize(("k", "n"), [(0, 12), (3, 12), (12, 12), (97, 100), (180, 1000)])
@pytest.mark.parametrize(
    ("ours", "theirs"), [("wilson", "wilson"), ("clopper-pearson", "beta"), ("agresti-coull", "agresti_coull")]
)
def test_one_share_agrees_with_statsmodels(k, n, ours, theirs):
    from statsmodels.stats.proportion import proportion_confint

    expected = np.clip(proportion_confint(k, n, method=theirs), 0, 1)
    np.testing.assert_allclose(stats.proportion_interval(k, n, ours), expected, atol=1e-12)


@pytest.mark.parametrize(("b", "c"), [(0, 0), (5, 0), (7, 7), (3, 12), (121, 59)])
def test_exact_mcnemar_agrees_with_statsmodels_and_the_binomial_test(b, c):
    from scipy.stats import binomtest
    from statsmodels.stats.contingency_tables import mcnemar

    assert stats.mcnemar(b, c, "exact") == pytest.approx(min(1.0, mcnemar([[10, b], [c, 10]], exact=True).pvalue), abs=1e-12)
    if b + c:
        assert stats.mcnemar(b, c, "exact") == pytest.approx(binomtest(b, b + c).pvalue, abs=1e-12)


@pytest.mark.parametrize(("b", "c"), [(5, 0), (4, 9), (7, 7), (30, 12)])
def test_mid_p_takes_off_half_the_probability_of_what_was_seen_from_both_tails(b, c):
    from scipy.stats import binom

    seen = binom.pmf(b, b + c, 0.5)
    tails = binom.pmf(np.arange(b + c + 1), b + c, 0.5)
    as_extreme = tails[tails <= seen * (1 + 1e-9)].sum()
    expected = as_extreme - (seen / 2 if b == c else seen)
    assert stats.mcnemar(b, c) == pytest.approx(expected, abs=1e-12)


def test_adjusted_p_values_agree_with_statsmodels(rng):
    from statsmodels.stats.multitest import multipletests

    p = rng.random(30) ** 3
    for ours, theirs in ((stats.holm, "holm"), (stats.benjamini_hochberg, "fdr_bh"), (stats.benjamini_yekutieli, "fdr_by")):
        np.testing.assert_allclose(ours(p), multipletests(p, method=theirs)[1], atol=1e-12)


def test_clustered_error_agrees_with_statsmodels_with_and_without_weights(rng):
    import statsmodels.api as sm

    groups = rng.integers(0, 12, 90)
    x = rng.normal(size=90) + groups / 4
    weights = rng.random(90) + 0.1
    plain = sm.OLS(x, np.ones(90)).fit(cov_type="cluster", cov_kwds={"groups": groups})
    weighted = sm.WLS(x, np.ones(90), weights=weights).fit(cov_type="cluster", cov_kwds={"groups": groups})
    assert stats.clustered_standard_error(x, groups) == pytest.approx(plain.bse[0])
    assert stats.clustered_standard_error(x, groups, weights=weights) == pytest.approx(weighted.bse[0])


def test_few_groups_give_the_t_interval_of_the_group_means_where_groups_are_equal(rng):
    from scipy.stats import ttest_1samp

    d = rng.normal(0.1, 1, (12, 7))
    expected = ttest_1samp(d.mean(axis=1), 0)
    result = stats.compare(d.ravel(), np.zeros(84), groups=np.repeat(np.arange(12), 7))
    assert result.p_value == pytest.approx(expected.pvalue)
    np.testing.assert_allclose(result.interval, tuple(expected.confidence_interval(0.95)))


def test_t_interval_agrees_with_scipy(rng):
    from scipy.stats import ttest_1samp

    x = rng.normal(0.3, 1, 15)
    ours, theirs = t_interval(sample(x).units, 0.9), ttest_1samp(x, 0)
    assert ours.p_value == pytest.approx(theirs.pvalue)
    np.testing.assert_allclose((ours.low, ours.high), tuple(theirs.confidence_interval(0.9)))


@pytest.mark.parametrize(("ours", "theirs"), [("bca", "BCa"), ("percentile", "percentile"), ("basic", "basic")])
def test_bootstrap_intervals_of_a_skewed_mean_agree_with_scipy_within_monte_carlo_error(rng, ours, theirs):
    from scipy.stats import bootstrap

    x = rng.lognormal(size=40)
    expected = bootstrap((x,), np.mean, n_resamples=20_000, method=theirs, batch=1000, rng=np.random.default_rng(1))
    low, high = stats.bootstrap_interval(x, "mean", ours, resamples=20_000)
    tolerance = 0.06 * (high - low)
    np.testing.assert_allclose((low, high), tuple(expected.confidence_interval), atol=tolerance)


def test_bca_of_a_median_and_of_groups_run_through_the_same_door(rng):
    from scipy.stats import bootstrap

    x = rng.normal(size=31)
    expected = bootstrap((x,), np.median, n_resamples=2000, method="percentile", rng=np.random.default_rng(1))
    found = stats.bootstrap_interval(x, "median", "percentile", resamples=2000)
    np.testing.assert_allclose(found, tuple(expected.confidence_interval), atol=0.2)
    wide = stats.bootstrap_interval(np.repeat(x, 4), "mean", "bca", groups=np.repeat(np.arange(31), 4), resamples=2000)
    narrow = stats.bootstrap_interval(x, "mean", "bca", resamples=2000)
    np.testing.assert_allclose(wide, narrow, atol=1e-12)


def test_sign_flips_agree_with_scipys_permutation_test(rng):
    from scipy.stats import permutation_test

    d = rng.normal(0.4, 1, 10)
    expected = permutation_test((d,), np.mean, permutation_type="samples", n_resamples=np.inf)
    assert stats.sign_flip(d).p_value == pytest.approx(expected.pvalue)
    many = np.concatenate([d, d, d])
    drawn = stats.sign_flip(many, resamples=20_000)
    assert not drawn.exact
    again = permutation_test((many,), np.mean, permutation_type="samples", n_resamples=20_000, rng=np.random.default_rng(3))
    assert drawn.p_value == pytest.approx(again.pvalue, abs=0.005)


def test_equivalence_agrees_with_statsmodels(rng):
    from statsmodels.stats.weightstats import ttost_paired

    a = rng.normal(size=40)
    b = a + rng.normal(0.05, 0.3, 40)
    p, lower, upper = ttost_paired(a, b, -0.2, 0.2)
    found = stats.equivalence(a - b, 0.2)
    assert (found.p_value, found.p_lower, found.p_upper) == pytest.approx((p, lower[1], upper[1]))


def test_kappas_agree_with_statsmodels(rng):
    from statsmodels.stats.inter_rater import cohens_kappa, fleiss_kappa

    table = rng.integers(1, 20, (4, 4))
    for ours, theirs in ((None, None), ("linear", "linear"), ("quadratic", "fc")):
        expected = cohens_kappa(table, wt=theirs)
        found = stats.cohen_kappa(table, ours)
        assert (found.kappa, found.standard_error) == pytest.approx((expected.kappa, expected.std_kappa))
    counts = rng.multinomial(6, [0.5, 0.3, 0.2], size=25)
    assert stats.fleiss_kappa(counts) == pytest.approx(fleiss_kappa(counts))


def test_ordinary_quantiles_are_numpys(rng):
    x = rng.lognormal(size=77)
    for q in (0.05, 0.5, 0.9, 0.95):
        assert stats.estimate_quantile(x, q, resamples=99).value == pytest.approx(np.quantile(x, q))
    w = rng.integers(1, 5, 77).astype(float)
    assert stats.estimate_quantile(x, 0.9, weights=w, resamples=99).value == np.quantile(x, 0.9, weights=w, method="inverted_cdf")
