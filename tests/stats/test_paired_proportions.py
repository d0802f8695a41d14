"""Intervals of paired shares: further published tables, and coverage by full enumeration."""

import numpy as np
import pytest

from harness import stats


def interval(table, method, confidence=0.95):
    (a, b), (c, d) = table
    return stats.paired_proportions_interval(b, c, a + b + c + d, a, method=method, confidence=confidence)


@pytest.mark.parametrize(
    ("table", "method", "expected"),
    [
        ([[1, 1], [7, 12]], "tango", (-0.517, -0.026)),
        ([[1, 1], [7, 12]], "newcombe", (-0.5069, -0.0256)),
        ([[1, 1], [7, 12]], "bonett-price", (-0.5084, -0.0134)),
        ([[53, 16], [8, 9]], "newcombe", (-0.0201, 0.2039)),
        ([[53, 16], [8, 9]], "bonett-price", (-0.0211, 0.2029)),
        ([[1, 0], [0, 1]], "tango", (-0.6576, 0.6576)),
        ([[1, 0], [0, 1]], "newcombe", (-0.5734, 0.5734)),
        ([[1, 0], [0, 1]], "bonett-price", (-0.693, 0.693)),
    ],
)
def test_further_published_tables(table, method, expected):
    decimals = 3 if len(str(expected[0]).split(".")[1]) == 3 else 4
    np.testing.assert_allclose(interval(table, method), expected, atol=0.6 * 10**-decimals)


@pytest.mark.parametrize(
    ("table", "exact", "mid_p", "asymptotic"),
    [
        ([[1, 1], [7, 12]], 0.070313, 0.039063, 0.033895),
        ([[53, 16], [8, 9]], 0.1516, 0.1078, 0.1025),
        ([[20, 12], [2, 16]], 0.0129, 0.0074, 0.0075),
        ([[1, 0], [0, 1]], 1, 1, 1),
    ],
)
def test_further_published_p_values(table, exact, mid_p, asymptotic):
    (_, b), (c, _) = table
    found = [stats.mcnemar(b, c, m) for m in ("exact", "mid-p", "asymptotic")]
    np.testing.assert_allclose(found, (exact, mid_p, asymptotic), atol=6e-5)


def shares(before, after, correlation):
    both = before * after + correlation * np.sqrt(before * (1 - before) * after * (1 - after))
    return after - both, before - both


@pytest.mark.parametrize(
    ("win", "loss", "method", "coverage"),
    [
        (*shares(0.90, 0.95, 0), "tango", 0.956),
        (*shares(0.90, 0.95, 0), "bonett-price", 0.974),
        (*shares(0.90, 0.95, 0.38), "tango", 0.966),
        (*shares(0.90, 0.95, 0.38), "bonett-price", 0.977),
        (0.05, 0.0, "tango", 0.988),
        (0.05, 0.0, "bonett-price", 0.999),
        (*shares(0.95, 0.95, 0.38), "tango", 0.970),
        (*shares(0.95, 0.95, 0.38), "bonett-price", 0.998),
    ],
)
def test_coverage_of_50_pairs_by_full_enumeration_is_the_measured_one(win, loss, method, coverage):
    covered = 0.0
    for b, c, chance in tables(50, win, loss):
        low, high = stats.paired_proportions_interval(b, c, 50, method=method)
        covered += chance * (low - 1e-12 <= win - loss <= high + 1e-12)
    assert covered == pytest.approx(coverage, abs=0.001)


def test_mid_p_refuses_less_than_its_level_where_nothing_changed():
    win, loss = shares(0.95, 0.95, 0.38)
    refused = sum(chance for b, c, chance in tables(50, win, loss) if stats.mcnemar(b, c) < 0.05)
    assert refused == pytest.approx(0.009, abs=0.001)


def tables(n, win, loss):
    from scipy.stats import multinomial

    for b in range(22):
        for c in range(22):
            chance = multinomial.pmf([b, c, n - b - c], n, [win, loss, 1 - win - loss])
            if chance > 1e-7:
                yield b, c, chance


@pytest.mark.parametrize("method", ["tango", "newcombe", "bonett-price", "agresti-min", "wald"])
def test_swapping_the_sides_mirrors_every_interval(method):
    for b, c, n, both in ((5, 2, 30, 20), (0, 3, 9, 4), (0, 0, 7, 7), (6, 0, 6, 0)):
        low, high = stats.paired_proportions_interval(b, c, n, both, method=method)
        mirrored = stats.paired_proportions_interval(c, b, n, both, method=method)
        np.testing.assert_allclose(mirrored, (-high, -low), atol=1e-9)
        assert -1 <= low <= (b - c) / n <= high <= 1


def test_tango_reaches_the_end_of_its_range_where_every_pair_is_won():
    assert stats.paired_proportions_interval(8, 0, 8)[1] == 1.0
    assert stats.paired_proportions_interval(0, 8, 8)[0] == -1.0


@pytest.mark.parametrize(
    ("call", "advice"),
    [
        (lambda: stats.paired_proportions_interval(3, 3, 5), "wins \\+ losses <= n"),
        (lambda: stats.paired_proportions_interval(1, 1, 5, method="newcombe"), "needs both="),
        (lambda: stats.paired_proportions_interval(1, 1, 5, method="exact"), "use tango"),
        (lambda: stats.proportion_interval(3, 2), "0 <= k <= n"),
        (lambda: stats.proportion_interval(1, 2, "bayes"), "use wilson"),
        (lambda: stats.proportion_interval(1, 2, confidence=95), "such as 0.95"),
        (lambda: stats.mcnemar(-1, 2), "0 or more"),
        (lambda: stats.mcnemar(1, 2, "chi2"), "use mid-p"),
    ],
)
def test_what_cannot_be_is_refused_with_advice(call, advice):
    with pytest.raises(stats.StatisticsError, match=advice):
        call()
