"""One written trace as a call: our own lines, plain objects with the usual keys, OpenAI's chat format and its requests."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

from harness.capture.call import LoggedCall, plain_call
from harness.suite import did_you_mean

_ID = ("id", "custom_id", "request_id", "call_id", "trace_id")
_INPUT = ("input", "question", "prompt")
_OUTPUT = ("output", "response", "completion", "answer", "text")
_CORRECTION = ("correction", "corrected", "expected")
_AT = ("at", "timestamp", "created_at", "time")
_KNOWN = (*_INPUT, *_OUTPUT, "messages", "request")


class TraceError(ValueError):
    """Why a line is no call, and what to do about it."""

    def __init__(self, message: str, hint: str) -> None:
        """Keep both."""
        super().__init__(message)
        self.hint = hint


def call_of(said: Mapping[str, Any], default_id: str, source: str) -> LoggedCall:
    """Read one object as a call.

    Args:
        said: The object.
        default_id: The id of a call that gives none.
        source: Where it stands.

    Raises:
        TraceError: It is none.
    """
    said = _unfolded(said)
    messages, given = said.get("messages"), _first(said, _INPUT)
    if isinstance(given, list):
        messages, given = given, None
    output, calls = _first(said, _OUTPUT), said.get("tool_calls")
    if isinstance(output, Mapping):
        output, calls = _answer(output, calls)
    if messages is not None:
        checked = _messages(messages)
        if output is None and calls is None and checked and checked[-1].get("role") == "assistant":
            output, calls = checked[-1].get("content"), checked[-1].get("tool_calls")
            checked = checked[:-1]
        if given is None and not any(turn.get("role") == "user" for turn in checked):
            raise TraceError("messages asks nothing: no turn is the user's", "log the whole conversation")
        messages = checked
    elif given is None:
        near = next((hint for key in said if (hint := did_you_mean(str(key), _KNOWN)).startswith("did you mean")), "")
        raise TraceError("the line holds no question", near or "log the input or the messages of each call")
    elif not isinstance(given, str | Mapping):
        raise TraceError(f"input is {str(given)[:40]}", "log text, an object, or messages")
    identity = _first(said, _ID)
    model = _text(said.get("model"))
    return LoggedCall(
        id=_identity(identity, default_id),
        variant=_text(said.get("variant")) or model or "production",
        input=given,
        messages=None if messages is None else tuple(messages),
        output=output if isinstance(output, str) else "" if output is None else json.dumps(_joined(output), ensure_ascii=False),
        tool_calls=_calls(calls),
        has_output=output is not None or calls is not None,
        tools=tuple(tool for tool in _listed(said.get("tools")) if isinstance(tool, Mapping)),
        model=model,
        prompt_version=_text(said.get("prompt_version")),
        latency=_number(said, "latency", "latency_ms"),
        cost=_number(said, "cost", None),
        correction=_first(said, _CORRECTION),
        shadow=said.get("shadow") is True,
        tags=tuple(tag for tag in _listed(said.get("tags")) if isinstance(tag, str)),
        group=_text(said.get("group")),
        at=_text(_first(said, _AT)),
        error=_text(said.get("error")),
        aliases=tuple(str(said[key]) for key in ("call_id", "response_id") if isinstance(said.get(key), str)),
        source=source,
    )


def _unfolded(said: Mapping[str, Any]) -> dict[str, Any]:
    """``{"request": {...}, "response": {...}}`` as one object; what stands outside goes first."""
    made = dict(said)
    request = made.pop("request", None) if isinstance(made.get("request"), Mapping) else made.pop("body", None)
    if isinstance(request, Mapping):
        made = {**{key: request[key] for key in ("messages", "model", "tools", "input", "prompt") if key in request}, **made}
    response = made.get("response")
    if isinstance(response, Mapping) and isinstance(response.get("body"), Mapping):  # OpenAI's batches
        made["response"] = response["body"]
    return made


def _answer(answer: Mapping[str, Any], calls: Any) -> tuple[Any, Any]:
    """The text and tool calls of an answer: a completion, a message, tool calls, or a JSON value."""
    choices = answer.get("choices")
    if isinstance(choices, list) and choices and isinstance(choices[0], Mapping):
        message = choices[0].get("message")
        if isinstance(message, Mapping):
            return message.get("content"), message.get("tool_calls") or calls
        return choices[0].get("text"), calls
    if "role" in answer and "content" in answer:
        return answer.get("content"), answer.get("tool_calls") or calls
    if set(answer) == {"tool_calls"}:
        return None, answer["tool_calls"]
    return answer, calls


def _messages(said: Any) -> list[Mapping[str, Any]]:
    if not isinstance(said, list) or not said:
        raise TraceError("messages is no list of chat messages", 'write [{"role": "user", "content": "..."}]')
    for number, message in enumerate(said):
        if not isinstance(message, Mapping) or not isinstance(message.get("role"), str):
            raise TraceError(f"messages[{number}] has no role", 'write {"role": "user", "content": "..."}')
    return list(said)


def _joined(content: Any) -> Any:
    """The text of a content made of parts; anything else as it is."""
    if isinstance(content, list) and content and all(isinstance(part, Mapping) and "text" in part for part in content):
        return "\n".join(str(part["text"]) for part in content)
    return content


def _calls(said: Any) -> tuple[Mapping[str, Any], ...]:
    if said is None:
        return ()
    if not isinstance(said, list):
        raise TraceError("tool_calls is no list", 'write [{"name": ..., "arguments": {}}]')
    return tuple(plain_call(call) for call in said)


def _identity(said: Any, default: str) -> str:
    if isinstance(said, int) and not isinstance(said, bool):
        return str(said)
    if not isinstance(said, str):
        return default
    shown = "".join(c if c.isprintable() else " " for c in said).strip()
    return shown or default


def _number(said: Mapping[str, Any], key: str, thousandth: str | None) -> float | None:
    value, scale = said.get(key), 1.0
    if value is None and thousandth is not None and said.get(thousandth) is not None:
        key, value, scale = thousandth, said[thousandth], 1e-3
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or value < 0:
        raise TraceError(f"{key} is {str(value)[:40]}", "give a number of at least 0, or leave it out")
    return float(value) * scale


def _first(said: Mapping[str, Any], keys: tuple[str, ...]) -> Any:
    return next((said[key] for key in keys if said.get(key) is not None), None)


def _text(said: Any) -> str | None:
    return str(said) if isinstance(said, str | int | float) and not isinstance(said, bool) and str(said).strip() else None


def _listed(said: Any) -> list[Any]:
    return said if isinstance(said, list) else []
