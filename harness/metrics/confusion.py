"""Which label is said in place of which."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from harness.metrics.jsontext import canonical_json
from harness.metrics.labels import LabelMetric
from harness.models import Response
from harness.store import Score
from harness.suite import Fixture

CELL = "_cell "
"""Hidden columns: this, and the expected and the said label as a JSON array; null is an answer that is no label."""


@dataclass(frozen=True)
class Confusion(LabelMetric):
    """Share of answers that say the expected label, kept with what was said in its place.

    ``confusion_matrix`` makes the matrix out of the scores of a run.
    """

    name: ClassVar[str] = "confusion"

    def measure(self, fixture: Fixture, response: Response) -> Mapping[str, float]:
        """Whether the label is right, and the cell of the matrix in a hidden column."""
        expected = self.expected_label(fixture)
        if expected is None:
            return {}
        said = self.said(response, expected).label
        return {"value": float(said == expected), CELL + canonical_json([expected, said]): 1.0}


@dataclass(frozen=True, slots=True)
class ConfusionMatrix:
    """How often which label was said where which was expected.

    Attributes:
        labels: The labels that occur, sorted; the rows in this order.
        counts: Shape (labels, labels + 1): expected by said; the last column counts answers that are no label.
    """

    labels: tuple[str, ...]
    counts: npt.NDArray[np.int64]


def confusion_matrix(scores: Iterable[Score], variant: str) -> ConfusionMatrix:
    """Count a variant's answers by expected and said label; each repeat counts.

    Args:
        scores: The scores of a run that was measured with ``confusion``; others are passed over.
        variant: Whose answers.
    """
    cells: dict[tuple[str, str | None], int] = {}
    for score in scores:
        if score.metric != Confusion.name or score.variant != variant:
            continue
        for column in score.columns:
            if column.startswith(CELL):
                expected, said = json.loads(column.removeprefix(CELL))
                cells[expected, said] = cells.get((expected, said), 0) + 1
    labels = tuple(sorted({label for cell in cells for label in cell if label is not None}))
    place = {label: at for at, label in enumerate(labels)}
    counts = np.zeros((len(labels), len(labels) + 1), dtype=np.int64)
    for (expected, said), count in cells.items():
        counts[place[expected], len(labels) if said is None else place[said]] = count
    return ConfusionMatrix(labels, counts)
