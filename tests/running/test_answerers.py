"""Variants without a model: floors, outputs made elsewhere, and callables."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from harness.errors import SuiteError
from harness.models import ToolCall
from harness.running import check_outputs, majority_answer, run_suite
from harness.running.outputs import read_outputs
from harness.store import Store, StoredResponse
from tests.running.suites import write_suite


def answers(folder: Path, variant: dict[str, Any], **said: Any) -> list[StoredResponse]:
    store = Store(folder / "runs")
    return list(store.read(run_suite(write_suite(folder, {"it": variant}, **said), store).folder).responses)


MAJORITY = {"role": "floor", "method": "majority"}
NEAREST = {"role": "floor", "method": "nearest"}
TODAY = {"role": "current", "outputs": "today.jsonl"}
RULES = {"role": "current", "callable": "rules.py:answer"}


@pytest.mark.parametrize(
    ("expected", "common"),
    [
        (["no", "yes", "yes"], "yes"),
        (["b", "a", "a", "b"], "b"),
        (
            [{"a": 1, "b": "x"}, {"a": 2, "b": "y"}, {"b": "y", "a": 2}, {"a": 1, "b": "x"}, {"a": 2, "b": "z"}],
            {"a": 2, "b": "x"},
        ),
        ([{"a": 1}, {"a": 1, "rare": True}, {"a": 1}], {"a": 1}),
        (['{"a": 1}', '{"a": 1, "b": 2}', '{"b": 2}'], {"a": 1, "b": 2}),
        ([{"a": 1}, "text", "text"], "text"),
        ([True, 1, 1], 1),
        ([{"tool_calls": []}, {"tool_calls": [{"name": "f"}]}, {"tool_calls": []}], {"tool_calls": []}),
    ],
)
def test_the_majority_is_the_most_common_answer_key_by_key(expected: list[Any], common: Any) -> None:
    assert majority_answer(expected) == common


def test_the_majority_floor_answers_alike_and_costs_nothing(tmp_path: Path) -> None:
    train = [{"id": f"t{i}", "input": "q", "expected": {"sku": sku}} for i, sku in enumerate(("ä", "b", "ä"))]
    found = answers(tmp_path, MAJORITY, training_data="train.jsonl", files={"train.jsonl": train}, fixtures=2)

    assert [r.response.text for r in found] == ['{"sku": "ä"}'] * 2
    assert [r.response.cost for r in found] == [0.0, 0.0]


def test_the_nearest_floor_answers_as_the_training_example_with_the_nearest_question(tmp_path: Path) -> None:
    train = [
        {"id": "1", "input": "where is my parcel", "expected": "tracking"},
        {"id": "2", "input": "i want my money back", "expected": "refund"},
        {"id": "3", "input": "call a plumber", "expected": {"tool_calls": [{"name": "call", "arguments": {"whom": "plumber"}}]}},
    ]
    fixtures = [{"id": "a", "input": "money back please"}, {"id": "b", "input": "my parcel?"}, {"id": "c", "input": "plumber!"}]
    found = answers(tmp_path, NEAREST, training_data="train.jsonl", files={"train.jsonl": train}, fixtures=fixtures)

    assert [r.response.text for r in found] == ["refund", "tracking", ""]
    assert [(c.name, c.arguments) for c in found[2].response.tool_calls] == [("call", {"whom": "plumber"})]


def test_outputs_are_taken_from_their_file_and_missing_ones_fail(tmp_path: Path) -> None:
    lines = [
        {"id": "f1", "tool_calls": [{"name": "f", "arguments": '{"a": 1}'}], "latency": 0.5},
        {"id": "f0", "text": "by hand", "cost": 0.02},
        {"id": "unasked", "text": "x"},
    ]
    found = answers(tmp_path, TODAY, files={"today.jsonl": lines}, fixtures=3)

    assert [r.response.text for r in found] == ["by hand", "", ""]
    assert [(r.response.cost, r.response.latency) for r in found] == [(0.02, None), (None, 0.5), (None, None)]
    assert found[1].response.tool_calls[0].arguments == {"a": 1}
    assert (found[2].response.outcome, found[2].response.error_kind) == ("failed", "missing")
    assert found[2].response.error == "today.jsonl has no line for fixture f2"


def test_changed_outputs_are_read_anew(tmp_path: Path) -> None:
    assert answers(tmp_path, TODAY, files={"today.jsonl": [{"id": "f0", "text": "old"}]}, fixtures=1)[0].response.text == "old"
    assert answers(tmp_path, TODAY, files={"today.jsonl": [{"id": "f0", "text": "new"}]}, fixtures=1)[0].response.text == "new"


def test_every_bad_line_of_an_outputs_file_is_told_with_its_line(tmp_path: Path) -> None:
    lines = [
        '{"id": "f0", "text": "fine"}',
        "not json",
        '{"text": "no id"}',
        "",
        '{"id": "f1"}',
        '{"id": "f0", "text": "twice"}',
        '{"id": "f2", "text": "x", "latency": -1}',
        '{"id": "f3", "txt": "x"}',
        '{"id": "f4", "tool_calls": "f"}',
        "[1]",
    ]
    with pytest.raises(SuiteError) as caught:
        answers(tmp_path, TODAY, files={"today.jsonl": "\n".join(lines)})

    told = [(fault.line, fault.message) for fault in caught.value.faults]
    assert [line for line, _ in told] == [2, 3, 5, 6, 7, 8, 9, 10]
    assert all(str(fault.file).endswith("today.jsonl") and fault.hint for fault in caught.value.faults)
    assert "first at" in told[3][1] and "latency is -1" in told[4][1] and "unknown key 'txt'" in told[5][1]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('{"id": "a", "id": "b", "text": "x"}', "is not usable JSON: the key id is given twice. "),
        ('{"id": "a", "tool_calls": [{"name": "f", "arguments": {"x": NaN}}]}', "is not usable JSON: NaN is no JSON number. "),
        ('{"id": "a", "text": ' + "[" * 100_000 + "}", "is nested too deeply to be read. "),
        ('{"id": "a", "text": "\\ud800"}', "holds half a surrogate pair. "),
        (b'{"id": "a", "text": "\xff"}', "is not UTF-8 (byte 22). save the file as UTF-8"),
        ('{"id": "a", "text": "x", "latency": ' + "9" * 400 + "}", "latency is 999"),
        ('{"id": "a", "text": "x", "cost": true}', "cost is True. give a number of at least 0, or leave it out"),
        ('{"id": "a", "text": "x", "cost": "0.1"}', "cost is '0.1'. "),
        ('{"id": true, "text": "x"}', "has no id. "),
        ('{"id": "a", "text": null}', "has neither text nor tool_calls. "),
        ('{"id": "a", "tool_calls": 0}', 'tool_calls is no list of {"name", "arguments"}. '),
        ('{"id": "a", "tool_calls": [{"arguments": {}}]}', "call 1 of tool_calls has no name. "),
        (
            '{"id": "a", "tool_calls": [{"name": "f"}, {"function": {"name": "f"}}]}',
            'call 2 of tool_calls has no name. write what stands in "function" itself',
        ),
        ('{"id": "a", "tool_calls": [{"name": "f", "args": {}}]}', "call 1 of tool_calls has the key 'args'. "),
    ],
)
def test_a_line_that_cannot_be_used_is_said_with_what_to_do(line: str | bytes, told: str) -> None:
    content = b"\xef\xbb\xbf" + b'{"id": "fine", "text": ""}\r\n' + (line.encode() if isinstance(line, str) else line)
    with pytest.raises(SuiteError) as caught:
        read_outputs({"today.jsonl": content})
    assert str(caught.value).startswith(f"today.jsonl:2: {told}")


def test_outputs_are_checked_before_anything_is_run(tmp_path: Path) -> None:
    variants = {"a": {**TODAY, "outputs": "a.jsonl"}, "b": {**TODAY, "outputs": "b.jsonl"}, "c": {**TODAY, "outputs": "c.jsonl"}}
    files = {"a.jsonl": [{"id": "f0", "text": "x"}], "b.jsonl": [{"id": "g0", "text": "x"}], "c.jsonl": "bad\n"}
    told = [str(fault).replace(f"{tmp_path}/", "") for fault in check_outputs(write_suite(tmp_path, variants, files=files))]
    assert told == [
        "suite.yaml:1: b.jsonl has no line for any fixture. give each line the id of its fixture.",
        "c.jsonl:1: is not JSON: Expecting value at column 1. write one JSON object on each line.",
    ]


@pytest.mark.parametrize("role", ["prompt", "rag", "fine_tune", "cheaper", "current"])
def test_every_role_but_the_floor_may_have_its_answers_from_a_file(tmp_path: Path, role: str) -> None:
    found = answers(tmp_path, {"role": role, "outputs": "a.jsonl"}, files={"a.jsonl": [{"id": "f0", "text": "x"}]}, fixtures=1)
    assert [(r.response.text, r.retrieved) for r in found] == [("x", ())]


def test_a_file_full_of_bad_lines_is_summarised() -> None:
    with pytest.raises(SuiteError) as caught:
        read_outputs({"today.jsonl": b"bad\n" * 500})
    assert len(caught.value.faults) == 21
    assert str(caught.value.faults[20]) == "today.jsonl:21: and 480 more like it. correct these first."


@pytest.mark.parametrize(
    ("line", "text", "calls"),
    [
        ('{"id": "a", "text": 0}', "0", ()),
        ('{"id": "a", "text": false}', "false", ()),
        ('{"id": "a", "text": {"sku": "ä"}}', '{"sku": "ä"}', ()),
        ('{"id": "a", "text": "line\u2028break"}', "line\u2028break", ()),
        ('{"id": "a", "tool_calls": []}', "", ()),
        ('{"id": "a", "text": "t", "tool_calls": [{"name": "f"}]}', "t", (ToolCall("f", {}),)),
        ('{"id": "a", "tool_calls": [{"name": "f", "arguments": null}]}', "", (ToolCall("f", {}),)),
        (
            '{"id": "a", "tool_calls": [{"name": "f", "arguments": "{\\"x\\": NaN}", "id": 7}]}',
            "",
            (ToolCall("f", '{"x": NaN}', "7"),),
        ),
        ('{"id": "a", "tool_calls": [{"name": "f", "arguments": "{\\"x\\": 1}"}]}', "", (ToolCall("f", {"x": 1}),)),
    ],
)
def test_text_and_calls_are_read_as_they_are_meant(line: str, text: str, calls: tuple[ToolCall, ...]) -> None:
    response = read_outputs({"today.jsonl": line.encode()})["a"]
    assert (response.text, response.tool_calls) == (text, calls)
    assert (response.outcome, response.latency, response.cost) == ("answered", None, None)


def test_a_callable_answers_with_text_objects_or_tool_calls(tmp_path: Path) -> None:
    rules = """
