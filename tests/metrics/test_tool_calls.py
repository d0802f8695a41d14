"""tool_call_correct and its parts against tables worked by hand, and the laws they keep."""

from __future__ import annotations

import json
import re
import time
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.metrics import load_metric
from harness.metrics.call_matching import argument_share, match_calls
from harness.metrics.call_reading import Call
from harness.models import Response, ToolCall
from harness.suite import Fixture

Calls = list[tuple[str, Any]]

DOCS = Path(__file__).parents[2] / "docs/metrics-tool-calls.md"
CITY = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"], "additionalProperties": False}
TOOLS = (
    {"type": "function", "function": {"name": "weather", "parameters": CITY}},
    {"type": "function", "function": {"name": "now"}},
)


def fixture(expected: Calls, **fields: Any) -> Fixture:
    calls = [{"name": name, "arguments": arguments} for name, arguments in expected]
    return Fixture(id="a", input=None if "messages" in fields else "x", expected={"tool_calls": calls}, **fields)


def answer(made: Calls) -> Response:
    return Response(tool_calls=tuple(ToolCall(name, arguments) for name, arguments in made))


def row(expected: Calls, made: Calls, tools: tuple[Any, ...] = (), **options: Any) -> dict[str, float]:
    return dict(load_metric("tool_call_correct", **options).measure(fixture(expected, tools=tools), answer(made)))


def a(x: Any) -> tuple[str, Any]:
    return "a", {"x": x}


TRUTH: list[tuple[str, Calls, Calls]] = [
    ("none, none", [], []),
    ("none, one", [], [a(1)]),
    ("one, none", [a(1)], []),
    ("one, the same", [a(1)], [a(1)]),
    ("one, other arguments", [a(1)], [a(2)]),
    ("one, another tool", [a(1)], [("b", {"x": 1})]),
    ("one, twice the same", [a(1)], [a(1), a(1)]),
    ("one, it and another", [a(1)], [a(1), a(2)]),
    ("none, twice the same", [], [a(1), a(1)]),
    ("twice the same, once", [a(1), a(1)], [a(1)]),
    ("twice the same, twice", [a(1), a(1)], [a(1), a(1)]),
    ("two, in the other order", [a(1), a(2)], [a(2), a(1)]),
]
SHOWN = ("value", "name_selection", "arguments", "missing", "unnecessary", "duplicated", "order", "no_call")
WORKED: dict[str, tuple[float | None, ...]] = {
    "none, none": (1, 1, None, None, 0, 0, None, 1),
    "none, one": (0, 0, None, None, 1, 0, None, 0),
    "one, none": (0, 0, 0, 1, 0, 0, None, None),
    "one, the same": (1, 1, 1, 0, 0, 0, None, None),
    "one, other arguments": (0, 1, 0, 0, 0, 0, None, None),
    "one, another tool": (0, 0, 0, 1, 1, 0, None, None),
    "one, twice the same": (0, 0.5, 1, 0, 1, 1, None, None),
    "one, it and another": (0, 0.5, 1, 0, 1, 0, None, None),
    "none, twice the same": (0, 0, None, None, 1, 1, None, 0),
    "twice the same, once": (0, 0.5, 0.5, 1, 0, 0, 1, None),
    "twice the same, twice": (1, 1, 1, 0, 0, 0, 1, None),
    "two, in the other order": (1, 1, 1, 0, 0, 0, 0, None),
}


@pytest.mark.parametrize(("name", "expected", "made"), TRUTH)
def test_the_truth_table_holds(name: str, expected: Calls, made: Calls) -> None:
    measured = row(expected, made)
    assert tuple(measured.get(column) for column in SHOWN) == WORKED[name]


