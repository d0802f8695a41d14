"""How long is the answer."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

from harness.errors import Fault
from harness.metrics.contract import MeanMetric, Unit
from harness.metrics.prose import sentences
from harness.metrics.references import lacking_text, references
from harness.models import Response
from harness.suite import Fixture


@dataclass(frozen=True)
class Length(MeanMetric):
    """Mean length of the answers, or the share of answers whose length lies within bounds.

    With neither bound the value is the length itself, compared as a ratio, and shorter is better. Space around the
    answer does not count. The whole answer is counted, however long.

    Attributes:
        by: ``characters``, ``words`` (runs without space) or ``sentences``.
        minimum: Shortest length that is well; then the value is a share.
        maximum: Longest length that is well; then the value is a share.
        relative: The bounds are multiples of the expected text's length: ``{minimum: 0.5, maximum: 1.5, relative:
            true}``. Where ``expected`` is a list of texts, one of them is enough; a fixture without one is left out.
    """

    name: ClassVar[str] = "length"
    unit: ClassVar[Unit] = "count"
    higher_is_better: ClassVar[bool] = False
    scale: ClassVar[Literal["difference", "ratio"]] = "ratio"
    by: Literal["characters", "words", "sentences"] = "words"
    minimum: float | None = None
    maximum: float | None = None
    relative: bool = False

    def __post_init__(self) -> None:
        """Settle the unit and the direction, which the options decide.

        Raises:
            ValueError: The bounds make no sense.
        """
        given = [bound for bound in (self.minimum, self.maximum) if bound is not None]
        if self.relative and not given:
            raise ValueError("relative needs a minimum or a maximum")
        if any(bound < 0 for bound in given) or given != sorted(given):
            raise ValueError("the minimum and the maximum are at least 0, and the minimum is the smaller")
        if given:
            object.__setattr__(self, "unit", "share")
            object.__setattr__(self, "higher_is_better", True)
            object.__setattr__(self, "scale", "difference")

    def measure(self, fixture: Fixture, response: Response) -> Mapping[str, float]:
        """The length, or whether it lies within the bounds; as parts, whether each bound is kept."""
        length = self._length(response.text)
        if self.minimum is None and self.maximum is None:
            return {"value": float(length)}
        sizes = [self._length(text) for text in references(fixture)] if self.relative else [1]
        low, high = self.minimum or 0.0, math.inf if self.maximum is None else self.maximum
        kept = [(float(length >= low * size), float(length <= high * size if size else length == 0)) for size in sizes]
        if not kept:
            return {}
        long_enough, short_enough = max(kept, key=sum)
        return {"value": long_enough * short_enough, "long_enough": long_enough, "short_enough": short_enough}

    def faults(self, fixtures: Iterable[Fixture]) -> list[Fault]:
        """A fault where bounds are relative and no fixture expects a text."""
        return lacking_text(self.name, fixtures) if self.relative else []

    def parts(self) -> tuple[str, ...]:
        """Whether each bound is kept, where there are bounds."""
        return ("long_enough", "short_enough") if self.unit == "share" else ()

    def _length(self, text: str) -> int:
        if self.by == "characters":
            return len(text.strip())
        return len(text.split()) if self.by == "words" else len(sentences(text))
