"""Laws that hold for any data."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from harness import stats

few = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
sizes = st.integers(2, 45)
values = st.integers(-40, 40).map(lambda v: v / 8)
grades = st.integers(1, 5).map(float)
binary = st.sampled_from([0.0, 1.0])


@st.composite
def sides(draw, elements=None):
    n = draw(sizes)
    kind = draw(st.sampled_from([values, grades, binary])) if elements is None else elements
    return draw(arrays(np.float64, n, elements=kind)), draw(arrays(np.float64, n, elements=kind))


def judge(a, b, **options):
    return stats.compare(a, b, resamples=199, **options)


@few
@given(sides())
def test_swapping_the_sides_changes_the_sign_and_nothing_else(pair):
    a, b = pair
    there, back = judge(a, b), judge(b, a)
    assert there.effect == -back.effect
    assert there.p_value == back.p_value
    assert (there.wins, there.losses, there.ties) == (back.losses, back.wins, back.ties)
    if there.interval is not None:
        np.testing.assert_allclose(there.interval, (-back.high, -back.low), rtol=0, atol=1e-9)
    opposite = {"better": "worse", "worse": "better"}
    assert opposite.get(there.verdict, there.verdict) == back.verdict


@few
@given(sides(), st.randoms(use_true_random=False))
def test_the_order_of_the_fixtures_does_not_matter(pair, random):
    a, b = pair
    order = list(range(len(a)))
    random.shuffle(order)
    one, other = judge(a, b, margin=0.1), judge(a[order], b[order], margin=0.1)
    assert (one.verdict, one.route, one.wins) == (other.verdict, other.route, other.wins)
    assert one.p_value == pytest.approx(other.p_value, abs=1e-9)
    np.testing.assert_allclose([one.effect, one.low, one.high], [other.effect, other.low, other.high], rtol=0, atol=1e-9)


@few
@given(sides(elements=values), st.integers(-16, 16).map(lambda v: v / 4))
def test_adding_a_constant_to_one_side_shifts_the_interval(pair, constant):
    a, b = np.concatenate([pair[0], [20.0, 30.0]]), np.concatenate([pair[1], [0.0, 0.0]])
    before, after = stats.estimate(a - b + 100, resamples=199), stats.estimate(a - b + 100 + constant, resamples=199)
    assert after.route == before.route
    np.testing.assert_allclose([after.value, *after.interval], np.array([before.value, *before.interval]) + constant, atol=1e-9)


@few
@given(sides())
def test_groups_of_one_are_no_groups(pair):
    a, b = pair
    assert judge(a, b, groups=[f"g{i}" for i in range(len(a))]) == judge(a, b)
    assert judge(a, b, groups=[None] * len(a)) == judge(a, b)
    assert stats.estimate(a, groups=np.arange(len(a)), resamples=199) == stats.estimate(a, resamples=199)


@few
@given(sides(), st.floats(0.01, 50))
def test_equal_weights_are_no_weights(pair, weight):
    a, b = pair
    assert judge(a, b, weights=np.full(len(a), weight)) == judge(a, b)


@few
@given(sides(elements=binary), st.integers(2, 6))
def test_repeating_each_response_changes_nothing(pair, repeats):
    a, b = pair
    assert judge(np.tile(a[:, None], repeats), np.tile(b[:, None], (1, repeats))[:, :1]) == judge(a, b)


@few
@given(sides(), st.booleans())
def test_turning_the_direction_turns_the_verdict_and_not_the_effect(pair, ratio):
    a, b = pair
    options = {"scale": "ratio"} if ratio else {}
    a, b = (np.exp(a / 4), np.exp(b / 4)) if ratio else (a, b)
    up, down = judge(a, b, **options), judge(a, b, higher_is_better=False, **options)
    assert (up.effect, up.low, up.high, up.p_value) == (down.effect, down.low, down.high, down.p_value)
    assert {"better": "worse", "worse": "better"}.get(up.verdict, up.verdict) == down.verdict
    assert (up.wins, up.losses) == (down.losses, down.wins)


@few
@given(sides())
def test_the_interval_holds_the_effect_and_agrees_with_the_verdict(pair):
    result = judge(*pair, margin=0.5)
    if result.interval is None:
        assert result.verdict == "inconclusive"
        return
    assert result.low - 1e-9 <= result.effect <= result.high + 1e-9
    if result.verdict == "better":
        assert result.low > 0 and result.p_value < 0.05
    if result.verdict == "equivalent":
        assert result.low > -0.5 and result.high < 0.5
    if result.withheld:
        assert result.verdict == "inconclusive"


@few
@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_adjusted_p_values_are_never_smaller_and_keep_their_order(p):
    for adjust in (stats.holm, stats.benjamini_hochberg, stats.benjamini_yekutieli, stats.bonferroni):
        adjusted = adjust(p)
        assert np.all(adjusted >= np.array(p) - 1e-15) and np.all(adjusted <= 1)
        assert np.all(np.diff(adjusted[np.argsort(p, kind="stable")]) >= -1e-15)


# The same laws for groups, weights, sums and quantiles -----------------------------------------------------------------------


def mean(totals):
    return totals["value"] / totals["n"]


def ratio_of_sums(totals):
    return totals["value"] / totals["other"]


def by_sums(a, b, **options):
    return stats.compare_sums({"value": a}, {"value": b}, mean, resamples=199, **options)


def by_ratio(a, b, **options):
    ours, theirs = ({"value": x, "other": np.abs(x) + 1} for x in (a, b))
    return stats.compare_sums(ours, theirs, ratio_of_sums, resamples=199, **options)


def by_quantile(a, b, **options):
    return stats.compare_quantile(a, b, 0.75, resamples=199, **options)


def judged(pair, seed):
    """Every way to compare, with and without groups and weights drawn from the seed."""
    rng = np.random.default_rng(seed)
    n = len(pair[0])
    groups, weights = rng.integers(0, max(2, n // 3), n), rng.choice([0.5, 1.0, 2.0], n)
    for way in (judge, by_sums, by_ratio, by_quantile):
        for options in ({}, {"groups": groups}, {"weights": weights}, {"groups": groups, "weights": weights}):
            yield way, options


def numbers_of(result):
    nothing = np.nan if result.low is None else None
    return np.array([result.effect, *((nothing, nothing) if nothing is not None else (result.low, result.high))], dtype=float)


@few
@given(sides(elements=values), st.integers(0, 99))
def test_swapping_the_sides_changes_the_sign_whatever_the_method(pair, seed):
    a, b = pair
    for way, options in judged(pair, seed):
        there, back = way(a, b, **options), way(b, a, **options)
        assert (there.route, there.wins, there.losses, there.groups) == (back.route, back.losses, back.wins, back.groups)
        found = numbers_of(back)
        if way is judge or there.p_value is None or "bootstrap" not in there.route:
            np.testing.assert_allclose(numbers_of(there), -found[[0, 2, 1]], rtol=0, atol=1e-7)
            assert (there.p_value is None) == (back.p_value is None)
            assert there.p_value is None or there.p_value == pytest.approx(back.p_value, abs=1e-7)
        else:  # BCa draws other resamples for the mirrored rows
            assert there.effect == pytest.approx(-back.effect, abs=1e-9)


@few
@given(sides(), st.integers(0, 99))
def test_the_order_of_the_fixtures_does_not_matter_whatever_the_method(pair, seed):
    a, b = pair
    order = np.random.default_rng(seed + 1).permutation(len(a))
    for way, options in judged(pair, seed):
        one = way(a, b, **options)
        other = way(a[order], b[order], **{name: column[order] for name, column in options.items()})
        assert (one.route, one.verdict, one.wins, one.groups) == (other.route, other.verdict, other.wins, other.groups)
        np.testing.assert_allclose(numbers_of(one), numbers_of(other), rtol=0, atol=1e-7)


@few
@given(sides(), st.integers(0, 99))
def test_groups_of_one_are_no_groups_whatever_the_method(pair, seed):
    a, b = pair
    alone = np.random.default_rng(seed).permutation(len(a))
    for way in (by_sums, by_ratio, by_quantile):
        assert way(a, b, groups=alone) == way(a, b)
    d = a - b
    assert stats.sign_flip(d, groups=alone) == stats.sign_flip(d)
    assert stats.max_t({"d": d}, groups=alone, resamples=199) == stats.max_t({"d": d}, resamples=199)
    assert stats.clustered_standard_error(d, alone) == stats.clustered_standard_error(d)
    one, other = (stats.resample({"value": d}, {"m": mean}, groups=g, resamples=199)["m"] for g in (alone, None))
    assert (one.value, one.low, one.high) == (other.value, other.low, other.high)
    for method in ("percentile", "basic"):
        found = [stats.bootstrap_interval(d, "mean", method, groups=g, resamples=199) for g in (alone, None)]
        assert found[0] == found[1]
    if np.ptp(d) > 0:
        assert stats.equivalence(d, 1.0, groups=alone) == stats.equivalence(d, 1.0)
        assert stats.settle(a, b, lift=0.5, groups=alone) == stats.settle(a, b, lift=0.5)


@few
@given(sides(elements=values), st.integers(-16, 16).map(lambda v: v / 4), st.integers(0, 99))
def test_adding_a_constant_shifts_the_interval_whatever_the_method(pair, constant, seed):
    a, b = np.concatenate([pair[0] + 100, [20.0, 30.0]]), np.concatenate([pair[1], [0.0, 0.0]])
    groups = np.random.default_rng(seed).integers(0, max(2, len(a) // 3), len(a))
    ways = [(way, {}) for way in (judge, by_sums, by_quantile)] + [(way, {"groups": groups}) for way in (judge, by_sums)]
    for way, options in ways:
        if way is judge and np.any(a + constant == b):
            continue  # what was a difference is a tie now
        before, after = way(a, b, **options), way(a + constant, b, **options)
        both = way(a + constant, b + constant, **options)
        assert before.route == after.route == both.route
        np.testing.assert_allclose(numbers_of(after), numbers_of(before) + constant, rtol=0, atol=1e-6)
        np.testing.assert_allclose(numbers_of(both), numbers_of(before), rtol=0, atol=1e-6)


@few
@given(st.lists(st.integers(1, 60), min_size=2, max_size=25), st.integers(0, 9))
def test_unequal_groups_are_worth_no_more_than_their_number(sizes, seed):
    from harness.stats.few_groups import bias_reduced_error, bootstrap_correction, degrees_of_freedom
    from harness.stats.samples import sample

    weight = np.array(sizes, dtype=float)
    order = np.random.default_rng(seed).permutation(len(sizes))
    assert 1 <= degrees_of_freedom(weight) <= len(sizes) - 1
    assert degrees_of_freedom(weight) == pytest.approx(degrees_of_freedom(weight[order] * 7), rel=1e-9)
    factor, freedom = bootstrap_correction(weight)
    assert factor > 1 and 1 <= freedom <= len(sizes) - 1
    x = np.random.default_rng(seed).normal(size=sum(sizes))
    units = sample(x, np.repeat(np.arange(len(sizes)), sizes)).units
    if len(set(sizes)) == 1:
        assert (degrees_of_freedom(weight), bias_reduced_error(units)) == (len(sizes) - 1, units.standard_error)


@few
@given(
    st.lists(st.sampled_from(["candidate", "baseline", "tie", None]), min_size=2, max_size=40), st.randoms(use_true_random=False)
)
def test_a_judge_is_summarised_whatever_it_says_and_in_any_order(first, random):
    second = [random.choice(["candidate", "baseline", "tie", None]) for _ in first]
    found = stats.order_swap(first, second)
    assert found.n + found.missing == len(first)
    assert found.consistent + found.to_first + found.to_second == found.n
    assert found.preference.wins + found.preference.losses + found.preference.ties == found.n
    if found.first_low is not None:
        assert found.first_low - 1e-9 <= found.first_rate <= found.first_high + 1e-9
    order = list(range(len(first)))
    random.shuffle(order)
    again = stats.order_swap([first[i] for i in order], [second[i] for i in order])
    assert (again.agreement, again.first_p, again.kappa) == (found.agreement, found.first_p, found.kappa)
