"""A test kit for metrics of your own: does one keep the contract that built-in metrics keep."""

from __future__ import annotations

import copy
import math
import pickle
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, get_args

import numpy as np

from harness.metrics import Asked, MeanMetric, Metric, Unit, asks, for_fixtures
from harness.metrics.function import MARK
from harness.models import Response, ToolCall
from harness.retrieval import Hit
from harness.suite import Fixture

HOSTILE: Mapping[str, Response] = {
    "empty text": Response(text=""),
    "white space": Response(text=" \n\t "),
    "a refusal": Response(text="", outcome="refused", finish_reason="content_filter"),
    "half an answer": Response(text='{"a": [1, {"b": "', outcome="truncated", finish_reason="length"),
    "a very long text": Response(text="word " * 40_000),
    "one very long word": Response(text="a" * 200_000),
    "brackets nested 50,000 deep": Response(text="[" * 50_000),
    "JSON with a key twice": Response(text='{"a": 1, "a": 2}'),
    "JSON with NaN and Infinity": Response(text='{"a": NaN, "b": -Infinity, "c": 1e999}'),
    "JSON that is null": Response(text="null"),
    "a number of 10,000 digits": Response(text="9" * 10_000),
    "control characters": Response(text="a\x00b\x1b[31mc\u202ed\ufeff"),
    "a lone surrogate": Response(text="\ud800"),
    "a template and a script": Response(text="{{ 7 * 7 }} {% for %} <script>alert(1)</script> __import__('os')"),
    "tool calls that make no sense": Response(tool_calls=(ToolCall("", None), ToolCall("x", "{not json"), ToolCall("x", [1]))),
}
"""Answers a model may give that a metric must survive."""

_WEIGHTS = ((1.0, 1.0, 1.0), (2.0, 0.0, 1.0), (0.5, 3.0, 0.25))
_CLOSE = 1e-9
_CANDIDATE = "candidate"


def check_metric(
    metric: Any,
    fixture: Fixture,
    response: Response,
    *,
    retrieved: Sequence[Hit] = (),
    beside: Mapping[str, Response] | None = None,
    replies: Sequence[str] = (),
    seconds: float = 10.0,
) -> Mapping[str, float]:
    """Check that a metric keeps the contract, on one fixture and response of yours and on hostile answers to that fixture.

    Checked are: its attributes; that columns are finite numbers (NaN where one does not apply), a share lies within 0 and
    1, and parts are those it names; that it is deterministic, keeps no state and leaves its inputs as they are; that
    ``estimate`` takes many resamples at once and gives for each what it gives for it alone, which for a mean is the value
    itself; that it can be pickled; and that hostile answers make it neither raise nor take long.

    Args:
        metric: The metric, its class, or a function decorated with ``harness.metric``.
        fixture: A fixture it applies to.
        response: An answer to it.
        retrieved: The context, for a metric that uses it.
        beside: What other variants answered, by variant, for a metric that compares; the response is that of ``candidate``.
        replies: What the model replies, in the order of the requests, for a metric that asks.
        seconds: How long measuring one answer may take.

    Returns:
        The columns measured, for assertions of your own.

    Raises:
        AssertionError: The metric does not keep the contract; the message says how.

    Example:
        >>> import harness
        >>> from harness.testing import check_metric
        >>> @harness.metric
        ... def polite(fixture, response):
        ...     return float("please" in response.text)
        >>> check_metric(polite, harness.Fixture(id="a", input="x"), harness.Response(text="Yes, please."))
    """
    made = for_fixtures(_metric(metric), [fixture])
    _check_attributes(made)
    kit = _Kit(made, fixture, tuple(retrieved), dict(beside or {}), tuple(replies), seconds)
    row = kit.measure(response, "the response given")
    if kit.measure(response, "the response given") != row:
        raise AssertionError(f"{made.name} measures the same response differently the second time; it must not draw or remember")
    rows = [row, *(kit.measure(each, what) for what, each in HOSTILE.items())]
    if kit.measure(response, "the response given") != row:
        raise AssertionError(f"{made.name} measures the same response differently after others; it must not keep state")
    if asks(made):
        kit.check_asking(response)
    if made.quantile is None:
        _check_estimates(made, rows)
    again = _pickled(made)
    if replace(kit, metric=again).measure(response, "the response given") != row:
        raise AssertionError(f"{made.name} measures otherwise once it is pickled and read back")
    return row


