"""The room's door: every public name can be called as it is documented, by position and by name."""

import inspect

import numpy as np
import pytest

from harness import stats

RNG = np.random.default_rng(1)
X, Y, GROUPS = RNG.normal(size=60), RNG.normal(size=60), np.arange(60) // 4


@pytest.mark.parametrize(
    "call",
    [
        lambda: stats.compare(X, Y, groups=None, weights=None, margin=0.0, confidence=0.95, seed=0),
        lambda: stats.resample({"x": X}, {"m": lambda t: t["x"] / t["n"]}, groups=GROUPS, resamples=199),
        *(lambda m=m: stats.mcnemar(9, 3, m) for m in ("mid-p", "exact", "asymptotic")),
        *(
            lambda m=m: stats.paired_proportions_interval(9, 3, 40, 20, method=m, confidence=0.9)
            for m in ("tango", "newcombe", "bonett-price", "wald")
        ),
        *(lambda m=m: stats.proportion_interval(9, 40, m) for m in ("wilson", "clopper-pearson", "jeffreys", "uniform")),
        *(
            lambda m=m: stats.bootstrap_interval(X, "mean", m, groups=GROUPS, resamples=199)
            for m in ("percentile", "bca", "studentised", "basic")
        ),
        lambda: stats.sign_flip(X - Y),
        lambda: stats.holm([0.01, 0.2]),
        lambda: stats.benjamini_hochberg([0.01, 0.2]),
        lambda: stats.max_t({"a": X, "b": Y}, resamples=199),
        lambda: stats.equivalence(X - Y, 0.5),
        lambda: stats.minimum_detectable_effect(100, variance=1.0),
        lambda: stats.required_fixtures(0.05, discordant=0.2),
        lambda: stats.bernoulli_confidence_sequence(8, 10),
        lambda: stats.betting_confidence_sequence([0.1, 0.9]),
        lambda: stats.ppi_mean([0, 1, 1], [0, 1, 0], [1, 1, 0, 1]),
        lambda: stats.clustered_standard_error(X, GROUPS),
        lambda: stats.cohen_kappa([[9, 1], [2, 8]]),
        lambda: stats.krippendorff_alpha([[1, 0, 1], [1, 1, 1]]),
        lambda: stats.settle(X, Y, groups=GROUPS, lift=0.3),
        lambda: stats.order_swap(["candidate", "tie"], ["baseline", "tie"]),
    ],
)
def test_every_documented_way_to_call_is_answered(call):
    assert call() is not None


def test_a_comparison_holds_what_a_reader_is_told():
    result = stats.compare(X, Y, resamples=199)
    for name in ("effect", "low", "high", "p_value", "verdict", "route", "n", "wins", "losses", "groups", "detectable_effect"):
        assert getattr(result, name) is not None
    with pytest.raises(AttributeError):
        result.effect = 0.0


def test_every_public_name_is_there_documented_and_in_order():
    assert list(stats.__all__) == sorted(stats.__all__)
    for name in stats.__all__:
        assert inspect.getdoc(getattr(stats, name)), name
