"""Functions of column sums and quantiles: both sides from one draw."""

import numpy as np
import pytest

from harness import stats
from harness.stats import routes


def f1(t):
    return 2 * t["tp"] / (2 * t["tp"] + t["fp"] + t["fn"])


def mean(t):
    return t["value"] / t["n"]


@pytest.fixture
def rng():
    return np.random.default_rng(13)


@pytest.fixture
def truth(rng):
    return rng.random(250) < 0.4


def columns(truth, predicted):
    return {"tp": truth & predicted, "fp": ~truth & predicted, "fn": truth & ~predicted}


def noisy(truth, rng, rate):
    return truth ^ (rng.random(len(truth)) < rate)


def test_f1_is_compared_with_both_sides_in_one_draw(truth, rng):
    good, poor = columns(truth, noisy(truth, rng, 0.05)), columns(truth, noisy(truth, rng, 0.25))
    result = stats.compare_sums(good, poor, f1)
    value = [f1({k: v.sum() for k, v in side.items()}) for side in (good, poor)]
    assert result.effect == pytest.approx(value[0] - value[1])
    assert 0 < result.low < result.effect < result.high and result.verdict == "better"
    assert result.wins > result.losses and result.wins + result.losses + result.ties == 250
    assert result.route == str(routes.FUNCTION_OF_SUMS)


def test_a_mean_written_as_sums_agrees_with_scipys_bca(rng):
    from scipy.stats import bootstrap

    a, b = rng.lognormal(size=60), rng.lognormal(size=60)
    expected = bootstrap((a - b,), np.mean, n_resamples=20_000, batch=1000, rng=np.random.default_rng(1)).confidence_interval
    result = stats.compare_sums({"value": a}, {"value": b}, mean, resamples=20_000)
    np.testing.assert_allclose(result.interval, tuple(expected), atol=0.05 * (result.high - result.low))


def test_few_groups_give_the_cluster_robust_t_of_a_mean(rng):
    d, groups = rng.random(120), np.repeat(np.arange(12), 10)
    sums = stats.compare_sums({"value": d}, {"value": np.zeros(120)}, mean, groups=groups)
    means = stats.compare(d, np.zeros(120), groups=groups)
    assert (sums.low, sums.high, sums.p_value) == pytest.approx((means.low, means.high, means.p_value))


def test_a_ratio_of_sums_is_compared_on_the_logarithm(rng):
    a, b = rng.lognormal(size=100), rng.lognormal(0.5, 1, 100)
    result = stats.compare_sums({"value": a}, {"value": b}, mean, scale="ratio", higher_is_better=False)
    assert result.effect == pytest.approx(a.sum() / b.sum())
    assert 0 < result.low < result.effect < result.high


def test_few_differences_give_a_bound_and_no_verdict_but_may_show_equivalence(truth):
    other = truth.copy()
    other[:3] ^= True
    same = stats.compare_sums(columns(truth, truth), columns(truth, truth), f1, margin=0.05)
    assert (same.effect, same.verdict) == (0.0, "equivalent")
    few = stats.compare_sums(columns(truth, other), columns(truth, truth), f1, margin=0.02)
    assert few.low < few.effect < 0 < few.high and few.verdict == "inconclusive"
    assert few.withheld.startswith("Only 3 of 250 fixtures differ")


def test_a_column_that_does_not_apply_leaves_the_fixture_out_of_it(rng):
    value, part = rng.random(40), rng.random(40)
    value[:5], part[:20] = np.nan, np.nan
    result = stats.estimate_sums({"value": value, "part": part}, mean, resamples=199)
    assert result.n == 35 and result.value == pytest.approx(np.nanmean(value))
    total = stats.estimate_sums({"value": value, "part": part}, lambda t: t["part"], resamples=199)
    assert total.value == pytest.approx(np.nansum(part))


def test_a_metric_without_a_value_says_so(truth, rng):
    nothing = {"tp": np.zeros(250), "fp": np.zeros(250), "fn": np.zeros(250)}
    result = stats.compare_sums(nothing, columns(truth, truth), f1)
    assert result.effect is None and result.withheld == "The metric has no value on one of the two sides."
    assert stats.estimate_sums(nothing, f1).value is None
    rare = {k: v.copy() for k, v in nothing.items()}
    rare["tp"][:2], rare["fp"][2:4] = 1, 1
    assert "left out" in (stats.resample(rare, {"f1": f1}, resamples=999)["f1"].note or "")


def test_a_perfect_f1_is_bounded_by_the_fixtures_that_count():
    truth = np.arange(200) < 20
    result = stats.estimate_sums(columns(truth, truth), f1)
    assert result.interval == pytest.approx(stats.proportion_interval(20, 20))


def test_a_share_of_0_is_bounded_by_all_fixtures_as_a_share_of_1_is():
    for x in (np.zeros(40), np.ones(40)):
        assert stats.estimate_sums({"value": x}, mean).interval == pytest.approx(stats.estimate(x).interval)


