"""Matchers in expected values: what they let through, and what is said of those that cannot be used."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.errors import SuiteError
from harness.metrics import check_metrics
from harness.metrics.matchers import matcher_problems, matches
from harness.metrics.patterns import TookTooLongError
from harness.suite import load_suite

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc", min_size=1, max_size=3), inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.parametrize(
    ("expected", "made", "right"),
    [
        (1, 1, True),
        (1, 1.0, True),
        (1, "1", False),
        (1, True, False),
        (True, 1, False),
        (None, None, True),
        (None, 0, False),
        ("a", "A", False),
        ([1, 2], [1, 2], True),
        ([1, 2], [2, 1], False),
        ({"a": 1}, {"a": 1, "b": 2}, False),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}, True),
        ({"$any": ["red", 5]}, "red", True),
        ({"$any": ["red", 5]}, 5.0, True),
        ({"$any": ["red", 5]}, "5", False),
        ({"$any": [{"$regex": "^r"}, None]}, None, True),
        ({"$approx": 3.14, "tolerance": 0.01}, 3.15, True),
        ({"$approx": 0.2, "tolerance": 0.1}, 0.3, True),
        ({"$approx": 3.14, "tolerance": 0.01}, 3.1501, False),
        ({"$approx": 3.14, "tolerance": 0.01}, "3.14", False),
        ({"$approx": 1, "tolerance": 0}, True, False),
        ({"$approx": 1.5, "tolerance": 1}, 10**400, False),
        ({"$regex": "^A-[0-9]+$"}, "A-12", True),
        ({"$regex": "^A-[0-9]+$"}, "xA-12", False),
        ({"$regex": "[0-9]"}, "A-12", True),
        ({"$regex": "1"}, 1, False),
        ({"$anything": True}, {"deep": [1]}, True),
        ({"$anything": True}, None, True),
        ({"$literal": {"$gt": 5}}, {"$gt": 5}, True),
        ({"$literal": {"$gt": 5}}, {"$gt": 6}, False),
        ({"a": {"$optional": 1}}, {}, True),
        ({"a": {"$optional": 1}}, {"a": 1}, True),
        ({"a": {"$optional": 1}}, {"a": 2}, False),
        ({"a": {"$optional": 1}}, {"a": None}, False),
        ({"a": {"$optional": {"$any": [1, None]}}}, {"a": None}, True),
        ({"a": {"$anything": True}}, {}, False),
        ({"a": [{"b": {"$any": [1, 2]}}]}, {"a": [{"b": 2}]}, True),
        ({"a": [{"b": {"$any": [1, 2]}}]}, {"a": [{"b": 3}]}, False),
    ],
)
def test_an_expected_value_may_be_a_literal_or_a_matcher_at_any_depth(expected: Any, made: Any, right: bool) -> None:
    assert list(matcher_problems(expected if isinstance(expected, dict) else {"x": expected})) == []
    assert matches(expected, made) is right


@settings(deadline=None)
@given(json_values)
def test_every_value_without_matchers_matches_itself_and_survives_being_written_down(value: Any) -> None:
    assert matches(value, json.loads(json.dumps(value)))
    assert matches({"$anything": True}, value)
    assert matches({"$any": [object(), value]}, value)
    assert matches({"$literal": value}, value)


@settings(deadline=None)
@given(json_values, json_values)
def test_literals_match_the_same_way_round_both_ways(left: Any, right: Any) -> None:
    assert matches(left, right) == matches(right, left)


@pytest.mark.parametrize(
    ("expected", "said"),
    [
        (
            {"a": {"$anyof": [1]}},
            "there is no matcher $anyof at a. did you mean $any; for an object with such a key write $literal",
        ),
        ({"a": {"$gt": 1}}, "there is no matcher $gt at a. "),
        ({"a": {"b": [0, {"$regx": "x"}]}}, "there is no matcher $regx at a.b[1]. did you mean $regex"),
        ({"a": {"$any": 1}}, "$any at a holds no list of values. "),
        ({"a": {"$any": []}}, "$any at a holds no list of values. "),
        ({"a": {"$any": [{"$optional": 1}]}}, "$optional at a[0] stands where nothing can be left out. "),
        ({"a": [{"$optional": 1}]}, "$optional at a[0] stands where nothing can be left out. "),
        ({"$optional": {}}, "$optional stands where nothing can be left out. "),
        ({"a": {"$approx": "1", "tolerance": 1}}, "$approx at a needs two numbers, the second not below 0. "),
        ({"a": {"$approx": 1}}, "$approx at a needs two numbers, the second not below 0. "),
        ({"a": {"$approx": 1, "tolerance": -1}}, "$approx at a needs two numbers, the second not below 0. "),
        ({"a": {"$approx": 1, "tol": 1}}, "$approx at a has the key tol beside it. "),
        ({"a": {"$regex": "(open"}}, "$regex at a cannot be used: '(open' is not a regular expression: missing )"),
        ({"a": {"$regex": 5}}, "$regex at a is no text. "),
        ({"a": {"$anything": False}}, "$anything at a is not true. "),
        ({"a": {"$any": [1], "unit": "C"}}, "$any at a has the key unit beside it. a matcher is an object of its own"),
    ],
)
def test_a_matcher_that_cannot_be_used_is_said_with_its_place(expected: Any, said: str) -> None:
    (problem,) = matcher_problems(expected)
    assert ". ".join(problem).startswith(said)


def test_an_expected_value_that_is_nested_too_deeply_is_said() -> None:
    deep: Any = 1
    for _ in range(150):
        deep = [deep]
    assert [message for message, _ in matcher_problems({"a": deep})] == ["it is nested deeper than 100 levels"]


def test_a_pattern_that_explodes_on_an_answer_is_given_up() -> None:
    with pytest.raises(TookTooLongError, match="took longer than"):
        matches({"a": {"$regex": "(x+x+)+y"}}, {"a": "x" * 30_000})


SUITE = """\
suite: tools
fixtures: fixtures.jsonl
variants:
  today: {role: current, outputs: today.jsonl}
