"""Too little, all alike, missing, weightless or infinite: a stated answer, or an error that says what to do."""

import warnings

import numpy as np
import pytest

from harness import stats

B = {"resamples": 199}


def mean(t):
    return t["value"] / t["n"]


COMPARE = {
    "compare": lambda a, b, **o: stats.compare(a, b, **B, **o),
    "compare_sums": lambda a, b, **o: stats.compare_sums({"value": a}, {"value": b}, mean, **B, **o),
    "compare_quantile": lambda a, b, **o: stats.compare_quantile(a, b, 0.5, **B, **o),
}
ESTIMATE = {
    "estimate": lambda x, **o: stats.estimate(x, **B, **o),
    "estimate_sums": lambda x, **o: stats.estimate_sums({"value": x}, mean, **B, **o),
    "estimate_quantile": lambda x, **o: stats.estimate_quantile(x, 0.5, **B, **o),
}
OTHERS = {
    "resample": lambda x, **o: stats.resample({"value": x}, {"m": mean}, **B, **o),
    "max_t": lambda x, **o: stats.max_t({"a": x}, **B, **o),
    "bootstrap_interval": lambda x, **o: stats.bootstrap_interval(x, "mean", "bca", **B, **o),
    "sign_flip": stats.sign_flip,
    "equivalence": lambda x, **o: stats.equivalence(x, 0.5, **o),
    "spread": stats.spread,
    "clustered_standard_error": stats.clustered_standard_error,
    "settle": lambda x, **o: stats.settle(x, x, lift=0.1, **o),
}
EVERY = {name: (lambda x, _f=f, **o: _f(x, x, **o)) for name, f in COMPARE.items()} | ESTIMATE | OTHERS


@pytest.fixture(autouse=True)
def no_warning_from_numpy():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize(
    ("values", "advice"),
    [
        ([1.0, np.inf, *[0.5] * 20], "infinite values; leave a fixture without a usable value as NaN"),
        ([1.0, -np.inf], "infinite values"),
        ([1e200, 1.0], "give the values in a larger unit"),
        (["good", "bad"], "cannot be read as numbers"),
        ([[[1.0]]], "fixtures by repeats"),
    ],
)
def test_what_is_no_finite_number_is_refused_with_advice(name, values, advice):
    with pytest.raises(stats.StatisticsError, match=advice):
        EVERY[name](values)


@pytest.mark.parametrize("name", [n for n in EVERY if n != "resample"])
@pytest.mark.parametrize(("values", "advice"), [(3.0, "give "), ([[1.0, 2.0], [3.0]], "cannot be read as numbers")])
def test_what_is_not_one_entry_per_fixture_is_refused_with_advice(name, values, advice):
    with pytest.raises(stats.StatisticsError, match=advice):
        EVERY[name](values)


@pytest.mark.parametrize("name", COMPARE)
@pytest.mark.parametrize("values", [[], [np.nan] * 25, np.empty((0, 3)), np.empty((5, 0)), [None, None]])
def test_nothing_to_compare_is_said(name, values):
    found = COMPARE[name](values, values)
    assert (found.n, found.effect, found.interval, found.verdict) == (0, None, None, "inconclusive")
    assert found.withheld == "No fixture has a usable value on both sides." and not found.usable


@pytest.mark.parametrize("name", ESTIMATE)
@pytest.mark.parametrize("values", [[], [np.nan] * 25, np.empty((0, 3))])
def test_nothing_to_estimate_is_said(name, values):
    found = ESTIMATE[name](values)
    assert (found.n, found.value, found.interval, found.note) == (0, None, None, "No fixture has a usable value.")


def test_nothing_given_to_the_other_methods_is_said_or_refused():
    assert stats.resample({"value": []}, {"m": mean})["m"].note == "There is nothing to form an interval from."
    family = stats.max_t({"a": []})
    assert family.critical is None and family.members["a"] == stats.Simultaneous(None, None, None, None, None, 0)
    assert stats.max_t({}).members == {}
    assert stats.sign_flip([]).p_value == 1.0
    for call in (lambda: stats.bootstrap_interval([]), lambda: stats.equivalence([], 0.1), lambda: stats.spread([])):
        with pytest.raises(stats.StatisticsError, match="two or more"):
            call()


