"""Measuring stored responses: one row a response and metric, and a plain word about a metric that breaks."""

from __future__ import annotations

import inspect
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from harness.errors import Fault
from harness.metrics.contract import Metric
from harness.metrics.plugin import as_user_says, place_of
from harness.store import Score, StoredResponse
from harness.suite import Fixture


@dataclass(frozen=True, slots=True)
class Measured:
    """What measuring gave.

    Attributes:
        scores: One row a response and metric, in the order of the responses; none where a metric does not apply.
        faults: A metric that raised: on which fixture, and where in its code; each kind of fault once, with its count.
    """

    scores: tuple[Score, ...]
    faults: tuple[Fault, ...] = ()


def measure(responses: Iterable[StoredResponse], fixtures: Iterable[Fixture], metrics: Sequence[Metric]) -> Measured:
    """Measure every usable response with every metric.

    Failed responses are never scored; truncated and refused ones are, with their text as it is. NaN columns are left
    out. A metric that raises, or gives something that is not a finite number, loses that row alone.

    Args:
        responses: Stored responses; those to fixtures that are not given are passed over.
        fixtures: The fixtures they answer.
        metrics: The metrics.
    """
    by_id = {fixture.id: fixture for fixture in fixtures}
    scores: list[Score] = []
    broken: dict[tuple[str, str | None, int | None, str], tuple[str, int]] = {}
    for stored in responses:
        fixture = by_id.get(stored.fixture_id)
        if fixture is None or not stored.response.usable:
            continue
        for metric in metrics:
            try:
                columns = _row(metric, fixture, stored)
            except Exception as error:
                path = _file_of(metric)
                key = (metric.name, *place_of(error, path), f"{type(error).__name__}: {error}"[:300])
                first, count = broken.get(key, (f"{stored.fixture_id} ({stored.variant})", 0))
                broken[key] = (first, count + 1)
                continue
            if columns:
                scores.append(Score(stored.fixture_id, stored.variant, stored.repeat, metric.name, columns))
    return Measured(tuple(scores), tuple(_fault(key, *value) for key, value in broken.items()))


def _row(metric: Metric, fixture: Fixture, stored: StoredResponse) -> dict[str, float]:
    measured = metric.measure(fixture, stored.response)
    columns: dict[str, float] = {}
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
    function = getattr(type(metric), "function", None) or type(metric).measure
    try:
        return inspect.getfile(function)
    except TypeError:
        return None


def _fault(key: tuple[str, str | None, int | None, str], first: str, count: int) -> Fault:
    name, path, line, said = key
    more = f" and {count - 1} more" if count > 1 else ""
    place = None if path is None else as_user_says(path)
    return Fault(f"the metric {name} broke on fixture {first}{more}: {said}", "those responses have no score on it", place, line)
