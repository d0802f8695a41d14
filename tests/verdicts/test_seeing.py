"""What a set can see, by its size."""

from __future__ import annotations

import math
import random

import pytest
from scipy.stats import norm

from harness.verdicts import judge
from tests.verdicts.runs import gate, make_run, metrics, shares


def connor(difference: float, discordant: float) -> float:
    """Fixtures for McNemar's test at 5 % and 80 % (Connor 1987), written out."""
    a, b = norm.ppf(0.975), norm.ppf(0.8)
    return (a * math.sqrt(discordant) + b * math.sqrt(discordant - difference**2)) ** 2 / difference**2


def test_the_curve_of_right_and_wrong_is_connors_and_goes_through_todays_set() -> None:
    tuned, baseline = shares(53, 16, 8, 9)
    gates = [gate(over="baseline", require="better", margin=0.1)]
    judgement = judge(make_run({"accuracy": {"baseline": baseline, "tuned": tuned}}, gates=gates), metrics("accuracy"))
    (seen,) = judgement.seeing
    comparison = judgement.comparison("tuned", "baseline", "accuracy")
    assert comparison is not None
    assert (seen.n, seen.margin, seen.detectable) == (86, 0.1, comparison.detectable)
    share = 24 / 86
    for n, lift in seen.curve:
        assert connor(lift, max(share, lift)) == pytest.approx(n, rel=1e-6)
    assert dict(seen.curve)[86] == pytest.approx(seen.detectable)
    assert seen.needed == math.ceil(connor(0.1, share))


def test_other_values_see_half_as_much_with_four_times_the_fixtures() -> None:
    rng = random.Random(3)
    scores = {name: [rng.random() for _ in range(160)] for name in ("baseline", "tuned")}
    gates = [gate(metric="edit_similarity", over="baseline", require="better", margin=0.01)]
    (seen,) = judge(make_run({"edit_similarity": scores}, gates=gates), metrics("edit_similarity")).seeing
    curve = dict(seen.curve)
    assert curve[640] == pytest.approx(seen.detectable / 2) and curve[40] == pytest.approx(seen.detectable * 2)
    assert [lift for _, lift in seen.curve] == sorted(curve.values(), reverse=True)
    assert seen.needed == math.ceil(160 * (seen.detectable / 0.01) ** 2 - 1e-6)


def test_where_nothing_differs_only_the_lift_itself_would() -> None:
    same = [1.0, 0.0] * 30
    (seen,) = judge(make_run({"accuracy": {"baseline": same, "tuned": same}}), metrics("accuracy")).seeing
    assert all(connor(lift, lift) == pytest.approx(n, rel=1e-6) for n, lift in seen.curve)


def test_without_a_candidate_there_is_no_curve() -> None:
    scores = {"baseline": [1.0, 0.0] * 30, "rag": [1.0, 1.0] * 30}
    assert judge(make_run({"accuracy": scores}), metrics("accuracy")).seeing == ()
