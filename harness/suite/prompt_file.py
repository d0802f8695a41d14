"""Prompt files read and tried: syntax, every variable with every fixture, and the context where retrieval is."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from harness.errors import Fault, SuiteError
from harness.suite.explain import described, did_you_mean, nearest
from harness.suite.files import SourceFile
from harness.suite.fixture import Fixture
from harness.suite.fixture_record import message_problems
from harness.suite.prompt import CONTEXT_NAMES, FIXTURE_NAMES, Prompt, environment, names_in, template, texts_of, variables
from harness.suite.yaml_file import YamlFile, read_yaml

_MESSAGE_KEYS = ("role", "content", "name", "tool_calls", "tool_call_id")
_STOP_AFTER = 3


@dataclass(frozen=True, slots=True)
class _Sample:
    """Stands for what retrieval will find, while prompts are tried."""

    id: str = ""
    text: str = ""


def read_prompt(file: SourceFile) -> tuple[Prompt, YamlFile]:
    """Read a prompt file: a YAML list of chat messages.

    Raises:
        SuiteError: It is not that, or a template in it cannot be parsed; all faults at once.
    """
    document, faults = read_yaml(file.read(), file.shown)
    if document is None:
        raise SuiteError(*faults)
    if not isinstance(document.value, list) or not document.value:
        kind = "an empty list" if document.value == [] else described(document.value)
        hint = "write a list of chat messages: - {role: user, content: '{{ input }}'}"
        raise SuiteError(*faults, document.fault(f"the prompt is {kind}", hint))
    for position, message in enumerate(document.value):
        faults.extend(
            document.fault(f"message {position + 1} {said}", hint, position) for said, hint in message_problems(message)
        )
        if isinstance(message, Mapping):
            unknown = [key for key in message if key not in _MESSAGE_KEYS]
            faults.extend(
                document.fault(f"message {position + 1} has no key {key}", did_you_mean(str(key), _MESSAGE_KEYS), position, key)
                for key in unknown
            )
            faults.extend(_syntax_faults(document, position, message))
    if faults:
        raise SuiteError(*faults)
    lines = tuple(document.line_of(position) for position in range(len(document.value)))
    return Prompt(tuple(document.value), file.shown, lines), document


def try_prompt(prompt: Prompt, document: YamlFile, fixtures: Sequence[Fixture], *, with_context: bool) -> list[Fault]:
    """Render a prompt with every fixture, stopping after three different faults.

    Args:
        prompt: A prompt whose templates parse.
        document: Its file.
        fixtures: What it will be rendered with.
        with_context: Whether the variant retrieves.
    """
    hits = [_Sample()] if with_context else None
    faults: dict[tuple[int | None, str], tuple[str, str, int]] = {}
    for fixture in fixtures:
        values = variables(fixture, hits)
        sent = prompt.messages if fixture.messages is None else prompt.before_conversation
        for position, message in enumerate(sent):
            for path, text in texts_of(message):
                for line, message_text, hint in _render_problems(text, values, fixture, with_context):
                    place = (_line_in(document, (position, *path), line), message_text)
                    first, hint_said, count = faults.get(place, (fixture.id, hint, 0))
                    faults[place] = (first, hint_said, count + 1)
        if len(faults) >= _STOP_AFTER:
            break
    return [
        Fault(f"{said} for the fixture {first}" + (f" and {count - 1} more" if count > 1 else ""), hint, document.file, line)
        for (line, said), (first, hint, count) in list(faults.items())[:_STOP_AFTER]
    ]


def use_faults(prompt: Prompt, fixtures: Sequence[Fixture], *, with_context: bool, variant: str) -> list[Fault]:
    """Say where a prompt does not use what its variant gives it: no context shown, or none to show, or no fixture."""
    named: set[str] = set()
    before: set[str] = set()
    for message in prompt.messages:
        named |= names_in(message)
        if message in prompt.before_conversation:
            before |= names_in(message)
    conversation = next((f for f in fixtures if f.messages is not None), None)
    single = next((f for f in fixtures if f.messages is None), None)
    faults: list[tuple[str, str]] = []
    lines = [line for line, m in zip(prompt.lines, prompt.messages, strict=False) if names_in(m) & set(CONTEXT_NAMES)]
    line = lines[0] if lines else 1
    if with_context:
        if not named & set(CONTEXT_NAMES):
            faults.append((f"{variant} retrieves context and the prompt never shows it", "add {{ context }}"))
        elif conversation is not None and not before & set(CONTEXT_NAMES):
            said = f"the fixture {conversation.id} is a conversation and takes the place of the user turn that shows the context"
            faults.append((said, "move {{ context }} into the system message"))
    else:
        of_inputs = {key for f in fixtures if isinstance(f.input, Mapping) for key in f.input}
        for name in sorted(named & set(CONTEXT_NAMES) - of_inputs):
            faults.append(
                (
                    f"the prompt shows {{{{ {name} }}}} and {variant} retrieves nothing",
                    f"give {variant} a retrieval, or take it out",
                )
            )
    if single is not None and prompt.messages and not named - set(CONTEXT_NAMES):
        faults.append(("the prompt says nothing of the fixture, so that every question is the same", "add {{ input }}"))
    return [Fault(said, hint, prompt.file, line) for said, hint in faults]


def _syntax_faults(document: YamlFile, position: int, message: Mapping[str, Any]) -> Iterator[Fault]:
    from jinja2 import TemplateSyntaxError

    for path, text in texts_of(message):
        try:
            template(text)
        except TemplateSyntaxError as error:
            said = (error.message or "it cannot be parsed").rstrip(".")
            hint = "correct it, or write {% raw %}...{% endraw %} around text that is no template"
            yield Fault(
                f"the template is wrong: {said}", hint, document.file, _line_in(document, (position, *path), error.lineno)
            )


def _line_in(document: YamlFile, path: tuple[Any, ...], line: int | None) -> int | None:
    """Return the line of the file for a line of one of its texts (exact for block texts, close for folded ones)."""
    if path not in document.text_lines:
        return document.line_of(*path)
    first, last = document.text_lines[path]
    return min(first + (line or 1) - 1, max(first, last))


def _render_problems(
    text: str, values: Mapping[str, Any], fixture: Fixture, with_context: bool
) -> Iterable[tuple[int | None, str, str]]:
    """Yield line, problem and hint of each thing that goes wrong: every undefined variable, or one other error."""
    from jinja2 import ChainableUndefined, UndefinedError

    compiled = template(text)
    if isinstance(fixture.input, Mapping):
        taken = {*FIXTURE_NAMES, *(CONTEXT_NAMES if with_context else ())} & fixture.input.keys()
        for name in sorted(taken & _bare_names(text)) if taken else ():
            said = f"{{{{ {name} }}}} has two meanings: the fixture's own, and the key {name} of its input"
            yield None, said, f"rename the key, or write {{{{ input.{name} }}}} for it and leave the other out"
    if (plain := _plain_names(text)) is not None and plain <= values.keys():
        return
    filled = dict(values)
    for _ in range(20):
        try:
            compiled.render(filled)
            return
        except UndefinedError as error:
            unknown = re.match(r"'(\w+)' is undefined$", error.message or "")
            yield _template_line(error), error.message or "something is undefined", _what_there_is(unknown and unknown[1], values)
            if unknown is None or unknown[1] in filled:
                return
            filled[unknown[1]] = ChainableUndefined(name=unknown[1])  # go on, to find the next one
        except Exception as error:  # a template is a program: it can fail in any way
            reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
            yield _template_line(error), f"the template cannot be filled: {reason}", "correct it"
            return


@lru_cache(maxsize=1024)
def _plain_names(text: str) -> frozenset[str] | None:
    """Return the names of a template that only puts variables between text, and so needs no trying; None for others."""
    from jinja2 import nodes

    parts = [part for output in environment().parse(text).body for part in getattr(output, "nodes", [output])]
    if not all(isinstance(part, nodes.TemplateData | nodes.Name) for part in parts):
        return None
    return frozenset(part.name for part in parts if isinstance(part, nodes.Name))


@lru_cache(maxsize=1024)
def _bare_names(text: str) -> frozenset[str]:
    """Return the names a template means in one sense only: ``input.key`` and ``input["key"]`` do not count."""
    from jinja2 import nodes

    parsed = environment().parse(text)
    subscripts: list[nodes.Getattr | nodes.Getitem] = [*parsed.find_all(nodes.Getattr), *parsed.find_all(nodes.Getitem)]
    inner = {id(subscript.node) for subscript in subscripts}
    names = (node.name for node in parsed.find_all(nodes.Name) if not (node.name == "input" and id(node) in inner))
    return frozenset(names)


def _what_there_is(unknown: str | None, values: Mapping[str, Any]) -> str:
    names = [name for name in values if str(name).isidentifier()]
    close = nearest(unknown, names) if unknown else None
    return f"did you mean {close}" if close else f"there is {', '.join(names)}"


def _template_line(error: BaseException) -> int | None:
    """Return the template's line an error comes from; Jinja2 rewrites tracebacks so that they speak of templates."""
    line, step = None, error.__traceback__
    while step is not None:
        if step.tb_frame.f_code.co_filename == "<template>":
            line = step.tb_lineno
        step = step.tb_next
    return line
