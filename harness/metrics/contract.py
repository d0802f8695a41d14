"""What a metric is: a small frozen dataclass whose fields are its options in suite.yaml."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from typing import Any, ClassVar, Literal, Protocol, Self, runtime_checkable

import numpy as np
import numpy.typing as npt

from harness.models import Request, ResolvedPrice, Response
from harness.suite import Fixture

Unit = Literal["share", "score", "seconds", "USD", "tokens", "count"]
"""share is 0 to 1 and shown in per cent; the rest are shown with their unit."""

Totals = Mapping[str, npt.NDArray[np.float64]]
"""Weighted column sums, one array entry per resample; the key ``n`` holds the sum of weights."""


@dataclass(frozen=True, slots=True)
class PartOfSums:
    """A part of a metric that is no mean: a function of the sums of a few columns.

    Attributes:
        columns: The columns it is made from.
        estimate: From their weighted sums to the part's value, vectorised over resamples.
    """

    columns: tuple[str, ...]
    estimate: Callable[[Totals], Any]


@runtime_checkable
class Metric(Protocol):
    """The contract every metric keeps, built-in or plugged in.

    ``measure`` gives one row of columns for one response. The column ``value`` is the metric itself; each further
    column is a *part* with a name of its own, shown and gated as ``<metric>.<part>``. A column that does not apply to
    this fixture is left out or NaN, and the fixture then does not enter that column.

    ``estimate`` turns weighted column sums into the metric's value, vectorised over resamples; the default everywhere
    is a mean. ``quantile`` is set by the one other kind of metric: a quantile of ``value``.

    A metric about retrieval sets ``uses_context = True``; its ``measure`` then takes the context that was shown to the
    model as a third argument, ``retrieved: Sequence[Hit] = ()``, best first.

    Class attributes:
        name: What suite.yaml calls it.
        higher_is_better: The direction that is good.
        unit: What a value is counted in.
        scale: ``difference`` compares by subtraction, ``ratio`` on the logarithm (latency, cost, tokens).
        quantile: None, or the quantile of ``value`` that is the metric, between 0 and 1.
        descriptive: Parts that say how the value was come by, such as a judge's agreement with itself: neither direction of
            them is good, and variants are not compared on them; may be absent.
        one_process: Whether all responses must be measured in one process, because the metric remembers from one to the next
            or holds much memory; otherwise a large run is spread over several. May be absent.
        lower_is_better: Of a metric of which more is better, the parts of which less is, such as ``missing``; may be absent.
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


@dataclass(frozen=True, slots=True)
class Asked:
    """What a metric that asks a model is given beside the response it measures.

    Attributes:
        variant: The variant whose response it is.
        responses: What all variants answered to the same fixture in the same repeat, by variant; failed ones are not in it.
        answers: The model's answers to the metric's own requests about this response, in their order; None where one was
            not asked or failed.
    """

    variant: str
    responses: Mapping[str, Response]
    answers: tuple[Response | None, ...] = ()


@runtime_checkable
class AskingMetric(Metric, Protocol):
    """The contract of a metric that asks a model, beside that of every metric.

    ``requests`` says what to ask about one response; ``harness.metrics.ask_judges`` asks it all at once through the gateway,
    keeps every answer in the run and asks nothing twice; ``measure`` then takes the answers as the keyword argument
    ``asked: Asked``. Neither method may ask anything itself, and both must do the same each time.
    """

    @property
    def model(self) -> str:
        """The model asked: a litellm model string or ``local/<name>``."""
        ...

    @property
    def resolved_price(self) -> ResolvedPrice:
        """What its tokens cost."""
        ...

    @property
    def prompt_hash(self) -> str:
        """SHA-256, in hex, of what it is asked with; runs in which it differs are not to be compared on the metric."""
        ...

    @property
    def calls(self) -> int:
        """Requests one response takes at most."""
        ...

    def requests(self, fixture: Fixture, variant: str, responses: Mapping[str, Response]) -> Sequence[Request]:
        """Say what to ask about a variant's response; nothing where it is measured without asking, or cannot be.

        Args:
            fixture: The fixture answered.
            variant: The variant whose response is measured.
            responses: What all variants answered to it in the same repeat, by variant; failed ones are not in it.
        """
        ...

    def read(self, answer: Response) -> Any | None:
        """Read one answer of the model; None where it says nothing that can be read. Never raises."""
        ...


class MeanMetric:
    """The usual kind of metric: one value a response, higher is better, and the estimate is their weighted mean.

    Built-in metrics inherit these class attributes and the mean; they override what differs. A metric that overrides
    ``estimate`` is a function of column sums; columns it needs only for that start with ``_`` and are no parts. Such a
    column may be left out of a row where it would be 0.
    A metric with a field called ``folder`` is given the suite's folder there; it is not an option.
    """

    higher_is_better: ClassVar[bool] = True
    unit: ClassVar[Unit] = "share"
    scale: ClassVar[Literal["difference", "ratio"]] = "difference"
    quantile: ClassVar[float | None] = None
    uses_context: ClassVar[bool] = False
    one_process: ClassVar[bool] = False
    descriptive: ClassVar[frozenset[str]] = frozenset()
    lower_is_better: ClassVar[frozenset[str]] = frozenset()

    def __getstate__(self) -> Mapping[str, Any]:
        """What is pickled: the options; what was worked out from them, such as a compiled schema, is worked out again."""
        if not is_dataclass(self):
            return self.__dict__
        names = {field.name for field in fields(self)}
        return {name: value for name, value in self.__dict__.items() if name in names}

    def estimate(self, totals: Totals) -> Any:
        """Weighted mean of ``value``."""
        return totals["value"] / totals["n"]

    def parts(self) -> tuple[str, ...] | None:
        """Name the parts this metric always has; None where that is only known once something is measured."""
        return None

    def part_sums(self, part: str) -> PartOfSums | None:
        """How a part is made where it is a function of column sums; None for a mean, as parts usually are."""
        return None

    def for_fixtures(self, fixtures: Iterable[Fixture]) -> Self:
        """Return the metric to measure this set with; one that must know the whole set first is filled in here."""
        return self
