"""Fixtures, and training examples, that ask the same twice, which count as two and are one."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from harness.datachecks.asked import Asked, read_questions
from harness.datachecks.question import content_text, question_key
from harness.suite import Fixture, Suite


@dataclass(frozen=True, slots=True)
class Duplicate:
    """Two fixtures, or two training examples, with one question.

    Attributes:
        fixture_id: The later one.
        source: Where it stands, ``file:line``.
        first_id: The one it repeats.
        first_source: Where that one stands.
        is_conflict: Whether they expect different answers, so that no variant can be right on both.
        place: The later one's number in its set.
    """

    fixture_id: str
    source: str
    first_id: str
    first_source: str
    is_conflict: bool
    place: int = 0

    def __str__(self) -> str:
        """One line, for people."""
        if self.is_conflict:
            said, hint = "and expects another answer", "correct one of them"
        else:
            said, hint = "so that one question counts twice", "leave one out, or give both one group"
        same = f"the fixture {self.fixture_id} asks the same as {self.first_id} ({self.first_source})"
        return f"{self.source}: {same}, {said}. {hint}."


@dataclass(frozen=True, slots=True)
class Family:
    """Fixtures that are not independent of each other: nearly the same, the same, or of one group.

    Attributes:
        members: Their numbers, in file order.
        group: The group they should share: the one they have, or one named after the first of them.
        is_stated: Whether the fixtures already say so.
        similarity: Of the pair that is the least alike among those that were put together, 1 where all are the same.
    """

    members: tuple[int, ...]
    group: str
    is_stated: bool
    similarity: float


def check_duplicates(suite: Suite) -> tuple[Duplicate, ...]:
    """Find fixtures with the same normalised question, tools and system message, in file order.

    Those that share a group are known to depend on each other: they are named only where they conflict.
    """
    sources = [suite.sources.get(fixture.id, "") for fixture in suite.fixtures]
    return duplicates_among(suite.fixtures, [question_key(fixture) for fixture in suite.fixtures], sources)


def duplicates_among(items: Sequence[Fixture], keys: Sequence[str], sources: Sequence[str]) -> tuple[Duplicate, ...]:
    """Find items with one question; ``keys`` and ``sources`` go with the items."""
    first: dict[tuple[str, str, str], int] = {}
    found: list[Duplicate] = []
    for place, (item, key) in enumerate(zip(items, keys, strict=True)):
        at = first.setdefault((key, _json(item.tools), _told(item)), place)
        if at == place:
            continue
        earlier = items[at]
        is_conflict = _json(earlier.expected) != _json(item.expected)
        if is_conflict or item.group is None or item.group != earlier.group:
            found.append(Duplicate(item.id, sources[place], earlier.id, sources[at], is_conflict, place))
    return tuple(found)


def propose_groups(suite: Suite) -> Mapping[str, str]:
    """Name a group for each fixture that depends on another and does not say so: fixture id to group.

    Put together are fixtures that are the same, nearly the same, or made from one template.
    """
    from harness.datachecks.template import template_families

    return groups_of(suite, families(read_questions(suite), tuple(template_families(suite).values())))


def groups_of(suite: Suite, found: Sequence[Family]) -> Mapping[str, str]:
    """The group that each fixture of a family lacks, by fixture id."""
    return {
        suite.fixtures[number].id: family.group
        for family in found
        for number in family.members
        if suite.fixtures[number].group != family.group
    }


def families(asked: Asked, more: Sequence[Sequence[int]] = ()) -> tuple[Family, ...]:
    """Put fixtures together that are nearly the same, the same, or of one group; those that stand alone are left out.

    Args:
        asked: The questions.
        more: Further fixtures, by number, that belong together.
    """
    suite, pairs = asked.suite, asked.near[0]
    numbers: dict[int, list[int]] = {}
    for number, key in enumerate(asked.fixtures):
        numbers.setdefault(asked.positions[0][key], []).append(number)
    links = [(members[0], member, 1.0) for members in numbers.values() for member in members[1:]]
    links += [
        (numbers[one][0], numbers[other][0], similarity)
        for one, other, similarity in zip(pairs.first.tolist(), pairs.second.tolist(), pairs.similarity.tolist(), strict=True)
    ]
    links += [(members[0], member, 1.0) for members in more for member in members[1:]]
    stated: dict[str, int] = {}
    for number, fixture in enumerate(suite.fixtures):
        if fixture.group is not None:
            links.append((stated.setdefault(fixture.group, number), number, 1.0))
    least: dict[int, float] = {}
    leader = _joined(len(suite.fixtures), [(one, other) for one, other, _ in links])
    for one, _, similarity in links:
        least[leader[one]] = min(similarity, least.get(leader[one], 1.0))
    members_of: dict[int, list[int]] = {}
    for number, first in enumerate(leader):
        members_of.setdefault(first, []).append(number)
    return tuple(_family(suite, members, least.get(first, 1.0)) for first, members in members_of.items() if len(members) > 1)


def _family(suite: Suite, members: Sequence[int], similarity: float) -> Family:
    named = [suite.fixtures[number].group for number in members]
    taken = {fixture.group for fixture in suite.fixtures} if None in named and set(named) == {None} else set()
    group = next((name for name in named if name is not None), None)
    if group is None:
        group = f"near-{suite.fixtures[members[0]].id}"
        while group in taken:
            group += "-2"
    return Family(tuple(members), group, set(named) == {group}, round(similarity, 4))


def _joined(count: int, links: Sequence[tuple[int, int]]) -> list[int]:
    """For each number, the smallest that it is linked with, directly or through others."""
    leader = list(range(count))

    def find(number: int) -> int:
        while leader[number] != number:
            leader[number] = leader[leader[number]]
            number = leader[number]
        return number

    for one, other in links:
        first, second = sorted((find(one), find(other)))
        leader[second] = first
    return [find(number) for number in range(count)]


def _told(item: Fixture) -> str:
    """The system message of a conversation of its own."""
    return "\n".join(content_text(turn) for turn in item.messages or () if turn.get("role") in ("system", "developer"))


def _json(value: object) -> str:
    return json.dumps(value, sort_keys=True, default=str)
