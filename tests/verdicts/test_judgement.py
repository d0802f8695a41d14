"""The headline, the reasons, the findings, flips and keys of a judged run."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

from harness.errors import HarnessError
from harness.verdicts import Judgement, judge
from tests.verdicts.runs import gate, make_run, metrics, shares


def drawn(skill: dict[str, float], n: int = 120, seed: int = 1) -> dict[str, list[float]]:
    """0/1 scores that share each fixture's difficulty."""
    rng = random.Random(seed)
    hard = [rng.random() for _ in range(n)]
    return {name: [float(h < p) for h in hard] for name, p in skill.items()}


def judged(scores: dict[str, list[Any]], **options: Any) -> Judgement:
    return judge(make_run({"accuracy": scores}, **options), metrics("accuracy"))


def test_a_clear_win_over_prompt_and_retrieval_is_said_with_its_numbers() -> None:
    judgement = judged(drawn({"rules": 0.4, "nearest": 0.3, "baseline": 0.5, "rag": 0.7, "tuned": 0.9}))
    lift = judgement.comparison("tuned", "baseline", "accuracy")
    low, high = (f"{100 * limit:.1f}" for limit in lift.interval)
    said = (
        f"tuned beats baseline on accuracy by {100 * lift.effect:.1f} points (95 % interval {low} to {high}; signal), and rag by "
    )
    assert judgement.headline.startswith(said)
    assert judgement.candidate == "tuned"
    assert judgement.reasons[0].startswith("The ladder on accuracy: baseline ")
    assert "retrieval alone is +" in judgement.reasons[0]
    assert any(reason.startswith("Against today's process: tuned beats rules") for reason in judgement.reasons)
    assert any("It beats every floor" in reason for reason in judgement.reasons)
    assert len(judgement.reasons) <= 4
    assert judgement.exit_code == 0


def test_noise_is_called_noise_with_what_could_have_been_seen() -> None:
    candidate, baseline = shares(53, 16, 8, 9)
    judgement = judged({"baseline": baseline, "tuned": candidate})
    assert judgement.headline.startswith(
        "The lift of tuned over baseline on accuracy, +9.3 points (95 % interval -2.0 to +20.7), is noise"
    )
    assert "this set could have seen" in judgement.headline


def test_without_retrieval_nothing_is_said_of_it() -> None:
    judgement = judged(drawn({"baseline": 0.5, "tuned": 0.9}))
    assert not any("retrieval" in reason for reason in judgement.reasons)


def test_a_loss_is_called_worse() -> None:
    candidate, baseline = shares(59, 6, 16, 80)
    assert judged({"baseline": baseline, "tuned": candidate}).headline.startswith(
        "tuned is worse than baseline on accuracy by 6.2 points (95 % interval 0.5 to 12.4; signal)"
    )


def test_retrieval_that_may_do_as_well_is_said_in_the_headline() -> None:
    tuned, rag = shares(80, 8, 6, 26)
    baseline = [0.0] * 60 + tuned[60:]
    judgement = judged({"baseline": baseline, "rag": rag, "tuned": tuned})
    assert "tuned beats baseline" in judgement.headline
    assert judgement.headline.endswith("is noise: rag may do as well.")


def test_retrieval_that_does_better_is_said_in_the_headline() -> None:
    judgement = judged(drawn({"baseline": 0.5, "rag": 0.9, "tuned": 0.7}))
    assert "; rag does better, by " in judgement.headline


def test_a_floor_that_is_not_beaten_is_in_the_headline_the_reasons_and_the_findings() -> None:
    tuned, nearest = shares(70, 8, 6, 36)
    judgement = judged({"nearest": nearest, "baseline": [0.0] * 50 + tuned[50:], "tuned": tuned})
    assert "the floor nearest may do as well" in judgement.headline
    assert any("does not beat a look-up is not worth shipping" in reason for reason in judgement.reasons)
    assert any(finding.startswith("The floor nearest is not beaten") for finding in judgement.findings)


def test_todays_process_that_does_better_is_in_the_headline() -> None:
    judgement = judged(drawn({"rules": 0.95, "baseline": 0.5, "tuned": 0.7}))
    assert "today's process rules does better" in judgement.headline


