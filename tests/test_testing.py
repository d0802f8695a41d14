"""The test kit: it lets good metrics through, and says of each bad one what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
import pytest

import harness
from harness.metrics import MeanMetric, describe_metrics, load_metric
from harness.models import Response
from harness.retrieval import Hit
from harness.suite import Fixture
from harness.testing import check_metric

QUESTION = Fixture(id="a", input="x", expected='{"a": 1}', meta={"seen": [1]})
ANSWER = Response(text='{"a": 1}')


@harness.metric(unit="count")
def words(fixture: Fixture, response: Response, *, least: int = 0) -> float:
    return float(max(least, len(response.text.split())))


@dataclass(frozen=True)
class Base(MeanMetric):
    name: ClassVar[str] = "base"

    def measure(self, fixture: Fixture, response: Response) -> Mapping[str, float]:
        return {"value": float(response.text == '{"a": 1}')}


class Accuracy(Base):
    def estimate(self, totals: Any) -> Any:
        return np.where(totals["n"] > 0, totals["value"] / np.maximum(totals["n"], 1e-9), np.nan)


class Infinite(Base):
    def measure(self, fixture: Fixture, response: Response) -> Mapping[str, float]:
        return {"value": float("inf")}


class Text(Base):
    def measure(self, fixture: Fixture, response: Response) -> Mapping[str, float]:
        return {"value": "1,5"}  # type: ignore[dict-item]


class Fragile(Base):
    def measure(self, fixture: Fixture, response: Response) -> Mapping[str, float]:
        return {"value": float(response.text[0] == "{")}


class Greedy(Base):
    def measure(self, fixture: Fixture, response: Response) -> Mapping[str, float]:
        fixture.meta["seen"].append(1)
        return {"value": 1.0}


class Beyond(Base):
    def measure(self, fixture: Fixture, response: Response) -> Mapping[str, float]:
        return {"value": float(len(response.text))}


class Stray(Base):
    def measure(self, fixture: Fixture, response: Response) -> Mapping[str, float]:
        return {"value": 1.0, "extra": 1.0}

    def parts(self) -> tuple[str, ...]:
        return ("other",)


class Drawing(Base):
    def measure(self, fixture: Fixture, response: Response) -> Mapping[str, float]:
        return {"value": float(np.random.default_rng().random())}


@dataclass(frozen=True)
class Remembering(Base):
    seen: list[str] = field(default_factory=list)

    def measure(self, fixture: Fixture, response: Response) -> Mapping[str, float]:
        if response.text not in self.seen:
            self.seen.append(response.text)
        return {"value": 1 / len(self.seen)}


class Branching(Base):
    def estimate(self, totals: Any) -> Any:
        return totals["value"] / totals["n"] if totals["n"] > 0 else 0.0


class Pooling(Base):
    def estimate(self, totals: Any) -> Any:
        return totals["value"] / totals["n"].sum()


class Slow(Base):
    def measure(self, fixture: Fixture, response: Response) -> Mapping[str, float]:
        import time

        time.sleep(0.2 if len(response.text) > 1000 else 0)
        return {"value": 1.0}


@dataclass(frozen=True)
class Unpicklable(Base):
    how: Any = field(default_factory=lambda: lambda text: 1.0)


class NoUnit(Base):
    unit = "percent"  # type: ignore[assignment]


@pytest.mark.parametrize("good", [words, Base(), Base, Accuracy(), load_metric("accuracy"), load_metric("latency_p95")])
def test_a_metric_that_keeps_the_contract_is_let_through(good: Any) -> None:
    assert isinstance(check_metric(good, QUESTION, ANSWER), dict)


def test_the_columns_come_back_for_assertions_of_ones_own() -> None:
    assert check_metric(words, QUESTION, Response(text="two words")) == {"value": 2.0}


ONE_OF_SEVERAL: dict[str, dict[str, Any]] = {
    "brand_rules": {"forbidden": ["guarantee"]},
    "expected_cost": {"positive": "a", "false_positive": 5, "false_negative": 1},
}
"""Options for metrics that need one of several."""


@pytest.mark.parametrize("name", [d.name for d in describe_metrics() if "required" not in d.options.values()])
@pytest.mark.parametrize(
    "expected", ["The parcel arrives on Friday.", {"label": "a"}, {"tool_calls": []}, None], ids=lambda e: str(e)[:8]
)
def test_built_in_metrics_pass_the_kit(name: str, expected: Any) -> None:
    fixture = Fixture(id="a", input="Where is my parcel?", expected=expected, gold_context=("d#1",))
    response = Response(text='{"label": "a"}', latency=1.0, cost=0.1, input_tokens=9, output_tokens=2)
    check_metric(load_metric(name, **ONE_OF_SEVERAL.get(name, {})), fixture, response, retrieved=(Hit("d#1", "The parcel", 1.0),))


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        (Infinite(), "base is infinite in the column 'value' on the response given"),
        (Text(), "gives '1,5' in the column 'value'"),
        (Fragile(), "base raises on empty text: IndexError"),
        (Greedy(), "changes the fixture"),
        (Beyond(), "a share lies within 0 and 1"),
        (Stray(), "the part 'extra'"),
        (Drawing(), "differently the second time"),
        (Remembering(), "differently after others"),
        (Branching(), "estimate raises on the sums of 3 resamples: ValueError"),
        (Pooling(), "another value for a resample among others"),
        (Slow(), r"takes 0\.\d s on a very long text"),
        (Unpicklable(), "cannot be pickled"),
        (NoUnit(), "has the unit 'percent'; it is one of share, score"),
        (object(), "object has no name, higher_is_better"),
    ],
    ids=lambda each: each if isinstance(each, str) else type(each).__name__,
)
def test_a_metric_that_breaks_the_contract_is_told_how(bad: Any, said: str) -> None:
    with pytest.raises(AssertionError, match=said):
        check_metric(bad, Fixture(id="a", input="x", meta={"seen": []}), ANSWER, seconds=0.1 if isinstance(bad, Slow) else 10)


def test_metrics_that_ask_are_checked_with_replies() -> None:
    rubric = load_metric("rubric", model="openai/judge", criteria="Is it right?")
    assert check_metric(rubric, QUESTION, ANSWER, replies=['{"score": 4}']) == {"value": 4.0}
    preference = load_metric("preference", model="openai/judge", over="baseline")
    beside = {"baseline": Response(text="no")}
    replies = ['{"preferred": "A"}', '{"preferred": "B"}']
    assert check_metric(preference, QUESTION, ANSWER, beside=beside, replies=replies)["value"] == 1.0
    with pytest.raises(AssertionError, match="makes 2 requests; give 2 replies, not 1"):
        check_metric(preference, QUESTION, ANSWER, beside=beside, replies=replies[:1])
