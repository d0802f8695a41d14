"""JSON Schemas, compiled once and checked in bounded time against answers that mean harm."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.errors import Fault, SuiteError
from harness.metrics.jsontext import canonical_json, is_number
from harness.metrics.patterns import compile_pattern

if TYPE_CHECKING:
    from referencing import Resource

MAX_CHECKS = 200_000
"""Keywords looked at in one answer; an answer that takes more (some 40,000 values of a usual schema) breaks the schema."""

MAX_LISTED = 10_000
"""Members an array or object may have under ``unevaluatedItems`` or ``unevaluatedProperties``, whose cost is a square."""

MAX_FORMATTED = 10_000
"""Characters of a text whose ``format`` is looked at; a longer one has no format."""

# fmt: off
KEYWORDS = frozenset({
    "additionalItems", "additionalProperties", "allOf", "anyOf", "const", "contains", "dependencies", "dependentRequired",
    "dependentSchemas", "divisibleBy", "else", "enum", "exclusiveMaximum", "exclusiveMinimum", "format", "items",
    "maxContains", "maxItems", "maxLength", "maxProperties", "maximum", "minContains", "minItems", "minLength",
    "minProperties", "minimum", "multipleOf", "not", "oneOf", "pattern", "prefixItems", "propertyNames", "required", "then",
    "type", "unevaluatedItems", "unevaluatedProperties", "uniqueItems",
})
# fmt: on
"""Every keyword an answer may break, of every draft that jsonschema knows."""

_INSIDE_ONE = ("additionalProperties", "items", "propertyNames", "then", "else", "unevaluatedItems", "unevaluatedProperties")
_INSIDE_MANY = ("properties", "patternProperties", "dependentSchemas")
_INSIDE_LIST = ("allOf", "prefixItems")
_LEADS_ON = {*_INSIDE_MANY, *_INSIDE_LIST, "$ref", "items", "propertyNames", "if"}
_SCOPED = {"$dynamicRef", "$recursiveRef", "$id", "id"}
"""With these, what a schema means depends on the way it was come to."""


class TooMuchToCheckError(ValueError):
    """Checking the answer takes more than ``MAX_CHECKS``."""


@dataclass(frozen=True)
class Schema:
    """A schema ready to check answers with. Made by ``compile_schema``.

    Attributes:
        content: The schema itself.
        keywords: The keywords an answer may break, in the order of the schema.
    """

    content: Any
    keywords: tuple[str, ...]
    _validator: Any = field(repr=False)
    _left: list[int] = field(repr=False)

    def valid(self, value: Any) -> bool:
        """Whether a JSON value no deeper than ``jsontext.MAX_DEPTH`` keeps the schema.

        Raises:
            TookTooLongError: A ``pattern`` was given up.
        """
        try:
            return next(self._errors(value), None) is None
        except (TooMuchToCheckError, RecursionError, OverflowError):
            return False

    def broken(self, value: Any) -> frozenset[str]:
        """Name the keywords a JSON value breaks; all of them where checking it takes too much.

        Raises:
            TookTooLongError: A ``pattern`` was given up.
        """
        try:
            return frozenset(str(error.validator or "false") for error in self._errors(value))
        except (TooMuchToCheckError, RecursionError, OverflowError):
            return frozenset({*self.keywords, "false"})

    def _errors(self, value: Any) -> Iterator[Any]:
        self._left[0] = MAX_CHECKS
        return self._validator.iter_errors(value)  # type: ignore[no-any-return]


def compile_schema(schema: str | Mapping[str, Any], folder: Path | None, *, formats: bool = False) -> Schema:
    """Read, check and compile a JSON Schema; ``$ref`` may name files beside it, and nothing is fetched.

    Args:
        schema: A file, relative to the folder, or the schema itself.
        folder: The suite's folder; the working directory where it is None.
        formats: Check ``format`` as well.

    Raises:
        SuiteError: The file is missing, is not JSON, or is not a JSON Schema.
    """
    from jsonschema import FormatChecker
    from jsonschema.exceptions import SchemaError
    from jsonschema.validators import Draft202012Validator, validator_for
    from referencing import Registry

    place = (folder or Path()) / schema if isinstance(schema, str) else None
    content: Any = read_schema(place) if place is not None else schema
    named = None if place is None else str(place)
    kind = validator_for(content, default=Draft202012Validator)
    try:
        kind.check_schema(content)
    except SchemaError as error:
        where = error.json_path.removeprefix("$").removeprefix(".") or "its top level"
        raise SuiteError(Fault(f"not a JSON Schema: at {where}, {error.message}", "correct the schema", named)) from None
    dialect = content.get("$schema") if isinstance(content, dict) else None
    bare = _without_dialect(content, dialect)
    beside = place.parent if place is not None else (folder or Path())
    retrieve = cache(partial(_beside, beside, dialect))  # the same objects each time, read once
    registry: Registry[Any] = Registry(retrieve=retrieve)  # type: ignore[call-arg]  # attrs alias
    resolver = _resolver(bare, registry)
    _check_references(bare, resolver, named)
    left = [MAX_CHECKS]
    found = dict.fromkeys(_keywords(bare, resolver, formats))
    bounded = _bounded(kind, left, compiled=not _SCOPED & set(found))
    validator = bounded(bare, registry=registry, format_checker=FormatChecker() if formats else None)
    return Schema(content, tuple(name for name in found if name in kind.VALIDATORS), validator, left)


def read_schema(path: Path) -> Any:
    """Read a schema file.

    Raises:
        SuiteError: It is missing, cannot be read, is not JSON, or is neither an object nor a truth value.
    """
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


def _without_dialect(content: Any, dialect: Any) -> Any:
    """Drop a ``$schema`` that says what is known, since jsonschema would go back to its own, unbounded keywords there."""
    if isinstance(content, dict) and "$schema" in content and content["$schema"] == dialect:
        return {key: value for key, value in content.items() if key != "$schema"}
    return content


def _beside(folder: Path, dialect: Any, uri: str) -> Resource[Any]:
    from referencing import Resource
    from referencing.exceptions import NoSuchResource
    from referencing.jsonschema import DRAFT202012

    path = folder / uri
    if "://" in uri or not path.is_file() or not path.resolve().is_relative_to(folder.resolve()):
        raise NoSuchResource(uri)
    content = read_schema(path)
    dialects = Resource.from_contents(content, default_specification=DRAFT202012)
    return dialects._specification.create_resource(_without_dialect(content, dialect))


def _resolver(content: Any, registry: Any) -> Any:
    from referencing import Resource
    from referencing.jsonschema import DRAFT202012

    resource = Resource.from_contents(content, default_specification=DRAFT202012)
    return registry.with_resource("", resource).resolver()


def _check_references(schema: Any, resolver: Any, named: str | None) -> None:
    """Raise for a ``$ref`` that leads nowhere; a schema with ids of its own inside is left to jsonschema."""
    from referencing.exceptions import Unresolvable

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
    for reference in found:
        try:
            resolver.lookup(reference)
        except Unresolvable:
            raise SuiteError(
                Fault(f"$ref {reference!r} leads nowhere", "name a definition in the schema or a file beside it", named)
            ) from None


def _keywords(schema: Any, resolver: Any, formats: bool) -> Iterator[str]:
    """Keywords whose breaking jsonschema reports by name: not those inside ``anyOf`` and the like, which speak for them."""
    from referencing.exceptions import Unresolvable

    seen: set[int] = set()
    todo = [(schema, resolver)]
    while todo:
        node, here = todo.pop(0)
        if not isinstance(node, dict) or id(node) in seen:
            continue
        seen.add(id(node))
        yield from (key for key, said in node.items() if (key not in _LEADS_ON or said is False) and (key != "format" or formats))
        inside = [node[key] for key in _INSIDE_ONE if key in node]
        inside += [each for key in _INSIDE_MANY if isinstance(node.get(key), dict) for each in node[key].values()]
        inside += [each for key in _INSIDE_LIST if isinstance(node.get(key), list) for each in node[key]]
        todo += [(each, here) for each in inside]
        if isinstance(node.get("$ref"), str):
            try:
                led = here.lookup(node["$ref"])
            except Unresolvable:
                continue
            todo.append((led.contents, led.resolver))


def _bounded(kind: Any, left: list[int], *, compiled: bool) -> Any:
    """The validator class with keywords that count down, and without those whose time an answer could choose.

    Where it is ``compiled``, the validators of properties and items are made once rather than for every value.
    """
    from jsonschema.validators import Draft202012Validator, extend

    made: dict[int, tuple[Any, Any]] = {}

    def inside(validator: Any, schema: Any) -> Any:
        """The validator of a part of the schema; the part is kept beside it, so that its id stays its own."""
        if id(schema) not in made:
            made[id(schema)] = schema, validator.evolve(schema=schema)
        return made[id(schema)][1]

    def properties(validator: Any, said: Any, value: Any, schema: Any) -> Iterator[Any]:
        if isinstance(value, dict):
            for name, each in said.items():
                if name in value:
                    yield from inside(validator, each).iter_errors(value[name])

    def items(validator: Any, said: Any, value: Any, schema: Any) -> Iterator[Any]:
        if isinstance(value, list):
            rest = value[len(schema.get("prefixItems", ())) :]
            if said is False and rest:
                yield _error("more items than are allowed")
            else:
                each = inside(validator, said)
                for item in rest:
                    yield from each.iter_errors(item)

    whole = compiled and kind is Draft202012Validator
    ours: Mapping[str, Callable[..., Any]] = {
        **({"properties": properties, "items": items, "type": _type} if whole else {}),
        "additionalProperties": _additional_properties,
        "format": _format(kind.VALIDATORS.get("format")),
        "pattern": _pattern,
        "patternProperties": _pattern_properties,
        "uniqueItems": _unique_items,
        "unevaluatedItems": _listed(kind.VALIDATORS.get("unevaluatedItems")),
        "unevaluatedProperties": _listed(kind.VALIDATORS.get("unevaluatedProperties")),
    }

    def counted(check: Callable[..., Any]) -> Callable[..., Any]:
        def count_down(validator: Any, said: Any, value: Any, schema: Any) -> Any:
            left[0] -= 1
            if left[0] < 0:
                raise TooMuchToCheckError(f"it takes more than {MAX_CHECKS:,} checks")
            return check(validator, said, value, schema)

        return count_down

    return extend(kind, {name: counted(ours.get(name, check)) for name, check in kind.VALIDATORS.items()})


_TYPES: Mapping[str, Callable[[Any], bool]] = {
    "null": lambda value: value is None,
    "boolean": lambda value: isinstance(value, bool),
    "integer": lambda value: is_number(value) and (isinstance(value, int) or value.is_integer()),
    "number": is_number,
    "string": lambda value: isinstance(value, str),
    "array": lambda value: isinstance(value, list),
    "object": lambda value: isinstance(value, dict),
}


def _type(validator: Any, said: Any, value: Any, schema: Any) -> Iterator[Any]:
    if not any(_TYPES[name](value) for name in ([said] if isinstance(said, str) else said)):
        yield _error("of another type")


def _error(message: str) -> Any:
    from jsonschema.exceptions import ValidationError

    return ValidationError(message)


def _pattern(validator: Any, said: Any, value: Any, schema: Any) -> Iterator[Any]:
    if isinstance(value, str) and not compile_pattern(said).found(value):
        yield _error("does not match")


def _pattern_properties(validator: Any, said: Any, value: Any, schema: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        for text, inner in said.items():
            pattern = compile_pattern(text)
            for key, each in value.items():
                if pattern.found(key):
                    yield from validator.descend(each, inner, path=key, schema_path=text)


def _additional_properties(validator: Any, said: Any, value: Any, schema: Any) -> Iterator[Any]:
    if not isinstance(value, dict):
        return
    named = schema.get("properties", {})
    patterns = [compile_pattern(text) for text in schema.get("patternProperties", {})]
    extra = [key for key in value if key not in named and not any(pattern.found(key) for pattern in patterns)]
    if isinstance(said, dict):
        for key in extra:
            yield from validator.descend(value[key], said, path=key)
    elif not said and extra:
        yield _error("additional properties")


def _unique_items(validator: Any, said: Any, value: Any, schema: Any) -> Iterator[Any]:
    if said and isinstance(value, list) and len({_identity(item) for item in value}) < len(value):
        yield _error("the same item twice")


def _identity(value: Any) -> str:
    """One text for values that are equal as JSON: 1 and 1.0 are."""

    def plain(inner: Any) -> Any:
        if isinstance(inner, dict):
            return {key: plain(each) for key, each in inner.items()}
        if isinstance(inner, list):
            return [plain(each) for each in inner]
        return int(inner) if isinstance(inner, float) and inner.is_integer() else inner

    return canonical_json(plain(value))


def _listed(check: Any) -> Callable[..., Any]:
    def listed(validator: Any, said: Any, value: Any, schema: Any) -> Any:
        if isinstance(value, dict | list) and len(value) > MAX_LISTED:
            raise TooMuchToCheckError(f"more than {MAX_LISTED:,} members")
        return check(validator, said, value, schema)

    return listed


def _format(check: Any) -> Callable[..., Any]:
    def formatted(validator: Any, said: Any, value: Any, schema: Any) -> Iterator[Any]:
        if validator.format_checker is None:
            return
        if isinstance(value, str) and len(value) > MAX_FORMATTED:
            yield _error("too long for a format")
            return
        try:
            yield from check(validator, said, value, schema) or ()
        except (RecursionError, OverflowError, ValueError):
            yield _error("not of that format")

    return formatted
