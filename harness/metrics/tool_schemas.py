"""Tool definitions in OpenAI form: do a call's arguments keep the JSON Schema of its tool."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from harness.errors import SuiteError
from harness.metrics.call_reading import Call
from harness.metrics.jsontext import canonical_json
from harness.metrics.schemas import Schema, compile_schema

Tool = Mapping[str, Any]


def keeps_schema(call: Call, tools: Sequence[Tool]) -> bool:
    """Whether a call names one of the tools and its arguments are an object that is valid against its ``parameters``.

    A tool without ``parameters`` takes no arguments, as OpenAI has it.

    Raises:
        TookTooLongError: A ``pattern`` of the schema was given up.
    """
    function = next((tool["function"] for tool in tools if tool["function"].get("name") == call.name), None)
    if function is None or not isinstance(call.arguments, Mapping):
        return False
    if function.get("parameters") is None:
        return not call.arguments
    schema = _compiled(canonical_json(function["parameters"]))
    return isinstance(schema, Schema) and schema.valid(call.arguments)


def tool_problems(tools: Sequence[Tool]) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with tool definitions, and what to do: two of one name, or parameters that are no JSON Schema."""
    seen: set[str] = set()
    for position, tool in enumerate(tools):
        name, schema = tool["function"].get("name"), tool["function"].get("parameters")
        if name in seen:
            yield f"tools[{position}] is a second tool called {name}", "keep one"
        seen.add(name)
        if schema is not None and isinstance(said := _compiled(canonical_json(schema)), str):
            yield f"the parameters of the tool {name} cannot be used: {said}", "correct tools"


@lru_cache(maxsize=1024)
def _compiled(schema: str) -> Schema | str:
    """The schema, or what is wrong with it."""
    content = json.loads(schema)
    if not isinstance(content, dict):
        return "a JSON Schema is an object"
    try:
        return compile_schema(content, None)
    except SuiteError as error:
        return error.faults[0].message
