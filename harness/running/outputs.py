"""Answers made elsewhere: a file with one line for each fixture, compared and never asked."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from harness.errors import Fault, raise_faults
from harness.models import Gateway, Response, ToolCall, content_hash
from harness.retrieval import Hit
from harness.running.planned import PlannedRequest
from harness.suite import Fixture, Suite, find_files, fixture_record

KEYS = ("id", "text", "tool_calls", "latency", "cost")


class OutputsAnswerer:
    """Answers from a JSONL file of ``{"id", "text" or "tool_calls", "latency", "cost"}``."""

    sends = False

    def __init__(self, suite: Suite, variant: str) -> None:
        """Read the file.

        Raises:
            SuiteError: With every fault of the file, each with its line.
        """
        self._variant = variant
        self._name = str(suite.variants[variant].outputs)
        files = {file.shown: file.read() for file in find_files(self._name, suite.folder)}
        self._answers = read_outputs(files)
        self._content = [hashlib.sha256(content).hexdigest() for content in files.values()]

    def plan(self, fixture: Fixture, repeat: int) -> PlannedRequest:
        """Name the answer by the file's content and the fixture."""
        named = {"kind": "outputs", "content": self._content, "fixture": fixture_record(fixture), "repeat": repeat}
        return PlannedRequest(self._variant, fixture, repeat, None, (), content_hash(named))

    def retrieve(self, fixture: Fixture) -> tuple[Hit, ...]:
        """Find nothing."""
        return ()

    async def answer(self, planned: PlannedRequest, gateway: Gateway | None) -> Response:
        """Look the line up."""
        found = self._answers.get(planned.fixture.id)
        if found is not None:
            return found
        return Response(
            outcome="failed", error=f"{self._name} has no line for fixture {planned.fixture.id}", error_kind="missing"
        )


def read_outputs(files: Mapping[str, bytes]) -> dict[str, Response]:
    """Read the lines of outputs files.

    Args:
        files: Their bytes, by the name faults call them.

    Returns:
        Responses by fixture id; a cost or latency the file does not state is None, unknown.

    Raises:
        SuiteError: With a fault for each line that cannot be used.
    """
    found: dict[str, Response] = {}
    places: dict[str, str] = {}
    faults: list[Fault] = []
    for file, number, line in _lines(files):
        try:
            identity, response = _read_line(line)
        except _UnusableError as error:
            faults.append(Fault(str(error), error.hint, file, number))
            continue
        if identity in places:
            faults.append(Fault(f"id {identity!r} is given twice, first at {places[identity]}", "keep one", file, number))
        places.setdefault(identity, f"{file}:{number}")
        found[identity] = response
    raise_faults(faults)
    return found


def _lines(files: Mapping[str, bytes]) -> Iterator[tuple[str, int, str]]:
    for file, content in files.items():
        for number, line in enumerate(content.decode("utf-8-sig", "replace").split("\n"), start=1):
            if line.strip():
                yield file, number, line


class _UnusableError(ValueError):
    """Why a line cannot be used, and what to do about it."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.hint = hint


def _read_line(line: str) -> tuple[str, Response]:
    try:
        said = json.loads(line)
    except json.JSONDecodeError as error:
        raise _UnusableError(f"is not JSON: {error.msg} at column {error.colno}", "write one JSON object on each line") from None
    if not isinstance(said, Mapping):
        raise _UnusableError("is no JSON object", 'write {"id": ..., "text": ...}')
    unknown = [key for key in said if key not in KEYS]
    if unknown:
        raise _UnusableError(f"unknown key {unknown[0]!r}", f"the keys are {', '.join(KEYS)}")
    identity = said.get("id")
    if isinstance(identity, int) and not isinstance(identity, bool):
        identity = str(identity)
    if not isinstance(identity, str) or not identity:
        raise _UnusableError("has no id", "give the fixture's id")
    if said.get("text") is None and said.get("tool_calls") is None:
        raise _UnusableError("has neither text nor tool_calls", "give one of them")
    text = said.get("text") or ""
    return identity, Response(
        text=text if isinstance(text, str) else json.dumps(text, ensure_ascii=False),
        tool_calls=read_tool_calls(said.get("tool_calls") or []),
        latency=_number(said, "latency"),
        cost=_number(said, "cost"),
    )


def read_tool_calls(said: Any) -> tuple[ToolCall, ...]:
    """Read ``[{"name", "arguments"}]``; arguments may be JSON text, as models write them.

    Raises:
        ValueError: When it is something else.
    """
    shape = _UnusableError('tool_calls is no list of {"name", "arguments"}', "write it so; [] means that no tool is called")
    if not isinstance(said, list | tuple):
        raise shape
    calls = []
    for call in said:
        if not isinstance(call, Mapping) or not isinstance(call.get("name"), str):
            raise shape
        arguments = call.get("arguments", {})
        if isinstance(arguments, str):
            # What does not parse is kept as the text it is, like a model's arguments.
            with suppress(ValueError):
                arguments = json.loads(arguments)
        calls.append(ToolCall(call["name"], arguments, call.get("id")))
    return tuple(calls)


def _number(said: Mapping[str, Any], key: str) -> float | None:
    value = said.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or value < 0:
        raise _UnusableError(f"{key} is {value!r}", "give a number of at least 0, or leave it out")
    return float(value)
