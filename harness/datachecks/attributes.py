"""Attributes of fixtures, such as the language or the region they stand for, as tags or meta state them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from harness.suite import Fixture, Suite

_NOT_STATED = ("from", "topic")
"""Tags of ours that say where a fixture comes from."""

_MOST_VALUES = 50


def attributes_of(suite: Suite) -> Mapping[str, tuple[str | None, ...]]:
    """The value of each attribute for each fixture, None where it has none.

    The suite's ``checks: attributes`` names them; else every tag of the form ``lang:de`` is one that occurs with two values
    or more. An attribute with one value, or more than fifty, tells nothing apart and is left out.
    """
    named = suite.definition.checks.attributes
    prefixes = {tag.split(":", 1)[0]: None for fixture in suite.fixtures for tag in fixture.tags if _is_attribute(tag)}
    found = {}
    for name in prefixes if named is None else named:
        values = values_of(suite.fixtures, name)
        if 2 <= len({value for value in values if value is not None}) <= _MOST_VALUES:
            found[name] = values
    return found


def values_of(fixtures: Sequence[Fixture], attribute: str) -> tuple[str | None, ...]:
    """One attribute's value for each fixture: what follows ``<attribute>:`` in its first such tag, or else its key in meta."""
    return tuple(_value(fixture, attribute) for fixture in fixtures)


def _value(fixture: Fixture, attribute: str) -> str | None:
    prefix = f"{attribute}:"
    for tag in fixture.tags:
        if tag.startswith(prefix) and len(tag) > len(prefix):
            return tag[len(prefix) :]
    stated = fixture.meta.get(attribute)
    return str(stated) if isinstance(stated, str | int) and str(stated) else None


def _is_attribute(tag: str) -> bool:
    name, colon, value = tag.partition(":")
    return bool(name and colon and value) and name not in _NOT_STATED