metrics: [tool_call_correct]
"""
WEATHER = {"type": "function", "function": {"name": "weather", "parameters": {"type": "object", "properties": {}}}}


def test_faults_of_expected_calls_carry_the_fixtures_file_and_line(tmp_path: Path) -> None:
    calls: list[Any] = [
        [{"name": "weather", "arguments": {"city": "Oslo"}}],
        [{"name": "weather", "arguments": {"city": {"$anyy": ["Oslo"]}}}],
        "weather",
        [{"arguments": {}}],
        [{"name": "weather"}],
        [{"name": "weather", "arguments": "{}"}],
        [{"name": "weather", "args": {}, "arguments": {}}],
        [{"name": "wether", "arguments": {}}],
    ]
    lines = [{"id": f"f{i}", "input": "x", "expected": {"tool_calls": each}, "tools": [WEATHER]} for i, each in enumerate(calls)]
    broken = {"type": "function", "function": {"name": "f", "parameters": {"type": "objct"}}}
    lines.append({"id": "tools", "input": "x", "expected": {"tool_calls": []}, "tools": [broken, WEATHER, WEATHER]})
    (tmp_path / "suite.yaml").write_text(SUITE)
    (tmp_path / "today.jsonl").write_text("")
    (tmp_path / "fixtures.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    with pytest.raises(SuiteError) as caught:
        load_suite(tmp_path, checks=[check_metrics])
    found = [str(fault).replace(f"{tmp_path}/", "") for fault in caught.value.faults]
    wanted = [
        "fixtures.jsonl:2: in the arguments of expected call 1, there is no matcher $anyy at city. did you mean $any",
        'fixtures.jsonl:3: tool_calls in expected is no list. write [{"name": ..., "arguments": {...}}]; [] means',
        "fixtures.jsonl:4: expected call 1 names no tool.",
        'fixtures.jsonl:5: expected call 1 says nothing of its arguments. write "arguments": {} for none, {"$anything": true}',
        "fixtures.jsonl:6: the arguments of expected call 1 are no object.",
        "fixtures.jsonl:7: expected call 1 has the key args. did you mean arguments.",
        "fixtures.jsonl:8: expected call 1 is of wether, which the fixture's tools do not offer. did you mean weather.",
        "fixtures.jsonl:9: the parameters of the tool f cannot be used: not a JSON Schema: at type,",
        "fixtures.jsonl:9: tools[2] is a second tool called weather. keep one.",
    ]
    assert len(found) == len(wanted)
    for said, expected in zip(found, wanted, strict=True):
        assert said.startswith(expected)
