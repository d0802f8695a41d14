"""Alarms: the p value of each gate by its own interval, and Holm over all of them."""

from __future__ import annotations

import math
import random

import numpy as np
import pytest
from scipy import stats as scipy_stats
from statsmodels.stats.multitest import multipletests

from harness.verdicts import GateAlarm, gate_alarms
from tests.verdicts.runs import gate, make_run, metrics, shares


def test_the_p_value_of_a_level_is_the_one_sided_score_test() -> None:
    values = [1.0] * 50 + [0.0] * 70
    run = make_run({"accuracy": {"baseline": values, "tuned": values}}, gates=[gate(at_least=0.5)])
    (alarm,) = gate_alarms(run, metrics("accuracy"))
    z = (50 / 120 - 0.5) / math.sqrt(0.25 / 120)
    assert alarm.p == pytest.approx(scipy_stats.norm.cdf(z), rel=0.01)
    assert (alarm.adjusted, alarm.alarmed) == (alarm.p, True)


@pytest.mark.parametrize("require", ["better", "no_worse"])
def test_the_p_value_of_a_comparison_by_groups_is_the_one_sided_t_test(require: str) -> None:
    rng = np.random.default_rng(5)
    base = rng.uniform(0.4, 0.6, 50)
    candidate = base + np.repeat(rng.normal(-0.06, 0.06, 10), 5)
    asked = gate(metric="edit_similarity", over="baseline", require=require, margin=0.01)
    scores = {"edit_similarity": {"baseline": list(base), "tuned": list(candidate)}}
    run = make_run(scores, gates=[asked], groups=[f"g{i // 5}" for i in range(50)])
    (alarm,) = gate_alarms(run, metrics("edit_similarity"))
    limit = 0.01 if require == "better" else -0.01
    expected = scipy_stats.ttest_1samp((candidate - base).reshape(10, 5).mean(axis=1), limit, alternative="less").pvalue
    assert alarm.p == pytest.approx(expected, rel=0.01)


def test_p_values_are_adjusted_as_statsmodels_does() -> None:
    candidate, baseline = shares(40, 10, 30, 40)
    gates = [
        gate("a", over="baseline", require="no_worse", margin=0.02),
        gate("b", at_least=0.5),
        gate("c", at_least=0.47),
        gate("d", over="baseline", require="equivalent", margin=0.1),
        gate("e", over="rag", require="better"),
    ]
    run = make_run({"accuracy": {"baseline": baseline, "tuned": candidate}}, gates=[g for g in gates if g["name"] != "e"])
    alarms = gate_alarms(run, metrics("accuracy"))
    p = [alarm.p for alarm in alarms]
    reject, adjusted, _, _ = multipletests(p, 0.05, method="holm")
    assert [alarm.adjusted for alarm in alarms] == pytest.approx(list(adjusted))
    assert [alarm.alarmed for alarm in alarms] == list(reject)
    assert any(a.gate.status == "failed" and not a.alarmed for a in alarms), "alone it fails, among four it does not alarm"


def test_a_gate_without_an_answer_is_no_alarm_and_counts_for_nothing() -> None:
    candidate, baseline = shares(40, 10, 30, 40)
    gates = [gate("a", over="baseline", require="no_worse", margin=0.02), gate("b", over="rag", require="better")]
    scores = {"accuracy": {"baseline": baseline, "tuned": candidate, "rag": [None] * 60 + baseline[60:]}}
    first, second = gate_alarms(make_run(scores, gates=gates), metrics("accuracy"))
    assert first.adjusted == first.p
    assert (second.gate.status, second.p, second.adjusted, second.alarmed) == ("withheld", None, None, False)
    assert gate_alarms(make_run(scores), metrics("accuracy")) == ()


def test_what_passes_clearly_has_no_p_value_to_speak_of() -> None:
    candidate, baseline = shares(40, 60, 5, 15)
    run = make_run({"accuracy": {"baseline": baseline, "tuned": candidate}}, gates=[gate(over="baseline", require="better")])
    assert gate_alarms(run, metrics("accuracy"))[0].p == 1.0


def test_nights_without_a_change_alarm_rarely_however_many_gates_there_are() -> None:
    """12 gates at the very edge of holding: without Holm most nights would alarm."""
    rng = random.Random(11)
    nights, single, family = 60, 0, 0
    for _ in range(nights):
        parts = {f"accuracy.p{i}": {"tuned": [float(rng.random() < 0.9) for _ in range(100)]} for i in range(12)}
        gates = [gate(name, name, at_least=0.9) for name in parts]
        alarms: tuple[GateAlarm, ...] = gate_alarms(make_run(parts, gates=gates), metrics("accuracy"))
        single += any(alarm.gate.status == "failed" for alarm in alarms)
        family += any(alarm.alarmed for alarm in alarms)
    assert single / nights > 0.3
    # Wilson's interval is a little liberal at 0.9 and n = 100: a single gate errs in 4.6 % of nights (exact binomial)
    assert family / nights <= 0.1
