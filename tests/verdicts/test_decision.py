"""The decision from a judged run: every rung of the ladder, and that it never ships what a gate did not let through."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.suite import definition_from_record
from harness.verdicts import Decision, Facts, Judgement, decide, judge
from tests.verdicts.runs import gate, make_run, metrics, shares

LIFTS = gate("beats the prompt", over="baseline", require="better", margin=0.05)


def right(*ranges: Sequence[int], n: int = 120) -> list[float]:
    known = {number for each in ranges for number in each}
    return [float(i in known) for i in range(n)]


def decided(
    scores: dict[str, list[Any]], gates: Sequence[dict[str, Any]] = (LIFTS,), facts: Facts | None = None, **options: Any
) -> tuple[Decision, Judgement]:
    run = make_run({"accuracy": scores}, gates=gates, **options)
    judgement = judge(run, metrics("accuracy"), resamples=2_000)
    return decide(judgement, definition_from_record(dict(run.record.definition)), facts), judgement


def step(decision: Decision, begins: str) -> Any:
    return next(s for s in decision.steps if s.question.startswith(begins))


def test_without_gates_nothing_ships_however_large_the_lift() -> None:
    decision, _ = decided({"baseline": right(range(40)), "tuned": right(range(110))}, ())
    assert (decision.recommendation, decision.variant) == ("keep_prompting", "baseline")
    assert "no gate says what a release must meet" in decision.headline
    assert decision.would_change[0] == "Gates, declared before the next run: nothing ships without one."


def test_retrieval_that_does_not_help_is_not_recommended_because_the_fine_tune_does_not_either() -> None:
    same = right(range(60))
    decision, _ = decided({"baseline": same, "rag": same, "tuned": same})
    assert decision.recommendation == "keep_prompting"


def test_retrieval_that_the_fine_tune_beats_as_asked_is_not_enough() -> None:
    scores = {"baseline": right(range(40)), "rag": right(range(70)), "tuned": right(range(115))}
    over_rag = gate("beats retrieval", over="rag", require="better", margin=0.05)
    decision, _ = decided(scores, (LIFTS, over_rag))
    assert decision.recommendation == "ship_fine_tune"
    assert step(decision, "Does retrieval").answer == "no"
    assert "'beats retrieval' asks for more" in step(decision, "Does retrieval").because
    decision, _ = decided(scores, (LIFTS,))
    assert decision.recommendation == "ship_fine_tune", "nobody asked, and the lift over it is worth having all the same"


def test_a_fine_tune_that_fails_leaves_retrieval_where_that_is_worth_having() -> None:
    scores = {"baseline": right(range(40)), "rag": right(range(70)), "tuned": right(range(115))}
    perfect = gate("on the hard ones", at_least=0.99, slice="tag:hard")
    tags = [["hard"] if i >= 90 else [] for i in range(120)]
    decision, _ = decided(scores, (LIFTS, perfect), tags=tags)
    assert decision.recommendation == "keep_prompting", "retrieval fails on the slice too"
    latency = {name: [seconds] * 120 for name, seconds in (("baseline", 1.0), ("rag", 1.1), ("tuned", 9.0))}
    run = make_run({"accuracy": scores, "latency": latency}, gates=(LIFTS, gate("fast", metric="latency", at_most=2.0)))
    judgement = judge(run, metrics("accuracy", "latency"), resamples=2_000)
    decision = decide(judgement, definition_from_record(dict(run.record.definition)))
    assert (decision.recommendation, decision.variant) == ("use_retrieval", "rag")
    assert "'fast' failed" in decision.headline


def test_a_floor_that_is_not_beaten_keeps_the_prompt() -> None:
    scores = {"nearest": right(range(108)), "baseline": right(range(60)), "tuned": right(range(110))}
    decision, _ = decided(scores)
    assert decision.recommendation == "keep_prompting"
    assert "what does not beat a look-up is not worth shipping" in decision.headline
    assert step(decision, "Does it beat").answer == "open"


def test_a_lift_below_the_margin_is_not_worth_having_however_real() -> None:
    candidate, baseline = shares(500, 15, 0, 485)
    decision, judgement = decided({"baseline": baseline, "tuned": candidate})
    assert judgement.comparison("tuned", "baseline", "accuracy").verdict == "better"
    assert decision.recommendation == "keep_prompting"
    assert "it is below the 5.0 points that are worth having" in decision.headline


def test_noise_that_more_fixtures_would_settle_asks_for_them() -> None:
    candidate, baseline = shares(53, 16, 8, 9)
    decision, judgement = decided({"baseline": baseline, "tuned": candidate})
    needed = judgement.comparison("tuned", "baseline", "accuracy").needed
    assert (decision.recommendation, decision.needed, decision.exit_code) == ("collect_data", needed, 4)
    assert f"about {needed:,} fixtures would settle it" in decision.headline


def test_noise_that_no_set_in_reach_would_settle_keeps_the_prompt() -> None:
    candidate, baseline = shares(40, 21, 20, 19)
    decision, judgement = decided({"baseline": baseline, "tuned": candidate}, ({**LIFTS, "margin": 0.0},))
    assert judgement.comparison("tuned", "baseline", "accuracy").needed > 1_000
    assert (decision.recommendation, decision.needed) == ("keep_prompting", None)


def test_noise_downwards_keeps_the_prompt() -> None:
    baseline, candidate = shares(53, 16, 8, 9)
    assert decided({"baseline": baseline, "tuned": candidate})[0].recommendation == "keep_prompting"


def test_an_open_gate_that_is_not_the_lift_says_how_many_fixtures_it_takes() -> None:
    scores = {"baseline": right(range(40)), "tuned": right(range(114))}
    decision, judgement = decided(scores, (LIFTS, gate("reliable", at_least=0.92)))
    assert [g.status for g in judgement.gates] == ["passed", "inconclusive"]
    assert (decision.recommendation, decision.needed) == ("collect_data", judgement.gates[1].needed)
    assert "'reliable' is inconclusive" in decision.headline


def test_a_slice_that_is_too_small_asks_for_more_of_it() -> None:
    tags = [["rare"] if i < 5 else [] for i in range(120)]
    scores = {"baseline": right(range(40)), "tuned": right(range(114))}
    decision, _ = decided(scores, (LIFTS, gate("rare ones", at_least=0.5, slice="tag:rare")), tags=tags)
    assert (decision.recommendation, decision.exit_code) == ("collect_data", 4)


def test_a_run_that_is_not_complete_asks_to_be_finished() -> None:
    scores = {"baseline": right(range(40)), "tuned": right(range(114))}
    decision, judgement = decided(scores, unasked={"tuned": 1})
    assert (judgement.gates[0].status, judgement.exit_code) == ("passed", 3)
    assert (decision.recommendation, decision.exit_code) == ("collect_data", 3)


def test_a_smaller_model_without_a_fine_tune_is_enough_where_it_passes_the_same_gates() -> None:
    good = right(range(2, 118))
    as_good = gate("as good", over="baseline", require="no_worse", margin=0.08)
    run = make_run(
        {"accuracy": {"baseline": right(range(116)), "small": good, "tuned": good}},
        gates=(as_good,),
        responses={"baseline": {"cost": 0.01}, "small": {"cost": 0.001}, "tuned": {"cost": 0.002}},
    )
    judgement = judge(run, metrics("accuracy", "cost"), resamples=2_000)
    decision = decide(judgement, definition_from_record(dict(run.record.definition)))
    assert (decision.recommendation, decision.variant) == ("ship_cheaper", "small")
    assert "without a fine-tune" in decision.headline


def test_a_cheaper_model_that_is_not_cheaper_does_not_ship() -> None:
    same = right(range(116))
    as_good = gate("as good", candidate="small", over="baseline", require="equivalent", margin=0.08)
    for price, word in ((0.01, "saves nothing over baseline"), (0.0001, "saves USD 9.90 on 1,000 calls")):
        run = make_run(
            {"accuracy": {"baseline": same, "small": same}},
            gates=(as_good,),
            responses={"baseline": {"cost": 0.01}, "small": {"cost": price}},
        )
        decision = decide(judge(run, metrics("accuracy"), resamples=2_000), definition_from_record(dict(run.record.definition)))
        assert word in decision.headline
        assert decision.ships is (price < 0.01)


def test_a_cheaper_model_that_is_worse_keeps_the_big_one() -> None:
    as_good = gate("as good", candidate="small", over="baseline", require="no_worse", margin=0.02)
    decision, _ = decided({"baseline": right(range(110)), "small": right(range(70))}, (as_good,))
    assert (decision.recommendation, decision.variant) == ("keep_prompting", "baseline")
    assert decision.headline.startswith("Keep prompting: 'as good' failed: small is -33.3 points")


def test_with_nothing_up_for_release_the_question_is_retrieval() -> None:
    decision, _ = decided({"baseline": right(range(40)), "rag": right(range(100))}, ())
    assert (decision.recommendation, decision.variant, decision.candidate) == ("use_retrieval", "rag", None)
    decision, _ = decided({"baseline": right(range(40)), "rag": right(range(41))}, ())
    assert decision.recommendation == "keep_prompting"


@pytest.mark.parametrize(("role", "name"), [("use_retrieval", "rag"), ("keep_prompting", "weak")])
def test_a_prompt_or_retrieval_that_is_held_to_gates_is_no_fine_tune(role: str, name: str) -> None:
    scores = {"baseline": right(range(40)), name: right(range(110))}
    for require in ("better", "no_worse"):
        decision, _ = decided(scores, (gate("lifts", candidate=name, over="baseline", require=require, margin=0.05),))
        assert (decision.recommendation, decision.variant, decision.ships) == (role, name, False)


def test_a_candidate_alone_is_held_to_its_gates() -> None:
    decision, _ = decided({"tuned": right(range(118))}, (gate("good", at_least=0.8),))
    assert (decision.recommendation, decision.money) == ("ship_fine_tune", None)
    assert step(decision, "What did it break?").answer == "unknown"


def test_what_is_worse_after_looking_at_everything_is_named_as_broken() -> None:
    run = make_run(
        {
            "accuracy": {"baseline": right(range(40)), "tuned": right(range(114))},
            "accuracy.date": {"baseline": right(range(110)), "tuned": right(range(60))},
        },
        gates=(LIFTS,),
        responses={"tuned": {"outcome": "truncated"}},
    )
    decision = decide(judge(run, metrics("accuracy"), resamples=2_000), definition_from_record(dict(run.record.definition)))
    broke = step(decision, "What did it break?")
    assert broke.answer == "yes"
    assert "accuracy.date by -41.7 points" in broke.because
    assert "120 of its 120 answers were cut off at the token limit, 0 of those of baseline" in broke.because


@pytest.mark.parametrize(
    ("stated", "facts", "name", "met", "basis"),
    [
        ({}, Facts(), "500 or more", None, "unknown"),
        ({}, Facts(training_examples=499), "500 or more", False, "measured"),
        ({}, Facts(training_examples=500), "500 or more", True, "measured"),
        ({}, Facts(), "A stable task", None, "unknown"),
        ({"stable_task": False}, Facts(), "A stable task", False, "stated"),
        ({}, Facts(leaks=0), "No fixture", True, "measured"),
        ({}, Facts(leaks=3), "No fixture", False, "measured"),
        ({}, Facts(), "Prompting", None, "unknown"),
        ({"prompts_tried": 1}, Facts(), "Prompting", False, "stated"),
        ({"retrievals_tried": 2}, Facts(), "Retrieval", True, "stated"),
        ({}, Facts(), "Retrieval", False, "measured"),
        ({}, Facts(), "Held against today's", False, "measured"),
        ({}, Facts(), "Held against what", None, "unknown"),
        ({}, Facts(), "Costs and vol", None, "unknown"),
    ],
)
def test_each_condition_says_how_it_is_known(
    stated: dict[str, Any], facts: Facts, name: str, met: bool | None, basis: str
) -> None:
    scores = {"baseline": right(range(40)), "tuned": right(range(114))}
    decision, _ = decided(scores, facts=facts, decision=stated)
    (found,) = [c for c in decision.conditions if c.name.startswith(name)]
    assert (found.met, found.basis) == (met, basis)
    assert found.said


def test_the_keys_are_json_and_null_where_nothing_is_known() -> None:
    decision, _ = decided({"baseline": right(range(40)), "tuned": right(range(114))})
    keys = json.loads(json.dumps(decision.to_dict(), allow_nan=False))
    assert (keys["format"], keys["recommendation"], keys["words"]) == (1, "ship_fine_tune", "ship the fine-tune")
    assert keys["money"]["break_even_calls"] is None
    assert {"question", "answer", "because"} == set(keys["steps"][0])
    assert {"name", "met", "basis", "said"} == set(keys["conditions"][0])


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    skills=st.fixed_dictionaries(
        {"baseline": st.floats(0.2, 0.95), "tuned": st.floats(0.2, 1.0)},
        optional={
            "rag": st.floats(0.2, 1.0),
            "rules": st.floats(0.2, 1.0),
            "small": st.floats(0.2, 1.0),
            "nearest": st.floats(0, 1),
        },
    ),
    gates=st.lists(
        st.sampled_from(
            [
                LIFTS,
                gate("level", at_least=0.7),
                gate("kept", over="baseline", require="no_worse", margin=0.1),
                gate("alike", over="baseline", require="equivalent", margin=0.2),
                gate("on edge", at_least=0.6, slice="tag:edge"),
                gate("over rag", over="rag", require="better"),
                gate("over rules", over="rules", require="no_worse", margin=0.05),
                gate("small too", candidate="small", at_least=0.5),
                gate("elsewhere", over="baseline", require="no_worse", margin=0.05, suite="general"),
            ]
        ),
        max_size=5,
        unique_by=lambda g: g["name"],
    ),
    lacking=st.integers(0, 3),
)
def test_it_never_says_ship_where_a_gate_did_not_pass(
    seed: int, skills: dict[str, float], gates: list[dict[str, Any]], lacking: int
) -> None:
    rng = random.Random(seed)
    hard = [rng.random() for _ in range(60)]
    scores: dict[str, list[Any]] = {name: [float(0.7 * h + 0.3 * rng.random() < p) for h in hard] for name, p in skills.items()}
    scores["tuned"][:lacking] = [None] * lacking
    tags = [["edge"] if i % 2 else [] for i in range(60)]
    decision, judgement = decided(scores, gates, tags=tags)
    if decision.ships:
        assert gates
        assert all(result.passed for result in judgement.gates)
        assert judgement.exit_code == 0
        assert decision.variant is not None
        over_rules = judgement.comparison(decision.variant, "rules", "accuracy")
        assert over_rules is None or over_rules.verdict != "worse"
    assert (decision.recommendation == "collect_data") == (decision.exit_code in (3, 4))
    assert decision.headline.endswith(".")
    assert decision.headline.count("..") == 0
