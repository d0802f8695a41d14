"""What load_suite says of a suite's metrics, gates and headline, with the line of each."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from harness.errors import SuiteError
from harness.metrics import check_metrics, load_metric, load_metrics, measure
from harness.metrics.registry import for_fixtures
from harness.metrics.sending import put_together, take_apart
from harness.models import Response
from harness.store import StoredResponse
from harness.suite import Fixture, load_suite

HEAD = """\
suite: orders
fixtures: fixtures.jsonl
variants:
  base: {role: current, outputs: base.jsonl}
  tuned: {role: fine_tune, outputs: tuned.jsonl}
"""


def write_suite(folder: Path, rest: str) -> Path:
    (folder / "suite.yaml").write_text(HEAD + rest)
    fixtures = [{"id": f"f{i}", "input": "x", "expected": {"order": "A1", "ship": {"city": "Oslo"}}} for i in range(3)]
    (folder / "fixtures.jsonl").write_text("".join(json.dumps(f) + "\n" for f in fixtures))
    for name in ("base", "tuned"):
        (folder / f"{name}.jsonl").write_text("".join(json.dumps({"id": f["id"], "text": "{}"}) + "\n" for f in fixtures))
    return folder


def faults(folder: Path, rest: str) -> list[tuple[int | None, str]]:
    with pytest.raises(SuiteError) as caught:
        load_suite(write_suite(folder, rest), checks=[check_metrics])
    return [(fault.line, f"{fault.message}. {fault.hint}") for fault in caught.value.faults]


def test_a_sound_suite_has_no_fault_and_its_metrics_load(tmp_path: Path) -> None:
    rest = """\
metrics:
  - field_accuracy: {fields: [order, ship.city]}
  - json_valid
headline: field_accuracy.whole
gates:
  - {name: a, metric: field_accuracy.ship.city, candidate: tuned, over: base, require: better}
  - {name: b, metric: latency_p95, candidate: tuned, at_most: 2}
"""
    suite = load_suite(write_suite(tmp_path, rest), checks=[check_metrics])
    assert [m.name for m in load_metrics(suite)] == [
        "field_accuracy",
        "json_valid",
        "latency",
        "latency_p50",
        "latency_p95",
        "cost",
    ]


def test_every_fault_is_told_at_once_with_its_line(tmp_path: Path) -> None:
    rest = """\
metrics:
  - field_acuracy: {fields: [order]}
  - accuracy:
      normalize: casefold
  - json_schema: {schema: order.json}
  - field_accuracy: {fields: [order, shop]}
  - json_valid
  - json_valid
headline: fidelity
gates:
  - {name: a, metric: field_accuracy.whol, candidate: tuned, over: base, require: better}
  - {name: b, metric: json_valid.whole, candidate: tuned, at_least: 0.9}
  - {name: c, metric: chrf, candidate: tuned, at_most: 2}
  - {name: d, metric: json_schema, candidate: tuned, at_least: 0.9}
"""
    found = faults(tmp_path, rest)
    wanted = [
        (7, "there is no metric 'field_acuracy'. did you mean field_accuracy"),
        (9, "accuracy has no option 'normalize'. did you mean normalise"),
        (10, "there is no schema file"),
        (11, "the field 'shop', which no fixture expects. the fixtures have order, ship"),
        (13, "the metric json_valid is named twice. keep one, or give one another name: json_valid: {as: ...}"),
        (14, "the headline is about 'fidelity', which is no metric of the suite"),
        (16, "has no part 'whol'. did you mean whole"),
        (17, "json_valid has no parts. write json_valid"),
        (18, "chrf, which is not among the suite's metrics. add chrf to metrics"),
    ]
    assert len(found) == len(wanted)
    for (line, said), (found_line, found_said) in zip(wanted, found, strict=True):
        assert found_line == line
        assert said in found_said


def test_a_schema_that_is_not_json_is_placed_in_its_own_file(tmp_path: Path) -> None:
    (tmp_path / "order.json").write_text("{\n  oops\n}")
    with pytest.raises(SuiteError, match=r"order.json:2: not JSON"):
        load_suite(write_suite(tmp_path, "metrics:\n  - json_schema: {schema: order.json}\n"), checks=[check_metrics])


def test_a_broken_metrics_py_is_one_fault_in_its_own_file(tmp_path: Path) -> None:
    (tmp_path / "metrics.py").write_text("import json\nraise RuntimeError('no')\n")
    assert faults(tmp_path, "metrics: [accuracy, json_valid]\n") == [
        (2, "cannot be imported: RuntimeError: no. correct the file"),
    ]


def test_a_part_of_a_metric_that_only_measuring_knows_is_let_through(tmp_path: Path) -> None:
    (tmp_path / "metrics.py").write_text(
        "from harness.metrics import metric\n@metric\ndef own(fixture, response):\n    return {'value': 1, 'part': 0}\n"
    )
    rest = "metrics: [own]\ngates:\n  - {name: a, metric: own.part, candidate: tuned, at_least: 0.5}\n"
    assert load_suite(write_suite(tmp_path, rest), checks=[check_metrics]).name == "orders"


def test_field_accuracy_on_texts_is_a_fault(tmp_path: Path) -> None:
    folder = write_suite(tmp_path, "metrics:\n  - field_accuracy: {fields: [order]}\n")
    (folder / "fixtures.jsonl").write_text('{"id": "a", "input": "x", "expected": "text"}\n')
    with pytest.raises(SuiteError, match=r"suite.yaml:7: field_accuracy needs objects in expected"):
        load_suite(folder, checks=[check_metrics])


def test_one_kind_of_metric_can_be_measured_twice_under_two_names(tmp_path: Path) -> None:
    rest = """
metrics:
  - length: {as: words, by: words}
  - length: {as: short_enough_to_read, by: words, maximum: 40}
  - length: {as: accuracy, by: words}
  - length: {as: a.b}
gates:
  - {name: a, metric: short_enough_to_read, candidate: tuned, at_least: 0.9}
  - {name: b, metric: length, candidate: tuned, at_least: 0.9}
"""
    said = [text for _, text in faults(tmp_path, rest)]
    assert len(said) == 3
    assert "as is 'accuracy', the name of another metric" in said[0] and "as is 'a.b', which is no name for a metric" in said[1]
    assert "the gate 'b' is about length, which is not among the suite's metrics" in said[2]


def test_two_of_a_kind_keep_their_names_through_measuring() -> None:
    answer = Response(text="one two three")
    kept = [load_metric("length", by="words"), load_metric("length", **{"as": "brief", "by": "words", "maximum": 2})]
    fixture = Fixture(id="a", input="x", expected="y")
    stored = StoredResponse("h", "tuned", "a", 0, answer)
    measured = measure([stored], [fixture], kept)
    assert [(s.metric, s.columns["value"]) for s in measured.scores] == [("length", 3.0), ("brief", 0.0)]
    again = put_together(take_apart(kept[1]))
    assert again.name == "brief" and again.unit == "share" and type(again).name == "length"
    labels = for_fixtures(load_metric("f1", **{"as": "intent_f1", "labels": ["a", "b"]}), [fixture])
    assert labels.name == "intent_f1"
