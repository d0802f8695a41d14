"""Whether production asks what the fixtures ask: measures of drift, each held against chance, and what no fixture covers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from harness.datachecks.tfidf import Vectors, tfidf, words
from harness.datachecks.uncovered import Cluster, Mask, far_below, uncovered_clusters
from harness.stats import holm
from harness.suite import Fixture

PERMUTATIONS = 199
"""Random splits that chance is judged by."""

MOST = 1_000
"""Inputs of each side that are looked at; of more, a seeded sample."""

MODERATE, LARGE = 0.10, 0.25
"""Population stability index from which a shift is moderate, and large, by long use in credit scoring (Siddiqi 2006)."""

_BINS = 10
_LEVEL = 0.05
_LABELS = 20
_WORDS = 4
_CLEARLY_FAR = 0.75
_SHARE = 0.01

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Measure:
    """One way in which production and the fixtures may differ.

    Attributes:
        name: length, vocabulary, nearest or labels.
        fixtures: Its value among the fixtures; of ``vocabulary`` and ``nearest``, what chance alone would give.
        production: Its value in production.
        stability: Population stability index, 0 or more; None where the measure has none.
        p: Chance of a difference as large between random halves of the same inputs, after Holm's correction.
        shifted: Whether it is both beyond chance and large enough to matter.
    """

    name: str
    fixtures: float
    production: float
    stability: float | None
    p: float
    shifted: bool


@dataclass(frozen=True, slots=True)
class UncoveredTopic:
    """Production inputs that are like each other and like no fixture.

    Attributes:
        words: What is typical of them.
        rows: Their places in the production inputs, the most typical first.
        share: Their share of the production inputs looked at.
        nearest: Mean similarity to the nearest fixture, 0 to 1.
        p: Chance of a topic as far from the fixtures if both were drawn from the same inputs.
        surprising: Whether p is below 5 %; else chance may have left it out of a set of this size.
    """

    words: tuple[str, ...]
    rows: tuple[int, ...]
    share: float
    nearest: float
    p: float
    surprising: bool


@dataclass(frozen=True, slots=True)
class Drift:
    """How production inputs differ from the fixtures.

    Attributes:
        fixtures: Fixtures looked at.
        production: Production inputs looked at, and in all.
        measures: Length, vocabulary, nearest fixture, and labels where there are any.
        topics: What no fixture covers, the heaviest first.
        label_shares: By label: share among the fixtures, and in production.
        farthest: Places of the production inputs looked at, those farthest from any fixture first.
    """

    fixtures: int
    production: tuple[int, int]
    measures: tuple[Measure, ...]
    topics: tuple[UncoveredTopic, ...]
    label_shares: dict[str, tuple[float, float]] = field(default_factory=dict)
    farthest: tuple[int, ...] = ()

    @property
    def shifted(self) -> bool:
        """Whether anything is beyond chance."""
        return any(m.shifted for m in self.measures) or any(topic.surprising for topic in self.topics)


def drift(
    fixtures: Sequence[Fixture],
    production: Sequence[Fixture],
    *,
    answers: Sequence[str | None] = (),
    seed: int = 0,
    permutations: int = PERMUTATIONS,
) -> Drift:
    """Compare production inputs with the fixtures.

    Every measure is held against random splits of all inputs into two sets of these sizes (a permutation test; groups are
    moved whole), so that a small log does not alarm. The topics are found on every random split too, and a topic is held
    against the heaviest of each. Holm's correction over the measures and the topics keeps the chance of any false alarm at 5 %.

    Args:
        fixtures: At least 2.
        production: At least 2, as fixtures.
        answers: What production answered, in the order of ``production``; used for labels.
        seed: Of the sample and the splits.
        permutations: Number of splits.

    Raises:
        ValueError: A side has fewer than 2 inputs.
    """
    if min(len(fixtures), len(production)) < 2:
        raise ValueError("drift needs 2 inputs or more on each side")
    rng = np.random.default_rng(seed)
    left, right = (_sample(rng, len(side)) for side in (fixtures, production))
    inputs = [fixtures[row] for row in left] + [production[row] for row in right]
    texts = [asked_text(fixture) for fixture in inputs]
    is_fixture = np.arange(len(inputs)) < len(left)
    vectors = tfidf(texts)
    similarities = vectors.similarities()
    expected = [label_of(fixture.expected) for fixture in (fixtures[row] for row in left)]
    answered = [label_of(answers[row]) if row < len(answers) else None for row in right]
    labels = _labels(expected, answered)
    near = _Nearest(similarities)
    measured: dict[str, Callable[[Mask], tuple[float, float, float]]] = {
        "length": _stability_of(_by_length(texts)),
        "vocabulary": _unseen_words(vectors),
        "nearest": near,
    }
    if labels is not None:
        measured["labels"] = _stability_of(labels[1])
    units = _units(inputs)
    observed = {name: measure(is_fixture) for name, measure in measured.items()}
    topics = uncovered_clusters(similarities, is_fixture, near.of(is_fixture))
    chance: dict[str, list[float]] = {name: [] for name in measured}
    heaviest: list[float] = []
    for _ in range(permutations):
        mask = _split(rng, units, len(left), len(inputs))
        for name, measure in measured.items():
            chance[name].append(measure(mask)[2])
        found = uncovered_clusters(similarities, mask, near.of(mask))
        heaviest.append(found[0].weight if found else 0.0)
    raw = [_p(observed[name][2], chance[name]) for name in measured]
    top = _p(topics[0].weight, heaviest) if topics else 1.0
    adjusted = [float(p) for p in holm([*raw, top])]
    measures = tuple(_measure(name, observed[name], chance[name], p) for name, p in zip(measured, adjusted, strict=False))
    nearest = near.of(is_fixture)
    return Drift(
        fixtures=len(left),
        production=(len(right), len(production)),
        measures=measures,
        topics=_topics(
            topics,
            heaviest=heaviest,
            factor=adjusted[-1] / top,
            vectors=vectors,
            is_fixture=is_fixture,
            similarities=similarities,
            right=right,
        ),
        label_shares={} if labels is None else _shares(labels, is_fixture),
        farthest=tuple(int(right[row]) for row in np.argsort(nearest, kind="stable")),
    )


def asked_text(fixture: Fixture) -> str:
    """What a fixture asks, as text."""
    return fixture.question


def label_of(value: Any) -> str | None:
    """A short answer as a label: text, a number or a truth value; None for anything else."""
    if isinstance(value, bool | int | float) or (isinstance(value, str) and value.strip() and len(value) <= 60):
        return str(value).strip().casefold()
    return None


def _sample(rng: np.random.Generator, count: int) -> npt.NDArray[np.intp]:
    return np.arange(count) if count <= MOST else np.sort(rng.choice(count, MOST, replace=False))


def _units(inputs: Sequence[Fixture]) -> npt.NDArray[np.intp]:
    """A number for each independent unit: a group, or an input on its own."""
    known: dict[str, int] = {}
    return np.array([known.setdefault(f"g {f.group}" if f.group else f"i {row}", len(known)) for row, f in enumerate(inputs)])


def _split(rng: np.random.Generator, units: npt.NDArray[np.intp], wanted: int, count: int) -> Mask:
    """Units drawn until as many inputs as there are fixtures are drawn."""
    sizes = np.bincount(units)
    order = rng.permutation(len(sizes))
    taken = order[: max(1, int(np.searchsorted(np.cumsum(sizes[order]), wanted)) + 1)]
    mask = np.zeros(len(sizes), dtype=bool)
    mask[taken] = True
    found: Mask = mask[units]
    return found if not found.all() else ~(np.arange(count) >= wanted)


def _by_length(texts: Sequence[str]) -> npt.NDArray[np.intp]:
    """The bin of each text: tenths of all lengths in words."""
    lengths = np.array([len(words(text)) for text in texts], dtype=np.float64)
    edges = np.unique(np.quantile(lengths, np.linspace(0, 1, _BINS + 1)[1:-1]))
    return np.asarray(np.searchsorted(edges, lengths, side="left"))


def stability(first: npt.ArrayLike, second: npt.ArrayLike) -> float:
    """Population stability index of counts by bin, sum of (q - p) ln(q / p); half a case is added to every bin.

    Args:
        first: Counts, shape (bins,).
        second: Counts in the same bins.
    """
    p, q = (np.asarray(counts, dtype=np.float64) + 0.5 for counts in (first, second))
    p, q = p / p.sum(), q / q.sum()
    return float(np.sum((q - p) * np.log(q / p)))


def _stability_of(bins: npt.NDArray[np.intp]) -> Callable[[Mask], tuple[float, float, float]]:
    known = bins >= 0
    count = int(bins.max()) + 1 if known.any() else 1

    def measure(mask: Mask) -> tuple[float, float, float]:
        first, second = (np.bincount(bins[side & known], minlength=count) for side in (mask, ~mask))
        middle = [float(np.average(np.arange(count), weights=side)) if side.sum() else 0.0 for side in (first, second)]
        return middle[0], middle[1], stability(first, second)

    return measure


def _unseen_words(vectors: Vectors) -> Callable[[Mask], tuple[float, float, float]]:
    """The mean share of an input's words that no fixture has."""
    present = vectors.matrix.copy()
    present.data = np.ones_like(present.data)
    each = np.maximum(np.asarray(present.sum(axis=1)).ravel(), 1)

    def measure(mask: Mask) -> tuple[float, float, float]:
        known = np.asarray(present[mask].sum(axis=0)).ravel() > 0
        unseen = 1 - (present[~mask] @ known.astype(np.float32)) / each[~mask]
        return 0.0, float(unseen.mean()), float(unseen.mean())

    return measure