@pytest.mark.parametrize("name", COMPARE)
def test_one_fixture_has_an_effect_and_no_interval(name):
    found = COMPARE[name]([0.7], [0.2])
    assert found.effect == pytest.approx(0.5) and found.interval is None
    assert found.verdict == "inconclusive" and "1 fixture is complete" in found.withheld and not found.usable


@pytest.mark.parametrize("name", ESTIMATE)
def test_one_fixture_has_a_value_and_no_interval(name):
    found = ESTIMATE[name]([0.7])
    assert (found.value, found.interval) == (0.7, None) and "no spread" in found.note


def test_one_fixture_elsewhere_is_said_or_refused():
    assert stats.resample({"value": [0.7]}, {"m": mean})["m"].low is None
    assert stats.max_t({"a": [0.7]}).members["a"].low is None
    assert np.isnan(stats.clustered_standard_error([0.7]))
    with pytest.raises(stats.StatisticsError, match="two or more"):
        stats.bootstrap_interval([0.7])


@pytest.mark.parametrize("name", COMPARE)
def test_the_same_values_on_both_sides_are_no_signal(name):
    for x in (np.full(40, 3.0), np.arange(40.0), np.r_[np.zeros(20), np.ones(20)]):
        for options in ({}, {"groups": np.arange(40) // 4}, {"groups": np.arange(40) // 20}):
            found = COMPARE[name](x, x, **options)
            assert (found.effect, found.verdict, found.wins, found.losses) == (0.0, "inconclusive", 0, 0)
            assert found.withheld.startswith("None of 40 fixtures differ")


@pytest.mark.parametrize("name", COMPARE)
def test_differences_all_alike_have_an_interval_without_width_and_a_word_about_it(name):
    base = np.arange(40.0) if name == "compare" else np.full(40, 2.0)
    found = COMPARE[name](base + 3, base)
    assert found.interval == pytest.approx((3.0, 3.0)) and found.verdict == "better"
    assert found.p_value < 0.05 and "rule of three" in found.note


@pytest.mark.parametrize("name", ESTIMATE)
def test_values_all_alike_have_an_interval_without_width_and_a_word_about_it(name):
    found = ESTIMATE[name](np.full(40, 7.0))
    assert found.interval == (7.0, 7.0) and "no width" in found.note


def test_values_all_alike_elsewhere():
    same = np.full(40, 7.0)
    assert "no width" in stats.resample({"value": same}, {"m": mean}, **B)["m"].note
    member = stats.max_t({"a": same}, **B).members["a"]
    assert (member.effect, member.low, member.adjusted) == (7.0, None, None)
    assert stats.bootstrap_interval(same, "mean", "percentile", **B) == (7.0, 7.0)
    for method, advice in (("bca", "use percentile"), ("studentised", "use percentile")):
        with pytest.raises(stats.StatisticsError, match=advice):
            stats.bootstrap_interval(same, "mean", method, **B)
    with pytest.raises(stats.StatisticsError, match="use compare"):
        stats.equivalence(same, 0.1)


@pytest.mark.parametrize("name", COMPARE)
def test_fixtures_of_weight_zero_do_not_count(name):
    rng = np.random.default_rng(1)
    a, b = rng.normal(size=60), rng.normal(size=60)
    weights = np.r_[np.ones(40), np.zeros(20)]
    some, without = COMPARE[name](a, b, weights=weights), COMPARE[name](a[:40], b[:40])
    assert some.missing == 20 and some.n == 40
    assert (some.effect, some.low, some.high, some.p_value) == (without.effect, without.low, without.high, without.p_value)
    with pytest.raises(stats.StatisticsError, match="every weight is zero; give at least one fixture a positive weight"):
        COMPARE[name](a, b, weights=np.zeros(60))
    for bad in (np.r_[-1.0, np.ones(59)], np.r_[np.nan, np.ones(59)], np.r_[np.inf, np.ones(59)]):
        with pytest.raises(stats.StatisticsError, match="finite and not negative"):
            COMPARE[name](a, b, weights=bad)


@pytest.mark.parametrize("name", ["estimate", "estimate_sums", "estimate_quantile", "resample", "max_t"])
def test_weights_of_zero_elsewhere(name):
    x = np.random.default_rng(2).normal(size=60)
    weights = np.r_[np.ones(40), np.zeros(20)]
    some, without = EVERY[name](x, weights=weights), EVERY[name](x[:40])
    if name == "resample":
        some, without = ((r["m"].value, r["m"].low, r["m"].high) for r in (some, without))
    elif name == "max_t":
        some, without = ((r.members["a"].low, r.members["a"].high, r.members["a"].adjusted) for r in (some, without))
    assert some == without
    with pytest.raises(stats.StatisticsError, match="every weight is zero"):
        EVERY[name](x, weights=np.zeros(60))


@pytest.mark.parametrize("name", COMPARE)
def test_a_fixture_that_one_side_lacks_is_left_out_and_counted(name):
    rng = np.random.default_rng(3)
    a, b = rng.normal(size=50), rng.normal(size=50)
    a[:3], b[2:6] = np.nan, np.nan
    some, without = COMPARE[name](a, b), COMPARE[name](a[6:], b[6:])
    assert (some.n, some.missing) == (44, 6) and some.interval == without.interval


def test_a_slice_without_fixtures_stays_out_of_the_family():
    x = np.random.default_rng(4).normal(size=50)
    family = stats.max_t({"all": x, "nobody": np.full(50, np.nan)}, **B)
    assert family.members["nobody"].n == 0 and family.members["nobody"].low is None and family.members["all"].low is not None


@pytest.mark.parametrize(
    ("call", "advice"),
    [
        (lambda: stats.compare([1.0], [2.0], groups=[["a"]]), "give a text or a number per fixture"),
        (lambda: stats.compare_sums({"value": 1.0}, {"value": 2.0}, mean), "a single number"),
        (lambda: stats.bootstrap_interval([0.3, 0.9], "mean", "studentised", **B), "no spread for a studentised interval"),
        (
            lambda: stats.bootstrap_interval([0.0, 0.0, 1.0], lambda v: 1 / v.sum() if v.sum() else np.nan, **B),
            "whatever is drawn",
        ),
        (lambda: stats.compare_quantile(np.arange(9.0), np.zeros(9), 0.5, resamples=0), "ask for 40 or more"),
        (lambda: stats.mcnemar(np.nan, 3), "counts of fixtures"),
        (lambda: stats.mcnemar(2.5, 3), "counts of fixtures"),
        (lambda: stats.paired_proportions_interval(np.nan, 3, 9), "wins \\+ losses <= n"),
        (lambda: stats.paired_proportions_interval(1, 3, np.inf), "wins \\+ losses <= n"),
        (lambda: stats.proportion_interval(np.nan, 9), "0 <= k <= n"),
        (lambda: stats.proportion_interval(0, 0), "0 <= k <= n"),
        (lambda: stats.required_fixtures(0.0, variance=1.0), "a difference that is not 0"),
        (lambda: stats.required_fixtures(np.nan, variance=1.0), "a difference that is not 0"),
        (lambda: stats.required_fixtures(0.1, variance=np.nan), "a variance of 0 or more"),
        (lambda: stats.cohen_kappa([[0, 0], [0, 0]]), "square table"),
        (lambda: stats.cohen_kappa([[5, 0], [0, 0]]), "one category only"),
        (lambda: stats.krippendorff_alpha([[1, 1], [1, 1]]), "not all the same"),
        (lambda: stats.ppi_mean([1, np.nan], [1, 0], [1, 0]), "leave out items without them"),
        (lambda: stats.ppi_mean([1], judged_labelled=[1], judged_unlabelled=[1, 0]), "two or more"),
    ],
)
def test_what_has_no_answer_is_refused_with_advice(call, advice):
    with pytest.raises(stats.StatisticsError, match=advice):
        call()
