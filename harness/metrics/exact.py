"""Is the whole answer right."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from harness.metrics.contract import MeanMetric
from harness.metrics.jsontext import NotJson, read_json, same_json
from harness.models import Response
from harness.suite import Fixture

_TEXT: Mapping[str, Callable[[str], str]] = {
    "exact": str.strip,
    "casefold": lambda text: text.strip().casefold(),
    "whitespace": lambda text: " ".join(text.split()),
}


@dataclass(frozen=True)
class Accuracy(MeanMetric):
    """Share of answers that are right as a whole.

    Text is compared after stripping the space around it. Where ``expected`` is an object, an array, a number or a
    truth value, the answer is read as JSON and compared as a value: types count, the order of keys does not, and
    the strings within are compared in the same way as text. A fixture without an expected text or value is left out.

    Attributes:
        normalise: ``exact``; ``casefold`` ignores case; ``whitespace`` takes any run of space as one.
    """

    name: ClassVar[str] = "accuracy"
    normalise: Literal["exact", "casefold", "whitespace"] = "exact"

    def measure(self, fixture: Fixture, response: Response) -> Mapping[str, float]:
        """1 where the answer is right, else 0."""
        expected = fixture.expected
        if expected is None or is_tool_task(expected):
            return {}
        text = _TEXT[self.normalise]
        if isinstance(expected, str):
            return {"value": float(text(expected) == text(response.text))}
        try:
            return {"value": float(same_json(expected, read_json(response.text), text))}
        except NotJson:
            return {"value": 0.0}

    def parts(self) -> tuple[str, ...]:
        """None."""
        return ()


def is_tool_task(expected: Any) -> bool:
    """Whether the expected answer is tool calls, which no metric of text can measure."""
    return isinstance(expected, Mapping) and set(expected) == {"tool_calls"}
