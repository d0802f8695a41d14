"""A fixture as JSON: checked when a user wrote it, taken as it is when the store did."""

from __future__ import annotations

import contextlib
import json
import math
from collections.abc import Mapping
from typing import Any

from harness.suite.explain import described, did_you_mean, nearest
from harness.suite.fixture import Fixture

Problem = tuple[str, str]
"""What is wrong, and what to do about it."""

_KEYS = ("id", "input", "messages", "expected", "tags", "group", "tools", "gold_context", "weight", "meta")
_IGNORED = ("parallel_tool_calls",)  # stands in OpenAI's chat format and says nothing about the question
_ROLES = ("system", "developer", "user", "assistant", "tool", "function")


def fixture_record(fixture: Fixture) -> dict[str, Any]:
    """Return a fixture as a JSON object that :func:`fixture_from_record` reads back; empty fields are left out."""
    record: dict[str, Any] = {"id": fixture.id}
    if fixture.input is not None:
        record["input"] = fixture.input if isinstance(fixture.input, str) else dict(fixture.input)
    if fixture.messages is not None:
        record["messages"] = [dict(message) for message in fixture.messages]
    if fixture.expected is not None:
        record["expected"] = fixture.expected
    record.update({key: list(value) for key in ("tags", "tools", "gold_context") if (value := getattr(fixture, key))})
    if fixture.group is not None:
        record["group"] = fixture.group
    if fixture.weight != 1.0:
        record["weight"] = fixture.weight
    if fixture.meta:
        record["meta"] = dict(fixture.meta)
    return record


def fixture_from_record(record: Mapping[str, Any]) -> Fixture:
    """Build a fixture from a record of :func:`fixture_record`; nothing is checked."""
    return Fixture(
        id=record["id"],
        input=record.get("input"),
        messages=None if record.get("messages") is None else tuple(record["messages"]),
        expected=record.get("expected"),
        tags=tuple(record.get("tags") or ()),
        group=record.get("group"),
        tools=tuple(record.get("tools") or ()),
        gold_context=tuple(record.get("gold_context") or ()),
        weight=1.0 if record.get("weight") is None else float(record["weight"]),
        meta=record.get("meta") or {},
    )


def to_fixture(written: Mapping[str, Any], *, default_id: str, is_training: bool = False) -> tuple[Fixture, list[Problem]]:
    """Check one written fixture.

    A conversation that ends with the assistant's turn and gives no ``expected`` is OpenAI's chat format: that turn
    becomes the expected answer. Keys that are null count as left out.

    Args:
        written: The object as it stands in the file.
        default_id: The id of a conversation, or of a training example, that gives none.
        is_training: Training data: unknown keys are left alone, ``prompt`` and ``completion`` are understood, and no
            id is needed.

    Returns:
        The fixture, to be used only if there are no problems, and the problems.
    """
    given = {key: value for key, value in written.items() if value is not None and key not in _IGNORED}
    problems: list[Problem] = []
    if is_training:
        given = _as_training(given)
    for key in given:
        if key not in _KEYS:
            close = nearest(key, _KEYS)
            problems.append((f"a fixture has no key {key}", f"did you mean {close}" if close else "put it into meta"))
    if "id" not in given and ("messages" in given or is_training):
        given["id"] = default_id
    _check_id(given, problems)
    _check_question(given, problems)
    _check_fields(given, problems)
    if problems:
        return Fixture(id=str(given.get("id", default_id))), problems
    messages = given.get("messages")
    if messages is not None and messages[-1]["role"] == "assistant":
        if "expected" in given:
            problem = "messages ends with the assistant's answer and expected is given as well"
            return Fixture(id=given["id"]), [(problem, "keep one of them")]
        given = {**given, "messages": messages[:-1], "expected": _answer(messages[-1])}
        if not given["messages"]:
            return Fixture(id=given["id"]), [("messages holds an answer and no question", "add the user's turn before it")]
    return fixture_from_record(given), []


def _as_training(given: dict[str, Any]) -> dict[str, Any]:
    if "prompt" in given and "input" not in given and "messages" not in given:
        given = {"expected": given.get("completion"), **given}
        key = "messages" if isinstance(given["prompt"], list) else "input"
        given[key] = given["prompt"]
    return {key: value for key, value in given.items() if key in _KEYS and value is not None}


