"""Logs of production traffic, read from files of several forms, with a fault for every line that cannot be used."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import Any

from harness.capture.call import LoggedCall
from harness.capture.json_values import json_values
from harness.capture.spans import spans_in, trace_of
from harness.capture.traces import TraceError, call_of
from harness.errors import Fault, SuiteError, raise_faults
from harness.suite import SourceFile, find_files

_MOST_FAULTS = 20


@dataclass(frozen=True, slots=True)
class Logs:
    """What logs hold.

    Attributes:
        calls: The calls in file order, with what they were corrected to.
        passed_over: What else stood there and how often, such as spans that are no model calls.
    """

    calls: tuple[LoggedCall, ...]
    passed_over: Mapping[str, int] = field(default_factory=dict)

    @property
    def variants(self) -> tuple[str, ...]:
        """Who answered, production before shadows, in the order they come."""
        ordered = sorted(self.calls, key=lambda call: call.shadow)
        return tuple(dict.fromkeys(call.variant for call in ordered))


@dataclass(slots=True)
class _Reading:
    calls: list[LoggedCall] = field(default_factory=list)
    corrections: list[tuple[str, str, Any]] = field(default_factory=list)
    passed_over: Counter[str] = field(default_factory=Counter)
    faults: list[Fault] = field(default_factory=list)


def read_logs(places: str | os.PathLike[str] | Sequence[str | os.PathLike[str]], folder: str | Path = ".") -> Logs:
    """Read logs: lines of ``harness.capture``, plain traces, OpenAI's chat format, or OpenTelemetry spans; told apart by line.

    Args:
        places: Files, globs, fsspec URLs, or folders of ``.jsonl`` and ``.json`` files.
        folder: Where relative paths start.

    Raises:
        SuiteError: With a fault for each line that cannot be used (the first twenty of a file), or where nothing is there.
    """
    base = Path(folder).absolute()
    read = _Reading()
    files: dict[str, SourceFile] = {}
    for place in [places] if isinstance(places, str | os.PathLike) else places:
        try:
            files.update(
                (file.place, file) for pattern in _patterns(os.fspath(place), base) for file in find_files(pattern, base)
            )
        except SuiteError as error:
            read.faults += error.faults
    for file in files.values():
        known = len(read.faults)
        _read_file(file, read)
        read.faults[known:] = _first_of(read.faults[known:])
    raise_faults(read.faults)
    calls = _corrected(read)
    if not calls:
        found = "; ".join(f"{count} {what}" for what, count in read.passed_over.items())
        shown = ", ".join(file.shown for file in files.values()) or str(places)
        hint = "log the input and the output of each call"
        if any("content was not recorded" in what for what in read.passed_over):
            hint = "have your instrumentation record message content (it is off by default)"
        raise SuiteError(Fault(f"there is no call in it{f' ({found})' if found else ''}", hint, shown))
    return Logs(tuple(calls), dict(read.passed_over))


def _patterns(place: str, base: Path) -> list[str]:
    if "://" in place or not (base / place).is_dir():
        return [place]
    found = [f"{place.rstrip('/')}/*{suffix}" for suffix in (".jsonl", ".json") if any((base / place).glob(f"*{suffix}"))]
    if not found:
        raise SuiteError(Fault("the folder holds no .jsonl or .json file", "name the folder that the logs are in", place))
    return found


def _read_file(file: SourceFile, read: _Reading) -> None:
    torn: list[str] = []
    try:
        data = file.read()
    except SuiteError as error:
        read.faults += error.faults
        return
    stem = PurePosixPath(file.name).stem
    for line, value in json_values(data, file.shown, read.faults, torn):
        try:
            for number, item in enumerate(_items(value)):
                at = f"{stem}-{line}" if number == 0 else f"{stem}-{line}-{number}"
                _read_item(item, at, f"{file.shown}:{line}", read)
        except TraceError as error:
            read.faults.append(Fault(str(error), error.hint, file.shown, line))
        except (AttributeError, TypeError, ValueError, RecursionError) as error:
            read.faults.append(Fault(f"the line cannot be read as a call: {str(error)[:80]}", "correct it", file.shown, line))
    if torn:
        read.passed_over["half a line at the end of a file"] += len(torn)


def _items(value: Any) -> Iterator[Any]:
    """A line's own objects: itself, or the items of a list."""
    yield from value if isinstance(value, list) else [value]


def _read_item(value: Any, default_id: str, source: str, read: _Reading) -> None:
    if not isinstance(value, Mapping):
        raise TraceError("the line is no JSON object", "write one JSON object a line")
    if (spans := spans_in(value)) is not None:
        for number, span in enumerate(spans):
            trace = trace_of(span)
            if isinstance(trace, str):
                read.passed_over[trace] += 1
            else:
                read.calls.append(call_of(trace, f"{default_id}-{number}", source))
        return
    if "correction_of" in value:
        read.corrections.append((str(value.get("at") or ""), str(value["correction_of"]), value.get("output")))
        return
    read.calls.append(call_of(value, default_id, source))


def _corrected(read: _Reading) -> list[LoggedCall]:
    """The calls with their corrections, the latest of each; an alias counts where only one question has it."""
    named: dict[str, set[str]] = {}
    for call in read.calls:
        for name in call.aliases:
            named.setdefault(name, set()).add(call.id)
    ids = {call.id for call in read.calls}
    latest: dict[str, Any] = {}
    for _, name, output in sorted(read.corrections, key=lambda correction: correction[0]):
        of = {name} if name in ids else named.get(name, set())
        if len(of) == 1:
            latest[next(iter(of))] = output
        else:
            what = "corrections of calls that are not in the logs" if not of else "corrections of an id that several calls have"
            read.passed_over[what] += 1
    return [replace(call, correction=latest[call.id]) if call.id in latest else call for call in read.calls]


def _first_of(faults: list[Fault]) -> list[Fault]:
    more = len(faults) - _MOST_FAULTS
    if more <= 0:
        return faults
    after = faults[_MOST_FAULTS]
    return [*faults[:_MOST_FAULTS], Fault(f"and {more} more like it", "correct these first", after.file, after.line)]
