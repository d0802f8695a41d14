"""validators: rules from outside the model."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from harness.errors import SuiteError
from harness.metrics import MetricOptionError, load_metric, measure
from harness.models import Response, ToolCall
from harness.store import StoredResponse
from harness.suite import Fixture

FIXTURE = Fixture(id="a", input="x", expected={"limit": 10})


def kept(rule: dict, answer: object, **more: object) -> float:
    metric = load_metric("validators", rules=[{"name": "it", **rule}], **more)
    text = answer if isinstance(answer, str) else json.dumps(answer)
    found = metric.measure(FIXTURE, Response(text=text))
    assert found["value"] == found["it"]
    return found["it"]


@pytest.mark.parametrize(
    ("rule", "answer", "is_kept"),
    [
        ({"field": "n", "minimum": 1, "maximum": 3}, {"n": 1}, 1),
        ({"field": "n", "minimum": 1, "maximum": 3}, {"n": 3.5}, 0),
        ({"field": "n", "minimum": 1}, {"n": "2"}, 0),
        ({"field": "n", "minimum": 0}, {"n": True}, 0),
        ({"field": "n", "minimum": 1}, {}, 1),
        ({"field": "n", "minimum": 1}, {"n": None}, 1),
        ({"field": "n", "minimum": 1, "required": True}, {}, 0),
        ({"field": "sku", "pattern": "^[A-Z]{2}-[0-9]+$"}, {"sku": "AB-12"}, 1),
        ({"field": "sku", "pattern": "^[A-Z]{2}-[0-9]+$"}, {"sku": "AB-12 "}, 0),
        ({"field": "sku", "pattern": "1"}, {"sku": 1}, 0),
        ({"field": "a", "one_of": ["x", 1]}, {"a": 1.0}, 1),
        ({"field": "a", "one_of": ["x", 1]}, {"a": "X"}, 0),
        ({"field": "a", "not_one_of": ["refund"]}, {"a": "refund"}, 0),
        ({"field": "a", "not_one_of": ["refund"]}, {"a": "reply"}, 1),
        ({"field": "a", "equals": [1, {"b": 2}]}, {"a": [1, {"b": 2}]}, 1),
        ({"field": "a", "equals": 1}, {"a": "1"}, 0),
        ({"field": "a", "forbidden": True}, {"a": 0}, 0),
        ({"field": "a", "forbidden": True}, {"a": None}, 1),
        ({"field": "a", "required_with": ["b", "c.d"]}, {"a": 1, "b": 1, "c": {"d": 1}}, 1),
        ({"field": "a", "required_with": ["b", "c.d"]}, {"a": 1, "b": 1}, 0),
        ({"field": "a", "required_with": ["b"]}, {}, 1),
        ({"field": "a", "forbidden_with": ["b"]}, {"a": 1, "b": 1}, 0),
        ({"field": "a", "forbidden_with": ["b"]}, {"b": 1}, 1),
        ({"field": "a", "required": True, "when": {"kind": "refund"}}, {"kind": "refund"}, 0),
        ({"field": "a", "required": True, "when": {"kind": "refund"}}, {"kind": "reply"}, 1),
        ({"field": "a", "required": True, "when": {"kind": ["refund", "return"]}}, {"kind": "return"}, 0),
        ({"field": "a", "required": True, "when": {"kind": "refund", "n": 1}}, {"kind": "refund", "n": 2}, 1),
        ({"field": "lines[*].n", "minimum": 1}, {"lines": [{"n": 1}, {"n": 2}, {}]}, 1),
        ({"field": "lines[*].n", "minimum": 1}, {"lines": [{"n": 1}, {"n": 0}]}, 0),
        ({"field": "lines[*].n", "minimum": 1, "required": True}, {"lines": [{"n": 1}, {}]}, 0),
        ({"field": "n", "minimum": 1}, "not json", 0),
        ({"field": "n", "minimum": 1}, "[1]", 1),
        ({"field": "n", "maximum": 5}, '{"n": 1e999}', 0),
    ],
)
def test_each_rule_is_kept_as_the_table_says(rule: dict, answer: object, is_kept: float) -> None:
    assert kept(rule, answer) == is_kept


def test_every_rule_is_a_part_and_the_value_is_the_share_that_keeps_them_all() -> None:
    rules = [{"name": "small", "field": "n", "maximum": 5}, {"name": "known", "field": "a", "one_of": ["x"]}]
    metric = load_metric("validators", rules=rules)
    assert metric.parts() == ("small", "known")
    found = metric.measure(FIXTURE, Response(text='{"n": 6, "a": "x"}'))
    assert found == {"value": 0.0, "small": 0.0, "known": 1.0}


def test_a_tool_that_must_not_be_called_breaks_its_rule_alone_whatever_the_text() -> None:
    rules = [{"name": "no refunds", "forbidden_calls": ["refund"]}, {"name": "n", "field": "n", "minimum": 0}]
    metric = load_metric("validators", rules=rules)
    called = Response(text='{"n": 1}', tool_calls=(ToolCall("refund", {}),))
    assert metric.measure(FIXTURE, called) == {"value": 0.0, "no refunds": 0.0, "n": 1.0}
    assert metric.measure(FIXTURE, Response(text="", tool_calls=(ToolCall("look_up", {}),)))["no refunds"] == 1.0


def test_a_rule_may_be_a_function_of_the_suites_metrics_py(tmp_path: Path) -> None:
    (tmp_path / "metrics.py").write_text(
        "def adds_up(answer, fixture):\n"
        "    total = sum(line['n'] for line in answer['lines'])\n"
        "    return total == answer['total'] <= fixture.expected['limit']\n"
    )
    metric = load_metric("validators", folder=tmp_path, rules=[{"name": "adds up", "function": "adds_up"}])
    assert metric.measure(FIXTURE, Response(text='{"lines": [{"n": 1}, {"n": 2}], "total": 3}'))["adds up"] == 1.0
    assert metric.measure(FIXTURE, Response(text='{"lines": [{"n": 9}, {"n": 2}], "total": 11}'))["adds up"] == 0.0
    assert metric.measure(FIXTURE, Response(text="no json"))["adds up"] == 0.0
    measured = measure([StoredResponse("h", "v", "a", 0, Response(text='{"lines": 3}'))], [FIXTURE], [metric])
    (fault,) = measured.faults
    assert "the metric validators broke on fixture a (v): TypeError" in fault.message
    assert fault.file is not None and fault.file.endswith("metrics.py")
    assert fault.line == 2


def test_a_function_that_is_not_there_is_a_fault_of_the_suite(tmp_path: Path) -> None:
    with pytest.raises(SuiteError, match="to find the function adds_up in"):
        load_metric("validators", folder=tmp_path, rules=[{"name": "a", "function": "adds_up"}])
    (tmp_path / "metrics.py").write_text("x = 1\n")
    with pytest.raises(SuiteError, match=r"metrics.py: there is no function 'adds_up'"):
        load_metric("validators", folder=tmp_path, rules=[{"name": "a", "function": "adds_up"}])


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        ([], "rules names no rule"),
        ([{"field": "a", "minimum": 1}], "rule 1 needs a name"),
        ([{"name": "value", "field": "a", "minimum": 1}], "rule 'value' needs a name"),
        ([{"name": "r", "field": "a", "minimun": 1}], "rule 'r' has no key 'minimun'; did you mean minimum"),
        ([{"name": "r", "minimum": 1}], "rule 'r' has minimum but no field"),
        ([{"name": "r", "field": "a"}], "rule 'r' asks for nothing"),
        ([{"name": "r", "field": "a", "minimum": "1"}], "rule 'r' has minimum: '1', which is not a number"),
        ([{"name": "r", "field": "a", "pattern": "("}], "is not a regular expression"),
        ([{"name": "r", "field": "a", "required": True}] * 2, "two rules have the same name"),
        ([{"name": "r", "field": "a", "one_of": "x"}], "which is not a list"),
    ],
)
def test_rules_that_make_no_sense_are_refused(rules: list, said: str) -> None:
    with pytest.raises(MetricOptionError) as caught:
        load_metric("validators", rules=rules)
    assert said in str(caught.value)


def test_a_pattern_that_explodes_costs_the_answer_its_score_and_says_so() -> None:
    metric = load_metric("validators", rules=[{"name": "r", "field": "a", "pattern": "^(a|aa)+$"}])
    hostile = Response(text=json.dumps({"a": "a" * 60 + "!"}))
    (fault,) = measure([StoredResponse("h", "v", "a", 0, hostile)], [FIXTURE], [metric]).faults
    assert "took longer than 0.2 s" in fault.message