def test_the_candidate_is_the_fine_tune_with_the_most_gates_and_the_baseline_the_prompt_its_gates_name() -> None:
    scores = drawn({"weak": 0.3, "baseline": 0.5, "tuned": 0.7, "tuned_rag": 0.9})
    gates = [gate("a", candidate="tuned_rag", over="baseline", require="better")]
    judgement = judged(scores, gates=gates)
    assert judgement.candidate == "tuned_rag"
    assert judgement.headline.startswith("tuned_rag beats baseline")
    assert judged(scores).candidate == "tuned"
    assert judged(scores).headline.startswith("tuned beats weak")
    run = make_run({"accuracy": scores})
    assert judge(run, metrics("accuracy"), candidate="tuned_rag").candidate == "tuned_rag"
    with pytest.raises(HarnessError, match="did you mean tuned"):
        judge(run, metrics("accuracy"), candidate="tund")


def test_a_run_without_a_fine_tune_says_which_variant_is_highest() -> None:
    judgement = judged(drawn({"majority": 0.95, "baseline": 0.5, "rag": 0.8}))
    assert judgement.candidate is None
    assert judgement.headline.startswith("No variant is up for release; rag is highest on accuracy with ")
    assert "rag beats baseline on accuracy by" in judgement.headline
    assert judgement.exit_code == 0


def test_gates_that_did_not_pass_are_named_among_the_reasons() -> None:
    scores = drawn({"baseline": 0.5, "tuned": 0.9})
    gates = [gate("wins", over="baseline", require="better"), gate("perfect", at_least=0.99)]
    assert "1 of 2 gates passed; 'perfect' failed." in judged(scores, gates=gates).reasons


def test_unequal_failures_are_a_finding_paired_by_fixture() -> None:
    scores = drawn({"baseline": 0.5, "tuned": 0.9})
    scores["tuned"] = [None] * 12 + scores["tuned"][12:]
    judgement = judged(scores)
    (unequal,) = judgement.unequal_failures
    assert (unequal.candidate, unequal.over, unequal.metric, unequal.verdict) == ("tuned", "baseline", "failed", "worse")
    assert (unequal.effect, unequal.wins, unequal.losses, unequal.n) == (pytest.approx(0.1), 0, 12, 120)
    assert unequal.p == pytest.approx(0.5**12) and unequal.p == unequal.q  # mid-p: two tails, half the table's own probability
    said = " ".join(judgement.findings)
    assert "Unequal failures: tuned failed on 12 of 120 calls and baseline failed on 0 of 120 calls" in said
    assert "harness run --retry-failed" in said
    assert judgement.exit_code == 3, "without a gate too: there is no verdict on the candidate"
    assert judgement.to_dict()["unequal_failures"][0]["over"] == "baseline"
    assert any(f.startswith("tuned failed on 12 of 120 calls (timeout 12)") for f in judgement.findings)
    assert any(f.startswith("No verdict on tuned over baseline: only 108 of 120") for f in judgement.findings)
    assert judgement.headline.startswith("No verdict on tuned over baseline on accuracy: only 108 of 120 fixtures (90 %)")
    equal = drawn({"baseline": 0.5, "tuned": 0.9})
    equal = {name: [None, *values[1:]] for name, values in equal.items()}
    assert judged(equal).unequal_failures == () and not any("Unequal" in finding for finding in judged(equal).findings)


def test_what_retrieval_breaks_and_what_the_candidate_breaks_are_findings() -> None:
    scores = {
        "accuracy": drawn({"baseline": 0.5, "rag": 0.8, "tuned": 0.9}),
        "accuracy.date": drawn({"baseline": 0.9, "rag": 0.5, "tuned": 0.6}),
    }
    judgement = judge(make_run(scores), metrics("accuracy"))
    said = " ".join(judgement.findings)
    assert "Retrieval has a side effect: rag is worse than baseline on accuracy.date (-" in said
    assert "tuned is worse than baseline on accuracy.date (-" in said
    assert judgement.estimate("tuned", "accuracy.date").value == pytest.approx(sum(scores["accuracy.date"]["tuned"]) / 120)


def test_unknown_prices_cut_answers_and_changed_models_are_findings() -> None:
    run = make_run(
        {"accuracy": drawn({"baseline": 0.5, "tuned": 0.9}, n=30)},
        responses={"tuned": {"cost": None, "outcome": "truncated", "model": "ft-1"}, "baseline": {"model": "base-1"}},
    )
    run.record.variants["tuned"]["price"]["source"] = "unknown"  # type: ignore[index]
    judgement = judge(run, metrics("accuracy"))
    assert "The price of tuned is unknown, so its cost is left out; give price in the suite." in judgement.findings
    assert "Answers that were cut off at the token limit are scored as they are: 30 of tuned." in judgement.findings
    tuned, baseline = judgement.variants["tuned"], judgement.variants["baseline"]
    assert (tuned.cost, tuned.price_source, dict(tuned.outcomes)) == (None, "unknown", {"truncated": 30})
    assert (baseline.cost, baseline.cost_per_call) == (pytest.approx(0.03), pytest.approx(0.001))
    assert baseline.answered_by == {"base-1": 30}


