"""Running a suite from its questions to its verdicts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from harness.metrics import load_metrics
from harness.models import Budget
from harness.running import Progress
from harness.session.estimating import check_judges
from harness.session.evaluated import EvaluatedRun, evaluate
from harness.session.loading import load_suite
from harness.session.measured import HowToAsk, measured_run
from harness.session.origin import recorded_runs
from harness.session.others import ask_others, needed_suites, with_others
from harness.store import DEFAULT_ROOT, Store
from harness.suite import Suite


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
    workers: int | None = None,
    max_cost: float | None = None,
    progress: Progress | None = None,
) -> EvaluatedRun:
    """Ask what has not been answered yet, let the judges judge, measure every response, and come to verdicts.

    Other suites that gates name are asked afterwards, of the variants those gates name; they share the cap.

    Args:
        suite: A loaded suite, or the path of one.
        store: The folder that holds the runs; ``.harness/runs`` unless given.
        variants: Ask these variants only.
        limit: Ask about the first ``limit`` fixtures only.
        repeats: How often each question is asked; the suite's own number unless given.
        fresh: Ask everything again, whatever is stored.
        replay: Use stored responses alone, also those recorded with the suite, and open no connection.
        slots: Requests the embedded model works on at once; more than 1 is faster and not deterministic.
        workers: Processes that send to hosted models; chosen by the number of calls and of processors unless given.
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
        for broad, _ in needed_suites(loaded, variants).values():
            check_judges(broad, load_metrics(broad))
    runs = Store(store or DEFAULT_ROOT)
    how = HowToAsk(
        runs,
        recorded_runs(loaded.folder) if replay else (),
        limit=limit,
        repeats=repeats,
        fresh=fresh,
        replay=replay,
        slots=slots,
        workers=workers,
        budget=budget,
        progress=progress,
    )
    main = measured_run(loaded, metrics, how, variants)
    done = ask_others(loaded, main, how, variants)
    record = with_others(main.run.record, done)
    if done:
        runs.write_record(main.run.folder, record)
    return evaluate(
        replace(main.run, record=record),
        interrupted=main.interrupted or any(other.interrupted for other in done.values()),
        missing=main.missing + tuple((f"{v} ({named})", f) for named, other in done.items() for v, f in other.missing),
        unjudged=main.unjudged + sum(other.unjudged for other in done.values()),
    )
