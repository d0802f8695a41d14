"""A suite of classification from its files to its report: headline, gates on labels, the paired interval."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.metrics import f1_score, precision_score, recall_score

import harness
from harness import stats
from harness.metrics import confusion_matrix
from harness.session import EvaluatedRun

LABELS = ("late", "broken", "wrong item", "refund")
N = 200

SUITE = """\
suite: triage
fixtures: fixtures.jsonl
variants:
  baseline: {role: prompt, outputs: baseline.jsonl}
  tuned: {role: fine_tune, outputs: tuned.jsonl}
metrics:
  - f1: {field: issue}
  - precision: {field: issue, average: weighted}
  - recall: {field: issue}
  - balanced_accuracy: {field: issue}
  - mcc: {field: issue}
  - cohen_kappa: {field: issue}
  - confusion: {field: issue}
  - expected_cost: {field: issue, positive: refund, false_positive: 5, false_negative: 1}
  - abstention_rate: {field: issue}
  - unknown_label_rate: {field: issue}
  - brier: {field: issue, confidence: sure}
  - expected_calibration_error: {field: issue, confidence: sure}
headline: f1
gates:
  - {name: better, metric: f1, candidate: tuned, over: baseline, require: better, margin: 0.02}
  - {name: refunds kept, metric: f1.refund, candidate: tuned, over: baseline, require: no_worse, margin: 0.05}
  - {name: refunds found, metric: f1.refund, candidate: tuned, at_least: 0.5}
  - {name: wrong items found, metric: recall.wrong item, candidate: tuned, at_least: 0.9}
