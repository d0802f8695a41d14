"""What pydantic finds wrong with suite.yaml, in our own words and with its line."""

from __future__ import annotations

import contextlib
import datetime
import difflib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from harness.errors import Fault
from harness.suite.definition import Gate, Limit, Price, Retrieval, Stated, SuiteDefinition, Training, Variant
from harness.suite.yaml_file import KeyPath, YamlFile

_EXPECTED = {
    "string_type": "text",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "list_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
}
_BOUNDS = {
    "greater_than_equal": ("ge", "at least"),
    "less_than_equal": ("le", "at most"),
    "greater_than": ("gt", "above"),
    "less_than": ("lt", "below"),
}
_PARTS: dict[str, type[BaseModel]] = {"price": Price, "training": Training, "retrieval": Retrieval, "decision": Stated}
_NAMED: dict[str, type[BaseModel]] = {"variants": Variant, "limits": Limit}
_PLACEHOLDERS: dict[str, Any] = {
    "suite": "unread",
    "fixtures": [],
    "metrics": ["unread"],
    "variants": {"unread": {"role": "current", "outputs": "unread"}},
}


@dataclass(frozen=True, slots=True)
class ReadDefinition:
    """A definition as far as it could be read.

    Attributes:
        definition: Without the values that are at fault.
        document: The YAML file without them, so that its lines fit the definition.
        faults: What was wrong.
        damaged: The key paths of the faults, in the file as written.
    """

    definition: SuiteDefinition
    document: YamlFile
    faults: tuple[Fault, ...]
    damaged: tuple[KeyPath, ...]


def read_definition(document: YamlFile) -> ReadDefinition:
    """Validate suite.yaml; what is at fault is told and left out, so that the rest can be checked as well.

    Args:
        document: A YAML file whose top is a mapping.
    """
    try:
        return ReadDefinition(SuiteDefinition.model_validate(document.value, strict=True), document, (), ())
    except ValidationError as error:
        found = _sort_out(error, document.value)
    faults = tuple(document.fault(*_in_words(path, errors, document.value), *path) for path, errors in found.items())
    definition, rest = _salvage(document, found)
    return ReadDefinition(definition, rest, faults, tuple(found))


def nearest(given: str, allowed: Iterable[str]) -> str | None:
    """Return the allowed word that a misspelt one is nearest to; None if none is near."""
    choices = [str(choice) for choice in allowed]
    close = difflib.get_close_matches(given, choices, 1, 0.6) or [c for c in choices if c.lower() == given.lower()]
    return close[0] if close else None


def did_you_mean(given: str, allowed: Iterable[str]) -> str:
    """Return a hint that names the nearest allowed word, or all of them where none is near."""
    choices = [str(choice) for choice in allowed]
    close = nearest(given, choices)
    return f"did you mean {close}" if close else f"give one of {', '.join(choices)}"


def described(value: Any) -> str:
    """Say what kind of value was given, and short values themselves."""
    said = {None: "empty", True: "true", False: "false"}
    if value is None or isinstance(value, bool):
        return said[value]
    if isinstance(value, str):
        return f"the text {value if len(value) <= 40 else value[:37] + '...'!r}"
    if isinstance(value, datetime.date):
        return f"a date ({value})"
    if isinstance(value, Mapping | Sequence):
        return "a mapping" if isinstance(value, Mapping) else "a list"
    return f"the number {value}" if isinstance(value, int | float) else f"a {type(value).__name__}"


def spelled(path: KeyPath) -> str:
    """Write a key path as ``variants.tuned.price`` or ``gates[0]``."""
    text = ""
    for key in path:
        text += f"[{key}]" if isinstance(key, int) and not isinstance(key, bool) else f".{key}" if text else str(key)
    return text or "the file"


def _sort_out(error: ValidationError, value: Any) -> dict[KeyPath, list[ErrorDetails]]:
    """Group errors by the place in the file; where one branch of a union got further than another, keep that one."""
    by_path: dict[KeyPath, list[ErrorDetails]] = {}
    for details in error.errors(include_url=False):
        by_path.setdefault(_path_in(value, details), []).append(details)

    def superseded(path: KeyPath, errors: list[ErrorDetails]) -> bool:
        deeper = any(len(other) > len(path) and other[: len(path)] == path for other in by_path)
        return deeper and all(details["type"] in _EXPECTED and "[key]" not in details["loc"] for details in errors)

    return {path: errors for path, errors in by_path.items() if not superseded(path, errors)}


def _path_in(value: Any, details: ErrorDetails) -> KeyPath:
    """Strip from pydantic's location what is not in the file: the names of union branches and ``[key]``."""
    path: list[Any] = []
    for key in details["loc"]:
        if key != "[key]" and _holds(value, (key,)):
            # pydantic writes the key `false` as 0: take the key as it stands in the file.
            written = next(k for k in value if k == key) if isinstance(value, dict) else key
            value = value[written]
            path.append(written)
    return (*path, details["loc"][-1]) if details["type"] == "missing" else tuple(path)


