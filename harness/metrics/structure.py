"""Is the answer's form right: JSON at all, and JSON that keeps a schema."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from harness.errors import Fault, SuiteError
from harness.metrics.contract import MeanMetric
from harness.metrics.jsontext import NotJson, read_json
from harness.models import Response
from harness.suite import Fixture

if TYPE_CHECKING:
    from referencing import Resource


@dataclass(frozen=True)
class JsonValid(MeanMetric):
    """Share of answers that are one JSON value and nothing else (RFC 8259).

    NaN, Infinity and an object with the same key twice are not JSON here.

    Attributes:
        fenced: Accept the value inside one Markdown code fence.
        surrounding: Accept prose around an object or array.
    """

    name: ClassVar[str] = "json_valid"
    fenced: bool = False
    surrounding: bool = False

    def measure(self, fixture: Fixture, response: Response) -> Mapping[str, float]:
        """1 where the answer is JSON, else 0."""
        try:
            read_json(response.text, fenced=self.fenced, surrounding=self.surrounding)
        except NotJson:
            return {"value": 0.0}
        return {"value": 1.0}

    def parts(self) -> tuple[str, ...]:
        """None."""
        return ()


@dataclass(frozen=True)
class JsonSchema(MeanMetric):
    """Share of answers that are JSON and keep a JSON Schema; an answer that is not JSON counts 0.

    The schema is read and compiled once. ``$ref`` may name other files in the schema's folder; nothing is ever
    fetched from the network.

    Attributes:
        schema: A file, relative to the suite's folder, or the schema itself.
        formats: Check ``format`` as well, which JSON Schema by itself only notes.
        fenced: Accept the value inside one Markdown code fence.
        surrounding: Accept prose around an object or array.
        folder: The suite's folder; the working directory unless given.

    Raises:
        SuiteError: The file is missing, is not JSON, or is not a JSON Schema.
    """

    name: ClassVar[str] = "json_schema"
    schema: str | dict[str, Any]
    formats: bool = False
    fenced: bool = False
    surrounding: bool = False
    folder: Path | None = field(default=None, repr=False, compare=False)

    def ready(self) -> None:
        """Read and compile the schema."""
        _ = self._validator

    def measure(self, fixture: Fixture, response: Response) -> Mapping[str, float]:
        """1 where the answer keeps the schema, else 0."""
        try:
            value = read_json(response.text, fenced=self.fenced, surrounding=self.surrounding)
        except NotJson:
            return {"value": 0.0}
        try:
            return {"value": float(self._validator.is_valid(value))}
        except RecursionError:  # a schema that recurses many frames a level
            return {"value": 0.0}

    def parts(self) -> tuple[str, ...]:
        """None."""
        return ()

    @cached_property
    def _validator(self) -> Any:
        from jsonschema import FormatChecker
        from jsonschema.exceptions import SchemaError
        from jsonschema.validators import Draft202012Validator, validator_for
        from referencing import Registry

        place = (self.folder or Path()) / self.schema if isinstance(self.schema, str) else None
        schema = _read_schema(place) if place is not None else self.schema
        named = None if place is None else str(place)
        kind = validator_for(schema, default=Draft202012Validator)
        try:
            kind.check_schema(schema)
        except SchemaError as error:
            where = error.json_path.removeprefix("$").removeprefix(".") or "its top level"
            raise SuiteError(Fault(f"not a JSON Schema: at {where}, {error.message}", "correct the schema", named)) from None
        beside = place.parent if place is not None else (self.folder or Path())
        registry: Registry[Any] = Registry(retrieve=lambda uri: _beside(beside, uri))  # type: ignore[call-arg]  # attrs alias
        _check_references(schema, registry, named)
        return kind(schema, registry=registry, format_checker=FormatChecker() if self.formats else None)


def _read_schema(path: Path) -> Any:
    try:
        schema = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise SuiteError(f"there is no schema file {path}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise SuiteError(Fault(f"cannot be read: {error}", "give a JSON file in UTF-8", str(path))) from None
    except json.JSONDecodeError as error:
        raise SuiteError(Fault(f"not JSON: {error.msg}", "correct the schema file", str(path), error.lineno)) from None
    if not isinstance(schema, dict | bool):
        raise SuiteError(Fault("a JSON Schema is an object", "correct the schema file", str(path)))
    return schema


def _beside(folder: Path, uri: str) -> Resource[Any]:
    from referencing import Resource
    from referencing.exceptions import NoSuchResource
    from referencing.jsonschema import DRAFT202012

    path = folder / uri
    if "://" in uri or not path.is_file() or not path.resolve().is_relative_to(folder.resolve()):
        raise NoSuchResource(uri)
    return Resource.from_contents(_read_schema(path), default_specification=DRAFT202012)


def _check_references(schema: Any, registry: Any, named: str | None) -> None:
    """Raise for a ``$ref`` that leads nowhere; a schema with ids of its own inside is left to jsonschema."""
    from referencing import Resource
    from referencing.exceptions import Unresolvable
    from referencing.jsonschema import DRAFT202012

    found: list[str] = []
    layer = [schema]
    while layer:
        if any(isinstance(node, dict) and "$id" in node for node in layer):
            return
        found += [node["$ref"] for node in layer if isinstance(node, dict) and isinstance(node.get("$ref"), str)]
        layer = [
            child
            for node in layer
            if isinstance(node, dict | list)
            for key, child in (node.items() if isinstance(node, dict) else enumerate(node))
            if key not in ("const", "enum", "examples", "default")
        ]
    resource = Resource.from_contents(schema, default_specification=DRAFT202012)
    resolver = registry.with_resource("", resource).resolver()
    for reference in found:
        try:
            resolver.lookup(reference)
        except Unresolvable:
            raise SuiteError(
                Fault(f"$ref {reference!r} leads nowhere", "name a definition in the schema or a file beside it", named)
            ) from None