"""


def answers(rng: np.random.Generator, expected: list[str], right: float) -> list[str]:
    """What a model says: the label with that probability, else another one, no label, or nothing."""
    others = [*LABELS, "no idea what this is", ""]
    return [label if rng.random() < right else others[int(rng.integers(len(others)))] for label in expected]


def write(folder: Path, suite: str = SUITE) -> dict[str, list[str]]:
    rng = np.random.default_rng(11)
    expected = [LABELS[i] for i in rng.choice(4, size=N, p=[0.45, 0.3, 0.15, 0.1])]
    said = {"expected": expected, "baseline": answers(rng, expected, 0.5), "tuned": answers(rng, expected, 0.9)}
    lines: dict[str, list[Any]] = {
        "fixtures": [{"id": f"f{i}", "input": "x", "expected": {"issue": label}} for i, label in enumerate(expected)],
    }
    for name in ("baseline", "tuned"):
        sure = rng.uniform(0.5, 1.0, N).round(2)
        made = [{"issue": label, "sure": float(s)} for label, s in zip(said[name], sure, strict=True)]
        lines[name] = [{"id": f"f{i}", "text": json.dumps(each)} for i, each in enumerate(made)]
    for name, content in lines.items():
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(line) + "\n" for line in content), encoding="utf-8")
    (folder / "suite.yaml").write_text(suite, encoding="utf-8")
    return said


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("triage")


@pytest.fixture(scope="module")
def said(folder: Path) -> dict[str, list[str]]:
    return write(folder)


@pytest.fixture(scope="module")
def run(folder: Path, said: dict[str, list[str]]) -> EvaluatedRun:
    return harness.run(folder, store=folder / "runs")


def level(run: EvaluatedRun, variant: str, metric: str) -> float:
    estimate = run.judgement.estimate(variant, metric)
    assert estimate is not None and estimate.value is not None
    assert estimate.low is not None and estimate.high is not None
    assert estimate.low <= estimate.value <= estimate.high
    return estimate.value


def test_every_number_of_the_report_is_scikit_learns(run: EvaluatedRun, said: dict[str, list[str]]) -> None:
    expected = said["expected"]
    shared: dict[str, Any] = {"labels": LABELS, "zero_division": 0}
    for variant in ("baseline", "tuned"):
        answer = said[variant]
        assert level(run, variant, "f1") == pytest.approx(f1_score(expected, answer, average="macro", **shared))
        assert level(run, variant, "precision") == pytest.approx(precision_score(expected, answer, average="weighted", **shared))
        for name, function in (("f1", f1_score), ("precision", precision_score), ("recall", recall_score)):
            for label, wanted in zip(LABELS, function(expected, answer, average=None, **shared), strict=True):
                assert level(run, variant, f"{name}.{label}") == pytest.approx(wanted)
        declined = np.mean([text == "" for text in answer])
        assert level(run, variant, "abstention_rate") == pytest.approx(declined)
        assert level(run, variant, "unknown_label_rate") == pytest.approx(np.mean([t.startswith("no idea") for t in answer]))


def test_the_lift_of_f1_is_judged_on_the_interval_that_stats_gives_by_hand(run: EvaluatedRun, said: dict[str, list[str]]) -> None:
    expected = np.array(said["expected"])

    def columns(variant: str) -> dict[str, np.ndarray]:
        answer = np.array(said[variant])
        found = {f"said {label}": (answer == label).astype(float) for label in LABELS}
        found |= {f"expected {label}": (expected == label).astype(float) for label in LABELS}
        return found | {f"right {label}": ((answer == label) & (expected == label)).astype(float) for label in LABELS}

    def macro(totals: Any) -> Any:
        return sum(2 * totals[f"right {k}"] / (totals[f"said {k}"] + totals[f"expected {k}"]) for k in LABELS) / 4

    by_hand = stats.compare_sums(columns("tuned"), columns("baseline"), macro, seed=run.judgement.seed, margin=0.02)
    found = run.judgement.comparison("tuned", "baseline", "f1")
    assert found is not None
    assert found.effect == pytest.approx(by_hand.effect)
    assert found.interval == pytest.approx(by_hand.interval, abs=0.01)  # other columns, so another draw
    assert found.low is not None and found.effect is not None and found.high is not None
    assert 0 < found.low < found.effect < found.high < 0.5
    assert (found.verdict, found.n) == ("better", N)


def test_gates_may_be_about_one_label(run: EvaluatedRun) -> None:
    gates = {gate.name: gate for gate in run.judgement.gates}
    assert gates["better"].status == "passed"
    assert gates["refunds kept"].metric == "f1.refund"
    assert {gate.status for gate in gates.values()} <= {"passed", "failed", "inconclusive"}
    assert gates["refunds found"].value == pytest.approx(level(run, "tuned", "f1.refund"))


def test_keys_and_report_and_confusion_matrix_are_made(run: EvaluatedRun, said: dict[str, list[str]], tmp_path: Path) -> None:
    keys = json.loads(json.dumps(run.to_dict(), allow_nan=False))
    assert keys["headline_metric"] == "f1"
    shown = keys["variants"]["tuned"]["metrics"]
    assert {"f1", "f1.refund", "recall.wrong item", "mcc", "brier"} <= set(shown)
    assert not [name for name in shown if "._" in name]
    page = harness.report(run, tmp_path / "report.html").read_text(encoding="utf-8")
    assert "f1" in page and "wrong item" in page and "_expected_" not in page
    matrix = confusion_matrix(run.run.scores, "tuned")
    assert matrix.labels == tuple(sorted(LABELS))
    assert matrix.counts.sum() == N
    assert matrix.counts[:, -1].sum() == sum(text not in LABELS for text in said["tuned"])


def test_a_stored_run_is_judged_as_it_was(run: EvaluatedRun) -> None:
    assert harness.load_run(run.folder).judgement == run.judgement


def test_repeats_count_as_shares_of_an_answer(tmp_path: Path) -> None:
    said = write(tmp_path, SUITE.replace("metrics:", "repeats: 2\nmetrics:", 1))
    expected = said["expected"]
    (tmp_path / "answer.py").write_text(
        "import json\nfrom collections import Counter\nasked = Counter()\n\n\ndef answer(fixture):\n"
        "    asked[fixture.id] += 1\n"
        "    said = fixture.expected['issue'] if asked[fixture.id] == 1 else 'late'\n"
        "    return json.dumps({'issue': said, 'sure': 0.9})\n",
        encoding="utf-8",
    )
    text = (tmp_path / "suite.yaml").read_text(encoding="utf-8")
    suite = text.replace("role: prompt, outputs: baseline.jsonl", 'role: current, callable: "answer.py:answer"')
    (tmp_path / "suite.yaml").write_text(suite, encoding="utf-8")
    run = harness.run(tmp_path, store=tmp_path / "runs")
    wanted = f1_score(expected * 2, [*expected, *["late"] * N], average="macro", zero_division=0)
    assert level(run, "baseline", "f1") == pytest.approx(wanted)


def test_a_gate_on_a_label_there_is_not_is_a_fault(tmp_path: Path) -> None:
    write(tmp_path, SUITE.replace("f1.refund, candidate: tuned, at_least", "f1.refunds, candidate: tuned, at_least"))
    with pytest.raises(harness.HarnessError, match=r"f1 has no part 'refunds'. did you mean refund"):
        harness.load_suite(tmp_path)
