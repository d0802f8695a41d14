"""How close is the answer, where right or wrong is too coarse."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import ClassVar, Literal

from harness.metrics.contract import MeanMetric, Unit
from harness.metrics.exact import is_tool_task
from harness.metrics.jsontext import NotJson, canonical_json, read_json
from harness.models import Response
from harness.suite import Fixture

By = Literal["characters", "words", "lines"]
"""What an edit inserts, deletes or replaces."""

MAX_COMPARED = 20_000
"""Characters, words or lines compared; what follows is not looked at, since the time grows with the product."""


@dataclass(frozen=True)
class EditSimilarity(MeanMetric):
    """How much of the answer would stay in turning it into the expected one, 0 to 1.

    1 minus the Levenshtein distance over the longer length (``rapidfuzz.distance.Levenshtein``). An expected object
    or array is rendered as JSON with sorted keys and no spaces, and so is the answer where it is JSON; text is
    stripped of the space around it. A fixture without an expected text or value is left out. Of a longer text the
    first 20,000 characters, words or lines are compared.

    Attributes:
        by: ``characters``, ``words`` (runs without space) or ``lines`` (stripped of the space around them).
    """

    name: ClassVar[str] = "edit_similarity"
    unit: ClassVar[Unit] = "score"
    by: By = "characters"

    def measure(self, fixture: Fixture, response: Response) -> Mapping[str, float]:
        """The similarity, 0 to 1."""
        from rapidfuzz.distance import Levenshtein

        if (texts := _both(fixture, response)) is None:
            return {}
        wanted, answer = (_pieces(text, self.by)[:MAX_COMPARED] for text in texts)
        return {"value": float(Levenshtein.normalized_similarity(wanted, answer))}

    def parts(self) -> tuple[str, ...]:
        """None."""
        return ()


@dataclass(frozen=True)
class EditDistance(MeanMetric):
    """How many edits turn the answer into the expected one: what an editor would have to do. Lower is better.

    The Levenshtein distance (``rapidfuzz.distance.Levenshtein``); texts are made as for ``edit_similarity``. Of a
    longer text the first 20,000 characters, words or lines are compared, and what the one is longer than the other
    beyond them counts as so many edits.

    Attributes:
        by: ``characters``, ``words`` (runs without space) or ``lines`` (stripped of the space around them).
    """

    name: ClassVar[str] = "edit_distance"
    unit: ClassVar[Unit] = "count"
    higher_is_better: ClassVar[bool] = False
    by: By = "characters"

    def measure(self, fixture: Fixture, response: Response) -> Mapping[str, float]:
        """The number of edits, 0 or more."""
        from rapidfuzz.distance import Levenshtein

        if (texts := _both(fixture, response)) is None:
            return {}
        wanted, answer = (_pieces(text, self.by) for text in texts)
        beyond = abs(max(0, len(wanted) - MAX_COMPARED) - max(0, len(answer) - MAX_COMPARED))
        return {"value": float(Levenshtein.distance(wanted[:MAX_COMPARED], answer[:MAX_COMPARED]) + beyond)}

    def parts(self) -> tuple[str, ...]:
        """None."""
        return ()


def _both(fixture: Fixture, response: Response) -> tuple[str, str] | None:
    """The expected text and the answer's; None where nothing is expected that a text can be compared with."""
    expected, answer = fixture.expected, response.text.strip()
    if expected is None or is_tool_task(expected):
        return None
    if isinstance(expected, str):
        return expected.strip(), answer
    with suppress(NotJson):
        answer = canonical_json(read_json(answer))
    return canonical_json(expected), answer


def _pieces(text: str, by: By) -> Sequence[str]:
    if by == "characters":
        return text
    return text.split() if by == "words" else [line.strip() for line in text.splitlines()]
