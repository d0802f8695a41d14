"""Is the answer's form right: JSON at all, and JSON that keeps a schema."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

from harness.errors import SuiteError
from harness.metrics.contract import MeanMetric, Unit
from harness.metrics.jsontext import NotJson, read_json, repeated_keys
from harness.metrics.schemas import KEYWORDS, Schema, compile_schema
from harness.models import Response
from harness.suite import Fixture

NOT_JSON = "not_json"
"""The part of ``json_schema`` that counts answers no keyword can be held against."""


@dataclass(frozen=True)
class JsonValid(MeanMetric):
    """Share of answers that are one JSON value and nothing else (RFC 8259).

    NaN, Infinity and an object with the same key twice are not JSON here, nor is text beyond the reader's limits:
    a million characters, 100 levels, an integer of 4,300 digits.

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
class DuplicateKeys(MeanMetric):
    """Mean number of keys in an answer that their object already had; most readers keep the last in silence.

    An answer that is not JSON for another reason counts 0: ``json_valid`` stands beside it for those.

    Attributes:
        fenced: Accept the value inside one Markdown code fence.
    """

    name: ClassVar[str] = "duplicate_keys"
    higher_is_better: ClassVar[bool] = False
    unit: ClassVar[Unit] = "count"
    fenced: bool = False

    def measure(self, fixture: Fixture, response: Response) -> Mapping[str, float]:
        """How many keys came again."""
        try:
            return {"value": float(repeated_keys(response.text, fenced=self.fenced))}
        except NotJson:
            return {"value": 0.0}

    def parts(self) -> tuple[str, ...]:
        """None."""
        return ()


@dataclass(frozen=True)
class JsonSchema(MeanMetric):
    """Share of answers that are JSON and keep a JSON Schema; an answer that is not JSON counts 0.

    The schema is read and compiled once. ``$ref`` may name other files in the schema's folder; nothing is ever
    fetched from the network. With ``keywords`` each keyword of the schema is a part, such as ``json_schema.required``:
    the share of answers that break it anywhere; ``json_schema.not_json`` is the share that is not JSON and so breaks no
    keyword. What is wrong inside ``anyOf``, ``oneOf``, ``not`` or ``contains`` counts against that keyword.

    Attributes:
        schema: A file, relative to the suite's folder, or the schema itself.
        keywords: Tell what is broken, keyword by keyword.
        formats: Check ``format`` as well, which JSON Schema by itself only notes.
        fenced: Accept the value inside one Markdown code fence.
        surrounding: Accept prose around an object or array.
        folder: The suite's folder; the working directory unless given.

    Raises:
        SuiteError: The file is missing, is not JSON, or is not a JSON Schema.
    """

    name: ClassVar[str] = "json_schema"
    lower_is_better: ClassVar[frozenset[str]] = frozenset({*KEYWORDS, NOT_JSON})
    schema: str | dict[str, Any]
    keywords: bool = False
    formats: bool = False
    fenced: bool = False
    surrounding: bool = False
    folder: Path | None = field(default=None, repr=False, compare=False)

    def ready(self) -> None:
        """Read and compile the schema."""
        _ = self._compiled

    def measure(self, fixture: Fixture, response: Response) -> Mapping[str, float]:
        """1 where the answer keeps the schema, else 0; and, where they are told apart, 1 for each keyword it breaks."""
        schema = self._compiled
        try:
            value = read_json(response.text, fenced=self.fenced, surrounding=self.surrounding)
        except NotJson:
            return {"value": 0.0, **(dict.fromkeys(schema.keywords, 0.0) | {NOT_JSON: 1.0} if self.keywords else {})}
        if not self.keywords:
            return {"value": float(schema.valid(value))}
        broken = schema.broken(value)
        return {"value": float(not broken), **{name: float(name in broken) for name in schema.keywords}, NOT_JSON: 0.0}

    def parts(self) -> tuple[str, ...] | None:
        """The schema's keywords where they are told apart; None where its file is gone by now."""
        if not self.keywords:
            return ()
        try:
            return (*self._compiled.keywords, NOT_JSON)
        except SuiteError:
            return None

    @cached_property
    def _compiled(self) -> Schema:
        return compile_schema(self.schema, self.folder, formats=self.formats)
