"""Running a suite from its questions to its verdicts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from harness.metrics import ask_judges, asks, judge_calls, load_metrics, measure
from harness.models import Budget
from harness.running import Progress, run_suite, select
from harness.session.estimating import check_judges
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
    max_cost: float | None = None,
    progress: Progress | None = None,
) -> EvaluatedRun:
    """Ask what has not been answered yet, let the judges judge, measure every response, and come to verdicts.

    Args:
        suite: A loaded suite, or the path of one.
        store: The folder that holds the runs; ``.harness/runs`` unless given.
        variants: Ask these variants only.
        limit: Ask about the first ``limit`` fixtures only.
        repeats: How often each question is asked; the suite's own number unless given.
        fresh: Ask everything again, whatever is stored.
        replay: Use stored responses alone, also those recorded with the suite, and open no connection.
        slots: Requests the embedded model works on at once; more than 1 is faster and not deterministic.
        max_cost: US dollars this run may spend, judges included; it stops before it would spend more and keeps what it has.
        progress: Told what happens while it happens.

    Raises:
        SuiteError: When the suite cannot be used as written, or the cap cannot be kept or suffice.
        StoreError: When the run folder cannot be written.
    """
    loaded = suite if isinstance(suite, Suite) else load_suite(suite)
    metrics = load_metrics(loaded)
    budget = None if max_cost is None else Budget(max_cost)
    if budget is not None and not replay:
        check_judges(loaded, metrics)
    runs = Store(store or DEFAULT_ROOT)
    recorded = loaded.folder / RECORDED
    kept = (Store(recorded),) if replay and recorded.is_dir() else ()
    if progress is not None and not replay:
        selection = select(loaded, variants=variants, limit=limit, repeats=repeats)
        for name, calls in judge_calls(metrics, selection.per_variant * len(selection.variants)).items():
            progress.note(f"{name} asks a judge after the answers: at most {calls} calls")
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
        recorded=kept,
        budget=budget,
    )
    stored = runs.read(outcome.folder)
    if any(asks(metric) for metric in metrics):  # until the judges are done, so is the run
        runs.write_record(outcome.folder, replace(stored.record, status="running"))
    judged = ask_judges(
        stored,
        metrics,
        runs,
        folder=loaded.folder,
        ask=not (replay or outcome.interrupted),
        fresh=fresh,
        concurrency=loaded.definition.concurrency,
        slots=slots,
        recorded=kept,
        progress=progress,
        budget=budget,
    )
    measured = measure(stored.responses, stored.fixtures, metrics, judged=judged.answers)
    if progress is not None:
        for fault in measured.faults:
            progress.note(str(fault))
    runs.write_scores(outcome.folder, measured.scores)
    record = stored.record
    if judged.judges:
        capped = budget is not None and budget.exhausted
        status = "stopped" if judged.interrupted or capped else record.status
        totals = {**record.totals, **judged.totals}
        if budget is not None:
            totals |= {"cost_presumed": budget.presumed, "capped": capped}
        record = replace(record, status=status, judges=judged.judges, totals=totals)
        runs.write_record(outcome.folder, record)
    return evaluate(
        replace(stored, record=record, scores=measured.scores),
        interrupted=outcome.interrupted or judged.interrupted,
        missing=tuple(outcome.missing),
        unjudged=judged.missing if replay else 0,
    )