class _Nearest:
    """The mean distance of a production input to its nearest fixture; what it is made from is worked out once a split."""

    def __init__(self, similarities: npt.NDArray[np.float32]) -> None:
        self._similarities = similarities
        self._mask: Mask | None = None
        self._found = np.zeros(0, dtype=np.float32)

    def of(self, mask: Mask) -> npt.NDArray[np.float32]:
        """The similarity of each production input to its nearest fixture."""
        if self._mask is not mask:
            self._mask, self._found = mask, self._similarities[np.ix_(~mask, mask)].max(axis=1)
        return self._found

    def __call__(self, mask: Mask) -> tuple[float, float, float]:
        distance = 1 - float(self.of(mask).mean())
        return 0.0, distance, distance


def _measure(name: str, observed: tuple[float, float, float], chance: Sequence[float], p: float) -> Measure:
    usual = float(np.mean(chance))
    if name in ("length", "labels"):
        return Measure(name, observed[0], observed[1], observed[2], p, p <= _LEVEL and observed[2] >= MODERATE)
    return Measure(name, usual, observed[1], None, p, p <= _LEVEL and observed[1] - usual >= 0.02)


def _p(observed: float, chance: Sequence[float]) -> float:
    """(1 + splits at least as extreme) / (1 + splits) (Phipson and Smyth 2010)."""
    return (1 + sum(value >= observed - 1e-12 for value in chance)) / (1 + len(chance))


