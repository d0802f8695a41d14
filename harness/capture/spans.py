"""OpenTelemetry spans of model calls, exported as JSON, as traces.

Read are the attributes of the GenAI semantic conventions: ``gen_ai.input.messages``, ``gen_ai.output.messages`` and
``gen_ai.system_instructions``, on spans or on their events, structured or as JSON text
(https://opentelemetry.io/docs/specs/semconv/gen-ai/), and the older forms that are still about: ``gen_ai.prompt.0.content``
and span events such as ``gen_ai.user.message`` and ``gen_ai.choice``. Files are those of OTLP in JSON (a collector's file
exporter) or spans as the Python SDK prints them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

_CALLS = ("chat", "text_completion", "generate_content")
_INDEXED = re.compile(r"gen_ai\.(prompt|completion)\.(\d{1,4})\.(role|content|tool_calls\..*)")
_OLD_EVENT = re.compile(r"gen_ai\.(system|user|assistant|tool)\.message")


def spans_in(value: Any) -> Iterator[Mapping[str, Any]] | None:
    """The spans of a JSON value; None where it is no export of spans."""
    if not isinstance(value, Mapping):
        return None
    if isinstance(value.get("resourceSpans"), list):
        return _otlp(value["resourceSpans"])
    if isinstance(value.get("attributes"), Mapping | list) and ("context" in value or "spanId" in value or "span_id" in value):
        return iter([value])
    return None


def _otlp(resources: list[Any]) -> Iterator[Mapping[str, Any]]:
    for resource in resources:
        scopes = resource.get("scopeSpans") if isinstance(resource, Mapping) else None
        for scope in scopes if isinstance(scopes, list) else []:
            spans = scope.get("spans") if isinstance(scope, Mapping) else None
            yield from (span for span in spans if isinstance(span, Mapping)) if isinstance(spans, list) else ()


def trace_of(span: Mapping[str, Any]) -> dict[str, Any] | str:
    """A span as a trace, or why there is none in it, a clause.

    ``harness.id``, ``harness.variant`` and ``harness.prompt_version`` among its attributes say what a callback would.
    """
    said = attributes(span.get("attributes"))
    for event in _events(span):
        if str(event.get("name")) == "gen_ai.client.inference.operation.details":
            said = {**said, **attributes(event.get("attributes"))}
    operation = said.get("gen_ai.operation.name")
    if not any(key.startswith("gen_ai.") for key in said) or (operation is not None and operation not in _CALLS):
        return "spans that are no model calls"
    messages, answer = _said_in(said)
    if not messages:
        messages, answer = _indexed(said)
    if not messages:
        messages, answer = _in_events(span)
    if not messages:
        return "model calls whose content was not recorded"
    if any(turn is None for turn in messages) or answer is _OTHER:
        return "model calls with parts that are no text"
    context, status = _mapping(span.get("context")), _mapping(span.get("status"))
    failed = said.get("error.type") or ("error" if str(status.get("code", status.get("status_code"))) in ("2", "ERROR") else None)
    trace: dict[str, Any] = {
        "id": said.get("harness.id") or span.get("spanId") or span.get("span_id") or context.get("span_id"),
        "variant": said.get("harness.variant"),
        "prompt_version": said.get("harness.prompt_version"),
        "model": said.get("gen_ai.request.model") or said.get("gen_ai.response.model"),
        "group": said.get("gen_ai.conversation.id"),
        "response_id": said.get("gen_ai.response.id"),
        "cost": said.get("gen_ai.usage.cost"),
        "error": failed,
        "messages": messages,
        **_times(span),
    }
    if isinstance(answer, Mapping):
        trace |= {"output": answer.get("content") or "", "tool_calls": answer.get("tool_calls")}
    return {key: value for key, value in trace.items() if value is not None}


def _mapping(said: Any) -> Mapping[str, Any]:
    return said if isinstance(said, Mapping) else {}


def attributes(said: Any) -> dict[str, Any]:
    """Attributes as a mapping from OTLP's list of keys and values, or from the mapping that an SDK prints."""
    if isinstance(said, Mapping):
        return dict(said)
    pairs = said if isinstance(said, list) else []
    return {str(pair.get("key")): _value(pair.get("value")) for pair in pairs if isinstance(pair, Mapping)}


def _value(said: Any) -> Any:
    if not isinstance(said, Mapping) or not said:
        return said
    kind, value = next(iter(said.items()))
    if kind == "intValue":
        with suppress(ValueError, TypeError):
            return int(value)
    if kind == "arrayValue":
        return [_value(item) for item in (value or {}).get("values") or []]
    if kind == "kvlistValue":
        return attributes((value or {}).get("values") or [])
    return value


_OTHER = object()