def test_the_truth_table_in_the_docs_is_the_one_that_holds() -> None:
    lines = [line for line in DOCS.read_text(encoding="utf-8").splitlines() if line.startswith("|")]
    cells = [[cell.strip(" `") for cell in line.strip("|").split("|")] for line in lines]
    head = next(at for at, line in enumerate(cells) if line == ["expected, made", *SHOWN])
    told = {line[0]: tuple(None if cell == "" else float(cell) for cell in line[1:]) for line in cells[head + 2 :][: len(TRUTH)]}
    assert told == WORKED


@pytest.mark.parametrize(
    ("expected", "made", "share"),
    [
        ({}, {}, 1.0),
        ({}, "", 0.0),
        ({}, {"x": 1}, 0.0),
        ({"x": 1}, {}, 0.0),
        ({"x": 1}, '{"x": ', 0.0),
        ({"x": 1, "y": 2}, {"x": 1, "y": 3}, 0.5),
        ({"x": 1}, {"x": 1, "y": 3}, 0.5),
        ({"x": 1, "y": 2}, {"x": "1", "y": 2}, 0.5),
        ({"x": 1}, {"x": True}, 0.0),
        ({"x": 1}, {"x": 1.0}, 1.0),
        ({"x": {"$any": [1, 2]}, "y": {"$optional": 5}}, {"x": 2}, 1.0),
        ({"x": {"$any": [1, 2]}, "y": {"$optional": 5}}, {"x": 2, "y": 5}, 1.0),
        ({"x": {"$any": [1, 2]}, "y": {"$optional": 5}}, {"x": 2, "y": 6}, 0.5),
        ({"x": {"in": [1, {"$regex": "^a"}]}, "y": 1, "z": 1}, {"x": {"in": [1, "ab"]}, "y": 1}, 2 / 3),
        ({"$anything": True}, "not even JSON", 1.0),
    ],
)
def test_arguments_are_right_by_type_and_value_and_those_not_expected_are_wrong(expected: Any, made: Any, share: float) -> None:
    assert argument_share(Call("f", expected), Call("f", made)) == pytest.approx(share)


def test_calls_side_by_side_are_assigned_so_that_most_are_right_where_the_first_that_fits_is_wrong() -> None:
    expected = [("a", {"x": {"$any": [1, 2]}}), a(1)]
    made = [a(1), a(2)]
    # Greedy gives the first expected call the first made one, and then the second has none that is right.
    assert row(expected, made)["value"] == 1.0
    matching = match_calls([Call(*each) for each in expected], [Call(*each) for each in made])
    assert matching.pairs == ((0, 1), (1, 0))


def test_a_whole_call_is_worth_more_than_many_arguments() -> None:
    expected = [Call("a", {"x": 1, "y": 1, "z": 1}), Call("a", {"x": 1, "y": 1, "z": 2})]
    made = [Call("a", {"x": 1, "y": 1, "z": 2}), Call("a", {"q": 1})]
    matching = match_calls(expected, made)
    assert dict(zip(matching.pairs, matching.whole, strict=True)) == {(0, 1): False, (1, 0): True}


@pytest.mark.parametrize(
    ("order", "made", "right", "in_order"),
    [
        ("ignored", [a(1), a(2), a(3)], 1, 1),
        ("ignored", [a(3), a(2), a(1)], 1, 0),
        ("kept", [a(1), a(2), a(3)], 1, 1),
        ("kept", [a(2), a(1), a(3)], 0, 0),
        ("kept", [a(1), a(2), a(3), a(4)], 0, 1),
        ("prefix", [a(1), a(2), a(3), a(4), ("b", {})], 1, 1),
        ("prefix", [a(4), a(1), a(2), a(3)], 0, 1),
        ("prefix", [("b", {}), a(1), a(2), a(3)], 0, 0),
        ("prefix", [a(1), a(2)], 0, 0),
    ],
)
def test_the_order_counts_as_the_option_says(order: str, made: Calls, right: int, in_order: int) -> None:
    measured = row([a(1), a(2), a(3)], made, order=order)
    assert (measured["value"], measured["order"]) == (right, in_order)


