"""The tool calls of an answer, of a fixture's expected answer and of a conversation, in one form."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any

from harness.metrics.jsontext import NotJson, read_json
from harness.models import Response
from harness.suite import Fixture, Message

MOST = 256
"""Calls looked at in one answer, as many as a response from a model keeps."""

_ERROR_WORDS = ("error", "failed", "failure")


@dataclass(frozen=True, slots=True)
class Call:
    """One call: the name, and the arguments as a JSON value (their text where they are no JSON)."""

    name: str
    arguments: Any

    def key(self) -> Hashable:
        """What two calls share if they are the same: name and arguments, whatever the order of keys; 1 and 1.0 are one."""
        try:
            return self.name, _hashable(self.arguments)
        except RecursionError:  # nested too deeply to be compared: like no other
            return object()


def expected_calls(fixture: Fixture) -> tuple[Call, ...]:
    """The calls a fixture expects, in their order; those of a fixture that is no tool task cannot be read."""
    return tuple(Call(str(call["name"]), call.get("arguments", {})) for call in fixture.expected["tool_calls"])


def made_calls(response: Response, *, fenced: bool = False, surrounding: bool = False) -> tuple[Call, ...]:
    """The calls an answer makes: its tool calls or, where there are none, those written as JSON in its text.

    Text counts as calls where all of it is ``{"name", "arguments"}``, a list of such objects, or ``{"tool_calls": [..]}``;
    each may also be OpenAI's ``{"function": {"name", "arguments": "<JSON text>"}}``. Any other text makes no call.

    Args:
        response: The answer; the first ``MOST`` of its calls are read.
        fenced: Accept the JSON inside one Markdown code fence.
        surrounding: Accept prose around it.
    """
    if response.tool_calls:
        return tuple(Call(call.name, _arguments(call.arguments)) for call in response.tool_calls[:MOST])
    text = response.text.strip()
    if not text:
        return ()
    try:
        return _calls_in(read_json(text, fenced=fenced, surrounding=surrounding)) or ()
    except NotJson:
        return ()


def failed_calls(fixture: Fixture) -> tuple[Call, ...]:
    """The calls that failed last in a fixture's conversation; none where it does not end in tool results.

    The results after the last assistant turn are looked at. One is an error where its content starts with the word error,
    failed or failure, or is a JSON object with ``error`` or ``errors`` (not null, false or empty), ``is_error`` or
    ``isError`` true, or ``status`` ``"error"`` or ``"failed"``. It belongs to the call with its ``tool_call_id``, or by its
    position where it gives none.
    """
    messages = fixture.messages or ()
    results: list[Message] = []
    for message in reversed(messages):
        if message.get("role") != "tool":
            break
        results.insert(0, message)
    turn = messages[len(messages) - len(results) - 1] if len(messages) > len(results) else {}
    made = [call for call in turn.get("tool_calls") or () if isinstance(call, Mapping)]
    by_id = {str(call["id"]): call for call in made if call.get("id") is not None}
    failed: list[Call] = []
    for position, result in enumerate(results):
        named = by_id.get(str(result.get("tool_call_id"))) or (made[position] if position < len(made) else None)
        call = None if named is None else _call(named)
        if call is not None and _is_error(result):
            failed.append(call)
    return tuple(failed)


def _hashable(value: Any) -> Hashable:
    if isinstance(value, Mapping):
        return "object", frozenset((key, _hashable(inner)) for key, inner in value.items())
    if isinstance(value, list | tuple):
        return "list", tuple(_hashable(inner) for inner in value)
    return ("truth", value) if isinstance(value, bool) else value


def _calls_in(value: Any) -> tuple[Call, ...] | None:
    if isinstance(value, Mapping) and set(value) == {"tool_calls"}:
        value = value["tool_calls"]
    listed = value if isinstance(value, list) else [value]
    calls = [_call(each) for each in listed[:MOST]]
    return None if any(call is None for call in calls) else tuple(call for call in calls if call is not None)


def _call(value: Any) -> Call | None:
    function = value.get("function", value) if isinstance(value, Mapping) else None
    if not isinstance(function, Mapping) or not isinstance(function.get("name"), str) or "arguments" not in function:
        return None
    return Call(function["name"], _arguments(function["arguments"]))


def _arguments(said: Any) -> Any:
    """Arguments as a value: JSON text is read, and nothing at all means that there are none."""
    if said is None or said == "":
        return {}
    if isinstance(said, str):
        try:
            return read_json(said)
        except NotJson:
            return said
    return said


def _is_error(result: Message) -> bool:
    content = result.get("content")
    if isinstance(content, list):
        content = "\n".join(str(part.get("text", "")) for part in content if isinstance(part, Mapping))
    text = str(content or "").strip()
    try:
        value = read_json(text)
    except NotJson:
        return text.casefold().startswith(_ERROR_WORDS)
    if isinstance(value, str):
        return value.strip().casefold().startswith(_ERROR_WORDS)
    if not isinstance(value, Mapping):
        return False
    says = bool(value.get("error")) or bool(value.get("errors"))
    return says or value.get("is_error") is True or value.get("isError") is True or value.get("status") in ("error", "failed")
