"""What an answer takes: seconds, US dollars, tokens. Lower is better, and variants are compared by their ratio."""

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
class CostPer1000(Taken):
    """US dollars a thousand calls."""

    name: ClassVar[str] = "cost_per_1000"
    unit: ClassVar[Unit] = "USD"

    def measure(self, fixture: Fixture, response: Response) -> Mapping[str, float]:
        """US dollars; nothing where the price is unknown."""
        return {} if response.cost is None else {"value": 1000.0 * response.cost}


@dataclass(frozen=True)
class OutputTokens(Taken):
    """Tokens an answer, as the provider counted them."""

    name: ClassVar[str] = "output_tokens"
    unit: ClassVar[Unit] = "tokens"

    def measure(self, fixture: Fixture, response: Response) -> Mapping[str, float]:
        """Completion tokens; nothing where the provider did not say."""
        return {} if response.output_tokens is None else {"value": float(response.output_tokens)}
