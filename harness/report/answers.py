"""What was asked, expected and answered, as text a reader can hold side by side."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from harness.models import Response, ToolCall
from harness.report.hostile import CAP
from harness.store import StoredResponse
from harness.suite import Fixture

UNWRITABLE = "JSON that cannot be written again"
_LAID_OUT = 20_000
"""Characters of JSON that are laid out; longer ones are cut before the end of them is seen."""
_DEEPEST = 100
_BRACKET = re.compile(r"[\[\]{}]")


class Answers:
    """Responses found by variant and fixture."""

    def __init__(self, responses: Iterable[StoredResponse]) -> None:
        """Hold these responses: of a large run, only those to the fixtures that are looked up."""
        found: dict[tuple[str, str], list[StoredResponse]] = {}
        for stored in responses:
            found.setdefault((stored.variant, stored.fixture_id), []).append(stored)
        self._found = {key: tuple(sorted(stored, key=lambda s: s.repeat)) for key, stored in found.items()}

    def of(self, variant: str, fixture_id: str) -> tuple[StoredResponse, ...]:
        """Return a variant's responses to a fixture, in order of repeats."""
        return self._found.get((variant, fixture_id), ())


def asked_text(fixture: Fixture) -> str:
    """Return what the fixture asks: its text, its object as JSON, or its conversation turn by turn."""
    if fixture.input is None:
        return "\n".join(f"{turn.get('role', '')}: {_content(turn)}" for turn in fixture.messages or ())
    return fixture.input if isinstance(fixture.input, str) else written(fixture.input)


def expected_text(fixture: Fixture) -> str | None:
    """Return the expected answer as text, or None where there is none."""
    if fixture.expected is None:
        return None
    return fixture.expected if isinstance(fixture.expected, str) else written(fixture.expected)


def comparable(fixture: Fixture) -> str | None:
    """Return the expected text to mark answers against; None where it is a pattern (``$any`` and the like) or absent."""
    return None if _has_matcher(fixture.expected) else expected_text(fixture)


def said_text(response: Response, fixture: Fixture | None = None) -> str:
    """Return what was answered; a JSON answer to a JSON question is written as the expected one is.

    Only the layout is changed by that, and only for answers short enough to be shown whole. Tool calls follow the text,
    their arguments in the order of the expected ones.
    """
    if response.outcome == "failed":
        return ""
    expected = fixture.expected if fixture is not None else None
    if response.tool_calls:
        calls = _calls_text(response.tool_calls, expected)
        return f"{response.text}\n{calls}" if response.text.strip() else calls
    if isinstance(expected, (dict, list)) and len(response.text) <= CAP and _is_flat(response.text):
        try:
            parsed = json.loads(response.text)
        except (ValueError, RecursionError):
            return response.text
        if isinstance(parsed, type(expected)):
            return written(_in_order_of(parsed, expected))
    return response.text


def written(value: Any) -> str:
    """Write a JSON value, an entry a line where it is an object or a list; on one line where it is large or deep."""
    try:
        line = json.dumps(value, ensure_ascii=False, default=str)
        if len(line) > _LAID_OUT or not _is_flat(line):
            return line
        return json.dumps(value, ensure_ascii=False, indent=2, default=str)
    except (ValueError, RecursionError):
        return UNWRITABLE


def _calls_text(calls: Sequence[ToolCall], expected: Any) -> str:
    """Tool calls as JSON, as the expected ones are written."""
    wanted = expected.get("tool_calls") if isinstance(expected, Mapping) else None
    models: dict[Any, Any] = {}
    for model in wanted if isinstance(wanted, (list, tuple)) else ():
        if isinstance(model, Mapping):
            models.setdefault(str(model.get("name")), model.get("arguments"))
    said = [{"name": call.name, "arguments": _in_order_of(_arguments(call.arguments), models.get(call.name))} for call in calls]
    return written({"tool_calls": said})


def _arguments(arguments: Any) -> Any:
    """The arguments, parsed where they are the text of a JSON object."""
    if not isinstance(arguments, str) or len(arguments) > _LAID_OUT or not _is_flat(arguments):
        return arguments
    try:
        parsed = json.loads(arguments)
    except (ValueError, RecursionError):
        return arguments
    return parsed if isinstance(parsed, dict) else arguments


def _is_flat(text: str) -> bool:
    """Whether a JSON text is not nested so deeply that its layout would outgrow it."""
    if text.count("[") + text.count("{") <= _DEEPEST:
        return True
    steps = (1 if bracket in "[{" else -1 for bracket in _BRACKET.findall(text))  # those inside texts are counted too
    return max(itertools.accumulate(steps)) <= _DEEPEST


def _in_order_of(value: Any, model: Any) -> Any:
    if not isinstance(value, dict) or not isinstance(model, Mapping):
        return value
    known = [key for key in model if key in value]
    return {key: value[key] for key in [*known, *(k for k in value if k not in model)]}


def _content(turn: Mapping[str, Any]) -> str:
    content = turn.get("content")
    if isinstance(content, str):
        return content
    return written({k: v for k, v in turn.items() if k != "role" and v is not None})


def _has_matcher(value: Any) -> bool:
    if isinstance(value, Mapping):
        return any(str(k).startswith("$") or _has_matcher(v) for k, v in value.items())
    return isinstance(value, (list, tuple)) and any(_has_matcher(v) for v in value)
