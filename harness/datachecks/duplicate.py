"""Fixtures that ask the same twice, which count as two and are one."""

from __future__ import annotations

import json
from dataclasses import dataclass

from harness.datachecks.question import question_key
from harness.suite import Fixture, Suite


@dataclass(frozen=True, slots=True)
class Duplicate:
    """Two fixtures with one question.

    Attributes:
        fixture_id: The later one.
        source: Where it stands, ``file:line``.
        first_id: The one it repeats.
        first_source: Where that one stands.
        is_conflict: Whether they expect different answers, so that no variant can be right on both.
    """

    fixture_id: str
    source: str
    first_id: str
    first_source: str
    is_conflict: bool

    def __str__(self) -> str:
        """One line, for people."""
        if self.is_conflict:
            said, hint = "and expects another answer", "correct one of them"
        else:
            said, hint = "so that one question counts twice", "leave one out, or give both one group"
        same = f"the fixture {self.fixture_id} asks the same as {self.first_id} ({self.first_source})"
        return f"{self.source}: {same}, {said}. {hint}."


def check_duplicates(suite: Suite) -> tuple[Duplicate, ...]:
    """Find fixtures with the same normalised question and the same tools, in file order.

    Those that share a group are known to depend on each other: they are named only where they conflict.
    """
    first: dict[tuple[str, str], Fixture] = {}
    found: list[Duplicate] = []
    for fixture in suite.fixtures:
        earlier = first.setdefault((question_key(fixture), _json(fixture.tools)), fixture)
        if earlier is fixture:
            continue
        is_conflict = _json(earlier.expected) != _json(fixture.expected)
        if is_conflict or fixture.group is None or fixture.group != earlier.group:
            place, first_place = suite.sources.get(fixture.id, ""), suite.sources.get(earlier.id, "")
            found.append(Duplicate(fixture.id, place, earlier.id, first_place, is_conflict))
    return tuple(found)


def _json(value: object) -> str:
    return json.dumps(value, sort_keys=True, default=str)
