"""JSON values with their lines, from files that hold one a line, one after the other, or one in all."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NoReturn

from harness.errors import Fault

_NO_JSON = "the line is not JSON"


def json_values(data: bytes, shown: str, faults: list[Fault], torn: list[str]) -> Iterator[tuple[int, Any]]:
    """Yield line and value of each JSON value of a file; add a fault for each that cannot be read.

    Args:
        data: The file.
        shown: What faults call it.
        faults: Added to.
        torn: Added to where the last line is half a line, as a killed process leaves it.
    """
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        faults.append(Fault("the file is UTF-16", "save it as UTF-8", shown, 1))
        return
    lines = data.removeprefix(b"\xef\xbb\xbf").split(b"\n")
    first = next((text for line in lines if (text := line.strip())), b"")
    if not first:
        return
    if first.startswith(b"[") or (first.startswith(b"{") and not first.endswith(b"}")):
        yield from _one_after_the_other(data, shown, faults)
        return
    last = len(lines)
    for number, line in enumerate(lines, 1):
        text = line.strip()
        if not text:
            continue
        value, problem = _read(text)
        if problem is None:
            yield number, value
        elif number == last and number > 1 and problem.startswith(_NO_JSON):
            torn.append(f"{shown}:{number}")
        else:
            faults.append(Fault(problem, "write one JSON object a line", shown, number))


def _one_after_the_other(data: bytes, shown: str, faults: list[Fault]) -> Iterator[tuple[int, Any]]:
    """Values that stretch over lines: a whole file, or what a console exporter prints."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        faults.append(Fault("the file is not UTF-8", "save it as UTF-8", shown, data.count(b"\n", 0, error.start) + 1))
        return
    at, line, counted = 0, 1, 0
    while True:
        while at < len(text) and text[at] in " \t\r\n,":
            at += 1
        line, counted = line + text.count("\n", counted, at), at
        if at >= len(text):
            return
        try:
            value, at = _DECODER.raw_decode(text, at)
        except json.JSONDecodeError as error:
            faults.append(Fault(f"this is not JSON: {error.msg}", "write JSON lines: one object a line", shown, error.lineno))
            return
        except (ValueError, RecursionError) as error:
            faults.append(Fault(f"this is not usable JSON: {str(error)[:80]}", "write it flatter and simpler", shown, line))
            return
        yield line, value


def _read(text: bytes) -> tuple[Any, str | None]:
    try:
        value = _DECODER.decode(text.decode())
        if rb"\ud" in text.lower():
            json.dumps(value, ensure_ascii=False).encode()
    except UnicodeDecodeError as error:
        return None, f"the line is not UTF-8 (byte {error.start + 1})"
    except UnicodeEncodeError:
        return None, "the line holds half a surrogate pair"
    except json.JSONDecodeError as error:
        return None, f"{_NO_JSON}: {error.msg} at column {error.colno}"
    except (ValueError, RecursionError) as error:
        return None, f"the line is not usable JSON: {str(error)[:80]}"
    return value, None


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON number")


_DECODER = json.JSONDecoder(parse_constant=_refuse)