from words import GREETING

def answer(fixture):
    match fixture.id:
        case "f0": return GREETING + fixture.input
        case "f1": return {"sku": "ä"}
        case "f2": return {"tool_calls": [{"name": "f", "arguments": {"a": 1}}]}
        case "f3": return None
"""
    found = answers(tmp_path, RULES, files={"rules.py": rules, "words.py": "GREETING = 'hello '\n"}, fixtures=4)

    assert [r.response.text for r in found] == ["hello question 0", '{"sku": "ä"}', "", ""]
    assert found[2].response.tool_calls[0].arguments == {"a": 1}
    assert all(r.response.latency is not None and r.response.cost is None for r in found)


def test_an_exception_in_a_callable_fails_that_fixture_and_says_where(tmp_path: Path) -> None:
    rules = "def answer(fixture):\n    if fixture.id == 'f1':\n        return {}['gone']\n    return 'ok'\n"
    found = answers(tmp_path, RULES, files={"rules.py": rules}, fixtures=3)

    assert [r.response.outcome for r in found] == ["answered", "failed", "answered"]
    assert found[1].response.error == "rules.py:3: KeyError: 'gone'"
    assert found[1].response.error_kind == "callable"


@pytest.mark.parametrize(
    ("rules", "told"),
    [
        ("def anser(fixture): ...\n", r"rules\.py has no function answer\. did you mean anser"),
        ("x = 1\n\ny = x / 0\n", r"rules\.py cannot be imported: rules\.py:3: ZeroDivisionError"),
        ("def answer(:\n", r"rules\.py cannot be imported: rules\.py:1: SyntaxError"),
    ],
)
def test_a_callable_that_cannot_be_used_is_a_fault_in_the_suite(tmp_path: Path, rules: str, told: str) -> None:
    with pytest.raises(SuiteError, match=rf"suite\.yaml:\d+: {told}"):
        answers(tmp_path, RULES, files={"rules.py": rules})


def test_a_callable_is_called_again_only_when_its_file_changed(tmp_path: Path) -> None:
    count = "Path(__file__).with_name('calls').open('a').write('x')"
    rules = f"from pathlib import Path\n\ndef answer(fixture):\n    {count}\n    return 'a'\n"
    for content, calls in ((rules, 2), (rules, 2), (rules + "# changed\n", 4)):
        answers(tmp_path, RULES, files={"rules.py": content}, fixtures=2)
        assert len((tmp_path / "calls").read_text()) == calls