def test_small_sets_small_slices_and_metrics_without_a_measurement_are_findings() -> None:
    tags = [["rare"] if i < 5 else [] for i in range(25)]
    run = make_run({"accuracy": drawn({"baseline": 0.5, "tuned": 0.9}, n=25)}, tags=tags, slices=["tag:rare"])
    findings = judge(run, metrics("accuracy", "edit_similarity")).findings
    assert "There are only 25 fixtures: intervals are wide, and below 20 fixtures nothing is called better or worse." in findings
    assert "Slices under 20 fixtures are shown and not judged: tag:rare." in findings
    assert "Nothing was measured on edit_similarity." in findings


def test_flips_are_the_fixtures_that_differ_the_largest_difference_first() -> None:
    scores = {"baseline": [0.0, 1.0, 0.5, 0.2], "rag": [0.0, 0.5, 0.75, 0.7], "tuned": [1.0, 0.5, 0.5, 0.7]}
    flips = judge(make_run({"edit_similarity": scores}), metrics("edit_similarity")).flips
    assert [(f.over, f.fixture_id, f.candidate_value, f.over_value, f.won) for f in flips] == [
        ("baseline", "f000", 1.0, 0.0, True),
        ("baseline", "f001", 0.5, 1.0, False),
        ("baseline", "f003", 0.7, 0.2, True),
        ("rag", "f000", 1.0, 0.0, True),
        ("rag", "f002", 0.5, 0.75, False),
    ]


def test_the_keys_are_json_without_nan_and_hold_every_number() -> None:
    scores = drawn({"nearest": 0.2, "baseline": 0.5, "rag": 0.6, "tuned": 0.9})
    tags = [["edge"] if i % 3 else ["rare"] for i in range(120)]
    run = make_run({"accuracy": scores}, gates=[gate(over="baseline", require="better")], tags=tags, slices=["tag:edge"])
    judgement = judge(run, metrics("accuracy", "latency"))
    keys = json.loads(json.dumps(judgement.to_dict(), allow_nan=False))
    assert (keys["format"], keys["run_id"], keys["suite"], keys["exit_code"]) == (1, run.record.run_id, "orders", 0)
    tuned = keys["variants"]["tuned"]
    assert (tuned["role"], tuned["outcomes"]) == ("fine_tune", {"answered": 120})
    assert tuned["metrics"]["accuracy"]["value"] == pytest.approx(sum(scores["tuned"]) / 120)
    assert set(tuned["metrics"]["accuracy"]) >= {"value", "low", "high", "n", "unit", "route"}
    first = keys["comparisons"][0]
    assert set(first) >= {"candidate", "over", "metric", "slice", "effect", "low", "high", "p", "q", "verdict", "route", "n"}
    assert keys["gates"][0]["passed"] is True
    assert set(keys["slices"]) == {"tag:edge"}
    assert {c["over"] for c in keys["slices"]["tag:edge"]["comparisons"]} == {"baseline", "rag"}
    assert keys["flips"][0]["candidate"] == "tuned"


def test_an_infinite_number_is_null_in_the_keys() -> None:
    from dataclasses import replace

    judgement = judged(drawn({"baseline": 0.5, "tuned": 0.9}))
    wide = replace(judgement, comparisons=(replace(judgement.comparisons[0], high=float("inf"), p=float("nan")),))
    comparison = json.loads(json.dumps(wide.to_dict(), allow_nan=False))["comparisons"][0]
    assert (comparison["high"], comparison["p"]) == (None, None)


def test_a_model_that_is_retired_within_ninety_days_of_the_run_is_a_finding_whenever_it_is_read() -> None:
    scores = {"accuracy": {"baseline": [1.0] * 30, "tuned": [1.0] * 30}}
    run = make_run(scores, retirements={"base": "2026-12-31"})
    said = [f for f in judge(run, metrics("accuracy")).findings if "retired" in f]
    assert said == [
        "baseline asks openai/base, which is retired on 2026-12-31, in 41 days "
        "(the suite's own calendar), counted from this run.",
        "tuned asks openai/ft:base::x, which is retired on 2026-12-31, in 41 days "
        "(the suite's own calendar; the base model of the fine-tune), counted from this run.",
    ]
    assert not any("retired" in f for f in judge(make_run(scores), metrics("accuracy")).findings)
