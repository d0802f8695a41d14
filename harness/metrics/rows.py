"""Measuring one response with one metric: its columns, or a plain word about what broke."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from harness.errors import Fault
from harness.metrics.contract import Metric
from harness.metrics.plugin import as_user_says, place_of
from harness.store import StoredResponse
from harness.suite import Fixture

Columns = dict[str, float]
"""What a metric measured, ``value`` first."""


@dataclass(frozen=True, slots=True)
class Broken:
    """A metric that could not measure a response.

    Attributes:
        metric: Its name.
        file: The file the exception came from, if any.
        line: The line in it.
        said: What happened.
    """

    metric: str
    file: str | None
    line: int | None
    said: str


class Breakages:
    """What broke while responses were measured: each kind once, with the first response it broke on and a count."""

    def __init__(self) -> None:
        """Begin with none."""
        self._found: dict[Broken, tuple[str, int]] = {}

    def add(self, broken: Broken, stored: StoredResponse) -> None:
        """Count one more."""
        first, count = self._found.get(broken, (f"{stored.fixture_id} ({stored.variant})", 0))
        self._found[broken] = (first, count + 1)

    def faults(self) -> tuple[Fault, ...]:
        """Say each kind in a line."""
        return tuple(_fault(broken, first, count) for broken, (first, count) in self._found.items())


def row_of(
    metric: Metric, fixture: Fixture, stored: StoredResponse, given: Callable[[], Mapping[str, Any]] = dict
) -> Columns | Broken:
    """Measure one response; NaN columns are left out.

    Args:
        metric: The metric.
        fixture: The fixture answered.
        stored: The response, with the context that was shown.
        given: Makes further arguments for ``measure``; what it raises is the metric's fault too.
    """
    context = {"retrieved": stored.retrieved} if getattr(metric, "uses_context", False) else {}
    try:
        return _columns(metric.measure(fixture, stored.response, **context, **given()))
    except (Exception, SystemExit) as error:
        path = _file_of(metric)
        return Broken(metric.name, *place_of(error, path), f"{type(error).__name__}: {error}"[:300])


def _columns(measured: Mapping[str, float]) -> Columns:
    if len(measured) == 1 and type(value := measured.get("value")) is float and math.isfinite(value):
        return {"value": value}  # as nearly every row is
    columns: Columns = {}
    for name in sorted(measured, key=lambda column: column != "value"):
        try:
            number = float(measured[name])
        except (TypeError, ValueError):
            raise TypeError(f"the column {name!r} is {measured[name]!r:.60}, not a number") from None
        if math.isinf(number):
            raise ValueError(f"the column {name!r} is infinite")
        if not math.isnan(number):
            columns[str(name)] = number
    return columns


def _file_of(metric: Metric) -> str | None:
    own = getattr(metric, "code_file", lambda: None)()
    if isinstance(own, str):
        return own
    function = getattr(type(metric), "function", None) or type(metric).measure
    try:
        return inspect.getfile(function)
    except TypeError:
        return None


def _fault(broken: Broken, first: str, count: int) -> Fault:
    more = f" and {count - 1} more" if count > 1 else ""
    place = None if broken.file is None else as_user_says(broken.file)
    said = f"the metric {broken.metric} broke on fixture {first}{more}: {broken.said}"
    return Fault(said, "those responses have no score on it", place, broken.line)
