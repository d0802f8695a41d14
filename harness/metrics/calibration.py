"""Whether an answer is as sure as it is right."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np

from harness.metrics.class_counts import ratio
from harness.metrics.contract import Totals, Unit
from harness.metrics.fields import find
from harness.metrics.jsontext import NotJson, is_number, read_json
from harness.metrics.labels import LabelMetric
from harness.models import Response
from harness.suite import Fixture

GAP = "_gap_"
"""Hidden columns: this and a bin's number, and in it how much the answer is right minus how sure it is."""


@dataclass(frozen=True)
class Sure(LabelMetric):
    """How sure an answer is, beside whether it is right.

    The confidence is a field of a JSON answer, or the probability of the answer's tokens, which is kept where the variant
    asks for it with ``params: {logprobs: true}``. An answer without a confidence between 0 and 1 is left out, and so is
    one that declines to answer.

    Attributes:
        confidence: The field of the JSON answer that holds it; goes with ``field``.
        out_of: What full confidence is written as in that field: 1, or 100 for per cent.
        logprobs: Without ``confidence``: ``first``, the probability of the first token, or ``mean``, the geometric mean
            over all of them.
    """

    confidence: str | None = None
    out_of: float = 1.0
    logprobs: Literal["first", "mean"] = "mean"

    def __post_init__(self) -> None:
        """Refuse a confidence out of an answer that is not JSON."""
        super().__post_init__()
        if self.confidence is not None and self.field is None:
            raise ValueError("confidence is a field of a JSON answer; give field: <the label's field> as well")
        if not 0 < self.out_of < float("inf"):
            raise ValueError("out_of is not above 0")

    def right_and_sure(self, fixture: Fixture, response: Response) -> tuple[float, float] | None:
        """1 where the label is right, else 0, and the confidence, 0 to 1; None where there is none."""
        expected = self.expected_label(fixture)
        sure = self._confidence(response)
        if expected is None or sure is None:
            return None
        said = self.said(response, expected)
        return None if said.abstained and said.label is None else (float(said.label == expected), sure)

    def _confidence(self, response: Response) -> float | None:
        if self.confidence is None:
            kept = response.meta.get("probability")
            found: Any = kept.get(self.logprobs) if isinstance(kept, Mapping) else None
            return float(found) if is_number(found) and 0 <= found <= 1 else None
        try:
            answer = read_json(response.text, fenced=self.fenced, surrounding=self.surrounding)
        except NotJson:
            return None
        found = find(answer, self.confidence)
        return float(found / self.out_of) if is_number(found) and 0 <= found <= self.out_of else None


@dataclass(frozen=True)
class Brier(Sure):
    """Mean square of how far the confidence is from the outcome: (confidence - 1)^2 if right, confidence^2 if wrong.

    0 is best, 1 is sure and wrong throughout; always saying 0.5 gives 0.25. This is the Brier score (1950) of the event
    "the label is right", scikit-learn's ``brier_score_loss``.
    """

    name: ClassVar[str] = "brier"
    higher_is_better: ClassVar[bool] = False
    unit: ClassVar[Unit] = "score"

    def measure(self, fixture: Fixture, response: Response) -> Mapping[str, float]:
        """The squared distance."""
        known = self.right_and_sure(fixture, response)
        return {} if known is None else {"value": (known[1] - known[0]) ** 2}


@dataclass(frozen=True)
class ExpectedCalibrationError(Sure):
    """How far confidence and accuracy are apart, averaged over bins of confidence of equal width.

    Each bin counts as often as it is used, |accuracy - confidence| in it (Guo et al. 2017, equation 3; a bin is open below
    and closed above). Few answers in a bin push it up: compare variants on the same fixtures rather than with 0.

    Attributes:
        bins: How many bins there are.
    """

    name: ClassVar[str] = "expected_calibration_error"
    higher_is_better: ClassVar[bool] = False
    bins: int = 10

    def __post_init__(self) -> None:
        """Refuse a number of bins that is none, or without end."""
        super().__post_init__()
        if not 1 <= self.bins <= 1000:
            raise ValueError("bins is not between 1 and 1000")

    def measure(self, fixture: Fixture, response: Response) -> Mapping[str, float]:
        """How far the confidence is from the outcome, and with its sign in its bin's hidden column."""
        known = self.right_and_sure(fixture, response)
        if known is None:
            return {}
        right, sure = known
        edges = np.linspace(0.0, 1.0, self.bins + 1)
        return {"value": abs(right - sure), f"{GAP}{int(np.searchsorted(edges[1:-1], sure))}": right - sure}

    def estimate(self, totals: Totals) -> Any:
        """Sum over bins of |sum of right - sum of confidence|, over n."""
        n = np.asarray(totals["n"], dtype=np.float64)
        gaps = [np.abs(np.asarray(column, dtype=np.float64)) for name, column in totals.items() if name.startswith(GAP)]
        return ratio(sum(gaps, np.zeros(n.shape)), n, np.nan)
