"""The first sentence of a report: the lift, and the one thing that weighs most beside it."""

from __future__ import annotations

from harness.verdicts import judge
from tests.verdicts.runs import gate, make_run, metrics, shares
from tests.verdicts.test_judgement import drawn, judged


def test_a_win_is_said_with_its_interval_and_the_win_over_retrieval() -> None:
    judgement = judged(drawn({"baseline": 0.5, "rag": 0.7, "tuned": 0.9}))
    over, rag = (judgement.comparison("tuned", name, "accuracy") for name in ("baseline", "rag"))
    assert over is not None and rag is not None and over.low is not None and over.high is not None
    size, low, high, near = (f"{abs(x or 0) * 100:.1f}" for x in (over.effect, over.low, over.high, rag.effect))
    assert judgement.answer == f"tuned beats baseline by {size} points ({low} to {high}), and rag by {near} points."


def test_what_speaks_most_against_it_stands_beside_it() -> None:
    assert ", but today's process rules does better by " in judged(drawn({"rules": 0.95, "baseline": 0.5, "tuned": 0.7})).answer
    assert ", but rag does better by " in judged(drawn({"baseline": 0.5, "rag": 0.9, "tuned": 0.7})).answer
    tuned, nearest = shares(70, 8, 6, 36)
    floor = judged({"nearest": nearest, "baseline": [0.0] * 50 + tuned[50:], "tuned": tuned})
    assert floor.answer.endswith(", but the floor nearest may do as well.")


def test_noise_and_loss_are_called_so_and_without_a_candidate_it_is_the_headline() -> None:
    tuned, baseline = shares(53, 16, 8, 9)
    assert (
        judged({"baseline": baseline, "tuned": tuned}).answer
        == "The lift of tuned over baseline is noise: +9.3 points (-2.0 to +20.7)."
    )
    tuned, baseline = shares(59, 6, 16, 80)
    assert judged({"baseline": baseline, "tuned": tuned}).answer == "tuned is worse than baseline by 6.2 points (0.5 to 12.4)."
    alone = judged(drawn({"baseline": 0.5, "rag": 0.8}))
    assert alone.answer == alone.headline


def test_there_are_three_reasons_with_numbers_and_what_speaks_against_a_release_comes_first() -> None:
    judgement = judged(
        drawn({"rules": 0.95, "nearest": 0.3, "baseline": 0.5, "rag": 0.7, "tuned": 0.8}), gates=[gate("perfect", at_least=0.99)]
    )
    assert len(judgement.reasons) == 3
    assert judgement.reasons[0].startswith("Against today's process: tuned is worse than rules")
    assert judgement.reasons[1] == "0 of 1 gate passed; 'perfect' failed."
    assert all(any(sign.isdigit() for sign in reason) for reason in judgement.reasons)


def test_a_small_run_has_three_reasons_too() -> None:
    tuned, baseline = shares(53, 16, 8, 9)
    found = judge(make_run({"accuracy": {"baseline": baseline, "tuned": tuned}}), metrics("accuracy"))
    assert len(found.reasons) == 3 and all(any(sign.isdigit() for sign in reason) for reason in found.reasons)
