"""Comparisons and estimates of a run, against published tables and values worked by hand."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pytest
from scipy import stats as scipy_stats

from harness.errors import HarnessError
from harness.metrics import MeanMetric
from harness.verdicts import Comparison, compare_variants, judge
from tests.verdicts.runs import Values, gate, make_run, metrics, shares

ACCURACY = metrics("accuracy")


def compared(candidate: Values, over: Values, **options: object) -> Comparison:
    run = make_run({"accuracy": {"baseline": over, "tuned": candidate}}, **options)
    return compare_variants(run, ACCURACY, "tuned", "baseline")


@pytest.mark.parametrize(
    ("table", "low", "high", "p", "verdict"),
    [
        ((59, 6, 16, 80), -0.1240, -0.0054, 0.034690, "worse"),  # Cavo
        ((1, 1, 7, 12), -0.517, -0.026, 0.039063, "worse"),  # Bentur
        ((53, 16, 8, 9), -0.020, 0.207, 0.1078, "inconclusive"),
    ],
)
def test_shares_are_judged_by_tango_and_mid_p_as_published(
    table: tuple[int, int, int, int], low: float, high: float, p: float, verdict: str
) -> None:
    c = compared(*shares(*table))
    assert c.interval == pytest.approx((low, high), abs=0.0006)
    assert c.p == pytest.approx(p, abs=6e-5)
    assert c.verdict == verdict
    assert (c.wins, c.losses, c.ties) == (table[1], table[2], table[0] + table[3])
    assert c.effect == pytest.approx((table[1] - table[2]) / sum(table))
    assert "Tango" in c.route


def test_four_wins_to_none_are_no_signal_and_five_are() -> None:
    assert compared(*shares(26, 4, 0, 20)).verdict == "inconclusive"
    five = compared(*shares(25, 5, 0, 20))
    assert five.verdict == "better"
    assert five.signal


def test_below_twenty_fixtures_nothing_is_better_and_it_says_so() -> None:
    c = compared(*shares(2, 10, 0, 3))
    assert c.verdict == "inconclusive"
    assert c.withheld is not None
    assert "20" in c.withheld


def test_equivalent_needs_a_margin_and_better_may_be_equivalent_too() -> None:
    rng = np.random.default_rng(3)
    base = rng.uniform(0.3, 0.7, 60)
    run = make_run({"edit_similarity": {"baseline": list(base), "tuned": list(base + rng.normal(0.0, 0.01, 60))}})
    loose = compare_variants(run, metrics("edit_similarity"), "tuned", "baseline", margin=0.05)
    assert loose.verdict == "equivalent"
    run = make_run({"edit_similarity": {"baseline": list(base), "tuned": list(base + rng.uniform(0.01, 0.02, 60))}})
    both = compare_variants(run, metrics("edit_similarity"), "tuned", "baseline", margin=0.05)
    assert (both.verdict, both.also_equivalent, both.worth_it) == ("better", True, False)


def test_repeats_are_averaged_inside_the_fixture_before_anything_is_compared() -> None:
    candidate = [[1.0, 0.0, 1.0], [1.0, 1.0, 1.0]] * 15
    baseline = [[0.0, 0.0, 1.0], [1.0, 0.0, 1.0]] * 15
    c = compared(candidate, baseline)
    assert c.n == 30
    assert c.effect == pytest.approx(1 / 3)
    assert c.wins == 30


def test_groups_are_judged_by_a_cluster_robust_t() -> None:
    rng = np.random.default_rng(5)
    groups = [f"g{i // 5}" for i in range(50)]
    base = rng.uniform(0, 1, 50)
    candidate = np.clip(base + np.repeat(rng.normal(0.05, 0.1, 10), 5), 0, 1)
    run = make_run({"edit_similarity": {"baseline": list(base), "tuned": list(candidate)}}, groups=groups)
    c = compare_variants(run, metrics("edit_similarity"), "tuned", "baseline")
    assert (c.n, c.groups) == (50, 10)
    by_group = (candidate - base).reshape(10, 5).mean(axis=1)  # equal groups: the plain t of their means
    low, high = scipy_stats.t.interval(0.95, 9, by_group.mean(), scipy_stats.sem(by_group))
    assert c.interval == pytest.approx((low, high))


def test_a_fixture_without_a_group_is_on_its_own_and_counts_as_one() -> None:
    run = make_run({"accuracy": {"tuned": [1.0] * 6, "baseline": [0.0] * 6}}, groups=["a", "a", "a", None, None, "b"])
    assert judge(run, ACCURACY).groups == 4


def test_weights_move_the_effect_as_a_weighted_mean_does() -> None:
    candidate, baseline = shares(10, 10, 5, 5)
    weights = [1.0 + i % 3 for i in range(30)]
    c = compared(candidate, baseline, weights=weights)
    assert c.effect == pytest.approx(np.average(np.subtract(candidate, baseline), weights=weights))


def test_latency_is_compared_as_a_ratio_of_which_less_is_better() -> None:
    rng = random.Random(1)
    base = [rng.lognormvariate(0, 0.4) for _ in range(60)]
    run = make_run({"latency": {"baseline": base, "tuned": [0.5 * seconds * rng.lognormvariate(0, 0.1) for seconds in base]}})
    c = compare_variants(run, metrics("latency"), "tuned", "baseline", margin=0.1)
    assert c.scale == "ratio"
    assert c.effect == pytest.approx(0.5, abs=0.03)
    assert (c.verdict, c.wins, c.worth_it) == ("better", 60, True)
    assert c.turned is not None
    assert c.interval is not None
    assert c.turned[0] == pytest.approx(-math.log(c.interval[1]))
    assert c.turned_margin == pytest.approx(math.log(1.1))


def test_a_cost_of_nothing_is_compared_as_a_difference_with_the_margin_as_a_share_of_the_other() -> None:
    costs = [0.001 + 0.0001 * (i % 7) for i in range(40)]
    run = make_run({"cost": {"baseline": costs, "tuned": [0.0] * 40}})
    c = compare_variants(run, metrics("cost"), "tuned", "baseline", margin=0.1)
    assert (c.scale, c.verdict) == ("difference", "better")
    assert c.effect == pytest.approx(-np.mean(costs))
    assert c.margin == pytest.approx(0.1 * np.mean(costs))


def test_a_quantile_pools_repeats_and_is_estimated_as_numpy_does() -> None:
    rng = np.random.default_rng(2)
    seconds = rng.lognormal(0, 0.5, (40, 3))
    run = make_run({"latency_p95": {"baseline": seconds.tolist(), "tuned": (seconds * 2).tolist()}})
    judgement = judge(run, metrics("latency_p95"))
    assert judgement.estimate("baseline", "latency_p95").value == pytest.approx(np.quantile(seconds, 0.95))
    c = judgement.comparison("tuned", "baseline", "latency_p95")
    assert c.effect == pytest.approx(2.0)
    assert c.verdict == "worse"


@dataclass(frozen=True)
class F1(MeanMetric):
    name: ClassVar[str] = "f1"

    def measure(self, fixture, response):
        return {}

    def estimate(self, totals):
        return 2 * totals["_tp"] / (2 * totals["_tp"] + totals["_wrong"])


def test_a_function_of_column_sums_is_computed_from_the_sums_and_its_own_columns_are_no_parts() -> None:
    rng = np.random.default_rng(4)
    columns = {name: {v: rng.integers(0, 2, 80).astype(float) for v in ("baseline", "tuned")} for name in ("_tp", "_wrong")}
    run = make_run({f"f1.{name}": {v: list(x) for v, x in by.items()} for name, by in columns.items()})
    judgement = judge(run, [F1()])
    tp, wrong = (columns[name]["tuned"].sum() for name in ("_tp", "_wrong"))
    estimate = judgement.estimate("tuned", "f1")
    assert estimate.value == pytest.approx(2 * tp / (2 * tp + wrong))
    assert estimate.n == 80
    assert {e.metric for e in judgement.estimates} == {"f1"}
    assert judgement.comparison("tuned", "baseline", "f1").verdict in ("inconclusive", "better", "worse")


def test_only_complete_pairs_enter_and_below_min_coverage_there_is_no_verdict() -> None:
    candidate, baseline = shares(40, 40, 5, 15)
    few = compared([None, *candidate[1:]], baseline)
    assert (few.n, few.coverage, few.verdict) == (99, 0.99, "better")
    many = compared([None] * 3 + candidate[3:], baseline)
    assert (many.n, many.coverage, many.verdict) == (97, 0.97, None)
    assert "97 of 100 fixtures (97 %)" in many.withheld
    assert compared([None] * 3 + candidate[3:], baseline, min_coverage=0.9).verdict == "better"


def test_a_fixture_that_a_metric_does_not_apply_to_takes_nothing_from_coverage() -> None:
    candidate, baseline = shares(20, 20, 2, 8)
    json_valid = {"tuned": [1.0] * 50, "baseline": [1.0] * 50}  # every fixture was answered
    run = make_run(
        {
            "accuracy": {"tuned": [*candidate[:40], *[None] * 10], "baseline": [*baseline[:40], *[None] * 10]},
            "json_valid": json_valid,
        }
    )
    c = compare_variants(run, metrics("accuracy", "json_valid"), "tuned", "baseline", metric="accuracy")
    assert (c.n, c.coverage) == (40, 1.0)


def test_slices_are_compared_and_those_under_the_minimum_are_shown_and_not_judged() -> None:
    candidate, baseline = shares(10, 30, 0, 20)
    tags = [["edge"] if i % 2 else ["rare"] if i % 6 == 0 else [] for i in range(60)]
    run = make_run({"accuracy": {"tuned": candidate, "baseline": baseline}}, tags=tags, slices=["tag:edge", "tag:rare"])
    judgement = judge(run, ACCURACY)
    edge = judgement.comparison("tuned", "baseline", "accuracy", "tag:edge")
    assert (edge.n, edge.verdict, edge.exploratory) == (30, "better", True)
    rare = judgement.comparison("tuned", "baseline", "accuracy", "tag:rare")
    assert (rare.n, rare.verdict) == (10, None)
    assert rare.effect is not None
    assert "minimum of 20" in rare.withheld
    assert judgement.estimate("tuned", "accuracy", "tag:rare").n == 10


def test_declared_comparisons_keep_the_gates_terms_and_the_others_get_q_by_benjamini_and_hochberg() -> None:
    rng = random.Random(8)
    skill = {"rules": 0.4, "baseline": 0.5, "rag": 0.6, "small": 0.5, "tuned": 0.8, "tuned_rag": 0.85}
    scores = {name: [float(rng.random() < p) for _ in range(80)] for name, p in skill.items()}
    asked = gate(over="baseline", require="better", margin=0.02, confidence=0.99)
    judgement = judge(make_run({"accuracy": scores}, gates=[asked]), ACCURACY)
    declared = judgement.comparison("tuned", "baseline", "accuracy")
    assert (declared.exploratory, declared.confidence, declared.margin, declared.q) == (False, 0.99, 0.02, None)
    others = [c for c in judgement.comparisons if c.exploratory]
    assert {(c.candidate, c.over) for c in others} >= {
        ("tuned", "rules"), ("tuned", "rag"), ("tuned", "small"), ("tuned_rag", "baseline"), ("tuned", "tuned_rag"),
        ("rag", "baseline"), ("small", "baseline"), ("rules", "baseline"),
    }  # fmt: skip
    assert all(c.margin == 0.02 and c.confidence == 0.95 for c in others)
    expected = scipy_stats.false_discovery_control([c.p for c in others])
    assert [c.q for c in others] == pytest.approx(list(expected))


def test_floors_are_no_rivals_in_latency() -> None:
    scores = {name: [0.5 + 0.01 * (i % 9) for i in range(30)] for name in ("nearest", "baseline", "tuned")}
    judgement = judge(make_run({"latency": scores}), metrics("latency"))
    assert judgement.comparison("tuned", "nearest", "latency") is None
    assert judgement.estimate("nearest", "latency").value is not None


def test_a_comparison_is_a_table_of_one_row() -> None:
    c = compared(*shares(10, 10, 2, 8))
    frame = c.to_frame()
    assert frame.shape[0] == 1
    assert frame.loc[0, "verdict"] == c.verdict
    assert (frame.loc[0, "low"], frame.loc[0, "high"]) == c.interval


def test_names_that_are_not_in_the_run_are_refused_with_the_nearest() -> None:
    run = make_run({"accuracy": {"baseline": [1.0] * 5, "tuned": [1.0] * 5}})
    for wrong in (("tuend", "baseline", None, None), ("tuned", "base", None, None), ("tuned", "baseline", "acuracy", None)):
        with pytest.raises(HarnessError, match="did you mean"):
            compare_variants(run, ACCURACY, *wrong[:3])
    with pytest.raises(HarnessError, match="slice tag:none"):
        compare_variants(run, ACCURACY, "tuned", "baseline", slice="tag:none")
    with pytest.raises(HarnessError, match="no slice"):
        compare_variants(run, ACCURACY, "tuned", "baseline", slice="edge")


def test_the_same_run_gives_the_same_judgement() -> None:
    rng = np.random.default_rng(1)
    run = make_run({"edit_similarity": {name: list(rng.uniform(0, 1, 50)) for name in ("baseline", "rag", "tuned")}})
    assert judge(run, metrics("edit_similarity")) == judge(run, metrics("edit_similarity"))
