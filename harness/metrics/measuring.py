"""Measuring stored responses: one row a response and metric, and a plain word about a metric that breaks."""

from __future__ import annotations

import itertools
import os
import time
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from harness.errors import Fault
from harness.metrics.contract import Metric
from harness.metrics.crew import Crew, NoCrewError
from harness.metrics.judging import Answers, asked_about, asks, side_by_side
from harness.metrics.registry import for_fixtures
from harness.metrics.rows import Breakages, Broken, Columns, row_of
from harness.metrics.sending import Sent, take_apart
from harness.metrics.worker import Chunk, Outcome
from harness.store import Score, StoredResponse
from harness.suite import Fixture

Pair = tuple[Fixture, StoredResponse]

SPREAD_FROM = 2_000
"""Responses from which on measuring may be spread over processes."""

WORTH_SPREADING = 4.0
"""Seconds that measuring must be going to take in one process for several to pay; each takes about one to start."""

_CHUNK = 200
_SHARED = 50_000
_MOST = 8


@dataclass(frozen=True, slots=True)
class Measured:
    """What measuring gave.

    Attributes:
        scores: One row a response and metric, in the order of the responses; none where a metric does not apply.
        faults: A metric that raised: on which fixture, and where in its code; each kind of fault once, with its count.
    """

    scores: tuple[Score, ...]
    faults: tuple[Fault, ...] = ()


def measure(
    responses: Iterable[StoredResponse],
    fixtures: Iterable[Fixture],
    metrics: Sequence[Metric],
    *,
    judged: Answers | None = None,
    processes: int | None = None,
) -> Measured:
    """Measure every usable response with every metric.

    Failed responses are never scored; truncated and refused ones are, with their text as it is. NaN columns are left
    out. A metric that raises, or gives something that is not a finite number, loses that row alone.

    Some thousands of responses are measured in several processes where that pays; the scores and their order are the same.
    A metric that ends its process loses that row alone too, and is given up after the third.

    Args:
        responses: Stored responses; those to fixtures that are not given are passed over.
        fixtures: The fixtures they answer.
        metrics: The metrics.
        judged: What judges answered to the metrics that ask, by request hash (see ``ask_judges``).
        processes: How many processes measure, this one alone if 1; as many as pay unless given.
    """
    breakages = Breakages()
    scores = tuple(measure_each(responses, fixtures, metrics, breakages, judged=judged, processes=processes))
    return Measured(scores, breakages.faults())


def measure_each(
    responses: Iterable[StoredResponse],
    fixtures: Iterable[Fixture],
    metrics: Sequence[Metric],
    breakages: Breakages,
    *,
    judged: Answers | None = None,
    processes: int | None = None,
) -> Iterator[Score]:
    """Measure as ``measure`` does, score by score, so that they can be written while more are measured.

    Args:
        responses: Stored responses.
        fixtures: The fixtures they answer.
        metrics: The metrics.
        breakages: Gathers what broke.
        judged: What judges answered.
        processes: How many processes measure.
    """
    responses = responses if isinstance(responses, Sequence) else list(responses)
    beside = side_by_side(responses) if any(asks(metric) for metric in metrics) else {}
    by_id = {fixture.id: fixture for fixture in fixtures}
    metrics = [for_fixtures(metric, by_id.values()) for metric in metrics]
    pairs = ((by_id[s.fixture_id], s) for s in responses if s.fixture_id in by_id and s.response.usable)
    shared: dict[tuple[tuple[str, float], ...], Columns] = {}  # most rows are equal: held once, a large run takes a third
    for (fixture, stored), row in _spread(pairs, len(responses), metrics, processes):
        for metric, measured in zip(metrics, row, strict=True):
            outcome = measured
            if outcome is None and beside:
                outcome = row_of(metric, fixture, stored, partial(_given, metric, fixture, stored, beside, judged or {}))
            elif outcome is None:
                outcome = row_of(metric, fixture, stored)
            if isinstance(outcome, Broken):
                breakages.add(outcome, stored)
            elif outcome:
                if len(shared) > _SHARED:
                    shared.clear()
                columns = shared.setdefault(tuple(outcome.items()), outcome)
                yield Score(stored.fixture_id, stored.variant, stored.repeat, metric.name, columns)


def _given(metric: Metric, fixture: Fixture, stored: StoredResponse, beside: Any, judged: Answers) -> dict[str, Any]:
    if not asks(metric):
        return {}
    return {"asked": asked_about(metric, fixture, stored, beside[stored.fixture_id, stored.repeat], judged)}


def _spread(
    pairs: Iterator[Pair], count: int, metrics: Sequence[Metric], processes: int | None
) -> Iterator[tuple[Pair, Outcome]]:
    """Every response with its outcome, with None for every metric that is left to this process."""
    nothing: Outcome = [None] * len(metrics)
    sent = {n: apart for n, metric in enumerate(metrics) if not asks(metric) and (apart := take_apart(metric)) is not None}
    if processes is None:
        processes = _processes(count) if sent else 1
        if processes > 1 and all(apart.module.startswith("harness.") for apart in sent.values()):
            began = time.perf_counter()
            for fixture, stored in itertools.islice(pairs, _CHUNK):
                row: Outcome = [row_of(metric, fixture, stored) if n in sent else None for n, metric in enumerate(metrics)]
                yield (fixture, stored), row
            if (time.perf_counter() - began) / _CHUNK * count < WORTH_SPREADING:
                processes = 1
    taken: deque[Pair] = deque()  # by the crew, and not measured yet
    if processes > 1 and sent:
        for outcome in _in_processes(_chunks(pairs, taken), metrics, sent, processes):
            yield taken.popleft(), outcome
    for pair in itertools.chain(taken, pairs):
        yield pair, nothing


def _chunks(pairs: Iterator[Pair], taken: deque[Pair]) -> Iterator[Chunk]:
    """Pairs some at a time, each noted as it is taken."""
    while chunk := list(itertools.islice(pairs, _CHUNK)):
        taken.extend(chunk)
        yield chunk


def _in_processes(chunks: Iterator[Chunk], metrics: Sequence[Metric], sent: dict[int, Sent], processes: int) -> Iterator[Outcome]:
    try:
        with Crew(list(sent.values()), [metrics[n].name for n in sent], processes) as crew:
            for _, outcomes in crew.measure(chunks):
                for outcome in outcomes:
                    row: Outcome = [None] * len(metrics)
                    for place, n in enumerate(sent):
                        row[n] = outcome[place]
                    yield row
    except NoCrewError:  # what is left is measured here
        return


def _processes(responses: int) -> int:
    if responses < SPREAD_FROM:
        return 1
    processors = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(_MOST, processors)
