"""Where two statements differ, field by field."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from harness.signoff.verification import Problem

_MOST = 25
"""Fields named one by one; the rest are counted."""

_TOLERANCE = 1e-9
"""Relative; another processor may round the last digits of a sum differently."""


def differences(signed: Mapping[str, Any], again: Mapping[str, Any]) -> list[Problem]:
    """Name the fields in which a signed statement is not what is computed now.

    Files are told apart by name, and the digests of local ones are left out: they are checked one by one before.
    """
    found = list(_fields("", signed, again))
    if len(found) > _MOST:
        rest = Problem("changed", "statement", f"and {len(found) - _MOST} more fields are not what is computed now")
        found = [*found[:_MOST], rest]
    return found


def _fields(path: str, signed: Any, again: Any) -> Iterator[Problem]:
    if isinstance(signed, Mapping) and isinstance(again, Mapping):
        yield from _of_objects(path, signed, again)
    elif _are_descriptors(signed) and _are_descriptors(again):
        yield from _of_descriptors(path, {d["name"]: d for d in signed}, {d["name"]: d for d in again})
    elif isinstance(signed, list) and isinstance(again, list) and len(signed) == len(again):
        for number, (one, other) in enumerate(zip(signed, again, strict=True)):
            yield from _fields(f"{path}[{number}]", one, other)
    elif not _same(signed, again):
        yield Problem("changed", path, f"it says {_brief(signed)}, and {_brief(again)} is computed now")


def _of_objects(path: str, signed: Mapping[str, Any], again: Mapping[str, Any]) -> Iterator[Problem]:
    if "digest" in signed and "digest" in again and "uri" not in signed:
        signed = {key: value for key, value in signed.items() if key != "digest"}
        again = {key: value for key, value in again.items() if key != "digest"}
    for key in dict.fromkeys([*signed, *again]):
        place = f"{path}.{key}" if path else str(key)
        if key not in again:
            yield Problem("changed", place, f"it says {_brief(signed[key])}, and nothing of the kind is computed now")
        elif key not in signed:
            yield Problem("changed", place, f"it is not stated, and {_brief(again[key])} is computed now")
        else:
            yield from _fields(place, signed[key], again[key])


def _of_descriptors(path: str, signed: Mapping[str, Any], again: Mapping[str, Any]) -> Iterator[Problem]:
    for name in dict.fromkeys([*signed, *again]):
        if name not in again:
            yield Problem("changed", f"{path}[{name}]", "it is stated, and is no part of the suite or the run")
        elif name not in signed:
            yield Problem("changed", f"{path}[{name}]", "it is not stated, and is a part of the suite or the run")
        else:
            yield from _fields(f"{path}[{name}]", signed[name], again[name])


def _are_descriptors(value: Any) -> bool:
    if not isinstance(value, list) or not value:
        return False
    return all(isinstance(one, Mapping) and "name" in one and "digest" in one for one in value)


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, int | float) and isinstance(other, int | float):
        return math.isclose(one, other, rel_tol=_TOLERANCE, abs_tol=1e-12)
    return bool(one == other)


def _brief(value: Any) -> str:
    text = repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= 80 else text[:77] + "..."
