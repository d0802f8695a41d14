"""Equivalence, slices, cost and latency quantiles as gates: passed, failed, inconclusive and withheld."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from statsmodels.stats.weightstats import ttost_paired

from harness.verdicts import GateResult, Judgement, judge
from tests.verdicts.runs import Values, gate, make_run, metrics, shares

CLEAR = shares(40, 60, 5, 15)
NOISE = shares(53, 16, 8, 9)
LOSS = shares(40, 2, 58, 20)


def judged(scores: dict[str, dict[str, Values]], asked: dict[str, Any], **options: Any) -> tuple[GateResult, Judgement]:
    judgement = judge(make_run(scores, gates=[asked], **options), metrics(*scores))
    return judgement.gates[0], judgement


def pair(candidate: Values, over: Values, metric: str = "accuracy") -> dict[str, dict[str, Values]]:
    return {metric: {"baseline": over, "tuned": candidate}}


def equivalent(margin: float, **said: Any) -> dict[str, Any]:
    return gate(over="baseline", require="equivalent", margin=margin, **said)


# ---- equivalence


@pytest.mark.parametrize("margin", [0.02, 0.05, 0.08, 0.3])
@pytest.mark.parametrize("shift", [-0.06, 0.0, 0.04])
def test_equivalence_by_groups_is_statsmodels_two_one_sided_tests(margin: float, shift: float) -> None:
    rng = np.random.default_rng(5)
    base = rng.uniform(0.3, 0.6, 50)
    candidate = base + np.repeat(rng.normal(shift, 0.05, 10), 5) + rng.normal(0, 0.01, 50)
    run = pair(list(candidate), list(base), "edit_similarity")
    result, _ = judged(run, equivalent(margin, metric="edit_similarity"), groups=[f"g{i // 5}" for i in range(50)])
    means = candidate.reshape(10, 5).mean(axis=1), base.reshape(10, 5).mean(axis=1)
    p, (_, p_above_low, _), (_, p_below_high, _) = ttost_paired(*means, -margin, margin)
    expected = "passed" if p < 0.05 else "failed" if max(p_above_low, p_below_high) > 0.95 else "inconclusive"
    assert (result.status, result.confidence) == (expected, 0.9)


def test_equivalence_fails_where_the_difference_is_beyond_the_margin_either_way() -> None:
    for scores in (CLEAR, LOSS):
        result, judgement = judged(pair(*scores), equivalent(0.1))
        assert (result.status, judgement.exit_code) == ("failed", 1)
        assert result.sentence.endswith("equivalent within 10.0 points was asked: failed; the difference is beyond the margin.")
        assert result.condition == "equivalent to baseline within 10.0 points"


def test_equivalence_is_inconclusive_where_the_interval_reaches_across_the_margin() -> None:
    result, judgement = judged(pair(*NOISE), equivalent(0.05))
    assert (result.status, judgement.exit_code) == ("inconclusive", 4)
    assert "the interval reaches across the margin" in result.sentence
    assert judged(pair(*NOISE), equivalent(0.2))[0].status == "passed"


def test_equivalence_must_hold_also_where_what_the_candidate_lacks_is_its_failure() -> None:
    candidate, baseline = shares(80, 6, 6, 8)
    lacking: Values = [None, None, *candidate[2:]]
    whole, _ = judged(pair(candidate, baseline), equivalent(0.07))
    result, _ = judged(pair(lacking, baseline), equivalent(0.07))
    assert (whole.status, result.status) == ("passed", "inconclusive")
    assert result.low > -0.07
    assert result.worst_case < -0.07
    assert "2 pairs that tuned lacks counted as its failures" in result.sentence


def test_equivalence_on_a_ratio_is_a_share_up_and_its_inverse_down() -> None:
    rng = np.random.default_rng(0)
    base = rng.lognormal(0, 0.3, 60)
    near = base * 1.05 * rng.lognormal(0, 0.02, 60)
    result, _ = judged(pair(list(near), list(base), "latency"), equivalent(0.1, metric="latency"))
    assert (result.status, result.scale) == ("passed", "ratio")
    assert result.condition == "equivalent to baseline within 10 %"
    for factor in (0.5, 2.0):
        far, _ = judged(pair(list(near * factor), list(base), "latency"), equivalent(0.1, metric="latency"))
        assert far.status == "failed"


def test_equivalence_is_withheld_below_the_coverage() -> None:
    candidate, baseline = shares(80, 6, 6, 8)
    result, judgement = judged(pair([None] * 5 + candidate[5:], baseline), equivalent(0.5))
    assert (result.status, judgement.exit_code) == ("withheld", 3)


# ---- slices

EDGE = [["edge"] if i % 2 else [] for i in range(120)]


def half(values: list[float]) -> list[float]:
    return values[1::2]


@pytest.mark.parametrize(
    "asked",
    [
        gate(over="baseline", require="better", margin=0.02),
        gate(over="baseline", require="no_worse", margin=0.02),
        gate(over="baseline", require="equivalent", margin=0.7),
        gate(at_least=0.7),
        gate(at_most=0.99),
    ],
)
def test_a_gate_on_a_slice_is_the_gate_of_a_run_of_that_slice_alone(asked: dict[str, Any]) -> None:
    rng = np.random.default_rng(1)
    candidate, baseline = ([float(x) for x in rng.permutation(values)] for values in CLEAR)
    on_slice, _ = judged(pair(candidate, baseline), {**asked, "slice": "tag:edge"}, tags=EDGE)
    alone, _ = judged(pair(half(candidate), half(baseline)), asked)
    assert (on_slice.status, on_slice.value, on_slice.low, on_slice.high) == (alone.status, alone.value, alone.low, alone.high)
    assert on_slice.slice == "tag:edge"
    assert "(tag:edge)" in on_slice.sentence
    assert on_slice.condition == f"{alone.condition} (tag:edge)"


def test_a_gate_may_name_a_slice_by_group_that_the_suite_does_not_declare() -> None:
    groups = ["a" if i < 40 else f"g{i}" for i in range(120)]
    result, judgement = judged(pair(*CLEAR), gate(at_least=0.5, slice="group:a"), groups=groups)
    assert result.value == pytest.approx(np.mean(CLEAR[0][:40]))
    assert not any(e.slice for e in judgement.estimates)


@pytest.mark.parametrize(
    ("inside", "said"), [(19, "Only 19 fixtures of the run are in tag:rare"), (0, "No fixture of the run is in tag:rare")]
)
@pytest.mark.parametrize("asked", [{"at_least": 0.1}, {"over": "baseline", "require": "better"}])
def test_a_slice_below_its_minimum_is_not_judged_whatever_it_shows(inside: int, said: str, asked: dict[str, Any]) -> None:
    tags = [["rare"] if i < inside else [] for i in range(120)]
    perfect, none = [1.0] * 120, [0.0] * 120
    result, judgement = judged(pair(perfect, none), gate(slice="tag:rare", **asked), tags=tags)
    assert (result.status, result.value, result.needed, judgement.exit_code) == ("inconclusive", None, 20, 4)
    assert result.sentence.startswith(said)
    assert "a slice is judged from 20 on" in result.sentence
    enough, _ = judged(pair(perfect, none), gate(slice="tag:rare", **asked), tags=[["rare"]] * 20 + [[]] * 100)
    assert enough.status == "passed"


def test_only_what_is_lacking_inside_the_slice_counts_as_failure_there() -> None:
    candidate, baseline = shares(80, 20, 20, 0)
    asked = gate(over="baseline", require="no_worse", margin=0.3, slice="tag:edge")
    outside: Values = [None, *candidate[1:]]
    assert judged(pair(outside, baseline), asked, tags=EDGE)[0].worst_case is None
    inside: Values = [candidate[0], None, *candidate[2:]]
    assert judged(pair(inside, baseline), asked, tags=EDGE)[0].worst_case is not None


def test_a_slices_margin_and_another_suites_are_not_the_margin_of_the_whole() -> None:
    _, judgement = judged(pair(*CLEAR), gate(over="baseline", require="better", margin=0.3, slice="tag:edge"), tags=EDGE)
    assert judgement.comparison("tuned", "baseline", "accuracy").margin == 0
    declared = judgement.comparison("tuned", "baseline", "accuracy", "tag:edge")
    assert (declared.margin, declared.exploratory) == (0.3, False)


# ---- money


def costs(tuned: Values | None, baseline: Values) -> dict[str, dict[str, Values]]:
    right = [1.0] * len(baseline)
    named: dict[str, Values] = {"baseline": baseline} if tuned is None else {"baseline": baseline, "tuned": tuned}
    return {"accuracy": {"baseline": right, "tuned": right}, "cost_per_1000_calls": named}


DEAR = [1.0 + 0.1 * (i % 7) for i in range(60)]


@pytest.mark.parametrize(("limit", "status"), [(0.8, "passed"), (0.66, "inconclusive"), (0.5, "failed")])
def test_a_thousand_calls_cost_at_most_a_limit_judged_on_the_interval(limit: float, status: str) -> None:
    asked = gate(metric="cost_per_1000_calls", at_most=limit)
    result, _ = judged(costs([0.5 * c for c in DEAR], DEAR), asked)
    assert (result.status, result.unit) == (status, "USD")
    assert result.value == pytest.approx(0.5 * np.mean(DEAR))
    assert result.sentence.startswith("cost_per_1000_calls of tuned is USD 0.6")
    assert f"at most USD {limit:.3g} was asked: {status}" in result.sentence


def test_costs_are_compared_as_a_ratio_of_which_less_is_better() -> None:
    rng = np.random.default_rng(2)
    cheap = [float(0.5 * c * rng.lognormal(0, 0.05)) for c in DEAR]
    asked = gate(metric="cost_per_1000_calls", over="baseline", require="better", margin=0.5)
    result, _ = judged(costs(cheap, DEAR), asked)
    assert (result.status, result.scale) == ("passed", "ratio")
    assert result.value == pytest.approx(math.exp(np.mean(np.log(cheap) - np.log(DEAR))))
    dearer, _ = judged(costs([2 * c for c in cheap], DEAR), {**asked, "require": "no_worse", "margin": 0.2})
    assert dearer.status == "passed"
    assert judged(costs([c * 3 for c in DEAR], cheap), {**asked, "require": "no_worse"})[0].status == "failed"


def test_a_price_of_nothing_is_a_cost_of_nothing() -> None:
    result, _ = judged(costs([0.0] * 60, DEAR), gate(metric="cost_per_1000_calls", at_most=0.1))
    assert (result.status, result.value) == ("passed", 0.0)


@pytest.mark.parametrize("asked", [{"at_most": 5.0}, {"over": "baseline", "require": "better", "margin": 0.1}])
def test_an_unknown_price_is_withheld_in_words_and_never_nothing(asked: dict[str, Any]) -> None:
    run = make_run(costs(None, DEAR), gates=[gate(metric="cost_per_1000_calls", **asked)])
    run.record.variants["tuned"]["price"]["source"] = "unknown"  # type: ignore[index]
    judgement = judge(run, metrics("accuracy", "cost_per_1000_calls"))
    (result,) = judgement.gates
    assert (result.status, result.value, judgement.exit_code) == ("withheld", None, 3)
    assert "the price of tuned is unknown, which is not nothing; give it a price: in the suite" in result.sentence


def test_answers_of_which_nobody_told_the_tokens_withhold_a_gate_on_cost() -> None:
    some: Values = [None, None, *DEAR[2:]]
    result, _ = judged(costs(some, DEAR), gate(metric="cost_per_1000_calls", at_most=5.0))
    assert result.status == "withheld"
    assert "the provider told no tokens for 2 of 60 answers of tuned" in result.sentence


# ---- latency


@pytest.mark.parametrize(
    ("metric", "quantile"), [("latency_p50", 0.5), ("latency_p90", 0.9), ("latency_p95", 0.95), ("latency_p99", 0.99)]
)
def test_every_latency_quantile_is_a_gate(metric: str, quantile: float) -> None:
    rng = np.random.default_rng(3)
    base = rng.lognormal(0, 0.4, 200)
    value = float(np.quantile(base * 2, quantile))
    run = pair(list(base * 2), list(base), metric)
    for limit, status in ((3 * value, "passed"), (1.001 * value, "inconclusive"), (value / 3, "failed")):
        result, _ = judged(run, gate(metric=metric, at_most=limit))
        assert (result.status, result.value) == (status, pytest.approx(value))
    slower, _ = judged(run, gate(metric=metric, over="baseline", require="no_worse", margin=0.2))
    assert (slower.status, slower.scale, slower.value) == ("failed", "ratio", pytest.approx(2.0))
    assert judged(run, gate(metric=metric, over="baseline", require="no_worse", margin=2.0))[0].status == "passed"


def test_an_open_gate_says_how_many_fixtures_would_let_the_value_pass_if_it_stays() -> None:
    values = [1.0] * 95 + [0.0] * 5
    result, _ = judged(pair(values, values), gate(at_least=0.93))
    assert result.status == "inconclusive"
    reach, distance = 0.95 - result.low, 0.95 - 0.93
    assert result.needed == math.ceil(100 * (reach / distance) ** 2)
    assert f"about {result.needed:,} fixtures would settle it" in result.sentence
    below, _ = judged(pair(values, values), gate(at_least=0.96))
    assert (below.status, below.needed) == ("inconclusive", None)
