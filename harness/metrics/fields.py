"""How many fields of an answer that is an object are right."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

from harness.errors import Fault
from harness.metrics.comparators import Comparator, comparators_of, score
from harness.metrics.contract import MeanMetric
from harness.metrics.exact import is_tool_task
from harness.metrics.jsontext import NotJson, read_json
from harness.models import Response
from harness.suite import Fixture


@dataclass(frozen=True)
class FieldAccuracy(MeanMetric):
    """Mean share of the named fields that are right, with one part for each field and ``whole`` for all of them.

    The answer must be one JSON object; if it is not, every field counts 0. Types count: the text "5" is not the
    number 5, and true is no number. A field that ``expected`` does not have, or has as null, must be absent or null
    in the answer. ``expected`` may be an object, or text that is one as JSON; other fixtures are left out.

    A field's comparator follows its type: ``exact`` (the JSON values are equal); ``casefold`` (texts, ignoring case and
    space) and ``whitespace`` (ignoring space alone); ``number`` (``{number: {tolerance: 0.01, relative: 0.001}}`` allows
    them to be that far apart); ``date`` (year-first dates or ISO 8601 times of the same calendar day; ``{date:
    {day_first: true}}`` reads 31/12/2025 too); ``set`` (arrays, whatever their order and repeats; ``partial``,
    ``casefold``); ``list`` (arrays; ``order: false`` matches items out of order, ``partial: true`` gives the share that
    matches, ``item`` and ``fields`` say how items are compared).

    Attributes:
        fields: Field names, or a mapping from each to its comparator. A dot goes into an object or, with a position,
            into an array: ``address.city``, ``lines.0.sku``. ``lines[*].sku`` is that field of every item: the share
            that is right, position by position, over the longer array.
        fenced: Accept the object inside one Markdown code fence.
        surrounding: Accept prose around it.

    Raises:
        ValueError: No field is named, one is named ``value`` or ``whole``, or a comparator is unknown.
    """

    name: ClassVar[str] = "field_accuracy"
    fields: list[str] | dict[str, str | dict[str, dict[str, Any]]]
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
        expected = object_of(fixture.expected)
        if expected is None:
            return {}
        try:
            answer = read_json(response.text, fenced=self.fenced, surrounding=self.surrounding)
        except NotJson:
            answer = None
        readable = isinstance(answer, Mapping)
        right = {
            name: _score(comparator, expected, answer, name) if readable else 0.0
            for name, comparator in self._comparators.items()
        }
        whole = float(all(share == 1.0 for share in right.values()))
        return {"value": sum(right.values()) / len(right), **right, "whole": whole}

    def parts(self) -> tuple[str, ...]:
        """The fields and ``whole``."""
        return (*self._comparators, "whole")

    def faults(self, fixtures: Iterable[Fixture]) -> Iterable[Fault]:
        """A field that no fixture expects is a slip of the pen: it would count as right in every answer without it."""
        wanted = [found for fixture in fixtures if (found := object_of(fixture.expected)) is not None]
        if not wanted:
            return [Fault("field_accuracy needs objects in expected, and no fixture has one", "use accuracy for texts")]
        seen = "the fixtures have " + ", ".join(sorted({str(key) for expected in wanted for key in expected})[:20])
        return [
            Fault(f"field_accuracy names the field {name!r}, which no fixture expects", seen)
            for name in self._comparators
            if not any(has(expected, name) for expected in wanted)
        ]

    @cached_property
    def _comparators(self) -> Mapping[str, Comparator]:
        return comparators_of(self.fields)


def find(value: Any, path: str) -> Any:
    """Return what stands at a dotted path inside a JSON value; None where nothing does.

    A path with ``[*]`` gives a list: what stands there in every item of the array, None where nothing does.
    """
    return _walk(value, path)[1]


def has(value: Any, path: str) -> bool:
    """Whether anything, null included, stands at a dotted path; with ``[*]`` in any item."""
    return _walk(value, path)[0]


def _walk(value: Any, path: str) -> tuple[bool, Any]:
    if isinstance(value, Mapping) and path in value:
        return True, value[path]
    head, every, rest = path.partition("[*]")
    if every:
        there, items = _walk(value, head) if head else (True, value)
        if not there or not isinstance(items, list):
            return False, None
        rest = rest.removeprefix(".")
        if not rest:
            return True, items
        found = [_walk(item, rest) for item in items]
        return any(there for there, _ in found), [each for _, each in found]
    for step in path.split("."):
        if isinstance(value, Mapping) and step in value:
            value = value[step]
        elif isinstance(value, list) and step.isdecimal() and len(step) < 9 and int(step) < len(value):
            value = value[int(step)]
        else:
            return False, None
    return True, value


def object_of(expected: Any) -> Mapping[str, Any] | None:
    """The object a fixture expects, written as one or as its JSON text; None where it expects something else."""
    if isinstance(expected, str):
        try:
            expected = read_json(expected)
        except NotJson:
            return None
    return expected if isinstance(expected, Mapping) and not is_tool_task(expected) else None


def _score(comparator: Comparator, expected: Any, answer: Any, path: str) -> float:
    wanted, said = find(expected, path), find(answer, path)
    if "[*]" in path and path not in expected and isinstance(wanted, list) and isinstance(said, list):
        longer = max(len(wanted), len(said))
        return sum(score(comparator, a, b) for a, b in zip(wanted, said, strict=False)) / longer if longer else 1.0
    return score(comparator, wanted, said)