def test_calls_alike_are_in_order_whichever_of_them_is_first() -> None:
    assert row([a(1), a(1), a(2)], [a(1), a(1), a(2)], order="kept")["value"] == 1.0


def test_with_prefix_no_call_is_forgiven_where_none_is_wanted() -> None:
    assert row([], [a(1)], order="prefix")["value"] == 0.0


@pytest.mark.parametrize(
    ("made", "share"),
    [
        ([], 1.0),
        ([("weather", {"city": "Oslo"})], 1.0),
        ([("weather", {"city": 5})], 0.0),
        ([("weather", {"city": "Oslo", "unit": "C"})], 0.0),
        ([("weather", {"city": "Oslo"}), ("weather", {})], 0.5),
        ([("now", {})], 1.0),
        ([("now", {"zone": "UTC"})], 0.0),
        ([("invented", {})], 0.0),
        ([("weather", '{"city": ')], 0.0),
    ],
)
def test_schema_valid_holds_each_call_against_the_tools_of_its_fixture(made: Calls, share: float) -> None:
    assert row([("weather", {"city": "Oslo"})], made, TOOLS)["schema_valid"] == share


def test_which_columns_a_fixture_has_does_not_depend_on_the_answer() -> None:
    for expected in ([], [a(1)], [a(1), a(2)]):
        columns = {frozenset(row(expected, made, TOOLS)) for made in ([], [a(1)], [a(1), a(1), ("b", "junk")])}
        assert len(columns) == 1


def test_fixtures_that_are_no_tool_task_are_left_out() -> None:
    metric = load_metric("tool_call_correct")
    for expected in (None, "text", {"city": "Oslo"}):
        assert metric.measure(Fixture(id="a", input="x", expected=expected), answer([a(1)])) == {}


CALL = {"name": "a", "arguments": {"x": 1}}
OPENAI = {"id": "c1", "type": "function", "function": {"name": "a", "arguments": '{"x": 1}'}}


@pytest.mark.parametrize(
    ("text", "options", "right"),
    [
        (json.dumps(CALL), {}, 1),
        (json.dumps([CALL]), {}, 1),
        (json.dumps({"tool_calls": [CALL]}), {}, 1),
        (json.dumps({"tool_calls": [OPENAI]}), {}, 1),
        (json.dumps(OPENAI["function"]), {}, 1),
        ("  " + json.dumps(CALL) + "\n", {}, 1),
        (json.dumps(CALL), {"text": False}, 0),
        (f"```json\n{json.dumps(CALL)}\n```", {}, 0),
        (f"```json\n{json.dumps(CALL)}\n```", {"fenced": True}, 1),
        (f"I will look: {json.dumps(CALL)}", {}, 0),
        (f"I will look: {json.dumps(CALL)}", {"surrounding": True}, 1),
        (json.dumps({"name": "a"}), {}, 0),
        (json.dumps([CALL, "and"]), {}, 0),
        ("", {}, 0),
        ("[" * 100_000, {}, 0),
        ('{"name": "a", "arguments": {"x": 1, "x": 1}}', {}, 0),
    ],
)
def test_calls_written_as_json_text_count_where_there_are_no_tool_calls(text: str, options: dict[str, Any], right: int) -> None:
    metric = load_metric("tool_call_correct", **options)
    assert metric.measure(fixture([a(1)]), Response(text=text))["value"] == right


@pytest.mark.parametrize("text", ["", "It is sunny.", "[]", '{"tool_calls": []}', "42", '{"city": "Oslo"}', '{"name": "Ann"}'])
def test_text_that_is_no_call_makes_none(text: str) -> None:
    assert load_metric("tool_call_correct").measure(fixture([]), Response(text=text))["no_call"] == 1.0


def test_text_beside_real_tool_calls_is_not_read() -> None:
    both = Response(text=json.dumps([CALL]), tool_calls=(ToolCall("a", {"x": 1}),))
    assert load_metric("tool_call_correct").measure(fixture([a(1)]), both)["_made"] == 1.0


