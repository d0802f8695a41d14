"""How close is the answer, where right or wrong is too coarse."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import ClassVar

from harness.metrics.contract import MeanMetric, Unit
from harness.metrics.exact import is_tool_task
from harness.metrics.jsontext import NotJson, canonical_json, read_json
from harness.models import Response
from harness.suite import Fixture

MAX_COMPARED = 20_000
"""Characters compared; what follows in a longer text is not looked at, since the time grows with the product."""


@dataclass(frozen=True)
class EditSimilarity(MeanMetric):
    """How much of the answer would stay in turning it into the expected one, 0 to 1.

    1 minus the Levenshtein distance over the longer length (``rapidfuzz.distance.Levenshtein``). An expected object
    or array is rendered as JSON with sorted keys and no spaces, and so is the answer where it is JSON; text is
    stripped of the space around it. A fixture without an expected text or value is left out.
    """

    name: ClassVar[str] = "edit_similarity"
    unit: ClassVar[Unit] = "score"

    def measure(self, fixture: Fixture, response: Response) -> Mapping[str, float]:
        """The similarity, 0 to 1."""
        from rapidfuzz.distance import Levenshtein

        expected, answer = fixture.expected, response.text.strip()
        if expected is None or is_tool_task(expected):
            return {}
        if isinstance(expected, str):
            wanted = expected.strip()
        else:
            wanted = canonical_json(expected)
            with suppress(NotJson):
                answer = canonical_json(read_json(answer))
        return {"value": float(Levenshtein.normalized_similarity(wanted[:MAX_COMPARED], answer[:MAX_COMPARED]))}

    def parts(self) -> tuple[str, ...]:
        """None."""
        return ()