@dataclass(frozen=True)
class _Kit:
    """A metric with all that it is measured on."""

    metric: Metric
    fixture: Fixture
    retrieved: tuple[Hit, ...]
    beside: Mapping[str, Response]
    replies: tuple[str, ...]
    seconds: float

    def measure(self, response: Response, what: str) -> dict[str, float]:
        """Measure one response and check what comes of it."""
        name, metric = self.metric.name, self.metric
        given: dict[str, Any] = {"retrieved": self.retrieved} if getattr(metric, "uses_context", False) else {}
        if asks(metric):
            given["asked"] = self.asked(response, self.replies)
        before = copy.deepcopy((self.fixture, response, given))
        started = time.perf_counter()
        try:
            measured = metric.measure(self.fixture, response, **given)
        except Exception as error:
            raise AssertionError(f"{name} raises on {what}: {type(error).__name__}: {error}") from error
        took = time.perf_counter() - started
        if took > self.seconds:
            raise AssertionError(f"{name} takes {took:.1f} s on {what}; it may take {self.seconds:g}")
        if (self.fixture, response, given) != before:
            raise AssertionError(f"{name} changes the fixture or the response it is given, on {what}")
        return _checked(metric, measured, what)

    def asked(self, response: Response, replies: Sequence[str]) -> Asked:
        """What a metric that asks is given, with these replies."""
        responses = {**self.beside, _CANDIDATE: response}
        return Asked(_CANDIDATE, responses, tuple(Response(text=reply) for reply in replies))

    def check_asking(self, response: Response) -> None:
        """Check the requests of a metric that asks, and that it survives any reply."""
        metric: Any = self.metric
        responses = {**self.beside, _CANDIDATE: response}
        requests, again = (metric.requests(self.fixture, _CANDIDATE, responses) for _ in range(2))
        if [r.hash for r in requests] != [r.hash for r in again]:
            raise AssertionError(f"{metric.name} asks something else the second time; then nothing could be kept or resumed")
        if len(requests) > metric.calls:
            raise AssertionError(f"{metric.name} makes {len(requests)} requests and says it takes at most {metric.calls}")
        if self.replies and len(requests) != len(self.replies):
            raise AssertionError(
                f"{metric.name} makes {len(requests)} requests; give {len(requests)} replies, not {len(self.replies)}"
            )
        if requests:
            asked = Asked(_CANDIDATE, responses, (None,) * len(requests))
            if measured := _checked(metric, metric.measure(self.fixture, response, asked=asked), "no reply at all"):
                raise AssertionError(
                    f"{metric.name} gives {measured} where no reply came; a failed call is missing, never a score"
                )
        for what, reply in HOSTILE.items():
            try:
                metric.read(reply)
            except Exception as error:
                raise AssertionError(f"{metric.name} raises in read() on {what}: {type(error).__name__}: {error}") from error


def _metric(given: Any) -> Metric:
    made = getattr(given, MARK, given)
    try:
        metric: Metric = made() if isinstance(made, type) else made
        return metric
    except TypeError as error:
        raise AssertionError(f"{made.__name__} cannot be made without options ({error}); give the metric itself") from None


def _check_attributes(metric: Any) -> None:
    lacking = [
        n for n in ("name", "higher_is_better", "unit", "scale", "quantile", "measure", "estimate") if not hasattr(metric, n)
    ]
    if lacking:
        raise AssertionError(
            f"{type(metric).__name__} has no {', '.join(lacking)}; inherit harness.metrics.MeanMetric and set name"
        )
    if not isinstance(metric.name, str) or not metric.name or "." in metric.name:
        raise AssertionError(f"{type(metric).__name__} is named {metric.name!r}; a name is a text without a dot")
    for attribute, choices in (("unit", get_args(Unit)), ("scale", ("difference", "ratio")), ("higher_is_better", (True, False))):
        said = getattr(metric, attribute)
        if said not in choices:
            raise AssertionError(f"{metric.name} has the {attribute} {said!r}; it is one of {', '.join(map(str, choices))}")
    if metric.quantile is not None and not 0 < metric.quantile < 1:
        raise AssertionError(f"{metric.name} has the quantile {metric.quantile!r}; it lies between 0 and 1, or is None")


