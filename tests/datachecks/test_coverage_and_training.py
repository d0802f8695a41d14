"""Kinds, labels, templates, and whether the training data suit the task: sets of which the author knows what they lack."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from harness.datachecks import Finding, check_data
from harness.datachecks.template import template_of
from tests.datachecks.test_data import asked, suite_of


def found(folder: Path, fixtures: list[dict[str, Any]], training: list[dict[str, Any]], more: str = "") -> dict[str, Finding]:
    return {finding.name: finding for finding in check_data(suite_of(folder, fixtures, training, more))}


def labelled(count: int, label: str, word: str) -> list[dict[str, Any]]:
    return [asked(f"{word} {n} {label}", f"{word}{label}{n}", expected=label) for n in range(count)]


def test_kinds_that_lack_are_named_and_a_suite_may_name_its_own(tmp_path: Path) -> None:
    fixtures = [asked(f"q {n}", str(n), tags=["common" if n else "edge", "spring"]) for n in range(30)]
    kinds = found(tmp_path, fixtures, [])
    assert kinds["coverage.kinds"].message.startswith(
        "No fixture is tagged ambiguous or failure_prone or high_value or adversarial"
    )
    assert {row["kind"]: row["fixtures"] for row in kinds["coverage.kinds"].evidence} == {
        "common": 29, "edge": 1, "ambiguous": 0, "failure_prone": 0, "high_value": 0, "adversarial": 0, "spring": 30,
    }  # fmt: skip
    assert kinds["coverage.kinds_thin"].fixtures == ("0",)
    assert "coverage.kinds" not in found(tmp_path, fixtures, [], "checks: {kinds: [spring]}\n")


def test_labels_on_one_side_only_and_one_sided_labels_are_told(tmp_path: Path) -> None:
    fixtures = [*labelled(41, "yes", "f"), *labelled(5, "no", "f"), *labelled(4, "later", "f")]
    training = [
        {k: v for k, v in row.items() if k != "id"}
        for row in (*labelled(20, "yes", "t"), *labelled(20, "no", "t"), *labelled(9, "never", "t"))
    ]
    labels = found(tmp_path, fixtures, training)
    assert labels["coverage.label_untested"].message.startswith("1 label in the training data has no fixture: never")
    assert labels["coverage.label_untrained"].fixtures == ("flater0", "flater1", "flater2", "flater3")
    assert labels["coverage.label_balance"].message.startswith("82% of the fixtures expect yes")
    assert labels["coverage.label_few"].message.startswith("1 label has fewer than 5 fixtures: later")


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Anna wants to send 2 lamps to Vienna", "Bob wants to send 30 lamps to Rome", True),
        ('please open the door named "blue" for me now', 'please open the door named "red" for me now', True),
        ("write to ada@box.eu about the order please", "write to b.c@mail.org about the order please", True),
        ("please close the door of my house now", "please open the door of my house now", False),
        ("I want a lamp", "I want a chair", False),
    ],
)
def test_one_template_with_other_names_is_recognised(one: str, other: str, same: bool) -> None:
    first = template_of(one)
    assert (first is not None and first == template_of(other)) is same


@pytest.mark.parametrize(
    ("more", "count", "severity", "said"),
    [
        ("checks: {task: classification}\n", 499, "warning", "a narrow classification usually takes 500 to 2,000"),
        ("checks: {task: classification}\n", 500, None, ""),
        ("checks: {task: voice}\n", 201, "note", "more of the same adds less and less"),
        ("checks: {task: distillation}\n", 201, "warning", "usually takes 2,000 to 10,000"),
        ("", 201, "note", "what number is usual depends on the task"),
    ],
)
def test_the_number_of_examples_is_held_against_the_task(
    tmp_path: Path, more: str, count: int, severity: str | None, said: str
) -> None:
    training = [{"input": f"number {n}", "expected": "x"} for n in range(count - 1)]  # suite_of adds one
    finding = found(tmp_path, [asked("q")], training, more).get("training.count")
    assert (None if finding is None else finding.severity) == severity
    assert finding is None or said in finding.message


def test_slips_of_form_are_told_and_habits_are_not(tmp_path: Path) -> None:
    rows = [{"input": f"n {n}", "expected": {"a": "x", "b": n}} for n in range(60)]
    rows[3]["expected"] = {"a": "x"}
    rows[7]["expected"] = {"a": 5, "b": 1}
    rows[9]["expected"] = '{"a": "x", "b": 2, "c": 3}'
    rows[11]["expected"] = "free text"
    finding = found(tmp_path, [asked("q")], rows)["training.form"]
    said = {row["at"].rpartition(":")[2]: row["what"] for row in finding.evidence}
    assert said == {
        "5": "lacks b",
        "9": "a is a number, elsewhere text",
        "11": "has c, which hardly any other has",
        "13": "the answer is text, elsewhere an object",
    }


def test_a_fine_tune_that_was_taught_to_always_answer_is_told(tmp_path: Path) -> None:
    fixtures = [asked("q one", expected={"a": None}), asked("q two", "b", expected={"a": "x"})]
    training = [{"input": f"n {n}", "expected": {"a": "x"}} for n in range(5)]
    finding = found(tmp_path, fixtures, training)["training.negatives"]
    assert (finding.severity, finding.fixtures) == ("warning", ("a",))
    assert finding.message.startswith("In the training data a is never empty, and 1 fixture expects that")


def test_training_answers_that_fail_the_suite_s_own_metrics_are_told(tmp_path: Path) -> None:
    folder = tmp_path
    training = [{"input": "one", "expected": '{"a": 1}'}, {"input": "two", "expected": "{'a': 1}"}]
    suite_of(folder, [asked("q", expected="x")], training)
    yaml = folder / "suite.yaml"
    yaml.write_text(yaml.read_text().replace("metrics: [exact_match]", "metrics: [json_valid]"))
    from harness.suite import load_suite

    finding = next(f for f in check_data(load_suite(folder)) if f.name == "training.scores")
    assert finding.message == "1 training answer of 2 would not themselves get full marks on json_valid."
    assert finding.places[0].endswith("train.jsonl:3")
