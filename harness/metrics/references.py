"""The texts an answer is compared with: one reference, or several where ``expected`` is a list of texts."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from harness.errors import Fault
from harness.suite import Fixture

MAX_CHARACTERS = 100_000
"""Characters of an answer or a reference that are looked at where the time grows with the length; the rest is not."""


def references(fixture: Fixture) -> tuple[str, ...]:
    """The reference texts of a fixture; none where ``expected`` is neither a text nor a list of texts."""
    expected: Any = fixture.expected
    if isinstance(expected, str):
        return (expected,)
    if isinstance(expected, list | tuple) and expected and all(isinstance(text, str) for text in expected):
        return tuple(expected)
    return ()


def lacking_text(metric: str, fixtures: Iterable[Fixture]) -> list[Fault]:
    """A fault where no fixture has a reference text."""
    if any(references(fixture) for fixture in fixtures):
        return []
    return [
        Fault(f"{metric} needs a text, or a list of texts, in expected, and no fixture has one", "add them, or drop the metric")
    ]
