"""Is the right context found: retrieved chunks, best first, against a fixture's gold context."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from harness.errors import Fault
from harness.metrics.contract import MeanMetric, Unit
from harness.models import Response
from harness.retrieval import Hit
from harness.suite import Fixture


@dataclass(frozen=True)
class Ranked(MeanMetric, ABC):
    """What the metrics of this family share.

    A gold id with ``#`` is one chunk; one without is a document, found as soon as any of its chunks is. A fixture without
    ``gold_context`` and a response without retrieved context are left out.

    Attributes:
        k: How many chunks are looked at from the top; all that were retrieved unless given.

    Raises:
        ValueError: k is below 1.
    """

    name: ClassVar[str]
    uses_context: ClassVar[bool] = True
    k: int | None = None

    def __post_init__(self) -> None:
        if self.k is not None and self.k < 1:
            raise ValueError(f"k is {self.k}; give at least 1")

    def measure(self, fixture: Fixture, response: Response, retrieved: Sequence[Hit] = ()) -> Mapping[str, float]:
        """The value, 0 to 1."""
        gold = gold_items(fixture.gold_context)
        if not gold or not retrieved:
            return {}
        return {"value": self.value(gold, [gold_of(hit.id, gold) for hit in retrieved[: self.k]])}

    @abstractmethod
    def value(self, gold: frozenset[str], found: Sequence[str | None]) -> float:
        """From the gold items and, for each chunk looked at, the gold item it belongs to, to the metric."""

    def parts(self) -> tuple[str, ...]:
        """None."""
        return ()

    def faults(self, fixtures: Iterable[Fixture]) -> Iterable[Fault]:
        """Without gold context there is nothing to measure."""
        if any(fixture.gold_context for fixture in fixtures):
            return []
        hint = 'give fixtures "gold_context": ["file.md#heading"]'
        return [Fault(f"{self.name} needs gold_context, and no fixture has any", hint)]


@dataclass(frozen=True)
class RecallAtK(Ranked):
    """Share of the gold context that is among the first k chunks retrieved.

    Attributes:
        k: How many chunks are looked at from the top; all that were retrieved unless given.
    """

    name: ClassVar[str] = "recall_at_k"

    def value(self, gold: frozenset[str], found: Sequence[str | None]) -> float:
        """Gold items found over all gold items."""
        return len({item for item in found if item is not None}) / len(gold)


@dataclass(frozen=True)
class PrecisionAtK(Ranked):
    """Share of the first k chunks that belong to the gold context; a place that nothing was retrieved for counts as wrong.

    Attributes:
        k: How many chunks are looked at from the top; all that were retrieved unless given.
    """

    name: ClassVar[str] = "precision_at_k"

    def value(self, gold: frozenset[str], found: Sequence[str | None]) -> float:
        """Chunks of the gold context over k (as trec_eval's P_k does, also where fewer than k were retrieved)."""
        return sum(item is not None for item in found) / (self.k or len(found))


@dataclass(frozen=True)
class Mrr(Ranked):
    """Mean reciprocal rank: 1 over the place of the first chunk of the gold context, 0 where none is among the first k.

    Attributes:
        k: How many chunks are looked at from the top; all that were retrieved unless given.
    """

    name: ClassVar[str] = "mrr"
    unit: ClassVar[Unit] = "score"

    def value(self, gold: frozenset[str], found: Sequence[str | None]) -> float:
        """The reciprocal rank."""
        return next((1.0 / place for place, item in enumerate(found, 1) if item is not None), 0.0)


@dataclass(frozen=True)
class Ndcg(Ranked):
    """Normalised discounted cumulative gain: how far up the gold context stands, 1 where nothing could stand better.

    Gains are 0 or 1, discounted by ``log2(1 + place)`` (Järvelin and Kekäläinen, ACM TOIS 20(4), 2002); the best possible
    list has all the gold items first. A further chunk of a document that is found already gains nothing.

    Attributes:
        k: How many chunks are looked at from the top; all that were retrieved unless given.
    """

    name: ClassVar[str] = "ndcg"
    unit: ClassVar[Unit] = "score"

    def value(self, gold: frozenset[str], found: Sequence[str | None]) -> float:
        """Discounted gain over that of the best possible list."""
        first = {item: place for place, item in reversed(list(enumerate(found, 1))) if item is not None}
        possible = min(len(gold), self.k or len(gold))
        return _discounted(first.values()) / _discounted(range(1, possible + 1))


def _discounted(places: Iterable[int]) -> float:
    return math.fsum(1.0 / math.log2(1 + place) for place in places)


def gold_items(gold_context: Iterable[str]) -> frozenset[str]:
    """The gold ids, each once; a chunk whose whole document is gold as well is part of that."""
    named = frozenset(gold_context)
    return frozenset(gold for gold in named if "#" not in gold or gold.partition("#")[0] not in named)


def gold_of(chunk_id: str, gold: frozenset[str]) -> str | None:
    """The gold item a chunk belongs to: itself or its document; None where it is not gold."""
    document = chunk_id.partition("#")[0]
    return chunk_id if chunk_id in gold else document if document in gold else None
