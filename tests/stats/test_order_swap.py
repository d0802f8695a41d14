"""A judge asked in both orders: hand-worked counts, and what the numbers must obey."""

import numpy as np
import pytest

from harness import stats

C, B, T = "candidate", "baseline", "tie"


def verdicts(counts):
    """Both orders from how often each (candidate shown first, candidate shown second) occurred."""
    pairs = [pair for pair, times in counts.items() for _ in range(times)]
    return [one for one, _ in pairs], [two for _, two in pairs]


# 80 pairs, 65.0 % the same in both orders (Zheng et al. 2023 on GPT-4); the lean of the rest is made up
LEANING = {(C, C): 30, (B, B): 16, (T, T): 6, (C, B): 20, (B, C): 3, (C, T): 3, (T, B): 1, (B, T): 1}


def test_agreement_is_the_share_of_the_same_verdict_with_wilsons_interval():
    found = stats.order_swap(*verdicts(LEANING))
    assert (found.n, found.missing, found.consistent) == (80, 0, 52)
    assert found.agreement == pytest.approx(0.65)
    assert (found.agreement_low, found.agreement_high) == pytest.approx(stats.proportion_interval(52, 80))


def test_the_lean_counts_what_the_swap_moves_to_the_place_shown_first():
    from scipy.stats import binomtest

    found = stats.order_swap(*verdicts(LEANING))
    assert (found.to_first, found.to_second) == (20 + 3 + 1, 3 + 1)
    assert found.first_p == pytest.approx(binomtest(24, 28).pvalue)
    # verdicts for the place shown first, by hand: candidate in the first order, baseline in the second, ties half
    in_first = (30 + 20 + 3) + (6 + 1) / 2
    in_second = (16 + 20 + 1) + (6 + 3 + 1) / 2
    assert found.first_rate == pytest.approx((in_first + in_second) / 160)
    assert 0.5 < found.first_low < found.first_rate < found.first_high


def test_without_ties_the_interval_of_the_lean_is_the_paired_one_halved():
    found = stats.order_swap(*verdicts({(C, C): 40, (B, B): 25, (C, B): 25, (B, C): 10}))
    low, high = stats.paired_proportions_interval(25, 10, 100)
    assert (found.first_rate, found.first_low, found.first_high) == pytest.approx((0.575, 0.5 + low / 2, 0.5 + high / 2))
    assert found.first_p == stats.mcnemar(25, 10, "exact")


def test_kappa_is_that_of_the_table_of_both_orders():
    from statsmodels.stats.inter_rater import cohens_kappa

    found = stats.order_swap(*verdicts(LEANING)).kappa
    expected = cohens_kappa([[30, 20, 3], [3, 16, 1], [0, 1, 6]])
    assert (found.kappa, found.standard_error) == pytest.approx((expected.kappa, expected.std_kappa))


def test_a_pair_on_which_the_orders_disagree_counts_as_a_tie():
    found = stats.order_swap(*verdicts(LEANING))
    assert (found.preference.wins, found.preference.losses, found.preference.ties) == (30, 16, 34)
    assert found.preference.effect == pytest.approx(14 / 80)
    assert found.preference.interval == pytest.approx(stats.paired_proportions_interval(30, 16, 80))
    assert found.preference.p_value == stats.mcnemar(30, 16)
    assert found.win_rate == pytest.approx((30 + 17) / 80)


def test_a_judge_that_looks_at_the_place_only_has_no_preference():
    found = stats.order_swap([C] * 50, [B] * 50)
    assert (found.agreement, found.first_rate, found.preference.effect) == (0, 1, 0)
    assert found.first_p == pytest.approx(2 * 0.5**50) and found.first_low > 0.9
    assert found.kappa.kappa == 0 and found.preference.verdict == "inconclusive"


def test_a_judge_that_looks_at_the_answer_only_leans_nowhere():
    found = stats.order_swap([C] * 30 + [B] * 20, [C] * 30 + [B] * 20)
    assert (found.agreement, found.first_rate, found.first_p, found.kappa.kappa) == (1, 0.5, 1, 1)
    assert found.first_low < 0.5 < found.first_high


def test_exchanging_the_sides_turns_the_preference_and_leaves_the_lean():
    one, two = verdicts(LEANING)
    other = {C: B, B: C, T: T}
    there = stats.order_swap(one, two)
    back = stats.order_swap([other[v] for v in two], [other[v] for v in one])
    assert back.preference.effect == -there.preference.effect
    assert (back.first_rate, back.first_low, back.first_p) == pytest.approx((there.first_rate, there.first_low, there.first_p))
    assert back.kappa.kappa == pytest.approx(there.kappa.kappa)


def test_a_verdict_that_is_missing_in_one_order_leaves_the_pair_out():
    found = stats.order_swap([C, None, B, T, None], [C, C, None, T, None])
    assert (found.n, found.missing, found.consistent) == (2, 3, 2)


def test_groups_widen_what_they_should():
    one, two = verdicts(LEANING)
    order = np.random.default_rng(1).permutation(80)
    one, two = [one[i] for i in order], [two[i] for i in order]
    alone = stats.order_swap(one, two)
    tens = stats.order_swap(one * 5, two * 5, groups=np.tile(np.arange(80), 5))
    assert (tens.first_low, tens.first_high) == pytest.approx((alone.first_low, alone.first_high), abs=0.02)
    assert tens.agreement_high - tens.agreement_low == pytest.approx(alone.agreement_high - alone.agreement_low, rel=0.05)
    assert tens.first_p == pytest.approx(alone.first_p, abs=0.002)


def test_too_little_is_answered_and_not_raised():
    nothing = stats.order_swap([], [])
    assert (nothing.n, nothing.agreement, nothing.first_rate, nothing.first_p, nothing.kappa) == (0, None, None, None, None)
    assert nothing.win_rate is None and nothing.preference.withheld
    one = stats.order_swap([C], [C])
    assert (one.agreement, one.win_rate, one.kappa, one.first_low) == (1, 1, None, None)


@pytest.mark.parametrize(
    ("arguments", "options", "advice"),
    [
        (([C, B], [C]), {}, "same pairs in the same order"),
        ((["A"], [C]), {}, "first verdict 1 is 'A'; use 'candidate', 'baseline', 'tie', or None"),
        (([C], [float("nan")]), {}, "second verdict 1"),
        (([C, C], [C, C]), {"groups": ["a"]}, "one label per pair"),
        (([C, C], [C, C]), {"confidence": 2}, "such as 0.95"),
    ],
)
def test_what_cannot_be_used_is_refused_with_advice(arguments, options, advice):
    with pytest.raises(stats.StatisticsError, match=advice):
        stats.order_swap(*arguments, **options)