def _labels(expected: Sequence[str | None], answered: Sequence[str | None]) -> tuple[list[str], npt.NDArray[np.intp]] | None:
    """Labels by number, -1 where there is none; None where answers are no labels."""
    counts = Counter(label for label in expected if label is not None)
    if not counts or len(counts) > _LABELS or sum(counts.values()) < max(2 * len(counts), len(expected) / 2):
        return None
    inside = [label for label in answered if label is not None]
    if len(inside) < max(2, len(answered) / 2) or sum(label in counts for label in inside) < len(inside) / 2:
        return None
    names = [*counts, "(another answer)"]
    number = {label: at for at, label in enumerate(counts)}
    bins = [-1 if label is None else number.get(label, len(counts)) for label in (*expected, *answered)]
    return names, np.array(bins)


def _shares(labels: tuple[list[str], npt.NDArray[np.intp]], is_fixture: Mask) -> dict[str, tuple[float, float]]:
    names, bins = labels
    sides = [np.bincount(bins[side & (bins >= 0)], minlength=len(names)) for side in (is_fixture, ~is_fixture)]
    first, second = (side / max(1, side.sum()) for side in sides)
    return {name: (float(a), float(b)) for name, a, b in zip(names, first, second, strict=True) if a or b}


def _topics(
    clusters: Sequence[Cluster],
    *,
    heaviest: Sequence[float],
    factor: float,
    vectors: Vectors,
    is_fixture: Mask,
    similarities: npt.NDArray[np.float32],
    right: npt.NDArray[np.intp],
) -> tuple[UncoveredTopic, ...]:
    first, count = int(is_fixture.sum()), int((~is_fixture).sum())
    limit = far_below(similarities, np.flatnonzero(is_fixture))
    usual = np.asarray(vectors.matrix[is_fixture].mean(axis=0)).ravel()
    found = []
    for cluster in clusters:
        p = min(1.0, factor * _p(cluster.weight, heaviest))
        size, share = len(cluster.members), len(cluster.members) / count
        clear = cluster.nearest <= _CLEARLY_FAR * limit and share >= _SHARE and size >= 5
        if p > _LEVEL and not clear:
            continue
        typical = np.asarray(vectors.matrix[list(cluster.members)].mean(axis=0)).ravel() - usual
        named = tuple(vectors.vocabulary[at] for at in np.argsort(-typical, kind="stable")[:_WORDS] if typical[at] > 0)
        rows = tuple(int(right[row - first]) for row in cluster.members)
        found.append(UncoveredTopic(named, rows, share, cluster.nearest, p, p <= _LEVEL))
    return tuple(found)
