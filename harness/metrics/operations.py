"""What an answer takes: seconds, US dollars, tokens, attempts; and how often there is none. Lower is better.

What is above 0 by its nature is compared by its ratio, and by the difference where a value is 0; counts and shares by the
difference.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

from harness.metrics.contract import MeanMetric, Unit
from harness.models import Response
from harness.suite import Fixture


@dataclass(frozen=True)
class Taken(MeanMetric):
    """What the metrics of this family share; a response for which the number is not known is left out."""

    higher_is_better: ClassVar[bool] = False
    scale: ClassVar[Literal["difference", "ratio"]] = "ratio"

    def parts(self) -> tuple[str, ...]:
        """None."""
        return ()


@dataclass(frozen=True)
class Latency(Taken):
    """Mean seconds from sending the attempt that was answered to its last byte."""

    name: ClassVar[str] = "latency"
    unit: ClassVar[Unit] = "seconds"

    def measure(self, fixture: Fixture, response: Response) -> Mapping[str, float]:
        """Seconds."""
        return {} if response.latency is None else {"value": response.latency}


@dataclass(frozen=True)
class LatencyP50(Latency):
    """Median latency in seconds."""

    name: ClassVar[str] = "latency_p50"
    quantile: ClassVar[float | None] = 0.5


@dataclass(frozen=True)
class LatencyP90(Latency):
    """The latency in seconds that 90 of 100 answers keep."""

    name: ClassVar[str] = "latency_p90"
    quantile: ClassVar[float | None] = 0.9


@dataclass(frozen=True)
class LatencyP95(Latency):
    """The latency in seconds that 95 of 100 answers keep."""

    name: ClassVar[str] = "latency_p95"
    quantile: ClassVar[float | None] = 0.95


@dataclass(frozen=True)
class LatencyP99(Latency):
    """The latency in seconds that 99 of 100 answers keep."""

    name: ClassVar[str] = "latency_p99"
    quantile: ClassVar[float | None] = 0.99


@dataclass(frozen=True)
class Cost(Taken):
    """US dollars a call."""

    name: ClassVar[str] = "cost"
    unit: ClassVar[Unit] = "USD"

    def measure(self, fixture: Fixture, response: Response) -> Mapping[str, float]:
        """US dollars; nothing where the price is unknown."""
        return {} if response.cost is None else {"value": response.cost}


@dataclass(frozen=True)
class CostPer1000Calls(Taken):
    """US dollars a thousand calls."""

    name: ClassVar[str] = "cost_per_1000_calls"
    unit: ClassVar[Unit] = "USD"

    def measure(self, fixture: Fixture, response: Response) -> Mapping[str, float]:
        """US dollars; nothing where the price is unknown."""
        return {} if response.cost is None else {"value": 1000.0 * response.cost}


@dataclass(frozen=True)
class InputTokens(Taken):
    """Tokens a question with its prompt and context, as the provider counted them."""

    name: ClassVar[str] = "input_tokens"
    unit: ClassVar[Unit] = "tokens"

    def measure(self, fixture: Fixture, response: Response) -> Mapping[str, float]:
        """Prompt tokens; nothing where the provider did not say."""
        return {} if response.input_tokens is None else {"value": float(response.input_tokens)}


@dataclass(frozen=True)
class OutputTokens(Taken):
    """Tokens an answer, as the provider counted them."""

    name: ClassVar[str] = "output_tokens"
    unit: ClassVar[Unit] = "tokens"

    def measure(self, fixture: Fixture, response: Response) -> Mapping[str, float]:
        """Completion tokens; nothing where the provider did not say."""
        return {} if response.output_tokens is None else {"value": float(response.output_tokens)}


@dataclass(frozen=True)
class TotalTokens(Taken):
    """Tokens a call, question and answer together, as the provider counted them."""

    name: ClassVar[str] = "total_tokens"
    unit: ClassVar[Unit] = "tokens"

    def measure(self, fixture: Fixture, response: Response) -> Mapping[str, float]:
        """Prompt and completion tokens; nothing where the provider did not give both."""
        if response.input_tokens is None or response.output_tokens is None:
            return {}
        return {"value": float(response.input_tokens + response.output_tokens)}


@dataclass(frozen=True)
class Retries(Taken):
    """Attempts that failed before the one that was answered, a call; those of calls that were never answered are not in it."""

    name: ClassVar[str] = "retries"
    unit: ClassVar[Unit] = "count"
    scale: ClassVar[Literal["difference", "ratio"]] = "difference"

    def measure(self, fixture: Fixture, response: Response) -> Mapping[str, float]:
        """The number of failed attempts."""
        return {"value": float(response.retries)}


@dataclass(frozen=True)
class TruncationRate(Taken):
    """Share of answers cut off at the limit of tokens or of size."""

    name: ClassVar[str] = "truncation_rate"
    unit: ClassVar[Unit] = "share"
    scale: ClassVar[Literal["difference", "ratio"]] = "difference"

    def measure(self, fixture: Fixture, response: Response) -> Mapping[str, float]:
        """1 where the answer is truncated, else 0."""
        return {"value": float(response.outcome == "truncated")}


@dataclass(frozen=True)
class RefusalRate(Taken):
    """Share of questions the model or the provider's filter declined, as the provider marks it; words are not looked at."""

    name: ClassVar[str] = "refusal_rate"
    unit: ClassVar[Unit] = "share"
    scale: ClassVar[Literal["difference", "ratio"]] = "difference"

    def measure(self, fixture: Fixture, response: Response) -> Mapping[str, float]:
        """1 where the answer is a refusal, else 0."""
        return {"value": float(response.outcome == "refused")}
