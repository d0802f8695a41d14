"""Fixtures and training data as users write them, and what is said of lines that cannot be used."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from harness.suite import Suite, load_suite
from tests.suite.writing import SUITE, faults_of, write

CONVERSATIONS = SUITE.replace(", prompt: ask.yaml", "")


def loaded(folder: Path, *fixtures: Any) -> Suite:
    return load_suite(write(folder, CONVERSATIONS, fixtures))


def user(text: str) -> dict[str, str]:
    return {"role": "user", "content": text}


def test_byte_order_marks_crlf_and_blank_lines_are_fine(tmp_path: Path) -> None:
    data = '\ufeff{"id": "a", "input": "line\u2028break"}\r\n\r\n  \n{"id": "b", "input": "x"}'.encode()
    suite = load_suite(write(tmp_path, fixtures=data))
    assert [fixture.input for fixture in suite.fixtures] == ["line\u2028break", "x"]
    assert suite.sources["b"].endswith("fixtures.jsonl:4")


def test_the_chat_format_gives_question_answer_and_id(tmp_path: Path) -> None:
    call = {"id": "c1", "type": "function", "function": {"name": "order", "arguments": '{"sku": "A1"}'}}
    suite = loaded(
        tmp_path,
        {"messages": [{"role": "system", "content": "S"}, user("hi"), {"role": "assistant", "content": "hello"}]},
        {
            "messages": [user("order A1"), {"role": "assistant", "content": None, "tool_calls": [call]}],
            "parallel_tool_calls": False,
        },
        {"id": "own", "messages": [user("open")]},
    )
    first, second, third = suite.fixtures
    assert (first.id, first.expected, first.question) == ("fixtures-1", "hello", "hi")
    assert first.messages == ({"role": "system", "content": "S"}, user("hi"))
    assert second.expected == {"tool_calls": [{"name": "order", "arguments": {"sku": "A1"}}]}
    assert (third.id, third.expected, third.messages) == ("own", None, (user("open"),))


def test_null_counts_as_left_out(tmp_path: Path) -> None:
    suite = load_suite(
        write(tmp_path, fixtures=[{"id": "a", "input": "x", "group": None, "weight": None, "messages": None, "tags": None}])
    )
    assert suite.fixtures[0].weight == 1.0
    assert suite.fixtures[0].tags == ()


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('{"id": "z" "input": "x"}', "the line is not JSON: Expecting ',' delimiter at column 12. correct the line."),
        ("[1]", "the line is a list. write one JSON object a line."),
        ('"text"', "the line is the text 'text'. write one JSON object a line."),
        ('{"id": "z", "input": "x", "weight": NaN}', "the line is not usable JSON: NaN is no JSON number. correct the line."),
        ('{"id": "z", "input": "x", "weight": 1e999}', "weight is the number inf. give a number above 0"),
        ('{"id": "z", "input": "x", "weight": -1}', "weight is the number -1. give a number above 0"),
        ('{"id": "z", "input": "x", "weight": 0}', "weight is the number 0. give a number above 0"),
        ('{"id": "z", "input": "x", "weight": true}', "weight is true. give a number above 0."),
        ('{"id": "z", "id": "y", "input": "x"}', "the line is not usable JSON: the key id is given twice. correct the line."),
        ('{"id": "z", "input": "\\ud800"}', "the line holds half a surrogate pair. write the character itself."),
        ('{"id": "z"}', "the fixture asks nothing: it has neither input nor messages. add"),
        (
            '{"id": "z", "input": "x", "messages": [{"role": "user", "content": "x"}]}',
            "input and messages are both given. keep one",
        ),
        ('{"input": "x"}', 'the fixture has no id. add "id": "...".'),
        ('{"id": 7, "input": "x"}', 'id is the number 7. put it in quotes: "id": "7".'),
        ('{"id": "a\\nb", "input": "x"}', "id is the text 'a\\nb'. give visible text without line breaks."),
        ('{"id": "a", "input": "x"}', "the id a is taken, first at fixtures.jsonl:1. give each fixture an id of its own."),
        ('{"id": "z", "input": "x", "expcted": 1}', "a fixture has no key expcted. did you mean expected."),
        ('{"id": "z", "input": "x", "customer": 1}', "a fixture has no key customer. put it into meta."),
        ('{"id": "z", "input": 4}', "input is the number 4. give text or an object."),
        ('{"id": "z", "input": "x", "tags": "edge"}', "tags is the text 'edge'. give a list: [\"edge\"]."),
        ('{"id": "z", "input": "x", "tags": [1]}', "tags holds the number 1. give a list of texts."),
        ('{"id": "z", "input": "x", "group": 4}', 'group is the number 4. put it in quotes: "group": "4".'),
        ('{"id": "z", "input": "x", "meta": "m"}', "meta is the text 'm'. give an object."),
        ('{"id": "z", "input": "x", "tools": [{"name": "f"}]}', "tools[0] names no function. write"),
        ('{"id": "z", "messages": []}', "messages is an empty list. give a list of chat messages."),
        ('{"id": "z", "messages": [{"role": "usr", "content": "x"}]}', "messages[0] has the role usr. did you mean user."),
        ('{"id": "z", "messages": [{"role": "user"}]}', "messages[0] has no content. give its text."),
        (
            '{"messages": [{"role": "assistant", "content": "x"}]}',
            "messages holds an answer and no question. add the user's turn",
        ),
        (
            '{"messages": [{"role": "user", "content": "q"}, {"role": "assistant", "content": "x"}], "expected": "y"}',
            "messages ends with the assistant's answer and expected is given as well. keep one of them.",
        ),
        ("[" * 100_000, "the line is not usable JSON: "),
    ],
)
def test_a_line_that_cannot_be_used_is_named(tmp_path: Path, line: str, said: str) -> None:
    found = faults_of(write(tmp_path, fixtures=b'{"id": "a", "input": "x"}\n' + line.encode() + b"\n"))
    assert len(found) == 1
    assert found[0].startswith(f"fixtures.jsonl:2: {said}")


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "fixtures.jsonl:1: the file is empty. write one JSON object a line."),
        (b"\n\n", "fixtures.jsonl:1: the file is empty. write one JSON object a line."),
        (b'[\n{"id": "a", "input": "x"}\n]', "fixtures.jsonl:1: the file is a JSON list. write JSON lines: one object a line"),
        (b'{\n"id": "a", "input": "x"\n}', "fixtures.jsonl:1: the file is JSON spread over several lines. write JSON lines"),
        ('{"id": "a", "input": "x"}'.encode("utf-16"), "fixtures.jsonl:1: the file is UTF-16. save it as UTF-8."),
        (b'{"id": "a", "input": "x"}\n{"id": "b", "input": "\xff"}', "fixtures.jsonl:2: the line is not UTF-8 (byte 23). save"),
    ],
)
def test_a_file_that_cannot_be_used_is_named(tmp_path: Path, data: bytes, said: str) -> None:
    found = faults_of(write(tmp_path, fixtures=data))
    assert len(found) == 1
    assert found[0].startswith(said)


def test_a_file_full_of_faults_is_summarised(tmp_path: Path) -> None:
    found = faults_of(write(tmp_path, fixtures=b"{bad\n" * 500))
    assert len(found) == 21
    assert found[19].startswith("fixtures.jsonl:20: the line is not JSON")
    assert found[20] == "fixtures.jsonl:21: and 480 more like it. correct these first."


def test_ids_are_unique_across_files(tmp_path: Path) -> None:
    suite = SUITE.replace("fixtures: fixtures.jsonl", "fixtures: [fixtures.jsonl, more.jsonl]")
    found = faults_of(write(tmp_path, suite, more__jsonl='{"id": "b", "input": "x"}\n'))
    assert found == ["more.jsonl:1: the id b is taken, first at fixtures.jsonl:2. give each fixture an id of its own."]


def test_training_data_may_be_in_the_shape_training_wants(tmp_path: Path) -> None:
    lines = [
        {"messages": [user("a"), {"role": "assistant", "content": "b", "weight": 1}], "source": "crm"},
        {"prompt": "p", "completion": "c"},
        {"input": "i", "expected": {"k": 1}, "group": "g"},
    ]
    trained = write(tmp_path, SUITE + "training_data: train.jsonl\n", train__jsonl="\n".join(map(json.dumps, lines)))
    suite = load_suite(trained)
    assert [(e.id, e.question, e.expected, e.group) for e in suite.training] == [
        ("train-1", "a", "b", None),
        ("train-2", "p", "c", None),
        ("train-3", "i", {"k": 1}, "g"),
    ]
    assert [source.rpartition("/")[2] for source in suite.training_sources] == ["train.jsonl:1", "train.jsonl:2", "train.jsonl:3"]
