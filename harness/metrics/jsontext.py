"""Reading JSON out of a model's answer, which is hostile until it is read."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

MAX_CHARACTERS = 1_000_000
"""An answer longer than this is not read as JSON at all."""

MAX_DEPTH = 100
"""Nesting beyond this is refused (RFC 8259 section 9 lets a reader set limits), so that nothing after it can overflow."""

_STARTS_TRIED = 64
_REMEMBERED = 20_000
"""Characters up to which an answer is remembered with others; of longer ones only the last."""

_OPENING = re.compile(r"[{\[]")


class NotJson(ValueError):
    """The text is not one JSON value; the message says why."""


def read_json(text: str, *, fenced: bool = False, surrounding: bool = False) -> Any:
    """Read one JSON value as RFC 8259 has it: no NaN, no Infinity, and no object with the same key twice.

    Answers read last are remembered, so that several metrics read each answer once. The value is shared: do not change it.

    Args:
        text: The whole answer.
        fenced: Accept the value inside one Markdown code fence.
        surrounding: Accept prose around it; the longest object or array found is taken.

    Raises:
        NotJson: The text is not that, is nested deeper than ``MAX_DEPTH`` or longer than ``MAX_CHARACTERS``, or has an
            integer of more digits than Python reads (4,300 unless set otherwise).
    """
    if len(text) > MAX_CHARACTERS:
        raise NotJson(f"longer than {MAX_CHARACTERS} characters")
    value, why = (_remembered if len(text) <= _REMEMBERED else _last)(text, fenced, surrounding)
    if why is not None:
        raise NotJson(why)
    return value


def repeated_keys(text: str, *, fenced: bool = False) -> int:
    """Count the keys an object already had, over all objects of a text that is JSON but for that.

    Raises:
        NotJson: It is not, or is beyond the limits of ``read_json``.
    """
    if len(text) > MAX_CHARACTERS:
        raise NotJson(f"longer than {MAX_CHARACTERS} characters")
    repeated = 0

    def count(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
        nonlocal repeated
        read = dict(pairs)
        repeated += len(pairs) - len(read)
        return read

    try:
        _shallow(json.loads(text, object_pairs_hook=count, parse_constant=_refuse))
    except (ValueError, RecursionError) as error:
        if fenced and (inside := _inside_fence(text)) is not None:
            return repeated_keys(inside)
        raise NotJson(str(error) or "nested too deeply") from None
    return repeated


def _read(text: str, fenced: bool, surrounding: bool) -> tuple[Any, str | None]:
    """The value, and why there is none."""
    try:
        return _shallow(json.loads(text, object_pairs_hook=_once_each, parse_constant=_refuse)), None
    except (ValueError, RecursionError) as error:
        try:
            if fenced and (inside := _inside_fence(text)) is not None:
                return read_json(inside, surrounding=surrounding), None
            if surrounding:
                return _longest_inside(text), None
        except NotJson as none:
            return None, str(none)
        return None, str(error) or "nested too deeply"


_remembered = lru_cache(maxsize=128)(_read)
_last = lru_cache(maxsize=1)(_read)


def is_number(value: Any) -> bool:
    """Whether a JSON value is a number; true and false are not."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def same_json(left: Any, right: Any, text: Callable[[str], str] = str) -> bool:
    """Whether two JSON values are equal: types count, 1 and 1.0 are one number, the order of keys does not matter.

    Args:
        left: A JSON value no deeper than ``MAX_DEPTH``.
        right: Another.
        text: Turns each string before it is compared (keys stay as they are).
    """
    if isinstance(left, str) and isinstance(right, str):
        return text(left) == text(right)
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        return left.keys() == right.keys() and all(same_json(left[key], right[key], text) for key in left)
    if isinstance(left, list | tuple) and isinstance(right, list | tuple):
        return len(left) == len(right) and all(same_json(a, b, text) for a, b in zip(left, right, strict=True))
    if is_number(left) and is_number(right):
        return bool(left == right)
    return type(left) is type(right) and bool(left == right)


def canonical_json(value: Any) -> str:
    """Render a JSON value the one way: keys sorted, no spaces, text unescaped."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def _once_each(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    read = dict(pairs)
    if len(read) != len(pairs):
        raise NotJson("an object has the same key twice")
    return read


def _refuse(constant: str) -> Any:
    raise NotJson(f"{constant} is not JSON")


def _shallow(value: Any) -> Any:
    level, layer = 0, [value]
    while layer:
        level += 1
        if level > MAX_DEPTH:
            raise NotJson(f"nested deeper than {MAX_DEPTH} levels")
        layer = [
            child
            for parent in layer
            if isinstance(parent, dict | list)
            for child in (parent.values() if isinstance(parent, dict) else parent)
        ]
    return value


def _inside_fence(text: str) -> str | None:
    fence = text.strip()
    first, newline, rest = fence.partition("\n")
    if not newline or not first.startswith("```") or "`" in first[3:] or not rest.endswith("```"):
        return None
    return rest[:-3]


def _longest_inside(text: str) -> Any:
    decoder = json.JSONDecoder(object_pairs_hook=_once_each, parse_constant=_refuse)
    best, length, reached = None, 0, 0
    for _ in range(_STARTS_TRIED):
        opening = _OPENING.search(text, reached)
        if opening is None:
            break
        start = opening.start()
        try:
            value, end = decoder.raw_decode(text, start)
            _shallow(value)
        except (ValueError, RecursionError):
            reached = start + 1
            continue
        if end - start > length:
            best, length = value, end - start
        reached = end
    if not length:
        raise NotJson("no JSON object or array in the text")
    return best
