"""Fixtures a variant has seen before it is asked: in its training data, or in its prompt."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from harness.datachecks.asked import Asked, as_trained, read_questions
from harness.datachecks.near import LEAST_WORDS
from harness.datachecks.question import normalised
from harness.datachecks.runs import shared_runs
from harness.suite import Suite

LeakKind = Literal[
    "same input in the training data",
    "inside a longer text of the training data",
    "nearly the same input in the training data",
    "same input in a prompt",
    "nearly the same input in a prompt",
    "nearly the same input in the training data, with another answer",
    "long run of words in the training data",
    "same group in the training data",
]

SERIOUS_KINDS: frozenset[LeakKind] = frozenset(
    {
        "same input in the training data",
        "inside a longer text of the training data",
        "nearly the same input in the training data",
        "same input in a prompt",
        "nearly the same input in a prompt",
    }
)
"""Kinds that make a fixture a seen one; the others make it a doubtful one."""

_LONG_ENOUGH = 20
"""Characters from which a question inside a longer prompt text is no accident."""
_MOST_PAIRS = 20
"""Pairs told of one fixture and kind, the most alike; a template can give thousands."""


@dataclass(frozen=True, slots=True)
class Leak:
    """One fixture that is not unseen, and one place where it was seen.

    Attributes:
        fixture_id: The fixture.
        source: Where the fixture stands, ``file:line``.
        seen_at: Where it was seen, ``file:line``.
        kind: How it was seen.
        similarity: From 0 to 1: twice the words both texts share in order over the words they have together; for a run of
            words, and a text inside a longer one, the share of the fixture's words that it covers.
    """

    fixture_id: str
    source: str
    seen_at: str
    kind: LeakKind
    similarity: float = 1.0

    def __str__(self) -> str:
        """One line, for people."""
        return (
            f"{self.source}: the fixture {self.fixture_id} is not unseen: {self.kind}, at {self.seen_at}. leave one of them out."
        )


def check_leaks(suite: Suite) -> tuple[Leak, ...]:
    """Find fixtures that also stand in the training data or in a prompt, the same or nearly, or whose group was trained on.

    Questions are compared normalised. A training example written with the fine-tune's own prompt is found as well: what
    that prompt puts around the input is set aside. In prompts, the messages that are the same for every fixture are
    searched, few-shot turns above all.

    Returns:
        In the fixtures' order, the plainest kind first; of one fixture and kind at most twenty pairs, the most alike.
    """
    return leaks_among(read_questions(suite))


def serious_leaks(leaks: Iterable[Leak]) -> tuple[str, ...]:
    """Name the fixtures whose question itself was seen, each once; a shared group or run of words alone is not that."""
    return tuple(dict.fromkeys(leak.fixture_id for leak in leaks if leak.kind in SERIOUS_KINDS))


def leaks_among(asked: Asked) -> tuple[Leak, ...]:
    """Find the leaks among questions that have been read."""
    suite = asked.suite
    near = _near(asked)
    runs = shared_runs(asked)
    trained: dict[str, list[int]] = {}
    for position, key in enumerate(asked.training):
        trained.setdefault(key, []).append(position)
    groups: dict[str, list[int]] = {}
    for position, example in enumerate(suite.training):
        if example.group:
            groups.setdefault(example.group, []).append(position)
    leaks: list[Leak] = []
    for number, (fixture, key) in enumerate(zip(suite.fixtures, asked.fixtures, strict=True)):
        source = suite.sources.get(fixture.id, "")

        def add(kind: LeakKind, place: str, similarity: float = 1.0, *, id: str = fixture.id, source: str = source) -> None:
            leaks.append(Leak(id, source, place, kind, similarity))

        keys = [key, *(as_trained(suite, fixture) if trained else ())]
        same = dict.fromkeys(position for each in keys for position in trained.get(each, ()))
        for position in list(same)[:_MOST_PAIRS]:
            add("same input in the training data", suite.training_sources[position])
        close = [(position, similarity) for position, similarity in near.get(number, ()) if position not in same]
        for position, similarity in close:
            alike = _same_answer(fixture.expected, suite.training[position].expected)
            kind: LeakKind = "nearly the same input in the training data"
            add(
                kind if alike else "nearly the same input in the training data, with another answer",
                suite.training_sources[position],
                similarity,
            )
        seen = {position for position, _ in close} | set(same)
        if (run := runs.get(number)) is not None and run.example not in seen:
            is_whole = run.share >= suite.definition.checks.near and not run.is_short
            if is_whole or not seen:
                kind = "inside a longer text of the training data" if is_whole else "long run of words in the training data"
                add(kind, suite.training_sources[run.example], run.share)
        for place, kind, similarity in _in_prompts(asked, key):
            add(kind, place, similarity)
        for position in groups.get(fixture.group or "", ())[:1]:
            add("same group in the training data", suite.training_sources[position])
    return tuple(leaks)


def _near(asked: Asked) -> dict[int, list[tuple[int, float]]]:
    """For each fixture, by its number, the training examples that ask nearly the same, the most alike first."""
    pairs = asked.near[2]
    mine, theirs, _ = asked.positions
    examples: dict[int, list[int]] = {}
    for number, key in enumerate(asked.training):
        examples.setdefault(theirs[key], []).append(number)
    by_text: dict[int, list[tuple[int, float]]] = {}
    for one, other, similarity in zip(pairs.first.tolist(), pairs.second.tolist(), pairs.similarity.tolist(), strict=True):
        if similarity < 1:
            by_text.setdefault(one, []).extend((number, round(similarity, 4)) for number in examples.get(other, ()))
    best = {text: sorted(found, key=lambda pair: (-pair[1], pair[0]))[:_MOST_PAIRS] for text, found in by_text.items() if found}
    return {number: best[mine[key]] for number, key in enumerate(asked.fixtures) if mine[key] in best}


def _in_prompts(asked: Asked, key: str) -> Iterator[tuple[str, LeakKind, float]]:
    """The first place in a prompt that shows a question, or else the first that shows nearly the same."""
    from rapidfuzz.distance import Indel

    from harness.datachecks.words import words_of

    for place, text in asked.shown:
        if key == text or (len(key) >= _LONG_ENOUGH and f" {key} " in f" {text} "):
            yield place, "same input in a prompt", 1.0
            return
    least = asked.suite.definition.checks.near
    if least == 1 or len(words := words_of(key)) < LEAST_WORDS:
        return
    for place, text in asked.shown:
        similarity = Indel.normalized_similarity(words, words_of(text), score_cutoff=least)
        if similarity >= least:
            yield place, "nearly the same input in a prompt", round(similarity, 4)
            return


def _same_answer(one: Any, other: Any) -> bool:
    """Whether two expected answers are the same, or say nothing to the contrary."""
    if one is None or other is None:
        return True
    return bool(_answer_key(one) == _answer_key(other))


def _answer_key(answer: Any) -> str:
    return normalised(answer) if isinstance(answer, str) else json.dumps(answer, sort_keys=True, default=str)
