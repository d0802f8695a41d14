"""One call of production traffic as it is logged: what was asked, who answered what, and what it was corrected to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

FORMAT = 1
"""Version of the lines that are written; older ones stay readable."""


@dataclass(frozen=True, slots=True)
class LoggedCall:
    """One answered question.

    Attributes:
        id: Names the question: two variants that answered the same one (a shadow) share it.
        variant: Who answered: the variant's name, or the model's where none was given.
        input: The question as text or an object; None where ``messages`` are given.
        messages: The conversation that was sent, system turns left in; None where ``input`` is given.
        output: The answer's text.
        tool_calls: ``{"name", "arguments"}`` of each tool called.
        has_output: Whether there was an answer at all; a failed call has none.
        tools: Tool definitions that were offered.
        model: The model asked.
        prompt_version: Which prompt it was asked with, as the application names it.
        latency: Seconds; None where unknown.
        cost: US dollars; None where unknown.
        correction: What the answer was corrected to later; None where nobody did.
        shadow: Whether nobody saw the answer.
        tags: Labels that slices are made from.
        group: Names calls that are not independent, such as those of one customer.
        at: When it was asked, ISO 8601; None where unknown.
        error: Why there is no answer.
        source: Where it stands, ``file:line``.
    """

    id: str
    variant: str
    input: str | Mapping[str, Any] | None = None
    messages: tuple[Mapping[str, Any], ...] | None = None
    output: str = ""
    tool_calls: tuple[Mapping[str, Any], ...] = ()
    has_output: bool = True
    tools: tuple[Mapping[str, Any], ...] = ()
    model: str | None = None
    prompt_version: str | None = None
    latency: float | None = None
    cost: float | None = None
    correction: Any = None
    shadow: bool = False
    tags: tuple[str, ...] = ()
    group: str | None = None
    at: str | None = None
    error: str | None = None
    aliases: tuple[str, ...] = field(default=(), repr=False)
    source: str = field(default="", compare=False)


def plain_call(call: Any) -> dict[str, Any]:
    """A tool call in OpenAI's form, or in our own, as ``{"name", "arguments"}``; arguments are parsed where they are JSON."""
    import json
    from contextlib import suppress

    function = call.get("function", call) if isinstance(call, Mapping) else {}
    arguments = function.get("arguments") if isinstance(function, Mapping) else None
    if isinstance(arguments, str):
        with suppress(ValueError, RecursionError):
            arguments = json.loads(arguments)
    name = function.get("name", "") if isinstance(function, Mapping) else ""
    return {"name": str(name), "arguments": {} if arguments is None else arguments}
