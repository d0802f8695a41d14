"""What is asked: one fixture is one question with, usually, its expected answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Message = Mapping[str, Any]
"""A chat message in OpenAI form: ``role``, ``content`` and, for tool turns, their own keys."""


@dataclass(frozen=True, slots=True)
class Fixture:
    """One case of an evaluation set.

    Attributes:
        id: Unique within the suite.
        input: The text or object the prompt template is rendered with; None where ``messages`` are given.
        messages: A ready conversation, used in place of ``input``; its last turn is the question.
        expected: The right answer: text, a JSON value, or ``{"tool_calls": [...]}``; None where there is none.
        tags: Labels that slices are made from.
        group: Names the fixtures that are not independent of each other; None for a fixture of its own.
        tools: Tool definitions in OpenAI form offered to the model.
        gold_context: Ids of the chunks a good retriever would find.
        weight: How much the fixture counts, above 0.
        meta: Anything else, kept and shown; read only where a metric's option names one of its keys.
    """

    id: str
    input: str | Mapping[str, Any] | None = None
    messages: tuple[Message, ...] | None = None
    expected: Any = None
    tags: tuple[str, ...] = ()
    group: str | None = None
    tools: tuple[Mapping[str, Any], ...] = ()
    gold_context: tuple[str, ...] = ()
    weight: float = 1.0
    meta: Mapping[str, Any] = field(default_factory=dict)

    @property
    def question(self) -> str:
        """The text that retrieval and look-ups search with: the input, or the last user turn."""
        if self.input is None:
            turns = [m for m in self.messages or () if m.get("role") == "user"]
            return str(turns[-1].get("content") or "") if turns else ""
        if isinstance(self.input, str):
            return self.input
        return " ".join(str(value) for value in self.input.values())
