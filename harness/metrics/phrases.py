"""Set phrases in an answer, and the fixtures an option names."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from harness.errors import Fault
from harness.suite import Fixture, in_slice

_PLAIN = str.maketrans({"\u2018": "'", "\u2019": "'"})


def has_phrase(text: str, phrases: Iterable[str]) -> bool:
    """Whether a text has one of the phrases, whatever the case, the apostrophes and the spaces between words."""
    plain = plainly(text)
    return any(phrase in plain for phrase in _all_plainly(tuple(phrases)))


def plainly(text: str) -> str:
    """A text in folded case, with plain apostrophes and single spaces."""
    return " ".join(text.translate(_PLAIN).casefold().split())


@lru_cache(maxsize=32)
def _all_plainly(phrases: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(map(plainly, phrases))


def is_chosen(fixture: Fixture, selector: str) -> bool:
    """Whether a fixture is one that ``tag:<tag>``, ``group:<group>`` or ``meta:<key>`` (where that is true) names."""
    kind, _, key = selector.partition(":")
    return bool(fixture.meta.get(key)) if kind == "meta" else in_slice(fixture, selector)


def check_selector(selector: str) -> None:
    """Raise ValueError for what ``is_chosen`` cannot read."""
    kind, _, key = selector.partition(":")
    if kind not in ("tag", "group", "meta") or not key:
        raise ValueError(f"{selector!r} names no fixtures; write tag:<tag>, group:<group> or meta:<key>")


def chosen_none(selector: str, fixtures: Iterable[Fixture]) -> list[Fault]:
    """A fault where a selector names no fixture at all."""
    if any(is_chosen(fixture, selector) for fixture in fixtures):
        return []
    return [Fault(f"no fixture is named by {selector!r}", "tag the fixtures, or correct the option")]