def test_wins_and_losses_of_f1_change_places_with_the_sides(truth, rng):
    good, poor = columns(truth, noisy(truth, rng, 0.05)), columns(truth, noisy(truth, rng, 0.25))
    there, back = stats.compare_sums(good, poor, f1, resamples=199), stats.compare_sums(poor, good, f1, resamples=199)
    assert (there.wins, there.losses, there.ties) == (back.losses, back.wins, back.ties)
    differ = np.any([good[k] != poor[k] for k in good], axis=0)
    assert there.wins + there.losses == differ.sum()


def test_columns_must_match():
    with pytest.raises(stats.StatisticsError, match="same columns"):
        stats.compare_sums({"tp": [1.0]}, {"fp": [1.0]}, f1)
    with pytest.raises(stats.StatisticsError, match="different lengths"):
        stats.estimate_sums({"tp": [1.0], "fp": [1.0, 2.0]}, f1)
    with pytest.raises(stats.StatisticsError, match="return one value for each"):
        stats.estimate_sums({"value": np.arange(30.0)}, lambda t: t["value"][:3])


def test_one_draw_serves_every_statistic(rng):
    x = rng.random(80)
    found = stats.resample({"a": x, "b": 2 * x}, {"a": lambda t: t["a"] / t["n"], "b": lambda t: t["b"] / t["n"]}, resamples=500)
    np.testing.assert_allclose(found["b"].replicates, 2 * found["a"].replicates)
    assert found["a"].low < x.mean() < found["a"].high


def test_identical_rows_give_the_same_distribution_as_drawing_each_fixture(rng):
    grades = rng.integers(1, 4, 400).astype(float)
    counts = stats.resample({"x": grades}, {"m": lambda t: t["x"] / t["n"]})["m"]
    drawn = stats.resample({"x": grades + rng.random(400) * 1e-9}, {"m": lambda t: t["x"] / t["n"]})["m"]
    assert counts.standard_error == pytest.approx(drawn.standard_error, rel=0.04)
    assert counts.standard_error == pytest.approx(grades.std() / 20, rel=0.04)
    np.testing.assert_allclose((counts.low, counts.high), (drawn.low, drawn.high), atol=0.01)


def test_a_quantile_is_compared_as_a_ratio(rng):
    a, b = rng.lognormal(0, 0.4, 200), rng.lognormal(0.5, 0.4, 200)
    result = stats.compare_quantile(a, b, 0.95, scale="ratio", higher_is_better=False)
    assert result.effect == pytest.approx(np.quantile(a, 0.95) / np.quantile(b, 0.95))
    assert result.verdict == "better" and result.high < 1
    swapped = stats.compare_quantile(b, a, 0.95, scale="ratio", higher_is_better=False)
    assert swapped.effect == pytest.approx(1 / result.effect)


def test_a_quantile_interval_agrees_with_scipys_bootstrap(rng):
    from scipy.stats import bootstrap

    x = rng.lognormal(size=80)
    expected = bootstrap((x,), lambda s, axis: np.quantile(s, 0.8, axis=axis), method="percentile", rng=np.random.default_rng(1))
    found = stats.estimate_quantile(x, 0.8)
    np.testing.assert_allclose(found.interval, tuple(expected.confidence_interval), rtol=0.15)


def test_the_order_of_fixtures_does_not_move_a_quantile(rng):
    a, b, order = rng.random(50), rng.random(50), rng.permutation(50)
    one, other = stats.compare_quantile(a, b, 0.9), stats.compare_quantile(a[order], b[order], 0.9)
    assert one == other


def test_repeats_stay_responses_in_a_quantile_and_fixtures_are_drawn_whole(rng):
    a = rng.random((60, 4))
    result = stats.estimate_quantile(a, 0.9)
    assert result.value == pytest.approx(np.quantile(a, 0.9)) and result.n == 60
    assert stats.estimate_quantile(a, 0.9, groups=np.arange(60) // 6).route == routes.without_p(routes.QUANTILE_FEW_GROUPS)


def test_a_quantile_that_leans_on_a_handful_says_so(rng):
    assert "values lie beyond the 95% quantile" in stats.estimate_quantile(rng.random(40), 0.95).note
    assert stats.estimate_quantile(rng.random(200), 0.95).note is None
    with pytest.raises(stats.StatisticsError, match=r"such as 0\.95"):
        stats.estimate_quantile([1.0], 95)
    assert stats.estimate_quantile([2.0], 0.5).interval is None
    assert stats.compare_quantile([], [], 0.5).effect is None


def test_a_score_on_another_scale_is_not_taken_for_a_share():
    matched, made = np.zeros(40), np.full(40, 30.0)
    columns = {"value": np.zeros(40), "matched": matched, "made": made}
    score = lambda t: 100 * t["matched"] / t["made"]  # noqa: E731
    assert stats.estimate_sums(columns, score).high == pytest.approx(0.088, abs=0.001)  # as of 0 of 40 right
    found = stats.estimate_sums(columns, score, shares=False)
    assert (found.value, found.low, found.high) == (0.0, 0.0, 0.0) and found.note
    better = {**columns, "matched": np.where(np.arange(40) < 3, 0.2, 0.0)}
    taken = stats.compare_sums(better, columns, score, shares=False)
    assert taken.verdict == "inconclusive" and "bound" not in taken.route
