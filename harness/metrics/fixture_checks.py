"""What is wrong with fixtures that metrics measure by: expected tool calls, their matchers, tools, and gold context."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from harness.errors import Fault
from harness.metrics.exact import is_tool_task
from harness.metrics.matchers import matcher_problems
from harness.metrics.tool_schemas import tool_problems
from harness.suite import Fixture, did_you_mean

if TYPE_CHECKING:
    from harness.suite import Suite

_CALL = 'write {"name": ..., "arguments": {...}}'
_KEYS = ("name", "arguments")
_MOST_HINTS = 20
"""Faults that are told with the nearest name there is, which takes a while to find in a large corpus."""


def check_tool_fixtures(suite: Suite) -> Iterator[Fault]:
    """Yield a fault for each expected call, matcher and tool definition that cannot be used, at its fixture's line."""
    for fixture in suite.fixtures:
        for message, hint in (*tool_problems(fixture.tools), *_expected_problems(fixture)):
            yield at_fixture(suite, fixture, message, hint)


def check_gold(suite: Suite) -> Iterator[Fault]:
    """Yield a fault for each gold context that no variant's corpus has: it could never be found."""
    from harness.errors import SuiteError
    from harness.retrieval import chunk_corpus, load_corpus

    known: dict[str, None] = {}
    corpora = [variant.retrieval.corpus for variant in suite.variants.values() if variant.retrieval is not None]
    try:
        for corpus in corpora:
            for chunk in chunk_corpus(load_corpus(corpus, suite.folder)):
                known |= {chunk.id: None, chunk.id.partition("#")[0]: None}
    except SuiteError:  # load_suite tells of it
        return
    if not known:
        return
    told = 0
    for fixture in suite.fixtures:
        for gold in fixture.gold_context:
            if gold not in known:
                hint = _nearest_gold(gold, known) if told < _MOST_HINTS else "see the lines above"
                yield at_fixture(suite, fixture, f"gold_context names {gold}, which no corpus has", hint)
                told += 1


def at_fixture(suite: Suite, fixture: Fixture, message: str, hint: str) -> Fault:
    """Make a fault about a fixture, at the line it stands on."""
    file, _, line = suite.sources.get(fixture.id, "").rpartition(":")
    if not line.isdecimal():
        return suite.fault(f"fixture {fixture.id}: {message}", hint, "fixtures")
    return Fault(message, hint, file, int(line))


def _expected_problems(fixture: Fixture) -> Iterator[tuple[str, str]]:
    if not is_tool_task(fixture.expected):
        if fixture.tools and isinstance(fixture.expected, Mapping) and "tool_calls" in fixture.expected:
            yield (
                "expected holds tool_calls and more",
                "leave tool_calls alone in it; the text of an answer that calls tools is not measured",
            )
        return
    calls = fixture.expected["tool_calls"]
    if not isinstance(calls, list):
        yield "tool_calls in expected is no list", f"{_CALL[:6]}[{_CALL[6:]}]; [] means that no call is wanted"
        return
    offered = [tool["function"].get("name") for tool in fixture.tools]
    for position, call in enumerate(calls):
        yield from _call_problems(call, f"expected call {position + 1}", offered)


def _call_problems(call: Any, which: str, offered: list[Any]) -> Iterator[tuple[str, str]]:
    if not isinstance(call, Mapping) or not isinstance(call.get("name"), str) or not call["name"]:
        yield f"{which} names no tool", _CALL
        return
    if unknown := [key for key in call if key not in _KEYS]:
        yield f"{which} has the key {unknown[0]}", did_you_mean(unknown[0], _KEYS)
    if "arguments" not in call:
        yield f"{which} says nothing of its arguments", 'write "arguments": {} for none, {"$anything": true} for any'
        return
    if not isinstance(call["arguments"], Mapping):
        yield f"the arguments of {which} are no object", _CALL
        return
    if offered and call["name"] not in offered:
        hint = did_you_mean(call["name"], [str(name) for name in offered])
        yield f"{which} is of {call['name']}, which the fixture's tools do not offer", hint
    for message, hint in matcher_problems(call["arguments"]):
        yield f"in the arguments of {which}, {message}", hint


def _nearest_gold(gold: str, known: Iterable[str]) -> str:
    """Name the nearest chunk of the same file, else the nearest file."""
    document = gold.partition("#")[0]
    same = [name for name in known if "#" in name and name.partition("#")[0] == document]
    close = get_close_matches(gold, same, n=1) or get_close_matches(document, [name for name in known if "#" not in name], n=1)
    return f"did you mean {close[0]}" if close else "name a chunk as file.md#heading, or a document as file.md"
