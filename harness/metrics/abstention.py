"""How often an answer is no answer: declined, or none of the labels."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import ClassVar

from harness.errors import Fault
from harness.metrics.exact import is_tool_task
from harness.metrics.labels import LabelMetric
from harness.models import Response
from harness.suite import Fixture


@dataclass(frozen=True)
class AbstentionRate(LabelMetric):
    """Share of answers that decline to answer: empty, refused, or one of ``abstain``.

    Every fixture counts, whatever it expects. In a JSON answer a ``field`` that is null or empty declines too.
    """

    name: ClassVar[str] = "abstention_rate"
    higher_is_better: ClassVar[bool] = False
    needs_expected: ClassVar[bool] = False

    def measure(self, fixture: Fixture, response: Response) -> Mapping[str, float]:
        """1 where the answer declines, else 0."""
        if is_tool_task(fixture.expected):
            return {}
        return {"value": float(self.said(response, self.expected_label(fixture)).abstained)}

    def faults(self, fixtures: Iterable[Fixture]) -> Iterable[Fault]:
        """None: declining needs no label."""
        return ()


@dataclass(frozen=True)
class UnknownLabelRate(LabelMetric):
    """Share of answers that are none of the labels and do not decline to answer either.

    Every fixture counts, whatever it expects. In a JSON answer, text that is not JSON or lacks ``field`` counts here.
    """

    name: ClassVar[str] = "unknown_label_rate"
    higher_is_better: ClassVar[bool] = False
    needs_expected: ClassVar[bool] = False

    def measure(self, fixture: Fixture, response: Response) -> Mapping[str, float]:
        """1 where the answer is no label, else 0."""
        if is_tool_task(fixture.expected):
            return {}
        said = self.said(response, self.expected_label(fixture))
        return {"value": float(said.label is None and not said.abstained)}
