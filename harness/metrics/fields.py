"""How many fields of an answer that is an object are right."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any, ClassVar

from harness.errors import Fault
from harness.metrics.contract import MeanMetric
from harness.metrics.exact import is_tool_task
from harness.metrics.jsontext import NotJson, is_number, read_json, same_json
from harness.models import Response
from harness.suite import Fixture

_COMPARATORS = ("exact", "casefold", "number", "date")
_DAY = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})")
_LONGEST_DATE = 40


@dataclass(frozen=True)
class FieldAccuracy(MeanMetric):
    """Mean share of the named fields that are right, with one part for each field and ``whole`` for all of them.

    The answer must be one JSON object; if it is not, every field counts 0. Types count: the text "5" is not the
    number 5, and true is no number. A field that ``expected`` does not have, or has as null, must be absent or null
    in the answer. ``expected`` may be an object, or text that is one as JSON; other fixtures are left out.

    Comparators: ``exact`` (the JSON values are equal), ``casefold`` (texts, ignoring case and the space around them),
    ``number`` (numbers; ``{number: {tolerance: 0.01}}`` allows them to be that far apart), ``date`` (year-first dates
    or ISO 8601 times of the same calendar day).

    Attributes:
        fields: Field names, or a mapping from each to its comparator. A dot goes into an object or, with a position,
            into an array: ``address.city``, ``lines.0.sku``.
        fenced: Accept the object inside one Markdown code fence.
        surrounding: Accept prose around it.

    Raises:
        ValueError: No field is named, one is named ``value`` or ``whole``, or a comparator is unknown.
    """

    name: ClassVar[str] = "field_accuracy"
    fields: list[str] | dict[str, str | dict[str, dict[str, float]]]
    fenced: bool = False
    surrounding: bool = False

    def __post_init__(self) -> None:
        if not self.fields:
            raise ValueError("fields names no field")
        if isinstance(self.fields, list) and len(set(self.fields)) < len(self.fields):
            raise ValueError("fields names the same field twice")
        for name in self.fields:
            if name in ("", "value", "whole") or name.startswith("_"):
                raise ValueError(f"a field cannot be called {name!r} here: value and whole are this metric's own columns")
        _ = self._comparators

    def measure(self, fixture: Fixture, response: Response) -> Mapping[str, float]:
        """One column for each field, their mean as ``value``, and ``whole``."""
        expected = _object(fixture.expected)
        if expected is None:
            return {}
        try:
            answer = read_json(response.text, fenced=self.fenced, surrounding=self.surrounding)
        except NotJson:
            answer = None
        readable = isinstance(answer, Mapping)
        right = {
            name: float(readable and _right(find(expected, name), find(answer, name), *comparator))
            for name, comparator in self._comparators.items()
        }
        return {"value": sum(right.values()) / len(right), **right, "whole": float(all(right.values()))}

    def parts(self) -> tuple[str, ...]:
        """The fields and ``whole``."""
        return (*self._comparators, "whole")

    def faults(self, fixtures: Iterable[Fixture]) -> Iterable[Fault]:
        """A field that no fixture expects is a slip of the pen: it would count as right in every answer without it."""
        wanted = [found for fixture in fixtures if (found := _object(fixture.expected)) is not None]
        if not wanted:
            return [Fault("field_accuracy needs objects in expected, and no fixture has one", "use accuracy for texts")]
        seen = "the fixtures have " + ", ".join(sorted({str(key) for expected in wanted for key in expected})[:20])
        return [
            Fault(f"field_accuracy names the field {name!r}, which no fixture expects", seen)
            for name in self._comparators
            if not any(has(expected, name) for expected in wanted)
        ]

    @cached_property
    def _comparators(self) -> Mapping[str, tuple[str, float]]:
        if isinstance(self.fields, list):
            return dict.fromkeys(self.fields, ("exact", 0.0))
        return {name: _comparator(name, said) for name, said in self.fields.items()}


def find(value: Any, path: str) -> Any:
    """Return what stands at a dotted path inside a JSON value; None where nothing does."""
    return _walk(value, path)[1]


def has(value: Any, path: str) -> bool:
    """Whether anything, null included, stands at a dotted path."""
    return _walk(value, path)[0]


def _walk(value: Any, path: str) -> tuple[bool, Any]:
    if isinstance(value, Mapping) and path in value:
        return True, value[path]
    for step in path.split("."):
        if isinstance(value, Mapping) and step in value:
            value = value[step]
        elif isinstance(value, list) and step.isdecimal() and len(step) < 9 and int(step) < len(value):
            value = value[int(step)]
        else:
            return False, None
    return True, value


def _object(expected: Any) -> Mapping[str, Any] | None:
    if isinstance(expected, str):
        try:
            expected = read_json(expected)
        except NotJson:
            return None
    return expected if isinstance(expected, Mapping) and not is_tool_task(expected) else None


def _comparator(field: str, said: str | dict[str, dict[str, float]]) -> tuple[str, float]:
    name, options = (said, {}) if isinstance(said, str) else next(iter(said.items()), ("", {}))
    if name not in _COMPARATORS or (isinstance(said, dict) and len(said) != 1):
        raise ValueError(f"the comparator of {field!r} is {said!r}; it is one of {', '.join(_COMPARATORS)}")
    if set(options) - ({"tolerance"} if name == "number" else set()):
        raise ValueError(f"the comparator of {field!r} takes " + ("tolerance alone" if name == "number" else "no option"))
    tolerance = options.get("tolerance", 0.0)
    if not tolerance >= 0.0:
        raise ValueError(f"the tolerance of {field!r} is below 0")
    return name, tolerance


def _right(expected: Any, answer: Any, comparator: str, tolerance: float) -> bool:
    if expected is None or answer is None:
        return expected is answer
    if comparator == "casefold" and isinstance(expected, str) and isinstance(answer, str):
        return expected.strip().casefold() == answer.strip().casefold()
    if comparator == "number" and is_number(expected) and is_number(answer):
        return _near(expected, answer, tolerance)
    if comparator == "date" and isinstance(expected, str) and isinstance(answer, str):
        day = _day(expected)
        return expected.strip() == answer.strip() if day is None else day == _day(answer)
    return same_json(expected, answer)


def _near(expected: float, answer: float, tolerance: float) -> bool:
    """Whether two numbers are within the tolerance, give or take the last bit: 0.3 is within 0.1 of 0.2."""
    try:
        return bool(expected == answer or abs(expected - answer) <= tolerance * (1 + 1e-9) + 1e-12 * (tolerance > 0))
    except OverflowError:  # an integer too large to be a float
        return False


def _day(text: str) -> date | None:
    text = text.strip()
    if len(text) > _LONGEST_DATE:
        return None
    try:
        if numbers := _DAY.fullmatch(text):
            return date(*(int(number) for number in numbers.groups()))
        return datetime.fromisoformat(text).date()
    except ValueError:
        return None
