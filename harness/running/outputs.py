"""Answers made elsewhere: a file with one line for each fixture, compared and never asked."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any, NoReturn

from harness.errors import Fault, SuiteError, raise_faults
from harness.models import Gateway, Response, ToolCall, content_hash
from harness.running.naming import Form, Names, Written
from harness.running.planned import PlannedRequest
from harness.suite import Fixture, Suite, find_files, fixture_record

KEYS = ("id", "text", "tool_calls", "latency", "cost")
_MOST_FAULTS = 20
_CALL_KEYS = ("name", "arguments", "id", "type")


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
        content = [hashlib.sha256(content).hexdigest() for content in files.values()]
        self._named = {"kind": "outputs", "content": content}

    def plan(self, fixture: Fixture, repeat: int) -> PlannedRequest:
        """Name the answer by the file's content and the fixture."""
        named = {**self._named, "fixture": fixture_record(fixture), "repeat": repeat}
        return PlannedRequest(self._variant, fixture, repeat, None, (), content_hash(named))

    def names(self, fixtures: Sequence[Fixture], repeats: int, written: Written) -> Names:
        """Name the answers as ``plan`` does."""
        return Names(Form(self._named, "fixture").digests(((False, written.record(f), "") for f in fixtures), repeats))

    def cost_of(self, fixture: Fixture) -> float | None:
        """Return what the file says a fixture's answer cost, in US dollars; None where it does not say."""
        found = self._answers.get(fixture.id)
        return None if found is None else found.cost

    async def answer(self, planned: PlannedRequest, gateway: Gateway | None) -> Response:
        """Look the line up."""
        found = self._answers.get(planned.fixture.id)
        if found is not None:
            return found
        return Response(
            outcome="failed", error=f"{self._name} has no line for fixture {planned.fixture.id}", error_kind="missing"
        )


def check_outputs(suite: Suite) -> list[Fault]:
    """Find what is wrong with the outputs files a suite names: lines that cannot be used, or none that is for a fixture."""
    faults: list[Fault] = []
    ids = {fixture.id for fixture in suite.fixtures}
    for name, variant in suite.variants.items():
        if variant.outputs is None:
            continue
        try:
            files = find_files(variant.outputs, suite.folder)
        except SuiteError:  # load_suite tells of it
            continue
        try:
            answers = read_outputs({file.shown: file.read() for file in files})
        except SuiteError as error:
            faults += [fault for fault in error.faults if fault not in faults]
            continue
        if ids and not ids & set(answers):
            said = f"{variant.outputs} has no line for any fixture"
            faults.append(suite.fault(said, "give each line the id of its fixture", "variants", name, "outputs"))
    return faults


def read_outputs(files: Mapping[str, bytes]) -> dict[str, Response]:
    """Read the lines of outputs files.

    Args:
        files: Their bytes, by the name faults call them.

    Returns:
        Responses by fixture id; a cost or latency the file does not state is None, unknown.

    Raises:
        SuiteError: With a fault for each line that cannot be used, the first twenty and how many more there are.
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
    raise_faults(_first_of(faults))
    return found


def _first_of(faults: list[Fault]) -> list[Fault]:
    """The first faults and how many more there are: a file of the wrong kind has one on every line."""
    more = len(faults) - _MOST_FAULTS
    if more <= 0:
        return faults
    after = faults[_MOST_FAULTS]
    return [*faults[:_MOST_FAULTS], Fault(f"and {more} more like it", "correct these first", after.file, after.line)]


def _lines(files: Mapping[str, bytes]) -> Iterator[tuple[str, int, bytes]]:
    for file, content in files.items():
        for number, line in enumerate(content.removeprefix(b"\xef\xbb\xbf").split(b"\n"), start=1):
            if line.strip():
                yield file, number, line


class _UnusableError(ValueError):
    """Why a line cannot be used, and what to do about it."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.hint = hint


def _read_line(line: bytes) -> tuple[str, Response]:
    try:
        said = _DECODER.decode(line.decode().strip())
        if rb"\ud" in line.lower():
            json.dumps(said, ensure_ascii=False).encode()
    except UnicodeDecodeError as error:
        raise _UnusableError(f"is not UTF-8 (byte {error.start + 1})", "save the file as UTF-8") from None
    except UnicodeEncodeError:
        raise _UnusableError("holds half a surrogate pair", "write the character itself") from None
    except json.JSONDecodeError as error:
        raise _UnusableError(f"is not JSON: {error.msg} at column {error.colno}", "write one JSON object on each line") from None
    except RecursionError:
        raise _UnusableError("is nested too deeply to be read", "write it flatter") from None
    except ValueError as error:
        raise _UnusableError(f"is not usable JSON: {error}", "write one JSON object on each line") from None
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
    text, calls = said.get("text"), said.get("tool_calls")
    return identity, Response(
        text="" if text is None else text if isinstance(text, str) else json.dumps(text, ensure_ascii=False),
        tool_calls=() if calls is None else read_tool_calls(calls),
        latency=_number(said, "latency"),
        cost=_number(said, "cost"),
    )


def read_tool_calls(said: Any) -> tuple[ToolCall, ...]:
    """Read ``[{"name", "arguments"}]``; arguments may be JSON text, as models write them, and none at all means ``{}``.

    Raises:
        ValueError: When it is something else.
    """
    if not isinstance(said, list | tuple):
        raise _UnusableError('tool_calls is no list of {"name", "arguments"}', "write it so; [] means that no tool is called")
    return tuple(_read_call(call, position) for position, call in enumerate(said, 1))


def _read_call(call: Any, position: int) -> ToolCall:
    if not isinstance(call, Mapping) or not isinstance(call.get("name"), str) or not call["name"]:
        nested = isinstance(call, Mapping) and "function" in call
        hint = (
            'write what stands in "function" itself: {"name", "arguments"}' if nested else 'write {"name": ..., "arguments": {}}'
        )
        raise _UnusableError(f"call {position} of tool_calls has no name", hint)
    if unknown := [key for key in call if key not in _CALL_KEYS]:
        raise _UnusableError(f"call {position} of tool_calls has the key {unknown[0]!r}", "the keys are name, arguments")
    arguments = call.get("arguments")
    if isinstance(arguments, str):
        # What does not parse is kept as the text it is, like a model's arguments.
        with suppress(ValueError, RecursionError):
            read = _DECODER.decode(arguments.strip())
            json.dumps(read, ensure_ascii=False).encode()
            arguments = read
    identity = call.get("id")
    return ToolCall(call["name"], {} if arguments is None else arguments, None if identity is None else str(identity))


def _number(said: Mapping[str, Any], key: str) -> float | None:
    value = said.get(key)
    if value is None:
        return None
    try:
        number = -1.0 if isinstance(value, bool) or not isinstance(value, int | float) else float(value)
    except OverflowError:  # an integer too large to be a float
        number = math.inf
    if not math.isfinite(number) or number < 0:
        raise _UnusableError(f"{key} is {value!r:.80}", "give a number of at least 0, or leave it out")
    return number


def _no_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        repeated = next(key for at, (key, _) in enumerate(pairs) if key in dict(pairs[:at]))
        raise ValueError(f"the key {repeated} is given twice")
    return made


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON number")


_DECODER = json.JSONDecoder(object_pairs_hook=_no_repeats, parse_constant=_refuse)