def _checked(metric: Any, measured: Any, what: str) -> dict[str, float]:
    """The columns as numbers, NaN left out, where they are as the contract has them."""
    if not isinstance(measured, Mapping):
        raise AssertionError(f"{metric.name} gives {measured!r:.60} on {what}; measure returns a mapping of columns")
    row: dict[str, float] = {}
    for column, value in measured.items():
        if not isinstance(column, str) or not column:
            raise AssertionError(f"{metric.name} gives the column {column!r} on {what}; a column's name is a text")
        try:
            number = float(value)
        except (TypeError, ValueError):
            raise AssertionError(f"{metric.name} gives {value!r:.60} in the column {column!r} on {what}; give a number") from None
        if math.isinf(number):
            raise AssertionError(f"{metric.name} is infinite in the column {column!r} on {what}; leave the column out instead")
        if not math.isnan(number):
            row[column] = number
    if metric.unit == "share" and _is_mean(metric) and not 0.0 <= row.get("value", 0.0) <= 1.0:
        raise AssertionError(f"{metric.name} is {row['value']:g} on {what}; a share lies within 0 and 1, or set another unit")
    named = getattr(metric, "parts", lambda: None)()
    stray = [] if named is None else [c for c in row if c != "value" and not c.startswith("_") and c not in named]
    if stray:
        raise AssertionError(f"{metric.name} gives the part {stray[0]!r} on {what}, which parts() does not name")
    return row


def _check_estimates(metric: Any, rows: Sequence[Mapping[str, float]]) -> None:
    """Check that ``estimate`` is vectorised over resamples, for the metric and for parts that are made of sums."""
    columns = list(dict.fromkeys(column for row in rows for column in row))
    if not columns:
        return
    totals = _totals(rows, columns, _WEIGHTS)
    _check_vectorised(metric.name, metric.estimate, totals, "estimate")
    part_sums = getattr(metric, "part_sums", lambda part: None)
    for part in (column for column in columns if column != "value" and not column.startswith("_")):
        if (how := part_sums(part)) is not None:
            _check_vectorised(metric.name, how.estimate, totals, f"the estimate of the part {part}")
    if _is_mean(metric) and "value" in rows[0]:
        alone = metric.estimate(_totals(rows[:1], columns, ((0.5,),)))
        if not _same(float(np.ravel(alone)[0]), rows[0]["value"]):
            raise AssertionError(f"{metric.name}: the mean of one response is {alone!r} and its value {rows[0]['value']!r}")


def _check_vectorised(name: str, estimate: Any, totals: Mapping[str, Any], what: str) -> None:
    resamples = len(totals["n"])
    with np.errstate(all="ignore"):
        try:
            together = np.asarray(estimate(totals), dtype=np.float64)
            alone = [
                np.asarray(estimate({c: t[at : at + 1] for c, t in totals.items()}), dtype=np.float64) for at in range(resamples)
            ]
        except Exception as error:
            raise AssertionError(
                f"{name}: {what} raises on the sums of {resamples} resamples: {type(error).__name__}: {error}"
            ) from error
    if together.shape not in ((), (resamples,)):
        raise AssertionError(
            f"{name}: {what} gives shape {together.shape} for {resamples} resamples; give one value for each: the sums are "
            "arrays, so use numpy's functions on them and no if"
        )
    for at, one in enumerate(alone):
        if not _same(float(np.broadcast_to(together, (resamples,))[at]), float(np.ravel(one)[0])):
            raise AssertionError(f"{name}: {what} gives another value for a resample among others than for it alone")


def _totals(rows: Sequence[Mapping[str, float]], columns: Iterable[str], weights: Sequence[Sequence[float]]) -> dict[str, Any]:
    """Weighted column sums, one array entry for each way of weighting; the weights are repeated over the rows."""
    factors = np.array([[each[at % len(each)] for at in range(len(rows))] for each in weights])
    table = {column: np.array([row.get(column, 0.0) for row in rows]) for column in columns}
    return {**{column: factors @ values for column, values in table.items()}, "n": factors.sum(axis=1)}


def _pickled(metric: Any) -> Any:
    try:
        return pickle.loads(pickle.dumps(metric))
    except Exception as error:
        raise AssertionError(
            f"{metric.name} cannot be pickled ({type(error).__name__}: {error}); define it at the top level of a module, and "
            "keep no open file, lock or lambda in it"
        ) from error


def _is_mean(metric: Any) -> bool:
    return getattr(type(metric), "estimate", None) is MeanMetric.estimate and metric.quantile is None


def _same(left: float, right: float) -> bool:
    return (math.isnan(left) and math.isnan(right)) or math.isclose(left, right, rel_tol=_CLOSE, abs_tol=_CLOSE)
