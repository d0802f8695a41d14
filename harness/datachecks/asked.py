"""Every question of a suite as it is compared: fixtures, training examples, and what the prompts show."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from harness.datachecks.near import NearPairs, near_pairs
from harness.datachecks.question import content_text, normalised, question_key
from harness.datachecks.words import Texts
from harness.suite import Fixture, Named, Prompt, Suite, plain_parts


@dataclass(frozen=True, slots=True)
class Asked:
    """The normalised questions of a suite, and which are nearly the same.

    Attributes:
        suite: The suite.
        fixtures: The question of each fixture.
        training: The question of each training example, without what the fine-tune's prompt puts around it.
        shown: Place and text of each message that a prompt shows whatever is asked.
        texts: The different questions as words: of fixtures, then of training examples, then messages shown.
        positions: For each question, where in ``texts`` it is: one table each for fixtures, training and messages shown.
        near: Pairs in ``texts`` that are nearly the same: within the fixtures, within the rest, and across.
    """

    suite: Suite
    fixtures: tuple[str, ...]
    training: tuple[str, ...]
    shown: tuple[tuple[str, str], ...]
    texts: Texts
    positions: tuple[dict[str, int], dict[str, int], dict[str, int]]
    near: tuple[NearPairs, NearPairs, NearPairs]


def read_questions(suite: Suite) -> Asked:
    """Normalise every question of a suite, and find those that are nearly the same."""
    fixtures = tuple(map(question_key, suite.fixtures))
    around = tuple(_around_input(suite))
    training = tuple(_without(question_key(example), around) for example in suite.training)
    shown = tuple(_shown_in_prompts(suite))
    positions: tuple[dict[str, int], ...] = ({}, {}, {})
    count = 0
    for table, keys in zip(positions, (fixtures, training, [text for _, text in shown]), strict=True):
        for key in keys:
            if key not in table:
                table[key], count = count, count + 1
    texts = Texts.of(key for table in positions for key in table)
    near = near_pairs(texts, len(positions[0]), suite.definition.checks.near)
    return Asked(suite, fixtures, training, shown, texts, (positions[0], positions[1], positions[2]), near)


def as_trained(suite: Suite, fixture: Fixture) -> Iterator[str]:
    """Yield the question of a fixture as each fine-tune's prompt puts it to the model."""
    for prompt in _fine_tune_prompts(suite):
        if fixture.messages is None:
            turns = [turn for turn in prompt.render(fixture) if turn["role"] == "user"]
            if turns:
                yield normalised(content_text(turns[-1]))


def _fine_tune_prompts(suite: Suite) -> Iterator[Prompt]:
    for name, variant in suite.variants.items():
        if variant.role == "fine_tune" and name in suite.prompts:
            yield suite.prompts[name]


def _around_input(suite: Suite) -> Iterator[tuple[str, str]]:
    """What each fine-tune's prompt puts before and after the input, where it is that simple."""
    for prompt in _fine_tune_prompts(suite):
        turns = [message for message in prompt.messages if message["role"] == "user"]
        parts = plain_parts(content_text(turns[-1])) if turns else None
        if parts is None or [part for part in parts if isinstance(part, Named)] != [Named("input")]:
            continue
        place = parts.index(Named("input"))
        before, after = ("".join(str(part) for part in side) for side in (parts[:place], parts[place + 1 :]))
        if before.strip() or after.strip():
            yield normalised(before), normalised(after)


def _without(key: str, around: tuple[tuple[str, str], ...]) -> str:
    for before, after in around:
        if key.startswith(before) and key.endswith(after) and len(key) > len(before) + len(after) + 1:
            return key[len(before) : len(key) - len(after)].strip()
    return key


def _shown_in_prompts(suite: Suite) -> Iterator[tuple[str, str]]:
    told: set[tuple[str, str]] = set()
    for prompt in suite.prompts.values():
        for line, message in prompt.literals:
            place = f"{prompt.file}:{line}", normalised(content_text(message))
            if message["role"] != "assistant" and place not in told:
                told.add(place)
                yield place
