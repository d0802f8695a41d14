"""Texts that are nearly the same, found without comparing each with each.

MinHash (Broder 1997) of each text's words and pairs of neighbouring words, by datasketch; texts that agree on a band of the
signature are candidates (locality-sensitive hashing; Leskovec, Rajaraman and Ullman, Mining of Massive Datasets, chapter 3), and
every candidate is then compared word by word, by RapidFuzz. With bands of five, a pair that shares 65 % of its words and pairs
of words is a candidate with probability 0.95, one that shares 75 % with 0.998, one that shares 20 % with 0.008.

datasketch's own index keeps a Python set for each bucket, 500 MB for 100,000 texts; here the bands are sorted arrays.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.datachecks.words import Texts

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Rows = NDArray[np.int64]

_BANDS, _ROWS = 25, 5
_WINDOWS = (4, 24)
"""Texts of one bucket that each text is compared with, at least and at most: those whose signatures go on alike."""
_MOST = 10_000_000
"""Candidates between which those bounds choose; texts made from few templates would otherwise give a hundred times as many."""
LEAST_WORDS = 8
"""Words from which a text can be nearly the same as another: in shorter ones a single word makes it another question."""
_FEW = 200_000
"""Pairs up to which each is compared with each."""
_ALIKE = 0.4
"""Share of the signature that a candidate worth comparing agrees on."""


@dataclass(frozen=True, slots=True)
class NearPairs:
    """Pairs of texts, by their positions, and how alike they are.

    Attributes:
        first: Position of one text; for pairs within one set the smaller.
        second: Position of the other.
        similarity: Twice the words they share in order, over the words they have together; from 0 to 1.
    """

    first: NDArray[np.int64]
    second: NDArray[np.int64]
    similarity: NDArray[np.float32]

    def __len__(self) -> int:
        """How many pairs there are."""
        return len(self.first)


def near_pairs(texts: Texts, split: int, least: float) -> tuple[NearPairs, NearPairs, NearPairs]:
    """Find texts that are nearly the same, among the first ones, among the rest, and across.

    Args:
        texts: Different normalised texts; those of fewer than eight words are passed over.
        split: How many of them make the first set.
        least: The similarity from which a pair is told, above 0.5.

    Returns:
        The pairs within the first set, within the second, and across; positions count in all texts.
    """
    import numpy as np

    long = np.flatnonzero(texts.lengths() >= LEAST_WORDS)
    one, other = long[long < split], long[long >= split]
    strings = texts.as_strings()
    made: list[NearPairs] = []
    marks: NDArray[np.uint32] | None = None
    for left, right in ((one, None), (other, None), (one, other)):
        against = left if right is None else right
        if len(left) * len(against) <= _FEW:
            firsts, seconds = np.repeat(left, len(against)), np.tile(against, len(left))
            keep = firsts < seconds
            candidates = (firsts[keep], seconds[keep])
        else:
            marks = _signatures(texts) if marks is None else marks
            candidates = _candidates(marks, left, right)
        made.append(_verified(strings, *candidates, least))
    within, among, across = made
    return within, among, across


def _signatures(texts: Texts) -> NDArray[np.uint32]:
    """MinHash of each text, a row of 125 numbers."""
    import numpy as np
    from datasketch import MinHash

    single, _ = texts.run_hashes(1)
    double, starts = texts.run_hashes(2)
    ends = np.searchsorted(starts, texts.starts)
    signatures = np.empty((len(texts), _BANDS * _ROWS), np.uint32)
    shingles = (
        np.concatenate([single[texts.starts[i] : texts.starts[i + 1]], double[ends[i] : ends[i + 1]]]) & np.uint64(0xFFFFFFFF)
        for i in range(len(texts))
    )
    for position, made in enumerate(MinHash.generator(shingles, num_perm=_BANDS * _ROWS, seed=1, hashfunc=int)):
        signatures[position] = made.hashvalues
    return signatures


def _candidates(signatures: NDArray[np.uint32], left: Rows, right: Rows | None) -> tuple[Rows, Rows]:
    """Pairs that agree on a band: each text with those next to it in its bucket, sorted by how their signatures go on."""
    import numpy as np

    bands = signatures.reshape(len(signatures), _BANDS, _ROWS)
    odd = np.array(
        [0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0xD6E8FEB86659FD93, 0xA0761D6478BD642F], np.uint64
    )
    keys = ((bands.astype(np.uint64) * odd).sum(axis=2) >> np.uint64(32)).astype(np.uint64)
    found = [np.empty(0, np.int64)]
    size = np.int64(len(signatures))
    for band in range(_BANDS):
        key = (keys[:, band] << np.uint64(32)) | keys[:, (band + 1) % _BANDS]
        firsts, seconds = _neighbours(key, left, right)
        agreed = np.empty(len(firsts), np.float32)
        for start in range(0, len(firsts), 200_000):
            part = slice(start, start + 200_000)
            agreed[part] = (signatures[firsts[part]] == signatures[seconds[part]]).mean(axis=1, dtype=np.float32)
        keep = agreed >= _ALIKE
        found.append(firsts[keep] * size + seconds[keep])
    pairs = np.unique(np.concatenate(found))
    return pairs // size, pairs % size


def _neighbours(key: NDArray[np.uint64], left: Rows, right: Rows | None) -> tuple[Rows, Rows]:
    """Pairs of rows whose keys agree in their upper half, each row with those nearest by the lower half."""
    import numpy as np

    against = left if right is None else right
    window = max(_WINDOWS[0], min(_WINDOWS[1], _MOST // (_BANDS * max(len(left), 1))))
    order = against[np.argsort(key[against], kind="stable")]
    ordered = key[order]
    bucket = ordered >> np.uint64(32)
    firsts, seconds = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    if right is None:
        for step in range(1, window + 1):
            same = np.flatnonzero(bucket[step:] == bucket[:-step])
            if not len(same):
                break
            one, other = order[same], order[same + step]
            firsts.append(np.minimum(one, other))
            seconds.append(np.maximum(one, other))
        return np.concatenate(firsts), np.concatenate(seconds)
    asked = key[left]
    low = np.searchsorted(bucket, asked >> np.uint64(32), side="left")
    high = np.searchsorted(bucket, asked >> np.uint64(32), side="right")
    start = np.clip(np.searchsorted(ordered, asked) - window // 2, low, np.maximum(high - window, low))
    for step in range(window):
        inside = np.flatnonzero(start + step < high)
        if not len(inside):
            break
        firsts.append(left[inside])
        seconds.append(order[start[inside] + step])
    return np.concatenate(firsts), np.concatenate(seconds)


def _verified(strings: list[str], firsts: Rows, seconds: Rows, least: float) -> NearPairs:
    """Compare candidates word by word and keep those alike enough."""
    import numpy as np
    from rapidfuzz import process
    from rapidfuzz.distance import Indel

    similarity = np.empty(len(firsts), np.float32)
    for start in range(0, len(firsts), 100_000):
        part = slice(start, start + 100_000)
        similarity[part] = process.cpdist(
            [strings[i] for i in firsts[part].tolist()],
            [strings[i] for i in seconds[part].tolist()],
            scorer=Indel.normalized_similarity,
            score_cutoff=least,
            dtype=np.float32,
        )
    keep = similarity >= np.float32(least)
    return NearPairs(firsts[keep], seconds[keep], similarity[keep])
