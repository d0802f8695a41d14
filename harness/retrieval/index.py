"""Searching chunks by their words: BM25, as Lucene computes it."""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence

import numpy as np

from harness.retrieval.chunk import Chunk, Hit

_WORD = re.compile(r"\w+")


class Index:
    """A BM25 index over chunks.

    The score of a chunk is the sum over the question's words of
    ``ln(1 + (N - df + 0.5) / (df + 0.5)) * tf / (tf + k1 * (1 - b + b * length / mean length))`` with k1 = 1.5 and
    b = 0.75 (Kamphuis et al., "Which BM25 do you mean?", ECIR 2020, the accurate Lucene variant; method ``lucene`` of
    bm25s). Words are runs of letters, digits and underscores in lower case; none is stemmed or left out.
    """

    def __init__(self, chunks: Sequence[Chunk]) -> None:
        """Index chunks; their order settles ties."""
        self.chunks = tuple(chunks)
        words = [_words(chunk.text) for chunk in self.chunks]
        # Numbered in order of appearance, so that sums are added up the same way in every process.
        vocabulary: dict[str, int] = {}
        ids = [[vocabulary.setdefault(word, len(vocabulary)) for word in text] for text in words]
        self._ranker = None
        if vocabulary:
            import bm25s

            logging.getLogger("bm25s").setLevel(logging.WARNING)
            self._ranker = bm25s.BM25(k1=1.5, b=0.75, method="lucene", dtype="float64", backend="numpy")
            self._ranker.index((ids, vocabulary), create_empty_token=False, show_progress=False)

    def search(self, question: str, top_k: int) -> tuple[Hit, ...]:
        """Find the nearest chunks.

        Args:
            question: Any text.
            top_k: How many hits to return, at least 1; a smaller corpus is returned whole.

        Returns:
            Hits, best first; chunks that share no word with the question score 0 and come last, in corpus order.

        Raises:
            ValueError: ``top_k`` is below 1.
        """
        if top_k < 1:
            raise ValueError(f"top_k is {top_k}; give at least 1")
        words = _words(question)
        scores = np.zeros(len(self.chunks))
        if self._ranker is not None and words:
            scores = self._ranker.get_scores(words)
        best = np.argsort(-scores, kind="stable")[:top_k]
        return tuple(Hit(self.chunks[i].id, self.chunks[i].text, float(scores[i])) for i in best)


def _words(text: str) -> list[str]:
    return _WORD.findall(text.lower())
