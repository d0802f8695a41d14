"""Texts packed into the page: JSON in blocks, each deflated and written in base64, until the room is used up."""

from __future__ import annotations

import base64
import json
import os
import zlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from harness.report.evidence.limits import CHUNK
from harness.report.evidence.record import Record, passage_record
from harness.retrieval import Hit

_LEVEL = 6
"""Of zlib: above it, blocks take longer and become hardly smaller."""
_THREADS = 4


@dataclass(frozen=True, slots=True)
class Packed:
    """What found room.

    Attributes:
        blocks: Base64 texts by name, ``text-0``, ``passage-0`` and so on.
        place: The block and the place in it of each fixture that found room, by its row.
        passages: The block and the place in it of each retrieved chunk that found room, by its number.
    """

    blocks: dict[str, str] = field(default_factory=dict)
    place: dict[int, tuple[int, int]] = field(default_factory=dict)
    passages: dict[int, tuple[int, int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Block:
    """Records on their way: ``keys`` are rows of fixtures, or numbers of retrieved chunks."""

    kind: str
    keys: Sequence[int]
    written: bytes


def deflated(value: Any) -> str:
    """Write a value as JSON, deflate it (zlib format) and return it in base64."""
    return _deflate(as_json(value))


def as_json(value: Any) -> bytes:
    """Write a value as compact JSON."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def pack(rows: Iterable[int], record: Callable[[int, Callable[[Hit], int]], Record], room: int) -> Packed:
    """Pack fixtures, the first ones first, until the next block would not fit.

    Args:
        rows: Fixtures by row, the most telling ones first.
        record: Makes the record of a row; it gives every retrieved chunk a number.
        room: Bytes that all blocks may take together.
    """
    packed = Packed()
    counts = {"text": 0, "passage": 0}
    used = 0
    threads = max(1, min(_THREADS, os.cpu_count() or 1))
    with ThreadPoolExecutor(threads) as pool:  # zlib lets go of the interpreter
        under_way: deque[tuple[_Block, Future[str]]] = deque()

        def settle() -> bool:
            nonlocal used
            block, future = under_way.popleft()
            text = future.result()
            if used + len(text) > room:
                return False
            used += len(text)
            number, places = counts[block.kind], packed.place if block.kind == "text" else packed.passages
            counts[block.kind] += 1
            packed.blocks[f"{block.kind}-{number}"] = text
            places.update((key, (number, at)) for at, key in enumerate(block.keys))
            return True

        fits = True
        for block in _blocks(rows, record):
            under_way.append((block, pool.submit(_deflate, block.written)))
            if len(under_way) > 2 * threads and not (fits := settle()):
                break
        while fits and under_way:
            fits = settle()
        for _, future in under_way:
            future.cancel()
    return packed


def _blocks(rows: Iterable[int], record: Callable[[int, Callable[[Hit], int]], Record]) -> Iterator[_Block]:
    """Blocks of fixtures and of the chunks retrieved for them, a chunk once however often it was retrieved."""
    numbers: dict[tuple[str, int, int], int] = {}
    texts, passages = _Pile("text"), _Pile("passage")

    def passage(hit: Hit) -> int:
        key = (hit.id, len(hit.text), hash(hit.text))
        number = numbers.get(key)
        if number is None:
            number = numbers[key] = len(numbers)
            passages.add(number, passage_record(hit))
        return number

    for row in rows:
        texts.add(row, record(row, passage))
        for pile in (passages, texts):
            if pile.size >= CHUNK:
                yield pile.block()
    for pile in (passages, texts):
        if pile.size:
            yield pile.block()


class _Pile:
    """Records that will make the next block of a kind."""

    def __init__(self, kind: str) -> None:
        self.kind, self.size = kind, 0
        self._keys: list[int] = []
        self._written: list[bytes] = []

    def add(self, key: int, record: Mapping[str, Any]) -> None:
        """Take one."""
        self._keys.append(key)
        self._written.append(as_json(record))
        self.size += len(self._written[-1])

    def block(self) -> _Block:
        """Return what is here as a block, and begin anew."""
        block = _Block(self.kind, self._keys, b"[" + b",".join(self._written) + b"]")
        self._keys, self._written, self.size = [], [], 0
        return block


def _deflate(written: bytes) -> str:
    return base64.b64encode(zlib.compress(written, _LEVEL)).decode("ascii")
