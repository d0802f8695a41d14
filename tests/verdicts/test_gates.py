"""Gates: every condition passed, failed, inconclusive and withheld, with the sentence that explains it."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.verdicts import GateResult, Judgement, judge
from tests.verdicts.runs import Values, gate, make_run, metrics, shares


def judged(
    candidate: Values, over: Values, asked: dict[str, Any], metric: str = "accuracy", **options: Any
) -> tuple[GateResult, Judgement]:
    judgement = judge(make_run({metric: {"baseline": over, "tuned": candidate}}, gates=[asked], **options), metrics(metric))
    return judgement.gates[0], judgement


def better(margin: float = 0.0, **said: Any) -> dict[str, Any]:
    return gate(over="baseline", require="better", margin=margin, **said)


def no_worse(margin: float, **said: Any) -> dict[str, Any]:
    return gate(over="baseline", require="no_worse", margin=margin, **said)


CLEAR = shares(40, 60, 5, 15)
NOISE = shares(53, 16, 8, 9)
LOSS = shares(40, 2, 58, 20)


def test_better_passes_where_even_the_lower_end_is_beyond_the_margin() -> None:
    result, judgement = judged(*CLEAR, better(0.02))
    assert (result.status, result.passed, judgement.exit_code) == ("passed", True, 0)
    assert result.value == pytest.approx(55 / 120)
    assert result.condition == "better than baseline by more than 2.0 points"
    assert result.sentence.startswith("tuned is +45.8 points (95 % interval +")
    assert result.sentence.endswith("over baseline on accuracy; better by more than 2.0 points was asked: passed.")


def test_better_is_inconclusive_where_the_lift_is_noise() -> None:
    result, judgement = judged(*NOISE, better())
    assert (result.status, judgement.exit_code) == ("inconclusive", 4)
    assert "better was asked: inconclusive; the interval reaches across the margin, and about" in result.sentence


def test_better_is_inconclusive_where_the_lift_is_signal_but_may_lie_within_the_margin() -> None:
    result, _ = judged(*CLEAR, better(0.45))
    assert result.status == "inconclusive"


def test_better_fails_where_the_lift_is_shown_to_be_below_the_margin() -> None:
    result, judgement = judged(*CLEAR, better(0.7))
    assert (result.status, judgement.exit_code) == ("failed", 1)
    assert "below what was asked" in result.sentence
    assert judged(*LOSS, better())[0].status == "failed"


def test_better_is_inconclusive_on_few_fixtures_with_the_reason_and_the_number_needed() -> None:
    result, judgement = judged(*shares(2, 10, 0, 3), better())
    assert (result.status, judgement.exit_code) == ("inconclusive", 4)
    assert "20" in result.sentence
    assert any("There are only 15 fixtures" in finding for finding in judgement.findings)


def test_better_is_never_passed_by_four_discordant_pairs() -> None:
    assert judged(*shares(26, 4, 0, 70), better(confidence=0.9))[0].status == "inconclusive"


def test_no_worse_passes_where_the_whole_90_percent_interval_is_above_minus_the_margin() -> None:
    result, _ = judged(*NOISE, no_worse(0.05))
    assert result.status == "passed"
    assert result.confidence == 0.9
    assert "no worse by more than 5.0 points was asked: passed." in result.sentence
    assert judged(*NOISE, no_worse(0.0))[0].status == "inconclusive"


def test_no_worse_fails_on_a_loss_beyond_the_margin_and_is_inconclusive_across_it() -> None:
    result, judgement = judged(*LOSS, no_worse(0.1))
    assert (result.status, judgement.exit_code) == ("failed", 1)
    assert judged(*LOSS, no_worse(0.46))[0].status == "inconclusive"
    assert judged(*LOSS, no_worse(0.7))[0].status == "passed"


def test_no_worse_on_identical_answers_needs_enough_fixtures_for_its_margin() -> None:
    same = shares(100, 0, 0, 20)
    assert judged(*same, no_worse(0.03))[0].status == "passed"
    assert judged(*same, no_worse(0.01))[0].status == "inconclusive"


def test_no_worse_must_hold_in_the_worst_case_too_and_both_bounds_are_shown() -> None:
    candidate, baseline = shares(80, 12, 8, 0)
    whole, _ = judged(candidate, baseline, no_worse(0.06))
    assert (whole.status, whole.worst_case) == ("passed", None)
    lacking: Values = [None, None, *candidate[2:]]
    result, judgement = judged(lacking, baseline, no_worse(0.06))
    assert judgement.comparison("tuned", "baseline", "accuracy").n == 98
    assert result.low > -0.06  # on the complete pairs alone it would pass
    assert result.status == ("passed" if result.worst_case > -0.06 else "inconclusive")
    assert result.worst_case < result.low
    assert "2 pairs that tuned lacks counted as its failures" in result.sentence
    tight, judgement = judged(lacking, baseline, no_worse(-0.5 * (result.low + result.worst_case)))
    assert (tight.status, judgement.exit_code) == ("inconclusive", 4)


def test_the_worst_case_counts_failures_as_zeros_in_the_published_interval() -> None:
    candidate, baseline = shares(53, 16, 8, 9)
    from harness import stats

    result, _ = judged([*candidate[:-1], None], [*baseline[:-1], 1.0], no_worse(0.2))
    low, _ = stats.paired_proportions_interval(16, 9, 86, method="tango", confidence=0.9)  # the lost pair is one loss more
    assert result.worst_case == pytest.approx(low)


def test_latency_gates_are_ratios_and_their_margin_is_a_share() -> None:
    rng = np.random.default_rng(0)
    base = rng.lognormal(0, 0.3, 60)
    asked = no_worse(0.2, metric="latency")
    result, _ = judged(list(base * 1.1 * rng.lognormal(0, 0.02, 60)), list(base), asked, "latency")
    assert (result.status, result.scale, result.unit) == ("passed", "ratio", "seconds")
    assert result.condition == "no worse than baseline by more than 20 %"
    assert "latency of tuned is 1.10 times (90 % interval" in result.sentence
    assert "that of baseline" in result.sentence
    assert judged(list(base * 1.5), list(base * rng.lognormal(0, 0.05, 60)), asked, "latency")[0].status == "failed"


@pytest.mark.parametrize(
    ("right", "limit", "status"),
    [
        (118, 0.9, "passed"),
        (118, 0.97, "inconclusive"),
        (100, 0.95, "failed"),
        (120, 0.98, "inconclusive"),
        (120, 0.97, "passed"),
    ],
)
def test_at_least_is_judged_on_wilsons_interval(right: int, limit: float, status: str) -> None:
    values = [1.0] * right + [0.0] * (120 - right)
    result, _ = judged(values, values, gate(at_least=limit))
    assert result.status == status
    z = 1.6448536269514722
    centre, spread = right / 120 + z * z / 240, z * math.sqrt(right / 120 * (1 - right / 120) / 120 + z * z / (4 * 120**2))
    assert result.low == pytest.approx((centre - spread) / (1 + z * z / 120))
    assert f"at least {limit * 100:.1f} % was asked: {status}" in result.sentence


def test_at_most_is_judged_on_the_interval_of_a_quantile() -> None:
    seconds = [0.5 + 0.01 * i for i in range(100)]
    for limit, status in ((2.0, "passed"), (1.43, "inconclusive"), (0.9, "failed")):
        result, _ = judged(seconds, seconds, gate(metric="latency_p95", at_most=limit), "latency_p95")
        assert (limit, result.status) == (limit, status)
        assert result.sentence.startswith("latency_p95 of tuned is 1.44 s (90 % interval")


def test_low_coverage_withholds_and_the_run_has_no_verdict() -> None:
    candidate, baseline = CLEAR
    for asked in (better(), no_worse(0.1), gate(at_least=0.1)):
        result, judgement = judged([*[None] * 6, *candidate[6:]], baseline, asked)
        assert (result.status, result.value, judgement.exit_code) == ("withheld", None, 3)
        assert "95 %" in result.sentence
        assert result.sentence.startswith("No verdict on accuracy (")


def test_a_variant_that_was_given_up_or_not_run_withholds_with_its_reason() -> None:
    result, judgement = judged(*CLEAR, better(), stopped={"tuned": "the key was refused; 3 of 120 not asked"})
    assert (result.status, judgement.exit_code) == ("withheld", 3)
    assert "tuned was given up: the key was refused" in result.sentence
    assert "tuned was given up: the key was refused; 3 of 120 not asked." in judgement.findings
    run = make_run({"accuracy": {"tuned": CLEAR[0], "baseline": CLEAR[1]}}, gates=[better()])
    run.record.variants.pop("baseline")  # type: ignore[attr-defined]  # a run of --variants tuned
    judgement = judge(run, metrics("accuracy"))
    assert (judgement.gates[0].status, judgement.exit_code) == ("withheld", 3)
    assert "baseline was not run" in judgement.gates[0].sentence


def test_a_variant_of_a_gate_that_is_incomplete_is_exit_3_even_where_the_gate_can_be_judged() -> None:
    result, judgement = judged(*CLEAR, better(), unasked={"tuned": 1})
    assert (result.status, judgement.exit_code) == ("passed", 3)
    assert "tuned is incomplete: 1 of 120 calls were not made." in judgement.findings


def test_a_gate_on_a_part_that_was_never_measured_is_withheld() -> None:
    result, judgement = judged(*CLEAR, gate(metric="accuracy.city", at_least=0.5))
    assert (result.status, judgement.exit_code) == ("withheld", 3)


def test_the_worst_status_decides_the_exit_code() -> None:
    scores = {"accuracy": {"baseline": CLEAR[1], "tuned": CLEAR[0], "rag": [None] * 40 + CLEAR[1][40:]}}
    passing, failing, open_ = better(name="a"), better(0.7, name="b"), better(0.45, name="c")
    withheld = gate("d", over="rag", require="better")
    for gates, code in (
        ([], 0),
        ([passing], 0),
        ([passing, open_], 4),
        ([passing, open_, failing], 1),
        ([passing, open_, failing, withheld], 3),
    ):
        assert judge(make_run(scores, gates=gates), metrics("accuracy")).exit_code == code


def test_a_run_with_no_usable_result_is_3_without_any_gate() -> None:
    judgement = judge(make_run({"accuracy": {"baseline": [1.0] * 30, "tuned": [None] * 30}}), metrics("accuracy"))
    assert judgement.exit_code == 3
    assert judgement.headline == "No answer about tuned: nothing was measured for it on accuracy."
    nothing = judge(make_run({"accuracy": {"baseline": [None] * 30}}), metrics("accuracy"))
    assert nothing.exit_code == 3


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 40), st.integers(0, 40), st.integers(0, 40), st.sampled_from([0.0, 0.02, 0.1, 0.3]))
def test_a_wider_margin_never_turns_a_pass_for_no_worse_into_less_nor_a_better_into_more(
    both: int, wins: int, losses: int, margin: float
) -> None:
    rank = {"failed": 0, "inconclusive": 1, "passed": 2}
    candidate, baseline = shares(both, wins, losses, 20)
    run = make_run(
        {"accuracy": {"baseline": baseline, "tuned": candidate}},
        gates=[
            no_worse(margin, name="a"),
            no_worse(margin + 0.1, name="b"),
            better(margin, name="c"),
            better(margin + 0.1, name="d"),
        ],
    )
    a, b, c, d = (rank[g.status] for g in judge(run, metrics("accuracy")).gates)
    assert a <= b
    assert c >= d