def _in_words(path: KeyPath, errors: list[ErrorDetails], document: Any) -> tuple[str, str]:
    given = _value_at(document, path)
    if "[key]" in errors[0]["loc"]:
        return f"{spelled(path[:-1])} has a key that is {described(path[-1])}", "put the key in quotes"
    if errors[0]["type"] in _BOUNDS:
        key, words = _BOUNDS[errors[0]["type"]]
        return f"{spelled(path)} is {described(given)}", f"give a number {words} {errors[0]['ctx'][key]}"
    if errors[0]["type"] in _SPECIAL:
        return _SPECIAL[errors[0]["type"]](path, errors[0], given)
    expected = [_EXPECTED[details["type"]] for details in errors if details["type"] in _EXPECTED]
    if expected:
        return _wrong_type(spelled(path), given, expected)
    return f"{spelled(path)} is {described(given)}: {errors[0]['msg']}", ""


def _missing(path: KeyPath, details: ErrorDetails, given: Any) -> tuple[str, str]:
    return f"{spelled(path[:-1])} has no {path[-1]}", "add it"


def _unknown_key(path: KeyPath, details: ErrorDetails, given: Any) -> tuple[str, str]:
    return f"{spelled(path[:-1])} has no key {path[-1]}", did_you_mean(str(path[-1]), _model_at(path[:-1]).model_fields)


def _not_allowed(path: KeyPath, details: ErrorDetails, given: Any) -> tuple[str, str]:
    allowed = str(details["ctx"]["expected"]).replace("'", "").replace(" or ", ", ").split(", ")
    close = nearest(str(given), allowed)
    hint = f"did you mean {close}" if close else "choose one of them"
    return f"{spelled(path)} is {described(given)}; it is one of {', '.join(allowed)}", hint


def _our_own(path: KeyPath, details: ErrorDetails, given: Any) -> tuple[str, str]:
    message, _, hint = str(details["ctx"]["error"]).partition("; ")
    return f"{spelled(path)}: {message}", hint


def _simple(hint: str) -> Callable[[KeyPath, ErrorDetails, Any], tuple[str, str]]:
    return lambda path, details, given: (f"{spelled(path)} is {described(given) if given else 'empty'}", hint)


_SPECIAL: dict[str, Callable[[KeyPath, ErrorDetails, Any], tuple[str, str]]] = {
    "missing": _missing,
    "extra_forbidden": _unknown_key,
    "literal_error": _not_allowed,
    "value_error": _our_own,
    "too_short": _simple("give at least one"),
    "string_too_short": _simple("give some text"),
    "string_pattern_mismatch": _simple("use letters, digits, and _ . - after the first"),
    "finite_number": _simple("give a finite number"),
}


def _wrong_type(name: str, given: Any, expected: list[str]) -> tuple[str, str]:
    wanted = " or ".join(dict.fromkeys(expected))
    hint = f"give {wanted}"
    if "text" in expected and isinstance(given, bool | int | float | datetime.date):
        hint += "; put it in quotes if it is meant as text"
    elif "a number" in expected and isinstance(given, str):
        with contextlib.suppress(ValueError):
            hint += f", without quotes: {float(given)}"
    elif given is None:
        hint += ", or leave the key out"
    return f"{name} is {described(given)}", hint


def _value_at(value: Any, path: KeyPath) -> Any:
    for key in path:
        if isinstance(value, dict):
            value = value.get(key)
        elif isinstance(value, list) and isinstance(key, int) and key < len(value):
            value = value[key]
        else:
            return None
    return value


def _model_at(path: KeyPath) -> type[BaseModel]:
    if not path:
        return SuiteDefinition
    if len(path) == 2:
        return _NAMED.get(str(path[0]), Gate)
    return _PARTS.get(str(path[-1]), SuiteDefinition)


def _salvage(document: YamlFile, found: Mapping[KeyPath, list[ErrorDetails]]) -> tuple[SuiteDefinition, YamlFile]:
    """Take out what is at fault, one value at a time, until the rest is valid; required top-level keys become empty."""
    missing: set[str] = set()
    while True:
        path, errors = next(iter(found.items()))
        is_absent = any(details["type"] == "missing" for details in errors)
        taken = path[:-1] if is_absent else path
        if is_absent and len(path) == 1:
            missing.add(str(path[0]))
        else:
            document = document.without(taken if _holds(document.value, taken) else taken[:1])
        value = {**document.value, **{key: _PLACEHOLDERS[key] for key in missing}}
        try:
            definition = SuiteDefinition.model_validate(value, strict=True)
        except ValidationError as error:
            found = _sort_out(error, value)
            continue
        empty: dict[str, Any] = {"variants": {}, "metrics": []}
        return definition.model_copy(update={k: v for k, v in empty.items() if k in missing}), document


def _holds(value: Any, path: KeyPath) -> bool:
    for key in path:
        inside = (
            key in value if isinstance(value, dict) else isinstance(value, list) and isinstance(key, int) and key < len(value)
        )
        if not inside:
            return False
        value = value[key]
    return True
