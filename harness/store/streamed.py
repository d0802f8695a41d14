"""Rows of a large file as a sequence that holds none of them."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar, overload

Item = TypeVar("Item")

HELD = 50_000
"""Rows up to which a file's rows are simply held."""


class Streamed(Sequence[Item]):
    """A sequence that is read from its file each time it is gone through, a few rows at a time.

    Reach for the n-th item and all before it are read: go through it instead.
    """

    def __init__(self, read: Callable[[], Iterator[Item]]) -> None:
        """Name what reads it; there is something to be read."""
        self._read = read
        self._count: int | None = None

    def __len__(self) -> int:
        if self._count is None:
            self._count = sum(1 for _ in self)
        return self._count

    def __bool__(self) -> bool:
        return True

    def __iter__(self) -> Iterator[Item]:
        return self._read()

    @overload
    def __getitem__(self, at: int) -> Item: ...

    @overload
    def __getitem__(self, at: slice) -> Sequence[Item]: ...

    def __getitem__(self, at: int | slice) -> Item | Sequence[Item]:
        if isinstance(at, slice):
            places = range(*at.indices(len(self)))
            found = {place: item for place, item in enumerate(self) if place in places}
            return tuple(found[place] for place in places)
        place = range(len(self))[at] if at < 0 else at
        for item in itertools.islice(self, place, None):
            return item
        raise IndexError(at)

    def __eq__(self, other: Any) -> bool:
        if not isinstance(other, Sequence):
            return NotImplemented
        return len(self) == len(other) and all(mine == its for mine, its in zip(self, other, strict=True))

    __hash__ = None  # type: ignore[assignment]  # as a list has none

    def __repr__(self) -> str:
        return f"<more than {HELD} items, streamed>"


def held_or_streamed(read: Callable[[], Iterator[Item]]) -> Sequence[Item]:
    """Return what is read as a tuple, or where it is more than ``HELD`` as a stream."""
    held = tuple(itertools.islice(read(), HELD + 1))
    return held if len(held) <= HELD else Streamed(read)
