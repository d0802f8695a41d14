"""Fixtures and training data read from JSON lines, with a fault for every line that cannot be used."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, NoReturn

from harness.errors import Fault, SuiteError
from harness.suite.explain import described
from harness.suite.files import SourceFile
from harness.suite.fixture import Fixture
from harness.suite.fixture_record import to_fixture

_SUFFIXES = (".jsonl", ".ndjson")


@dataclass(frozen=True, slots=True)
class ReadFixtures:
    """What fixture files hold.

    Attributes:
        fixtures: Those that can be used, in file order.
        sources: For each of them, ``file:line``.
        faults: What is wrong with the rest.
    """

    fixtures: tuple[Fixture, ...]
    sources: tuple[str, ...]
    faults: tuple[Fault, ...]


def read_fixtures(files: Sequence[SourceFile], *, is_training: bool = False) -> ReadFixtures:
    """Read JSON lines: one fixture an object, or OpenAI's chat format; blank lines, CRLF and a byte order mark are fine.

    Args:
        files: The files, read in this order.
        is_training: Training data: ids may repeat or be missing, unknown keys are left alone.
    """
    fixtures: list[Fixture] = []
    sources: list[str] = []
    faults: list[Fault] = []
    first_seen: dict[str, str] = {}
    for file in files:
        try:
            if (suffix := PurePosixPath(file.name).suffix.lower()) not in _SUFFIXES:
                said = f"{'training data' if is_training else 'fixtures'} in the form {suffix or file.name} cannot be read"
                raise SuiteError(Fault(said, f"give JSON lines ({', '.join(_SUFFIXES)}), one object a line", file.shown, 1))
            written = list(_objects(file, faults))
        except SuiteError as error:
            faults.extend(error.faults)
            continue
        known = len(faults)
        stem = PurePosixPath(file.name).stem
        for line, value in written:
            fixture, problems = to_fixture(value, default_id=f"{stem}-{line}", is_training=is_training)
            faults.extend(Fault(message, hint, file.shown, line) for message, hint in problems)
            here = f"{file.shown}:{line}"
            if not is_training and fixture.id in first_seen:
                message = f"the id {fixture.id} is taken, first at {first_seen[fixture.id]}"
                faults.append(Fault(message, "give each fixture an id of its own", file.shown, line))
                continue
            first_seen.setdefault(fixture.id, here)
            if not problems:
                fixtures.append(fixture)
                sources.append(here)
        if not written and not any(fault.file == file.shown for fault in faults[:known]):
            faults.append(Fault("the file is empty", "write one JSON object a line", file.shown, 1))
    return ReadFixtures(tuple(fixtures), tuple(sources), tuple(faults))


def _objects(file: SourceFile, faults: list[Fault]) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield line number and object of each line that holds one; add a fault for each that does not."""
    data = file.read()
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise SuiteError(Fault("the file is UTF-16", "save it as UTF-8", file.shown, 1))
    is_first = True
    # Split on line feeds alone: JSON text may hold other line separators, such as U+2028.
    for line, raw in enumerate(data.removeprefix(b"\xef\xbb\xbf").split(b"\n"), 1):
        text = raw.strip()
        if not text:
            continue
        if is_first and (text.startswith(b"[") or text == b"{"):
            kind = "a JSON list" if text.startswith(b"[") else "JSON spread over several lines"
            raise SuiteError(
                Fault(f"the file is {kind}", "write JSON lines: one object a line, no commas between them", file.shown, line)
            )
        is_first = False
        try:
            value = _DECODER.decode(raw.decode().rstrip("\r"))
            if rb"\ud" in raw.lower():
                json.dumps(value, ensure_ascii=False).encode()
        except UnicodeDecodeError as error:
            faults.append(Fault(f"the line is not UTF-8 (byte {error.start + 1})", "save the file as UTF-8", file.shown, line))
        except UnicodeEncodeError:
            faults.append(Fault("the line holds half a surrogate pair", "write the character itself", file.shown, line))
        except json.JSONDecodeError as error:
            faults.append(
                Fault(f"the line is not JSON: {error.msg} at column {error.colno}", "correct the line", file.shown, line)
            )
        except (ValueError, RecursionError) as error:
            faults.append(Fault(f"the line is not usable JSON: {error}", "correct the line", file.shown, line))
        else:
            if isinstance(value, dict):
                yield line, value
            else:
                faults.append(Fault(f"the line is {described(value)}", "write one JSON object a line", file.shown, line))


def _no_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        (repeated, _), *_ = Counter(key for key, _ in pairs).most_common(1)
        raise ValueError(f"the key {repeated} is given twice")
    return made


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON number")


_DECODER = json.JSONDecoder(object_pairs_hook=_no_repeats, parse_constant=_refuse)
