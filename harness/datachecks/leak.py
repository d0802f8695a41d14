"""Fixtures a variant has seen before it is asked: in its training data, or in its prompt."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from harness.datachecks.question import content_text, normalised, question_key
from harness.suite import Fixture, Suite

LeakKind = Literal["same input in the training data", "same input in a prompt", "same group in the training data"]

_LONG_ENOUGH = 20
"""Characters from which a question inside a longer prompt text is no accident."""


@dataclass(frozen=True, slots=True)
class Leak:
    """One fixture that is not unseen.

    Attributes:
        fixture_id: The fixture.
        source: Where the fixture stands, ``file:line``.
        seen_at: Where it was seen, ``file:line``.
        kind: How it was seen.
    """

    fixture_id: str
    source: str
    seen_at: str
    kind: LeakKind

    def __str__(self) -> str:
        """One line, for people."""
        return (
            f"{self.source}: the fixture {self.fixture_id} is not unseen: {self.kind}, at {self.seen_at}. leave one of them out."
        )


def check_leaks(suite: Suite) -> tuple[Leak, ...]:
    """Find fixtures whose question also stands in the training data or in a prompt, or whose group was trained on.

    Questions are compared normalised. A training example written with the fine-tune's own prompt is found as well: its
    user turn is compared with the fixture as that prompt renders it. In prompts, the messages that are the same for
    every fixture are searched, few-shot turns above all.

    Returns:
        In the fixtures' order, at most one leak of each kind for a fixture.
    """
    trained = {question_key(example): source for example, source in zip(suite.training, suite.training_sources, strict=True)}
    groups = {
        example.group: source for example, source in zip(suite.training, suite.training_sources, strict=True) if example.group
    }
    shown = _shown_in_prompts(suite)
    leaks: list[Leak] = []
    for fixture in suite.fixtures:
        source = suite.sources.get(fixture.id, "")
        keys = [question_key(fixture), *(_as_trained(suite, fixture) if trained else ())]
        if seen := next((trained[key] for key in keys if key in trained), None):
            leaks.append(Leak(fixture.id, source, seen, "same input in the training data"))
        if seen := next((place for place, text in shown if _stands_in(keys[0], text)), None):
            leaks.append(Leak(fixture.id, source, seen, "same input in a prompt"))
        if fixture.group and fixture.group in groups:
            leaks.append(Leak(fixture.id, source, groups[fixture.group], "same group in the training data"))
    return tuple(leaks)


def _as_trained(suite: Suite, fixture: Fixture) -> Iterator[str]:
    """Yield the key of a fixture as each fine-tune's prompt puts it to the model."""
    for name, variant in suite.variants.items():
        if variant.role == "fine_tune" and name in suite.prompts and fixture.messages is None:
            turns = [turn for turn in suite.prompts[name].render(fixture) if turn["role"] == "user"]
            if turns:
                yield normalised(content_text(turns[-1]))


def _shown_in_prompts(suite: Suite) -> list[tuple[str, str]]:
    shown: dict[str, str] = {}
    for prompt in suite.prompts.values():
        for line, message in prompt.literals:
            if message["role"] != "assistant":
                shown[f"{prompt.file}:{line}"] = normalised(content_text(message))
    return list(shown.items())


def _stands_in(key: str, text: str) -> bool:
    return key == text or (len(key) >= _LONG_ENOUGH and f" {key} " in f" {text} ")
