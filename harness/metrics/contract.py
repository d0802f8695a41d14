"""What a metric is: a small frozen dataclass whose fields are its options in suite.yaml."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from harness.models import Response
from harness.suite import Fixture

Unit = Literal["share", "score", "seconds", "USD", "tokens", "count"]
"""share is 0 to 1 and shown in per cent; the rest are shown with their unit."""

Totals = Mapping[str, npt.NDArray[np.float64]]
"""Weighted column sums, one array entry per resample; the key ``n`` holds the sum of weights."""


@runtime_checkable
class Metric(Protocol):
    """The contract every metric keeps, built-in or plugged in.

    ``measure`` gives one row of columns for one response. The column ``value`` is the metric itself; each further
    column is a *part* with a name of its own, shown and gated as ``<metric>.<part>``. A column that does not apply to
    this fixture is left out or NaN, and the fixture then does not enter that column.

    ``estimate`` turns weighted column sums into the metric's value, vectorised over resamples; the default everywhere
    is a mean. ``quantile`` is set by the one other kind of metric: a quantile of ``value``.

    Class attributes:
        name: What suite.yaml calls it.
        higher_is_better: The direction that is good.
        unit: What a value is counted in.
        scale: ``difference`` compares by subtraction, ``ratio`` on the logarithm (latency, cost, tokens).
        quantile: None, or the quantile of ``value`` that is the metric, between 0 and 1.
    """

    name: ClassVar[str]
    higher_is_better: ClassVar[bool]
    unit: ClassVar[Unit]
    scale: ClassVar[Literal["difference", "ratio"]]
    quantile: ClassVar[float | None]

    def measure(self, fixture: Fixture, response: Response) -> Mapping[str, float]:
        """Measure one response."""
        ...

    def estimate(self, totals: Totals) -> Any:
        """Turn weighted column sums into the metric's value."""
        ...


class MeanMetric:
    """The usual kind of metric: one value a response, higher is better, and the estimate is their weighted mean.

    Built-in metrics inherit these class attributes and the mean; they override what differs. A metric that overrides
    ``estimate`` is a function of column sums; columns it needs only for that start with ``_`` and are no parts.
    A metric with a field called ``folder`` is given the suite's folder there; it is not an option.
    """

    higher_is_better: ClassVar[bool] = True
    unit: ClassVar[Unit] = "share"
    scale: ClassVar[Literal["difference", "ratio"]] = "difference"
    quantile: ClassVar[float | None] = None

    def estimate(self, totals: Totals) -> Any:
        """Weighted mean of ``value``."""
        return totals["value"] / totals["n"]

    def parts(self) -> tuple[str, ...] | None:
        """Name the parts this metric always has; None where that is only known once something is measured."""
        return None
