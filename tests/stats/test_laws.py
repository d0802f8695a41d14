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