def test_hostile_calls_are_measured_and_never_an_exception() -> None:
    deep: Any = []
    for _ in range(5_000):
        deep = [deep]
    for made in ([("a", deep), ("a", deep)], [("a", {"x": "y" * 1_000_000})] * 300, [("a", None)], [("", "")] * 3):
        measured = row([a(1), a({"$anything": True})], made, TOOLS)
        assert measured["_made"] <= 256
        assert measured["value"] == 0.0


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["name", "arguments", "function", "tool_calls", "x"]), inner, max_size=3)
    ),
    max_leaves=10,
)


@settings(deadline=None)
@given(json_values)
def test_whatever_a_model_writes_is_measured(value: Any) -> None:
    metric = load_metric("tool_call_correct", fenced=True, surrounding=True)
    for response in (Response(text=json.dumps(value)), Response(text=str(value)), answer([("weather", value), ("now", value)])):
        measured = metric.measure(fixture([("weather", {"city": {"$regex": "O"}})], tools=TOOLS), response)
        assert all(0.0 <= number <= 1.0 for name, number in measured.items() if not name.startswith("_"))


def test_many_calls_of_one_name_are_assigned_in_a_moment() -> None:
    wanted = ("a", {"x": {"$any": ["a", "b", {"$regex": "^c[0-9]+$"}]}})
    began = time.process_time()
    assert row([wanted] * 20, [("a", {"x": f"c{i}", "pad": list(range(1000))}) for i in range(256)])["_paired"] == 20
    assert time.process_time() - began < 10  # about 1


def asked(*results: tuple[str, Any], turn: Calls | None = None) -> tuple[dict[str, Any], ...]:
    """A conversation whose last turn made calls, with what came of them by the call's id."""
    calls = [
        {"id": f"c{i}", "type": "function", "function": {"name": name, "arguments": json.dumps(arguments)}}
        for i, (name, arguments) in enumerate(turn or [a(1), a(2)])
    ]
    told = [{"role": "tool", "tool_call_id": identity, "content": content} for identity, content in results]
    return ({"role": "user", "content": "q"}, {"role": "assistant", "content": None, "tool_calls": calls}, *told)


@pytest.mark.parametrize(
    ("content", "is_error"),
    [
        ("Error: no such city", True),
        ("FAILED", True),
        ('{"error": "no such city"}', True),
        ('{"error": null, "temperature": 5}', False),
        ('{"errors": []}', False),
        ('{"isError": true, "content": []}', True),
        ('{"is_error": false}', False),
        ('{"status": "error"}', True),
        ('"error: none"', True),
        ([{"type": "text", "text": "error 404"}], True),
        ("no error", False),
        ("5 degrees", False),
        ("[1, 2]", False),
        ("", False),
    ],
)
def test_a_tool_result_is_an_error_where_it_says_so(content: Any, is_error: bool) -> None:
    measured = load_metric("tool_call_correct").measure(fixture([a(3)], messages=asked(("c0", content))), answer([a(3)]))
    assert ("repaired" in measured) is is_error


@pytest.mark.parametrize(
    ("expected", "made", "repaired", "repeated"),
    [
        ([a(3)], [a(3)], 1, 0),  # the call is corrected
        ([a(3)], [a(1)], 0, 1),  # the failed call again
        ([a(3)], [a(1.0)], 0, 1),
        ([a(3)], [a(2)], 0, 0),  # the one that had not failed
        ([a(3)], [a(3), a(1)], 0, 1),
        ([a(3)], [], 0, 0),
        ([a(1)], [a(1)], 1, 0),  # trying again is what the fixture wants
        ([], [], 1, 0),  # giving up is
        ([], [a(1)], 0, 1),
    ],
)
def test_recovery_is_the_right_next_call_after_one_that_failed(
    expected: Calls, made: Calls, repaired: int, repeated: int
) -> None:
    messages = asked(("c1", "5 degrees"), ("c0", "Error: no such city"))
    measured = load_metric("tool_call_correct").measure(fixture(expected, messages=messages), answer(made))
    assert (measured["repaired"], measured["repeated_failure"]) == (repaired, repeated)


