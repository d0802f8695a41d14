"""A stored run as the rest of the program sees it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from harness.models import Response
from harness.retrieval import Hit
from harness.suite import Fixture

FORMAT = 1
"""Version of the run folder's format; raised when a reader of the older one could misread it."""


@dataclass(frozen=True, slots=True)
class StoredResponse:
    """One response with the request it answers.

    Attributes:
        hash: The request's hash.
        variant: The variant asked.
        fixture_id: The fixture asked about.
        repeat: Which repeat, from 0.
        response: What came back.
        retrieved: The context shown to the model, best first.
        cached: Whether an earlier run's answer was used and nothing was sent.
        finished_at: When the response was first finished, ISO 8601 with zone.
    """

    hash: str
    variant: str
    fixture_id: str
    repeat: int
    response: Response
    retrieved: tuple[Hit, ...] = ()
    cached: bool = False
    finished_at: str = ""


@dataclass(frozen=True, slots=True)
class StoredJudgement:
    """One answer of a judge: a model that a metric asked about a response.

    Attributes:
        metric: The metric that asked.
        number: Which of the metric's requests about that response this is, from 0.
        answer: The judge's answer; its variant, fixture and repeat are those of the response judged.
    """

    metric: str
    number: int
    answer: StoredResponse


@dataclass(frozen=True, slots=True)
class RunRecord:
    """What run.json says: what was run, with what, and how it ended.

    Attributes:
        run_id: ``<started-at>-<short id>``, the folder's name.
        status: running, complete, or stopped (interrupted, or a variant was given up).
        definition: The suite's definition as resolved, floors included (the JSON form of SuiteDefinition).
        suite_path: The suite.yaml it came from, relative to where the run was started where that is possible.
        variants: For each variant: resolved model, price and its source, adapter, prompt, what is stated about it.
        hashes: SHA-256 of suite, fixtures, training data, and for each variant its prompt, corpus and adapter.
        selection: What was asked for: variants, limit, repeats.
        engine: How the embedded model was run (slots, threads, package versions), empty where it was not.
        totals: Planned, asked, cached, failed, cost (in this run), cost_at_first_asking (of all its answers, in whatever run),
            seconds; under a cap cost_presumed (of calls whose cost nobody told) and capped (whether it stopped the run).
        stopped: For each variant that was given up: why, one line.
        judges: For each metric that asks a model: the model, its prompt's hash, its price, and how its calls went.
    """

    run_id: str
    suite: str
    started_at: str
    status: str
    seed: int
    definition: Mapping[str, Any]
    suite_path: str
    variants: Mapping[str, Mapping[str, Any]]
    hashes: Mapping[str, Any]
    selection: Mapping[str, Any]
    packages: Mapping[str, str]
    git: Mapping[str, Any]
    finished_at: str | None = None
    engine: Mapping[str, Any] = field(default_factory=dict)
    totals: Mapping[str, Any] = field(default_factory=dict)
    stopped: Mapping[str, str] = field(default_factory=dict)
    judges: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    format: int = FORMAT


@dataclass(frozen=True, slots=True)
class Score:
    """One metric's measurement of one response: a row of columns, ``value`` first."""

    fixture_id: str
    variant: str
    repeat: int
    metric: str
    columns: Mapping[str, float]


@dataclass(frozen=True)
class Run:
    """A run read back from its folder: record, fixtures, responses and scores.

    The responses and scores of a large run are read from its files each time they are gone through; see ``Streamed``.
    """

    folder: str
    record: RunRecord
    fixtures: tuple[Fixture, ...]
    responses: Sequence[StoredResponse]
    scores: Sequence[Score] = ()
