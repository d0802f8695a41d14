"""Running a suite from its questions to its verdicts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from harness.metrics import load_metrics, measure
from harness.running import Progress, run_suite
from harness.session.evaluated import EvaluatedRun, evaluate
from harness.session.loading import load_suite
from harness.store import Store
from harness.suite import Suite

DEFAULT_STORE = ".harness/runs"
"""Where run folders live unless another place is given, relative to the working directory."""


def run(
    suite: Suite | str | Path,
    *,
    store: str | Path | None = None,
    variants: Sequence[str] | None = None,
    limit: int | None = None,
    repeats: int | None = None,
    fresh: bool = False,
    replay: bool = False,
    slots: int = 1,
    progress: Progress | None = None,
) -> EvaluatedRun:
    """Ask what has not been answered yet, measure every response, and judge.

    Args:
        suite: A loaded suite, or the path of one.
        store: The folder that holds the runs; ``.harness/runs`` unless given.
        variants: Ask these variants only.
        limit: Ask about the first ``limit`` fixtures only.
        repeats: How often each question is asked; the suite's own number unless given.
        fresh: Ask everything again, whatever is stored.
        replay: Use stored responses alone and open no connection.
        slots: Requests the embedded model works on at once; more than 1 is faster and not deterministic.
        progress: Told what happens while it happens.

    Raises:
        SuiteError: When the suite cannot be used as written.
        StoreError: When the run folder cannot be written.
    """
    loaded = suite if isinstance(suite, Suite) else load_suite(suite)
    runs = Store(store or DEFAULT_STORE)
    outcome = run_suite(
        loaded,
        runs,
        variants=variants,
        limit=limit,
        repeats=repeats,
        fresh=fresh,
        replay=replay,
        slots=slots,
        progress=progress,
    )
    stored = runs.read(outcome.folder)
    measured = measure(stored.responses, stored.fixtures, load_metrics(loaded))
    if progress is not None:
        for fault in measured.faults:
            progress.note(str(fault))
    runs.write_scores(outcome.folder, measured.scores)
    return evaluate(replace(stored, scores=measured.scores), interrupted=outcome.interrupted, missing=tuple(outcome.missing))