def test_a_failure_before_the_last_turn_is_past() -> None:
    messages = (*asked(("c0", "Error")), {"role": "user", "content": "and now?"})
    assert "repaired" not in load_metric("tool_call_correct").measure(fixture([a(3)], messages=messages), answer([a(3)]))


calls = st.lists(
    st.tuples(st.sampled_from("ab"), st.dictionaries(st.sampled_from("xy"), st.integers(0, 2), max_size=2)), max_size=5
)


@settings(deadline=None)
@given(calls, calls)
def test_the_columns_sum_as_stated_and_lie_between_0_and_1(expected: Calls, made: Calls) -> None:
    measured = row(expected, made)
    assert measured["_expected"] == measured["_paired"] + measured["_missing"] == len(expected)
    assert measured["_made"] == measured["_paired"] + measured["_unnecessary"] == len(made)
    assert measured["_right"] <= measured["_paired"]
    assert measured["_duplicated"] <= measured["_unnecessary"]
    assert all(0.0 <= value <= 1.0 for name, value in measured.items() if not name.startswith("_"))


loose = st.dictionaries(st.sampled_from("xy"), st.sampled_from([0, 1, {"$any": [0, 1]}, {"$optional": 1}]), max_size=2)
matched = st.lists(st.tuples(st.sampled_from("ab"), loose), max_size=5)


@settings(deadline=None)
@given(calls | matched, calls, st.randoms())
def test_permuting_the_calls_changes_nothing_but_the_order(expected: Calls, made: Calls, random: Any) -> None:
    shuffled = random.sample(made, len(made))
    first, second = row(expected, made), row(expected, shuffled)
    assert {k: v for k, v in first.items() if k != "order"} == pytest.approx({k: v for k, v in second.items() if k != "order"})


@settings(deadline=None)
@given(calls | matched, calls)
def test_what_is_right_in_order_is_right_in_any_way_of_looking_at_order(expected: Calls, made: Calls) -> None:
    ignored, kept, prefix = (row(expected, made, order=order)["value"] for order in ("ignored", "kept", "prefix"))
    assert kept <= ignored
    assert kept <= prefix


@settings(deadline=None)
@given(calls, calls)
def test_a_perfect_answer_scores_best_on_every_column(expected: Calls, made: Calls) -> None:
    metric = load_metric("tool_call_correct", order="kept")
    perfect, other = row(expected, expected, TOOLS, order="kept"), row(expected, made, TOOLS, order="kept")
    for column, value in perfect.items():
        if column.startswith("_") or column == "schema_valid":
            continue
        assert value == (0.0 if column in type(metric).lower_is_better else 1.0)
        assert value <= other[column] if column in type(metric).lower_is_better else value >= other[column]


few = st.lists(st.sampled_from([a(0), a(1), a({"$any": [0, 1]}), a({"$any": [1, 2]}), a(2)]), max_size=3)


@settings(deadline=None)
@given(few, st.lists(st.sampled_from([a(0), a(1), a(2)]), max_size=3))
def test_no_other_assignment_has_more_right_calls(expected: Calls, made: Calls) -> None:
    wanted, padded = [Call(*each) for each in expected], [*(Call(*each) for each in made), *[Call("none", {})] * 3]
    best = max(sum(argument_share(w, c) == 1 for w, c in zip(wanted, at, strict=True) if w.name == c.name)
               for at in permutations(padded, len(wanted)))  # fmt: skip
    assert row(expected, made)["_right"] == best


def test_the_docs_name_every_part() -> None:
    parts = load_metric("tool_call_correct").parts()
    text = DOCS.read_text(encoding="utf-8")
    assert all(re.search(rf"`{part}`", text) for part in parts)
