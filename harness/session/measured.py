"""One suite asked, judged by its judges and measured; what it comes to is not said here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from harness.metrics import Breakages, Metric, ask_judges, asks, judge_calls, measure_each
from harness.models import Budget
from harness.running import Progress, run_suite, select
from harness.store import Run, Store
from harness.suite import Suite


@dataclass(frozen=True)
class HowToAsk:
    """How a run is done, whichever suite is asked; the attributes are those of ``harness.run``.

    Attributes:
        runs: Where the runs are kept.
        recorded: Further stores whose answers may be used.
        budget: What may be spent, shared by all that is asked.
    """

    runs: Store
    recorded: Sequence[Store] = ()
    limit: int | None = None
    repeats: int | None = None
    fresh: bool = False
    replay: bool = False
    slots: int = 1
    workers: int | None = None
    budget: Budget | None = None
    progress: Progress | None = None


@dataclass(frozen=True)
class MeasuredRun:
    """A run with its scores.

    Attributes:
        run: The stored run.
        metrics: The metrics it was measured with.
        interrupted: Whether the user stopped it.
        missing: In a replay: (variant, fixture id) pairs that no stored response answers.
        unjudged: In a replay: how many answers of judges are not stored.
    """

    run: Run
    metrics: tuple[Metric, ...]
    interrupted: bool = False
    missing: tuple[tuple[str, str], ...] = ()
    unjudged: int = 0


def measured_run(suite: Suite, metrics: tuple[Metric, ...], how: HowToAsk, variants: Sequence[str] | None = None) -> MeasuredRun:
    """Ask what has not been answered yet, let the judges judge, and measure every response.

    Raises:
        SuiteError: When the suite cannot be used as written, or the cap cannot be kept or suffice.
        StoreError: When the run folder cannot be written.
    """
    progress, runs, budget = how.progress, how.runs, how.budget
    if progress is not None and not how.replay:
        selection = select(suite, variants=variants, limit=how.limit, repeats=how.repeats)
        for name, calls in judge_calls(metrics, selection.per_variant * len(selection.variants)).items():
            progress.note(f"{name} asks a judge after the answers: at most {calls} calls")
    outcome = run_suite(
        suite,
        runs,
        variants=variants,
        limit=how.limit,
        repeats=how.repeats,
        fresh=how.fresh,
        replay=how.replay,
        slots=how.slots,
        workers=how.workers,
        progress=progress,
        recorded=how.recorded,
        budget=budget,
    )
    with runs.hold(outcome.folder):
        stored = runs.read(outcome.folder)
        if any(asks(metric) for metric in metrics):  # until the judges are done, so is the run
            runs.write_record(outcome.folder, replace(stored.record, status="running"))
        judged = ask_judges(
            stored,
            metrics,
            runs,
            folder=suite.folder,
            ask=not (how.replay or outcome.interrupted),
            fresh=how.fresh,
            concurrency=suite.definition.concurrency,
            limits=suite.definition.limits,
            slots=how.slots,
            recorded=how.recorded,
            progress=progress,
            budget=budget,
        )
        breakages = Breakages()
        scores = measure_each(stored.responses, stored.fixtures, metrics, breakages, judged=judged.answers)
        runs.write_scores(outcome.folder, scores)
        if progress is not None:
            for fault in breakages.faults():
                progress.note(str(fault))
        record = stored.record
        if judged.judges:
            capped = budget is not None and budget.exhausted
            status = "stopped" if judged.interrupted or capped else record.status
            totals = {**record.totals, **judged.totals}
            if budget is not None:
                totals |= {"cost_presumed": budget.presumed, "capped": capped}
            record = replace(record, status=status, judges=judged.judges, totals=totals)
            runs.write_record(outcome.folder, record)
    return MeasuredRun(
        replace(stored, record=record, scores=runs.read_scores(outcome.folder)),
        metrics,
        interrupted=outcome.interrupted or judged.interrupted,
        missing=tuple(outcome.missing),
        unjudged=judged.missing if how.replay else 0,
    )