def _check_id(given: Mapping[str, Any], problems: list[Problem]) -> None:
    if "id" not in given:
        problems.append(("the fixture has no id", 'add "id": "..."'))
    elif not isinstance(given["id"], str):
        hint = f'put it in quotes: "id": "{given["id"]}"' if isinstance(given["id"], int) else "give text"
        problems.append((f"id is {described(given['id'])}", hint))
    elif not given["id"].strip() or not given["id"].isprintable():
        problems.append((f"id is {described(given['id'])}", "give visible text without line breaks"))


def _check_question(given: Mapping[str, Any], problems: list[Problem]) -> None:
    if "input" in given and "messages" in given:
        problems.append(("input and messages are both given", "keep one of them"))
    if "input" not in given and "messages" not in given:
        problems.append(
            ("the fixture asks nothing: it has neither input nor messages", 'add "input": "..." or "messages": [...]')
        )
    if "input" in given and not isinstance(given["input"], str | dict):
        problems.append((f"input is {described(given['input'])}", "give text or an object"))
    messages = given.get("messages")
    if messages is None:
        return
    if not isinstance(messages, list) or not messages:
        kind = "an empty list" if isinstance(messages, list) else described(messages)
        problems.append((f"messages is {kind}", "give a list of chat messages"))
        return
    for position, message in enumerate(messages):
        problems.extend((f"messages[{position}] {said}", hint) for said, hint in message_problems(message))


def message_problems(message: Any) -> list[Problem]:
    """Say what keeps one value from being a chat message; each problem's words follow the message's name."""
    if not isinstance(message, dict):
        return [(f"is {described(message)}", "give an object with role and content")]
    problems: list[Problem] = []
    role, content = message.get("role"), message.get("content")
    if role is None:
        problems.append(("has no role", f"give one of {', '.join(_ROLES[:4])}"))
    elif role not in _ROLES:
        problems.append((f"has the role {role}", did_you_mean(str(role), _ROLES)))
    if content is None:
        if not (message.get("tool_calls") or message.get("function_call")):
            problems.append(("has no content", "give its text"))
    elif isinstance(content, list):
        if not all(isinstance(part, dict) for part in content):
            problems.append(
                ("has a list as its content that is not made of parts", "give text, or parts such as {type: text, text: ...}")
            )
    elif not isinstance(content, str):
        problems.append((f"has {described(content)} as its content", "give text"))
    return problems


def _check_fields(given: Mapping[str, Any], problems: list[Problem]) -> None:
    for key in ("tags", "gold_context"):
        value = given.get(key, [])
        if not isinstance(value, list):
            problems.append(
                (f"{key} is {described(value)}", f"give a list: {json.dumps([value], default=str, ensure_ascii=False)}")
            )
        elif wrong := [item for item in value if not isinstance(item, str)]:
            problems.append((f"{key} holds {described(wrong[0])}", "give a list of texts"))
    if not isinstance(group := given.get("group", ""), str):
        problems.append(
            (f"group is {described(group)}", f'put it in quotes: "group": "{group}"' if isinstance(group, int) else "give text")
        )
    tools = given.get("tools", [])
    if not isinstance(tools, list):
        problems.append((f"tools is {described(tools)}", "give a list of tool definitions"))
    else:
        for position, tool in enumerate(tools):
            if not isinstance(tool, dict) or not isinstance(tool.get("function"), dict) or not tool["function"].get("name"):
                problems.append(
                    (f"tools[{position}] names no function", 'write {"type": "function", "function": {"name": ..., ...}}')
                )
    weight = given.get("weight", 1.0)
    if isinstance(weight, bool) or not isinstance(weight, int | float):
        problems.append((f"weight is {described(weight)}", "give a number above 0"))
    elif not math.isfinite(weight) or weight <= 0:
        problems.append((f"weight is {described(weight)}", "give a number above 0; leave the line out to leave the fixture out"))
    if not isinstance(meta := given.get("meta", {}), dict):
        problems.append((f"meta is {described(meta)}", "give an object"))


def _answer(message: Mapping[str, Any]) -> Any:
    """Return the assistant's turn as an expected answer: its text, or its tool calls with parsed arguments."""
    calls = message.get("tool_calls") or []
    if not calls and message.get("function_call"):
        calls = [{"function": message["function_call"]}]
    if not calls:
        return message.get("content")
    return {"tool_calls": [{"name": name, "arguments": arguments} for name, arguments in map(_call, calls)]}


def _call(call: Any) -> tuple[str, Any]:
    function = call.get("function", call) if isinstance(call, dict) else {}
    arguments = function.get("arguments")
    if isinstance(arguments, str):
        with contextlib.suppress(ValueError):  # what is no JSON stays text
            arguments = json.loads(arguments)
    return str(function.get("name", "")), {} if arguments is None else arguments