def _said_in(said: Mapping[str, Any]) -> tuple[list[Any], Any]:
    """Messages and answer where they are recorded as the conventions now have it."""
    turns = [_turn(message) for message in _structured(said.get("gen_ai.input.messages"))]
    system = _turn({"role": "system", "parts": _structured(said.get("gen_ai.system_instructions"))})
    if turns and system is not None and system.get("content"):
        turns.insert(0, system)
    answers = _structured(said.get("gen_ai.output.messages"))
    answer = _turn(answers[0]) if answers else None
    return turns, _OTHER if answers and answer is None else answer


def _structured(said: Any) -> list[Any]:
    if isinstance(said, str):
        with suppress(ValueError, RecursionError):
            said = json.loads(said)
    return said if isinstance(said, list) else []


def _turn(message: Any) -> dict[str, Any] | None:
    """A message of parts in OpenAI's form; None where a part is neither text nor about tools."""
    if not isinstance(message, Mapping):
        return None
    parts = message.get("parts")
    if not isinstance(parts, list):
        content = message.get("content")
        return {"role": str(message.get("role", "user")), "content": content} if isinstance(content, str) else None
    texts, calls, answered = [], [], None
    for part in parts:
        kind = part.get("type") if isinstance(part, Mapping) else None
        if kind == "text":
            texts.append(str(part.get("content", "")))
        elif kind == "tool_call":
            function = {"name": str(part.get("name", "")), "arguments": _as_text(part.get("arguments"))}
            calls.append({"id": part.get("id"), "type": "function", "function": function})
        elif kind == "tool_call_response":
            answered = part.get("id")
            texts.append(_as_text(part.get("response", part.get("result"))))
        elif kind != "reasoning":
            return None
    made: dict[str, Any] = {"role": str(message.get("role", "user")), "content": "\n".join(texts)}
    if calls:
        made["tool_calls"] = calls
    if answered is not None:
        made |= {"role": "tool", "tool_call_id": answered}
    return made


def _as_text(said: Any) -> str:
    return said if isinstance(said, str) else json.dumps({} if said is None else said, ensure_ascii=False)


def _indexed(said: Mapping[str, Any]) -> tuple[list[Any], Any]:
    """``gen_ai.prompt.0.role``, ``gen_ai.prompt.0.content``, ``gen_ai.completion.0.content``."""
    turns: dict[str, dict[int, dict[str, Any]]] = {"prompt": {}, "completion": {}}
    for key, value in said.items():
        if (found := _INDEXED.fullmatch(key)) and found[3] in ("role", "content") and isinstance(value, str):
            turns[found[1]].setdefault(int(found[2]), {"role": "user", "content": ""})[found[3]] = value
    answers = turns["completion"]
    return [turns["prompt"][at] for at in sorted(turns["prompt"])], answers[min(answers)] if answers else None


def _in_events(span: Mapping[str, Any]) -> tuple[list[Any], Any]:
    """Span events: a message each, and ``gen_ai.choice``; or one with the whole prompt."""
    turns: list[Any] = []
    answer: Any = None
    for event in _events(span):
        name, said = str(event.get("name")), attributes(event.get("attributes"))
        content = said.get("content", said.get("gen_ai.event.content"))
        if found := _OLD_EVENT.fullmatch(name):
            turns.append({"role": found[1], "content": str(content or "")})
        elif name == "gen_ai.choice":
            message = said.get("message", content)
            message = json.loads(message) if isinstance(message, str) and message.startswith("{") else message
            answer = {"content": message.get("content") if isinstance(message, Mapping) else str(message or "")}
        elif name == "gen_ai.content.prompt":
            turns += [_turn(turn) for turn in _structured(said.get("gen_ai.prompt"))]
        elif name == "gen_ai.content.completion":
            answers = _structured(said.get("gen_ai.completion"))
            answer = _turn(answers[0]) if answers else None
    return turns, answer


def _events(span: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    events = span.get("events")
    return [event for event in events if isinstance(event, Mapping)] if isinstance(events, list) else []


def _times(span: Mapping[str, Any]) -> dict[str, Any]:
    from datetime import UTC, datetime

    with suppress(KeyError, ValueError, TypeError, OverflowError, OSError):
        if "startTimeUnixNano" in span:
            begun, ended = int(span["startTimeUnixNano"]), int(span["endTimeUnixNano"])
            at = datetime.fromtimestamp(begun / 1e9, UTC).isoformat()
            return {"at": at, "latency": (ended - begun) / 1e9} if ended >= begun else {"at": at}
        start, end = (datetime.fromisoformat(str(span[key])) for key in ("start_time", "end_time"))
        return {"at": start.isoformat(), "latency": max(0.0, (end - start).total_seconds())}
    return {}
