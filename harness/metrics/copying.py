"""Does the model repeat its training data word for word."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from harness.errors import Fault, SuiteError
from harness.metrics.contract import MeanMetric
from harness.metrics.references import MAX_CHARACTERS
from harness.models import Response
from harness.suite import Fixture, find_files, read_fixtures

MAX_PHRASES = 20_000_000
"""Different phrases of training data that are held: 160 MB. More are refused."""

_AT_ONCE = 1_000_000
_WORD = re.compile(r"[^\W_]+")
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)

Hashes = npt.NDArray[np.uint64]


@dataclass(frozen=True)
class CopiedPhrases(MeanMetric):
    """Share of the answer's phrases that stand in the training answers and nowhere in the question; lower is better.

    A phrase is ``n`` words in a row (runs of letters and digits, case ignored). One that the fixture's own input,
    messages or expected answer has is no copy. An answer of fewer than ``n`` words has none and counts 0. Phrases are
    held as 64-bit hashes, so that a false find is one in about a trillion even with 20 million of them; more than
    those are refused. Of a longer answer the first 100,000 characters are looked at.

    Attributes:
        training_data: The file, or a list of files, that the fine-tune was trained on, relative to the suite's folder.
        n: Words of a phrase.
        folder: The suite's folder; the working directory unless given.

    Raises:
        SuiteError: A training file is missing or cannot be read, or holds too many phrases.
    """

    name: ClassVar[str] = "copied_phrases"
    higher_is_better: ClassVar[bool] = False
    one_process: ClassVar[bool] = True
    training_data: str | tuple[str, ...]
    n: int = 8
    folder: Path | None = field(default=None, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Refuse phrases that are none.

        Raises:
            ValueError: ``n`` is below 2.
        """
        if self.n < 2:
            raise ValueError(f"n is {self.n}; a phrase has at least 2 words")

    def ready(self) -> None:
        """Read the training data."""
        _ = self._trained

    def measure(self, fixture: Fixture, response: Response) -> Mapping[str, float]:
        """The share of the answer's phrases that are copied, 0 to 1."""
        phrases = phrase_hashes(response.text[:MAX_CHARACTERS], self.n)
        if not len(phrases):
            return {"value": 0.0}
        own = [phrase_hashes(text, self.n) for text in _texts(fixture.input, fixture.messages, fixture.expected)]
        copied = _held(self._trained, phrases) & ~np.isin(phrases, np.concatenate([phrases[:0], *own]))
        return {"value": float(copied.mean())}

    def parts(self) -> tuple[str, ...]:
        """None."""
        return ()

    @cached_property
    def _trained(self) -> Hashes:
        patterns = [self.training_data] if isinstance(self.training_data, str) else list(self.training_data)
        read = read_fixtures(find_files(patterns, self.folder or Path()), is_training=True)
        if read.faults:
            raise SuiteError(*read.faults)
        return _distinct((text for example in read.fixtures for text in _texts(example.expected)), self.n)


def phrase_hashes(text: str, n: int, known: dict[str, int] | None = None) -> Hashes:
    """Hash every run of ``n`` words of a text, in its order; the same in every process. Shape (words - n + 1,).

    Args:
        text: The text.
        n: Words of a phrase.
        known: Hashes of words from texts before, filled up by this one.
    """
    words = _WORD.findall(text.lower())
    if len(words) < n:
        return np.empty(0, dtype=np.uint64)
    known = {} if known is None else known
    for word in words:
        if word not in known:
            known[word] = int.from_bytes(hashlib.blake2b(word.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")
    numbers = np.array([known[word] for word in words], dtype=np.uint64)
    mixed = np.zeros(len(words) - n + 1, dtype=np.uint64)
    for position in range(n):
        mixed = (mixed * _MULTIPLIER) ^ numbers[position : position + len(mixed)]
    return mixed


def _distinct(texts: Iterable[str], n: int) -> Hashes:
    """Every phrase of the texts once, sorted."""
    held = np.empty(0, dtype=np.uint64)
    waiting: list[Hashes] = []
    known: dict[str, int] = {}
    count = 0
    for text in texts:
        if len(known) > _AT_ONCE:
            known.clear()
        waiting.append(phrase_hashes(text, n, known))
        count += len(waiting[-1])
        if count > _AT_ONCE:
            held, waiting, count = _sorted_once([held, *waiting]), [], 0
            if len(held) > MAX_PHRASES:
                said = f"the training data has more than {MAX_PHRASES:,} different phrases of {n} words"
                raise SuiteError(Fault(said, "give a part of it"))
    return _sorted_once([held, *waiting])


def _sorted_once(hashes: list[Hashes]) -> Hashes:
    """Every hash once, in order: what ``np.unique`` gives, in a small part of its time."""
    together = np.sort(np.concatenate(hashes))
    first = np.ones(len(together), dtype=bool)
    first[1:] = together[1:] != together[:-1]
    once: Hashes = together[first]
    return once


def _held(held: Hashes, phrases: Hashes) -> npt.NDArray[np.bool_]:
    if not len(held):
        return np.zeros(len(phrases), dtype=bool)
    places = np.minimum(np.searchsorted(held, phrases), len(held) - 1)
    found: npt.NDArray[np.bool_] = held[places] == phrases
    return found


def _texts(*values: Any) -> list[str]:
    """The texts of values: a text itself, each item of a list, a message's content, and an object as JSON text."""
    found: list[str] = []
    for value in values:
        for item in value if isinstance(value, list | tuple) else [value]:
            said = item.get("content") if isinstance(item, Mapping) and "role" in item else item
            if isinstance(said, str):
                found.append(said)
            elif said is not None:
                found.append(json.dumps(said, ensure_ascii=False, default=str))
    return found
