"""Texts that occur more than once: fixtures that were seen before, and examples that ask the same."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from harness.datachecks.asked import Asked, read_questions
from harness.datachecks.duplicate import Duplicate, duplicates_among, families
from harness.datachecks.finding import Finding, Severity, counted
from harness.datachecks.leak import Leak, LeakKind, leaks_among
from harness.suite import Suite

_LEAKS: dict[LeakKind, tuple[Severity, str, str, str]] = {
    "same input in the training data": (
        "serious",
        "leaks.training",
        "also in the training data, word for word",
        "Leave them out of one of the two.",
    ),
    "inside a longer text of the training data": (
        "serious",
        "leaks.inside",
        "all but whole inside a longer text of the training data",
        "Leave them out of one of the two.",
    ),
    "nearly the same input in the training data": (
        "serious",
        "leaks.near",
        "nearly the same as a training example, with the same answer",
        "Leave them out of one of the two; checks: {near: ...} says how alike is too alike.",
    ),
    "same input in a prompt": ("serious", "leaks.prompt", "also in a prompt", "Use other examples in the prompt."),
    "nearly the same input in a prompt": (
        "serious",
        "leaks.prompt_near",
        "nearly the same as what a prompt shows",
        "Use other examples in the prompt.",
    ),
    "nearly the same input in the training data, with another answer": (
        "warning",
        "leaks.near_other_answer",
        "nearly the same as a training example, with another answer",
        "They test less than they seem to; write fixtures in other words.",
    ),
    "long run of words in the training data": (
        "warning",
        "leaks.run",
        "sharing a run of 13 words or more with a training example",
        "Read both: a passage of its own was seen, a form is none.",
    ),
    "same group in the training data": (
        "warning",
        "leaks.group",
        "of a group that is trained on",
        "Keep each group on one side.",
    ),
}


def check_seen(suite: Suite) -> tuple[Finding, ...]:
    """Find leaks, duplicates and contradictions, within the fixtures and within the training data."""
    asked = read_questions(suite)
    return (*_leaks(asked), *_fixture_duplicates(asked), *_near_duplicates(asked), *_training_duplicates(asked))


def _leaks(asked: Asked) -> Iterator[Finding]:
    found: dict[LeakKind, list[Leak]] = {}
    for leak in leaks_among(asked):
        found.setdefault(leak.kind, []).append(leak)
    total = len(asked.suite.fixtures)
    for kind, (severity, name, said, advice) in _LEAKS.items():
        pairs = found.get(kind)
        if not pairs:
            continue
        ids = tuple(dict.fromkeys(leak.fixture_id for leak in pairs))
        yield Finding(
            severity,
            name,
            f"{counted(len(ids), 'fixture')} of {total:,} {'is' if len(ids) == 1 else 'are'} {said}.",
            advice,
            ids,
            tuple(dict.fromkeys(leak.source for leak in pairs)),
            tuple(
                {"fixture": leak.fixture_id, "at": leak.source, "seen at": leak.seen_at, "similarity": leak.similarity}
                for leak in pairs
            ),
            {"fixtures": len(ids), "pairs": len(pairs), "share": len(ids) / total},
        )


def _fixture_duplicates(asked: Asked) -> Iterator[Finding]:
    sources = [asked.suite.sources.get(fixture.id, "") for fixture in asked.suite.fixtures]
    found = duplicates_among(asked.suite.fixtures, asked.fixtures, sources)
    conflicts, repeats = _parted(found)
    if conflicts:
        said = "what an earlier one asks and expect another answer: no variant can be right on both."
        yield _pairs(
            "serious", "duplicates.conflict", "fixture", conflicts, said=said, advice="Correct one of each pair.", ids=True
        )
    if repeats:
        said = "what an earlier one asks, so that one question counts twice."
        yield _pairs(
            "warning",
            "duplicates.same_input",
            "fixture",
            repeats,
            said=said,
            advice="Leave one out, or give both one group.",
            ids=True,
        )


def _near_duplicates(asked: Asked) -> Iterator[Finding]:
    suite, total = asked.suite, len(asked.suite.fixtures)
    found = families(asked)
    unsaid = [family for family in found if not family.is_stated]
    if not unsaid:
        return
    effective = total - sum(len(family.members) - 1 for family in found)
    members = [number for family in unsaid for number in family.members]
    said = (
        f"{counted(len(members), 'fixture')} in {counted(len(unsaid), 'family', 'families')} are the same or nearly, or belong "
        f"to a group with one that is: the set's {total:,} fixtures are worth {effective:,} independent ones."
    )
    ids = tuple(suite.fixtures[number].id for number in sorted(members))
    yield Finding(
        "warning",
        "duplicates.near",
        said,
        "Give each family one group: harness check --propose-groups FILE writes the fixtures with them.",
        ids,
        tuple(suite.sources.get(id, "") for id in ids),
        tuple(
            {
                "group": family.group,
                "fixtures": [suite.fixtures[number].id for number in family.members],
                "at": suite.sources.get(suite.fixtures[family.members[0]].id, ""),
                "similarity": family.similarity,
            }
            for family in sorted(unsaid, key=lambda family: -len(family.members))
        ),
        {"fixtures": total, "effective": effective, "families": len(unsaid)},
    )


def _training_duplicates(asked: Asked) -> Iterator[Finding]:
    suite = asked.suite
    conflicts, repeats = _parted(duplicates_among(suite.training, asked.training, suite.training_sources))
    if conflicts:
        said = "what an earlier one asks and teach another answer."
        yield _pairs("warning", "training.conflict", "training example", conflicts, said=said, advice="Correct one of each pair.")
    if repeats:
        said = "what an earlier one asks, with the same answer."
        yield _pairs(
            "note",
            "training.same_input",
            "training example",
            repeats,
            said=said,
            advice="Leave them out, or mean them as weight.",
        )
    theirs, pairs = asked.positions[1], asked.near[1]
    start, end = len(asked.positions[0]), len(asked.positions[0]) + len(theirs)
    first: dict[int, int] = {}
    for number, key in enumerate(asked.training):
        first.setdefault(theirs[key], number)
    rows = [
        (first[other], first[one], similarity)
        for one, other, similarity in zip(pairs.first.tolist(), pairs.second.tolist(), pairs.similarity.tolist(), strict=True)
        if start <= one < end and start <= other < end
    ]
    if rows:
        rows.sort(key=lambda row: (-row[2], row[0]))
        again = {later for later, _, _ in rows}
        effective = len(theirs) - len(again)
        yield Finding(
            "note",
            "training.near",
            f"{counted(len(again), 'training example')} of {len(suite.training):,} {_are(again)} nearly the same as an earlier "
            f"one: about {effective:,} say something of their own.",
            "Look whether they teach the variety that the task has.",
            (),
            tuple(suite.training_sources[later] for later in sorted(again)),
            tuple(
                {"at": suite.training_sources[later], "first at": suite.training_sources[one], "similarity": round(alike, 4)}
                for later, one, alike in rows
            ),
            {"examples": len(suite.training), "effective": effective},
        )


def _are(things: Sequence[object] | set[int]) -> str:
    return "is" if len(things) == 1 else "are"


def _parted(found: Sequence[Duplicate]) -> tuple[list[Duplicate], list[Duplicate]]:
    return [d for d in found if d.is_conflict], [d for d in found if not d.is_conflict]


def _pairs(
    severity: Severity, name: str, word: str, pairs: Sequence[Duplicate], *, said: str, advice: str, ids: bool = False
) -> Finding:
    asks = "asks" if len(pairs) == 1 else "ask"
    if len(pairs) == 1:
        said = said.replace("expect ", "expects ").replace("teach ", "teaches ")
    return Finding(
        severity,
        name,
        f"{counted(len(pairs), word)} {asks} {said}",
        advice,
        tuple(pair.fixture_id for pair in pairs) if ids else (),
        tuple(pair.source for pair in pairs),
        tuple(
            {"fixture" if ids else "example": d.fixture_id, "at": d.source, "first": d.first_id, "first at": d.first_source}
            for d in pairs
        ),
        {"count": len(pairs)},
    )
