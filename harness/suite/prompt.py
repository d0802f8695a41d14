"""A prompt: chat messages that are templates, filled with one fixture and the context found for it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Protocol

from harness.suite.fixture import Fixture, Message

if TYPE_CHECKING:
    from jinja2 import Template
    from jinja2.sandbox import ImmutableSandboxedEnvironment

FIXTURE_NAMES = ("input", "id", "tags", "meta")
CONTEXT_NAMES = ("context", "chunks")


_SPECIAL = frozenset({"self", "super", "loop", "caller", "varargs", "kwargs"})


@dataclass(frozen=True, slots=True)
class Named:
    """A variable that a template names."""

    name: str


class Found(Protocol):
    """A retrieved chunk, as far as a prompt cares."""

    @property
    def id(self) -> str:
        """The chunk's id."""

    @property
    def text(self) -> str:
        """The chunk's text."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """Chat messages whose ``content`` is a Jinja2 template; few-shot turns are plain messages.

    Templates are sandboxed, an undefined variable is an error, nothing is HTML-escaped, and objects and lists are
    written as JSON. What a fixture holds is data and never itself a template.

    Attributes:
        messages: As written in the prompt's file; empty for a variant that sends the fixtures' own conversations.
        file: The file's name for messages.
        lines: The line each message starts on.
    """

    messages: tuple[Message, ...] = ()
    file: str | None = None
    lines: tuple[int | None, ...] = ()

    def render(self, fixture: Fixture, hits: Sequence[Found] | None = None) -> tuple[Message, ...]:
        """Return the messages to send for one fixture.

        The variables are ``input``, ``id``, ``tags``, ``meta``, ``context`` (the hits' texts, joined by a blank line),
        ``chunks`` (objects with ``id`` and ``text``) and, where the input is an object, its keys. A fixture with
        ``messages`` of its own is sent after the prompt's messages and in place of their last user turn; where the
        prompt has a system message, the fixture's is left out.

        Args:
            fixture: The fixture asked about.
            hits: What retrieval found, best first; None for a variant without retrieval.

        Raises:
            jinja2.TemplateError: A template is wrong or names something this fixture does not have; ``load_suite``
                has tried every prompt with every fixture, so that this is only met with other fixtures.
        """
        values = variables(fixture, hits)
        if fixture.messages is None:
            return self.fill(values)
        own = tuple(_filled(message, values) for message in self.before_conversation)
        has_system = any(message["role"] in ("system", "developer") for message in own)
        turns = tuple(dict(m) for m in fixture.messages if not (has_system and m.get("role") in ("system", "developer")))
        return own + turns

    def fill(self, values: Mapping[str, Any]) -> tuple[Message, ...]:
        """Return the messages with these variables and no others, for a prompt that is not about a fixture alone.

        Raises:
            jinja2.TemplateError: A template is wrong or names another variable.
        """
        return tuple(_filled(message, values) for message in self.messages)

    @property
    def before_conversation(self) -> tuple[Message, ...]:
        """The messages sent ahead of a fixture's own conversation: all but a closing user turn."""
        return self.messages[:-1] if self.messages and self.messages[-1]["role"] == "user" else self.messages

    @property
    def literals(self) -> tuple[tuple[int | None, Message], ...]:
        """Line and message of each message that is the same for every fixture, such as few-shot turns."""
        lines = self.lines or (None,) * len(self.messages)
        return tuple((line, m) for line, m in zip(lines, self.messages, strict=True) if not names_in(m))


def variables(fixture: Fixture, hits: Sequence[Found] | None) -> dict[str, Any]:
    """Return what a template may name for one fixture; the input's own keys give way to the names of every fixture."""
    values: dict[str, Any] = {"context": "", "chunks": []}
    if isinstance(fixture.input, Mapping):
        values.update(fixture.input)
    values.update(
        input=fixture.question if fixture.input is None else fixture.input,
        id=fixture.id,
        tags=list(fixture.tags),
        meta=fixture.meta,
    )
    if hits is not None:
        values["context"] = "\n\n".join(hit.text for hit in hits)
        values["chunks"] = [{"id": hit.id, "text": hit.text} for hit in hits]
    return values


def names_in(message: Message) -> frozenset[str]:
    """Return the variables a message's templates name.

    Raises:
        jinja2.TemplateSyntaxError: A template cannot be parsed.
    """
    from jinja2 import meta

    named: set[str] = set()
    for _, text in texts_of(message):
        named |= meta.find_undeclared_variables(environment().parse(text))
    return frozenset(named)


def texts_of(message: Message) -> Iterator[tuple[tuple[Any, ...], str]]:
    """Yield the key path and the text of each template of a message: its content, or its content's parts."""
    content = message.get("content")
    if isinstance(content, str):
        yield ("content",), content
    elif isinstance(content, list):
        for position, part in enumerate(content):
            if isinstance(part, Mapping) and isinstance(part.get("text"), str):
                yield ("content", position, "text"), part["text"]


@lru_cache(maxsize=1)
def environment() -> ImmutableSandboxedEnvironment:
    """Return the one environment that every prompt is rendered in."""
    from jinja2 import StrictUndefined
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    made = ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=False, finalize=_written)
    # Jinja's own tojson escapes for HTML, which would put \u003c into a prompt.
    made.filters["tojson"] = lambda value, indent=None: json.dumps(value, ensure_ascii=False, indent=indent)
    return made


@lru_cache(maxsize=1024)
def template(text: str) -> Template:
    """Compile a template once.

    Raises:
        jinja2.TemplateSyntaxError: It cannot be parsed.
    """
    return environment().from_string(text)


def _written(value: Any) -> Any:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list | tuple) else value


@lru_cache(maxsize=1024)
def plain_parts(text: str) -> tuple[str | Named, ...] | None:
    """Split a template that only names variables into its text and those names; None where it does more than that.

    Raises:
        jinja2.TemplateSyntaxError: It cannot be parsed.
    """
    from jinja2 import nodes

    made = environment()
    parts: list[str | Named] = []
    for output in made.parse(text).body:
        if not isinstance(output, nodes.Output):
            return None
        for node in output.nodes:
            if isinstance(node, nodes.TemplateData):
                parts.append(node.data)
            elif isinstance(node, nodes.Name) and node.name not in made.globals and node.name not in _SPECIAL:
                parts.append(Named(node.name))
            else:
                return None
    return tuple(parts)


def as_text(value: Any) -> str:
    """Return what a template writes for a variable's value."""
    return value if isinstance(value, str) else str(_written(value))


def _render(text: str, values: Mapping[str, Any]) -> str:
    parts = plain_parts(text)
    if parts is None or any(isinstance(part, Named) and part.name not in values for part in parts):
        return template(text).render(values)
    return "".join(as_text(values[part.name]) if isinstance(part, Named) else part for part in parts)


def _filled(message: Message, values: Mapping[str, Any]) -> Message:
    content = message.get("content")
    if isinstance(content, str):
        return {**message, "content": _render(content, values)}
    if isinstance(content, list):
        parts = [
            {**part, "text": _render(part["text"], values)} if isinstance(part.get("text"), str) else dict(part)
            for part in content
        ]
        return {**message, "content": parts}
    return dict(message)
