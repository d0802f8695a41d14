"""Running a suite from its questions to its verdicts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from harness.metrics import load_metrics, measure
from harness.running import Progress, run_suite
from harness.session.evaluated import EvaluatedRun, evaluate
from harness.session.loading import load_suite
from harness.store import DEFAULT_ROOT, Store
from harness.suite import Suite

RECORDED = "recorded"
"""The folder of a suite that holds runs kept with it; a replay finds their answers, so that it works in a fresh checkout."""


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
        replay: Use stored responses alone, also those recorded with the suite, and open no connection.
        slots: Requests the embedded model works on at once; more than 1 is faster and not deterministic.
        progress: Told what happens while it happens.

    Raises:
        SuiteError: When the suite cannot be used as written.
        StoreError: When the run folder cannot be written.
    """
    loaded = suite if isinstance(suite, Suite) else load_suite(suite)
    runs = Store(store or DEFAULT_ROOT)
    recorded = loaded.folder / RECORDED
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
        recorded=(Store(recorded),) if replay and recorded.is_dir() else (),
    )
    stored = runs.read(outcome.folder)
    measured = measure(stored.responses, stored.fixtures, load_metrics(loaded))
    if progress is not None:
        for fault in measured.faults:
            progress.note(str(fault))
    runs.write_scores(outcome.folder, measured.scores)
    return evaluate(replace(stored, scores=measured.scores), interrupted=outcome.interrupted, missing=tuple(outcome.missing))
