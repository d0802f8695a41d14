"""The default route: which method, which verdict, and what is said where there is none."""

import numpy as np
import pytest

from harness import stats
from harness.stats import routes


@pytest.fixture
def rng():
    return np.random.default_rng(11)


def flips(n, wins, losses):
    """0/1 outcomes of n fixtures with so many wins and losses of the candidate."""
    a, b = np.ones(n), np.ones(n)
    b[:wins] = 0
    a[wins : wins + losses] = 0
    return a, b


def test_one_0_or_1_per_fixture_goes_to_tango_and_mid_p():
    result = stats.compare(*flips(100, 12, 2))
    assert result.interval == stats.paired_proportions_interval(12, 2, 100)
    assert result.p_value == stats.mcnemar(12, 2)
    assert (result.verdict, result.wins, result.losses, result.ties, result.effect) == ("better", 12, 2, 86, 0.1)
    assert result.route == str(routes.PAIRED_SHARES) and result.monte_carlo_error is None


@pytest.mark.parametrize(
    ("make", "options", "route"),
    [
        (lambda r: (r.random(60), r.random(60)), {}, routes.PAIRED_MEANS),
        (lambda r: (r.integers(1, 6, 60), r.integers(1, 6, 60)), {}, routes.PAIRED_MEANS),
        (lambda r: (r.random((60, 3)).round(), r.random((60, 3)).round()), {}, routes.PAIRED_MEANS),
        (lambda r: (r.random(60).round(), r.random(60).round()), {"weights": np.arange(1, 61)}, routes.PAIRED_MEANS),
        (lambda r: (r.lognormal(size=60), r.lognormal(size=60)), {"scale": "ratio"}, routes.PAIRED_RATIO),
        (lambda r: (r.random(60), r.random(60)), {"groups": np.arange(60) // 3}, routes.FEW_GROUPS),
        (lambda r: (r.random(60).round(), r.random(60).round()), {"groups": np.arange(60) // 2}, routes.MANY),
        (lambda r: (r.random(12), r.random(12)), {}, routes.FEW_FIXTURES),
        (lambda r: (np.r_[np.ones(57), r.random(3)], np.ones(60)), {}, routes.FEW_SHARES_DIFFER),
        (lambda r: (np.r_[np.ones(57), r.random(3)] * 5, np.ones(60) * 5), {}, routes.FEW_DIFFER),
        (lambda r: (np.full(60, 3.5), np.full(60, 3.0)), {}, routes.CONSTANT),
        (lambda r: (np.r_[0, r.lognormal(size=59)], r.lognormal(size=60)), {"scale": "ratio"}, routes.FUNCTION_OF_SUMS),
    ],
)
def test_the_route_follows_the_kind_of_data_and_is_named(rng, make, options, route):
    result = stats.compare(*make(rng), resamples=199, **options)
    assert result.route == str(route)


def test_every_route_says_what_it_is_for_and_why():
    assert len({r.name for r in routes.TABLE}) == len(routes.TABLE)
    assert all(r.data and r.interval and r.why and r.p_value for r in routes.TABLE)


def test_four_wins_to_none_is_not_called_signal_and_five_is():
    four, five = stats.compare(*flips(100, 4, 0)), stats.compare(*flips(100, 5, 0))
    assert (four.verdict, four.fixtures_needed) == ("inconclusive", stats.required_fixtures(0.04, discordant=0.04))
    assert four.withheld == (
        "Only 4 of 100 fixtures differ; at least 5 must before a lift can be told from chance. "
        "At this rate about 125 fixtures are needed."
    )
    assert five.verdict == "better" and five.p_value == 0.03125


def test_signal_needs_the_p_value_as_well_as_the_interval():
    result = stats.compare(*flips(400, 7, 1), confidence=0.95)
    assert result.low > 0 or result.p_value >= 0.05
    for wins in range(5, 30):
        r = stats.compare(*flips(300, wins, wins // 3))
        assert (r.verdict == "better") == (r.low > 0 and r.p_value < 0.05)


def test_a_small_set_gets_an_interval_but_no_verdict(rng):
    result = stats.compare(rng.random(19) + 1, rng.random(19), margin=3)
    assert result.low > 0 and result.verdict == "inconclusive" and not result.usable
    assert result.withheld.startswith("Only 19 fixtures are complete on both sides; at least 20 are needed")
    assert result.fixtures_needed == 20


def test_fewer_than_ten_moved_grades_get_no_verdict(rng):
    a = np.full(80, 4.0)
    a[:9] = 5.0
    assert stats.compare(a, np.full(80, 4.0), resamples=999).verdict == "inconclusive"
    a[:10] = 5.0
    assert stats.compare(a, np.full(80, 4.0), resamples=999).verdict == "better"


@pytest.mark.parametrize(
    ("wins", "losses", "margin", "verdict", "worth_it", "also"),
    [
        (40, 5, 0.0, "better", True, False),
        (40, 5, 0.10, "better", True, False),
        (40, 5, 0.15, "better", False, False),
        (40, 5, 0.30, "better", False, True),
        (5, 40, 0.0, "worse", False, False),
        (3, 3, 0.05, "equivalent", False, False),
        (0, 0, 0.02, "equivalent", False, False),
        (3, 3, 0.0, "inconclusive", False, False),
        (0, 0, 0.01, "inconclusive", False, False),
    ],
)
def test_the_verdict_is_the_interval_against_the_margin(wins, losses, margin, verdict, worth_it, also):  # noqa: PLR0917  # a table
    result = stats.compare(*flips(200, wins, losses), margin=margin)
    assert (result.verdict, result.worth_it, result.also_equivalent) == (verdict, worth_it, also)
    assert result.signal == (verdict in ("better", "worse"))


def test_worse_beyond_the_margin_is_material():
    assert stats.compare(*flips(200, 5, 40), margin=0.1).materially_worse
    assert not stats.compare(*flips(200, 5, 40), margin=0.15).materially_worse


def test_a_ratio_is_one_of_geometric_means_and_its_margin_is_relative(rng):
    base = rng.lognormal(0, 1, 300)
    faster = base * np.exp(rng.normal(np.log(0.8), 0.2, 300))
    result = stats.compare(faster, base, scale="ratio", higher_is_better=False, margin=0.1)
    assert result.effect == pytest.approx(np.exp(np.mean(np.log(faster / base))))
    assert result.low < result.effect < result.high < 1 / 1.1
    assert (result.verdict, result.worth_it, result.wins > 200) == ("better", True, True)
    assert result.detectable_effect < 1
    assert not stats.compare(faster, base, scale="ratio", higher_is_better=False, margin=0.5).worth_it


def test_a_ratio_with_zeros_compares_totals_and_says_so(rng):
    a, b = rng.lognormal(size=80), rng.lognormal(size=80)
    a[0] = 0
    result = stats.compare(a, b, scale="ratio")
    assert result.effect == pytest.approx(a.sum() / b.sum())
    assert "have no logarithm" in result.note
    free = stats.compare(a, np.zeros(80), scale="ratio")
    assert free.effect is None and free.withheld
    nothing = stats.compare(np.zeros(80), np.zeros(80), scale="ratio", margin=0.1)
    assert (nothing.effect, nothing.verdict) == (1.0, "equivalent")


def test_repeats_are_averaged_inside_the_fixture(rng):
    a, b = rng.random((40, 5)), rng.random((40, 3))
    assert stats.compare(a, b) == stats.compare(a.mean(axis=1), b.mean(axis=1))
    a[0, :4] = np.nan
    assert stats.compare(a, b).n == 40


def test_weights_move_the_effect_and_zero_weight_drops_the_fixture(rng):
    a, b, w = rng.random(50), rng.random(50), rng.random(50)
    w[7] = 0
    result = stats.compare(a, b, weights=w)
    assert result.effect == pytest.approx(np.average(a - b, weights=w))
    assert result.n == 49


def test_whole_numbers_as_weights_count_like_copies_in_the_value_only(rng):
    a, b, w = rng.random(40), rng.random(40), rng.integers(1, 4, 40)
    heavy = stats.compare(a, b, weights=w)
    copied = stats.compare(np.repeat(a, w), np.repeat(b, w), groups=np.repeat(np.arange(40), w))
    assert heavy.effect == pytest.approx(copied.effect)
    np.testing.assert_allclose(heavy.interval, copied.interval)


def test_incomplete_pairs_are_dropped_and_counted():
    a, b = flips(100, 10, 2)
    a[[50, 51]], b[60] = np.nan, np.nan
    result = stats.compare(a, b)
    assert (result.n, result.missing) == (97, 3)


def test_what_the_set_could_have_seen_and_what_would_be_enough_are_given():
    result = stats.compare(*flips(100, 12, 8), margin=0.02)
    assert result.verdict == "inconclusive"
    seen = result.detectable_effect
    assert stats.required_fixtures(seen, discordant=0.2) == pytest.approx(100, abs=1)
    assert result.fixtures_needed == stats.required_fixtures(0.04, discordant=0.2)


def test_the_result_is_the_same_for_the_same_seed_and_close_for_another(rng):
    a, b = rng.random(60), rng.random(60)
    assert stats.compare(a, b, seed=3) == stats.compare(a, b, seed=3)
    one, other = stats.compare(a, b, seed=3), stats.compare(a, b, seed=4)
    assert one.low != other.low
    assert abs(one.p_value - other.p_value) < 6 * one.monte_carlo_error
    np.testing.assert_allclose(one.interval, other.interval, atol=0.1 * (one.high - one.low))


def test_groups_that_hold_most_of_the_weight_earn_a_word(rng):
    groups = np.r_[np.zeros(80), np.arange(1, 11).repeat(2)]
    assert "Groups are very unequal" in stats.compare(rng.random(100), rng.random(100), groups=groups).note


# What cannot be judged ---------------------------------------------------------------------------------------------------


def test_nothing_given_is_answered_and_not_raised():
    for a, b in (([], []), ([np.nan, 1.0], [1.0, np.nan])):
        result = stats.compare(a, b)
        assert (result.n, result.effect, result.interval, result.verdict) == (0, None, None, "inconclusive")
        assert result.withheld == "No fixture has a usable value on both sides."


def test_one_fixture_and_one_group_have_no_interval():
    one = stats.compare([1.0], [0.0])
    assert (one.effect, one.interval, one.p_value, one.verdict) == (1.0, None, None, "inconclusive")
    group = stats.compare(np.arange(30.0), np.zeros(30), groups=["all"] * 30)
    assert group.interval is None and "one group" in group.withheld


def test_differences_without_variation_give_an_interval_without_width():
    result = stats.compare(np.full(30, 3.5), np.full(30, 3.0))
    assert result.interval == (0.5, 0.5) and result.verdict == "better"
    assert result.p_value == 2.0**-29 and "rule of three" in result.note
    same = stats.compare(np.full(300, 7.0), np.full(300, 7.0), margin=0.1)
    assert (same.interval, same.p_value, same.verdict) == ((0.0, 0.0), 1.0, "equivalent")


def test_a_ratio_that_two_groups_cannot_pin_down_is_answered_with_what_can_be_written():
    a = np.exp(np.r_[np.full(15, 200.0), np.full(15, -200.0)] + np.arange(30))
    result = stats.compare(a, np.ones(30), scale="ratio", groups=np.arange(30) // 15)
    assert (result.low, result.high, result.verdict) == (0.0, np.inf, "inconclusive")


def test_rounding_noise_of_averages_is_a_tie():
    a, b = np.array([[0.1, 0.2, 0.3]] * 30), np.array([[0.3, 0.2, 0.1]] * 30)
    assert stats.compare(a, b).ties == 30


@pytest.mark.parametrize(
    ("arguments", "options", "advice"),
    [
        (([1.0, 2.0], [1.0]), {}, "same fixtures in the same order"),
        (([1.0, np.inf], [1.0, 2.0]), {}, "infinite"),
        (([[[1.0]]], [1.0]), {}, "fixtures by repeats"),
        (([1.0, 2.0], [1.0, 2.0]), {"weights": [0, 0]}, "every weight is zero"),
        (([1.0, 2.0], [1.0, 2.0]), {"weights": [1, -1]}, "not negative"),
        (([1.0, 2.0], [1.0, 2.0]), {"weights": [1]}, "one weight per fixture"),
        (([1.0, 2.0], [1.0, 2.0]), {"groups": ["a"]}, "one label per fixture"),
        (([1.0, 2.0], [1.0, 2.0]), {"margin": -0.1}, "0 or more"),
        (([1.0, 2.0], [1.0, 2.0]), {"confidence": 95}, "such as 0.95"),
        (([1.0, 2.0], [1.0, 2.0]), {"scale": "log"}, "'difference' or 'ratio'"),
        (([-1.0, 2.0], [1.0, 2.0]), {"scale": "ratio"}, "scale='difference'"),
        ((np.arange(40.0), np.arange(40.0)[::-1]), {"resamples": 10}, "ask for 40 or more"),
    ],
)
def test_what_cannot_be_used_is_refused_with_advice(arguments, options, advice):
    with pytest.raises(stats.StatisticsError, match=advice):
        stats.compare(*arguments, **options)
