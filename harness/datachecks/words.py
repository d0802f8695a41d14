"""Texts as words, each word a number, so that millions of them can be compared as arrays."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_NO_SPACES = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
"""Scripts written without spaces between words: Thai, Lao, Burmese, Khmer, kana and Han."""

_WORD = re.compile(rf"[{_NO_SPACES}]|[^\W_{_NO_SPACES}]+")

MOST_WORDS = 20_000
"""Words of one text that are looked at; comparing two texts takes time with the product of their lengths."""


def words_of(normal: str) -> list[str]:
    """Split a normalised text into words; in scripts without spaces each character is one."""
    words = normal.split(maxsplit=MOST_WORDS) if normal.isascii() else _WORD.findall(normal)
    return words[:MOST_WORDS] or [normal]


@dataclass(frozen=True, slots=True)
class Texts:
    """Many texts, one after another.

    Attributes:
        words: The number of each word.
        starts: Where each text starts; one more than there are texts.
    """

    words: NDArray[np.uint32]
    starts: NDArray[np.int64]

    @classmethod
    def of(cls, normals: Iterable[str]) -> Texts:
        """Number the words of normalised texts, each word by its first occurrence."""
        from array import array

        import numpy as np

        known: dict[str, int] = {}
        numbers, starts = array("I"), array("q", [0])
        for normal in normals:
            numbers.extend([known.setdefault(word, len(known)) for word in words_of(normal)])
            starts.append(len(numbers))
        return cls(np.frombuffer(numbers, np.uint32), np.frombuffer(starts, np.int64))

    def __len__(self) -> int:
        """How many texts there are."""
        return len(self.starts) - 1

    def __getitem__(self, position: int) -> NDArray[np.uint32]:
        """The words of one text."""
        return self.words[self.starts[position] : self.starts[position + 1]]

    def lengths(self) -> NDArray[np.int64]:
        """How many words each text has."""
        return self.starts[1:] - self.starts[:-1]

    def run_hashes(self, length: int) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
        """Hash every run of so many words within a text.

        Returns:
            The hash of each run (64 bits), and where in ``words`` it starts.
        """
        import numpy as np

        count = len(self.words) - length + 1
        if count <= 0:
            return np.empty(0, np.uint64), np.empty(0, np.int64)
        mixed = _mixed(self.words.astype(np.uint64) + np.uint64(1))
        hashes = np.zeros(count, np.uint64)
        for step in range(length):
            hashes *= np.uint64(0x9E3779B97F4A7C15)
            hashes += mixed[step : step + count]
        ends = np.repeat(self.starts[1:], self.lengths())[:count]
        inside = np.flatnonzero(np.arange(count) + length <= ends)
        return _mixed(hashes[inside]), inside

    def text_at(self, places: NDArray[np.int64] | int) -> NDArray[np.int64]:
        """Which text each place in ``words`` lies in."""
        import numpy as np

        return np.asarray(np.searchsorted(self.starts, places, side="right") - 1, np.int64)

    def as_strings(self) -> list[str]:
        """Each text with a character for each word, for libraries that compare strings; past a million words some share one."""
        import numpy as np

        codes = self.words % np.uint32(0x10F000)
        codes += np.uint32(0x800) * (codes >= np.uint32(0xD800))  # surrogates are no characters
        text = codes.astype("<u4").tobytes().decode("utf-32-le")
        return [text[start:end] for start, end in zip(self.starts[:-1].tolist(), self.starts[1:].tolist(), strict=True)]


def _mixed(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Spread 64-bit numbers evenly (the finaliser of SplitMix64, Steele et al. 2014)."""
    import numpy as np

    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(values ^ (values >> np.uint64(31)), np.uint64)
