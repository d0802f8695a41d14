"""Which fields are there: those that should be and are not, and those that are and should not be."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

from harness.errors import Fault, SuiteError
from harness.metrics.contract import MeanMetric, Unit
from harness.metrics.fields import object_of
from harness.metrics.jsontext import NotJson, read_json
from harness.metrics.schemas import compile_schema
from harness.models import Response
from harness.suite import Fixture

Shape = dict[str, "Shape"]
"""The fields of an object, each with the fields below it; the items of an array are taken together."""


@dataclass(frozen=True)
class NamedFields(MeanMetric, ABC):
    """What metrics of this family share: how the fields are named that an answer is held against.

    Attributes:
        fields: Field names, dotted where they are deeper, ``lines[*].sku`` for a field of items; instead of ``expected``.
        schema: A JSON Schema, a file or itself (``$ref`` is not followed); instead of ``expected``.
        fenced: Accept the object inside one Markdown code fence.
        surrounding: Accept prose around it.
        folder: The suite's folder; the working directory unless given.
    """

    higher_is_better: ClassVar[bool] = False
    unit: ClassVar[Unit] = "count"
    required: ClassVar[bool]
    """Of a schema, whether its required fields are meant, or all of its properties."""

    fields: list[str] | None = None
    schema: str | dict[str, Any] | None = None
    fenced: bool = False
    surrounding: bool = False
    folder: Path | None = field(default=None, repr=False, compare=False)

    def __post_init__(self) -> None:
        _check(self.fields, self.schema)

    def ready(self) -> None:
        """Read the schema."""
        _ = self._named

    def measure(self, fixture: Fixture, response: Response) -> Mapping[str, float]:
        """How many fields; nothing where nothing names any."""
        named = self._named
        if named is None:
            expected = object_of(fixture.expected)
            if expected is None:
                return {}
            named = shape(expected)
        answer = _answer(response, self.fenced, self.surrounding)
        return {"value": float(self.count(named, None if answer is None else shape(answer)))}

    @abstractmethod
    def count(self, named: Shape, there: Shape | None) -> int:
        """Count the fields; ``there`` is None where the answer is not one JSON object."""

    def parts(self) -> tuple[str, ...]:
        """None."""
        return ()

    @cached_property
    def _named(self) -> Shape | None:
        if self.schema is None:
            return None if self.fields is None else _shape_of_paths(self.fields)
        return _shape_of_schema(self.schema, self.folder, required=self.required)


@dataclass(frozen=True)
class MissingFields(NamedFields):
    """Mean number of fields an answer lacks, of those that ``expected``, a list or a schema names.

    A field that is null counts as absent, in what is expected and in the answer. Fields of fields count one by one, and
    a field of an array's items once, present where any item has it. An answer that is not one JSON object lacks them all.
    Of a schema the ``required`` fields are meant, of its ``properties`` and ``items``.

    Raises:
        ValueError: Both ``fields`` and ``schema`` are given, or a list without names.
        SuiteError: The schema cannot be used, or requires nothing.
    """

    name: ClassVar[str] = "missing_fields"
    required: ClassVar[bool] = True

    def count(self, named: Shape, there: Shape | None) -> int:
        """How many fields are not there."""
        return lacking(named, there or {})


@dataclass(frozen=True)
class ExtraFields(NamedFields):
    """Mean number of fields an answer has beyond those that ``expected``, a list or a schema names.

    Counted as in ``missing_fields``; a field that is null counts as absent. An answer that is not one JSON object has
    none too many: ``json_valid`` stands beside this metric for those. Naming a field in ``fields`` allows what is below
    it; of a schema its ``properties`` are meant.

    Raises:
        ValueError: Both ``fields`` and ``schema`` are given, or a list without names.
        SuiteError: The schema cannot be used, or has no properties.
    """

    name: ClassVar[str] = "extra_fields"
    required: ClassVar[bool] = False

    def count(self, named: Shape, there: Shape | None) -> int:
        """How many fields there are too many."""
        return 0 if there is None else lacking(there, named, below=self._named is not None)


def shape(value: Any) -> Shape:
    """The fields of a JSON value no deeper than ``jsontext.MAX_DEPTH``; null ones are left out."""
    found: Shape = {}
    _add_shape(value, found)
    return found


def lacking(wanted: Shape, there: Shape, *, below: bool = False) -> int:
    """Count the fields of one shape that the other lacks; of a field with fields, those.

    Args:
        wanted: What is counted.
        there: What it is held against.
        below: Take everything below a field of ``there`` that names no fields as being there.
    """
    count = 0
    for name, inner in wanted.items():
        if name not in there:
            count += _size(inner)
        elif inner and not (below and not there[name]):
            count += lacking(inner, there[name], below=below)
    return count


def _size(inner: Shape) -> int:
    return sum(_size(each) for each in inner.values()) if inner else 1


def _add_shape(value: Any, into: Shape) -> None:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if inner is not None:
                _add_shape(inner, into.setdefault(key, {}))
    elif isinstance(value, list):
        for item in value:
            if isinstance(item, dict | list):
                _add_shape(item, into)


def _shape_of_paths(paths: list[str]) -> Shape:
    found: Shape = {}
    for path in paths:
        into = found
        for step in path.replace("[*]", "").split("."):
            into = into.setdefault(step, {})
    return found


def _shape_of_schema(schema: str | dict[str, Any], folder: Path | None, *, required: bool) -> Shape:
    found: Shape = {}
    _add_schema(compile_schema(schema, folder).content, found, required)
    if not found:
        said = "requires no field" if required else "has no properties"
        place = str((folder or Path()) / schema) if isinstance(schema, str) else None
        raise SuiteError(Fault(f"the schema {said}", "name the fields in fields, or leave both out to go by expected", place))
    return found


def _add_schema(schema: Any, into: Shape, required: bool) -> None:
    if not isinstance(schema, dict):
        return
    properties = schema.get("properties", {})
    for name in schema.get("required", ()) if required else properties:
        _add_schema(properties.get(name), into.setdefault(name, {}), required)
    _add_schema(schema.get("items"), into, required)


def _check(fields: list[str] | None, schema: Any) -> None:
    if fields is not None and schema is not None:
        raise ValueError("fields and schema are both given; name the fields in one of them")
    if fields is not None and (not fields or not all(fields)):
        raise ValueError("fields names no field")


def _answer(response: Response, fenced: bool, surrounding: bool) -> Mapping[str, Any] | None:
    try:
        answer = read_json(response.text, fenced=fenced, surrounding=surrounding)
    except NotJson:
        return None
    return answer if isinstance(answer, Mapping) else None
