"""Sensitive data masked in a record before it is written."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

_WORDS = ("messages", "input", "output", "tool_calls")
"""The keys of a line that hold words of people or models; ids, models and numbers are left as they are."""

_PIECE = 10_000
"""Characters that are searched at once, so that other threads get their turn."""

_LONGEST_KEY = 25_000
"""Characters of a private key, which is never cut."""

_NAMES = {"e-mail": "EMAIL", "national id": "ID"}
_DEEPEST = 100


def masked(text: str) -> str:
    """Text with keys, card and account numbers, national ids, e-mail addresses and phone numbers replaced by what they are.

    Every e-mail address becomes ``[EMAIL]`` and so on, so that an answer and what it was corrected to stay comparable
    wherever they are written. The rules are those of ``harness check``.
    """
    return "".join(_masked(piece) for piece in _pieces(text))


def redact_record(record: Mapping[str, Any], mask: Callable[[str], str] | None = None) -> dict[str, Any]:
    """A record with the words in it masked, whatever they are nested in.

    Args:
        record: A line as it is written.
        mask: From text to text; the built-in rules unless given.

    Raises:
        ValueError: It is nested too deeply.
    """
    how = mask or masked
    return {key: _inside(value, how, 0) if key in _WORDS else value for key, value in record.items()}


def _masked(text: str) -> str:
    from harness.datachecks.sensitive_rules import find_sensitive

    parts, end = [], 0
    for found in find_sensitive(text):
        parts += [text[end : found.start], f"[{_NAMES.get(found.kind, found.kind.upper())}]"]
        end = found.end
    return "".join([*parts, text[end:]])


def _pieces(text: str) -> Iterator[str]:
    start = 0
    while len(text) - start > _PIECE:
        end = _cut(text, start)
        yield text[start:end]
        start = end
    yield text[start:]


def _cut(text: str, start: int) -> int:
    """Where a piece may end: at white space that stands in no number and in no private key."""
    end = start + _PIECE
    begun = text.rfind("-----BEGIN ", start, end)
    if begun >= 0 and (ended := text.find("-----END ", begun, begun + _LONGEST_KEY)) >= end - 40:
        return begun if begun > start else min(len(text), ended + 80)
    for at in range(end, start + _PIECE // 2, -1):
        if text[at].isspace() and not text[at - 1].isdigit():
            return at
    return end


def _inside(value: Any, mask: Callable[[str], str], depth: int) -> Any:
    if isinstance(value, str):
        return mask(value)
    if depth > _DEEPEST:
        raise ValueError("it is nested too deeply")
    if isinstance(value, Mapping):
        return {key: _inside(item, mask, depth + 1) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_inside(item, mask, depth + 1) for item in value]
    return value
