"""Answers from a function of the suite's own: today's rules, as code."""

from __future__ import annotations

import asyncio
import hashlib
import importlib.util
import inspect
import json
import sys
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from harness.errors import SuiteError
from harness.models import Gateway, Response, ToolCall, content_hash
from harness.running.naming import Form, Names, Written
from harness.running.outputs import read_tool_calls
from harness.running.planned import PlannedRequest
from harness.suite import Fixture, Suite, did_you_mean, fixture_record


class CallableAnswerer:
    """Calls ``file.py:function`` with each fixture, one call at a time, off the event loop.

    The function returns text, ``{"tool_calls": [...]}``, or any JSON value, which is answered as JSON text. Its answers are known
    by the content of its file; what that file imports is not looked at (run with ``fresh`` after changing it).
    """

    sends = True

    def __init__(self, suite: Suite, variant: str) -> None:
        """Load the function.

        Raises:
            SuiteError: When there is no such file or function, or the file cannot be imported.
        """
        self._variant = variant
        self._folder = suite.folder.resolve()
        said = str(suite.variants[variant].callable)
        name, _, self._function_name = said.rpartition(":")
        path = suite.folder / name
        place = ("variants", variant, "callable")
        if not name or not path.is_file():
            hint = "write it as file.py:function, the file relative to the suite's folder"
            raise SuiteError(suite.fault(f"callable {said} names no file", hint, *place))
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        self._named = {"kind": "callable", "content": content, "function": self._function_name}
        try:
            module = _load(path)
        except Exception as error:
            raise SuiteError(
                suite.fault(f"{name} cannot be imported: {_told(error, self._folder)}", "correct it", *place)
            ) from error
        function = getattr(module, self._function_name, None)
        if not callable(function):
            found = [key for key, value in vars(module).items() if callable(value) and not key.startswith("_")]
            hint = did_you_mean(self._function_name, found) if found else f"write def {self._function_name}(fixture)"
            raise SuiteError(suite.fault(f"{name} has no function {self._function_name}", hint, *place))
        self._function: Callable[[Fixture], Any] = function
        self._turn = asyncio.Lock()

    def plan(self, fixture: Fixture, repeat: int) -> PlannedRequest:
        """Name the answer by the file's content, the function and the fixture."""
        named = {**self._named, "fixture": fixture_record(fixture), "repeat": repeat}
        return PlannedRequest(self._variant, fixture, repeat, None, (), content_hash(named))

    def names(self, fixtures: Sequence[Fixture], repeats: int, written: Written) -> Names:
        """Name the answers as ``plan`` does."""
        return Names(Form(self._named, "fixture").digests(((False, written.record(f), "") for f in fixtures), repeats))

    async def answer(self, planned: PlannedRequest, gateway: Gateway | None) -> Response:
        """Call the function; an exception is a failed response that says where it was raised."""
        async with self._turn:
            return await asyncio.to_thread(self._call, planned.fixture)

    def _call(self, fixture: Fixture) -> Response:
        started = time.perf_counter()
        try:
            said = self._function(fixture)
            if inspect.iscoroutine(said):
                said = asyncio.run(said)
            latency = time.perf_counter() - started
            text, calls = _read(said)
        except Exception as error:
            return Response(outcome="failed", error=_told(error, self._folder), error_kind="callable")
        return Response(text=text, tool_calls=calls, latency=latency)


def _read(said: Any) -> tuple[str, tuple[ToolCall, ...]]:
    if said is None:
        return "", ()
    if isinstance(said, str):
        return said, ()
    if isinstance(said, Mapping) and "tool_calls" in said and set(said) <= {"text", "tool_calls"}:
        return str(said.get("text") or ""), read_tool_calls(said["tool_calls"])
    return json.dumps(said, ensure_ascii=False), ()


def _load(path: Path) -> Any:
    """Import a file under a name of its own, with its folder importable while it loads."""
    name = f"_harness_callable_{hashlib.sha256(str(path.resolve()).encode()).hexdigest()[:12]}"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    sys.path.insert(0, str(path.parent.resolve()))
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    finally:
        sys.path.remove(str(path.parent.resolve()))
    return module


def _told(error: Exception, folder: Path) -> str:
    """Say ``file:line: kind: message`` on one line, the place being the innermost one in the suite's own folder."""
    message = " ".join(f"{type(error).__name__}: {error}".split()).rstrip(": ")
    if isinstance(error, SyntaxError) and error.filename:
        return f"{_within(error.filename, folder)}:{error.lineno}: {type(error).__name__}: {error.msg}"
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if Path(frame.filename).resolve().is_relative_to(folder)] or frames[-1:]
    return f"{_within(own[-1].filename, folder)}:{own[-1].lineno}: {message}" if own else message


def _within(filename: str, folder: Path) -> str:
    path = Path(filename).resolve()
    return str(path.relative_to(folder)) if path.is_relative_to(folder) else path.name
