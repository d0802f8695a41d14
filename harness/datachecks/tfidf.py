"""Texts as vectors of words: TF-IDF, and how alike two texts are."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from harness.datachecks.question import normalised

Floats = npt.NDArray[np.float32]

_UNSPACED = re.compile(r"[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]+")
_LONGEST = 20_000
"""Characters of a text that are looked at."""


@dataclass(frozen=True, slots=True)
class Vectors:
    """Texts over one vocabulary.

    Attributes:
        matrix: Sparse, shape (texts, words), each row of length 1 or empty.
        vocabulary: The words, in the order of the columns.
    """

    matrix: Any
    vocabulary: tuple[str, ...]

    def similarities(self) -> Floats:
        """Cosine of every two texts, shape (texts, texts), 0 to 1; two empty texts are alike by 0."""
        found: Floats = (self.matrix @ self.matrix.T).toarray()
        return found


def words(text: str) -> list[str]:
    """The words of a text for comparing what it is about: case-folded, what holds a digit as one word.

    Chinese, Japanese and Thai, which are written without spaces, are cut into pairs of characters.
    """
    found: list[str] = []
    for word in normalised(text[:_LONGEST]).split():
        if any(c.isdigit() for c in word):
            found.append("0")
        elif _UNSPACED.search(word):
            found += [word[at : at + 2] for at in range(max(1, len(word) - 1))]
        else:
            found.append(word)
    return found


def tfidf(texts: Sequence[str]) -> Vectors:
    """Weigh the words of texts: (1 + ln tf) (1 + ln((1 + n) / (1 + df))), rows scaled to length 1.

    The smoothed idf and the sublinear tf are those of ``sklearn.feature_extraction.text.TfidfVectorizer(sublinear_tf=True)``.
    """
    from scipy import sparse

    columns: dict[str, int] = {}
    indices: list[int] = []
    counts: list[int] = []
    starts = [0]
    for text in texts:
        for word, count in Counter(words(text)).items():
            indices.append(columns.setdefault(word, len(columns)))
            counts.append(count)
        starts.append(len(indices))
    values = 1 + np.log(np.array(counts, dtype=np.float64)) if counts else np.zeros(0)
    frequency = np.bincount(np.array(indices, dtype=np.int64), minlength=max(1, len(columns)))
    idf = 1 + np.log((1 + len(texts)) / (1 + frequency))
    weighted = values * idf[np.array(indices, dtype=np.int64)] if counts else values
    matrix = sparse.csr_matrix((weighted, indices, starts), shape=(len(texts), max(1, len(columns))), dtype=np.float64)
    length = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel())
    scale = sparse.diags(np.divide(1, length, out=np.zeros_like(length), where=length > 0))
    return Vectors((scale @ matrix).astype(np.float32).tocsr(), tuple(columns))
