"""Running a suite: plan, take what is known, ask the rest, and leave a run folder behind."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from harness.errors import Fault, ModelError, SuiteError
from harness.models import Budget
from harness.running.answerer import prepare
from harness.running.asyncio_engine import Halt, run_to_end
from harness.running.cap import check_cap
from harness.running.estimate import local_estimate
from harness.running.execution import Execution
from harness.running.interrupts import interrupts
from harness.running.planned import PlannedRequest, select
from harness.running.preparation import prepare_run
from harness.running.progress import Progress, Silence
from harness.running.provenance import new_record
from harness.store import RunRecord, Store
from harness.suite import Suite


@dataclass(frozen=True)
class RunOutcome:
    """How a run ended.

    Attributes:
        folder: The run folder.
        stopped: For each variant that was given up: why, one line.
        missing: In a replay: variant and fixture id of what no stored response answers.
        interrupted: Whether the user stopped it.
    """

    folder: Path
    stopped: Mapping[str, str] = field(default_factory=dict)
    missing: tuple[tuple[str, str], ...] = ()
    interrupted: bool = False


def plan(
    suite: Suite, *, variants: Sequence[str] | None = None, limit: int | None = None, repeats: int | None = None
) -> Iterator[PlannedRequest]:
    """Say what a run would ask, one request after the other, ordered by variant, fixture and repeat.

    Args:
        suite: The suite.
        variants: These variants only.
        limit: The first ``limit`` fixtures only.
        repeats: How often each is asked; the suite's own number unless given.

    Raises:
        SuiteError: When the selection, an outputs file or a callable cannot be used.
        ModelError: When the weights of a local model cannot be had.
    """
    selection = select(suite, variants=variants, limit=limit, repeats=repeats)
    answerers, stopped = prepare(suite, selection.variants)
    if stopped:
        raise ModelError(*(f"{variant}: {reason}" for variant, reason in stopped.items()))
    for variant in selection.variants:
        for fixture, repeat in selection.places():
            yield answerers[variant].plan(fixture, repeat)


def run_suite(
    suite: Suite,
    store: Store,
    *,
    variants: Sequence[str] | None = None,
    limit: int | None = None,
    repeats: int | None = None,
    fresh: bool = False,
    replay: bool = False,
    progress: Progress | None = None,
    slots: int = 1,
    recorded: Sequence[Store] = (),
    budget: Budget | None = None,
) -> RunOutcome:
    """Answer every fixture with every variant and leave a run folder.

    What an earlier run answered, complete or interrupted, is not asked again; failed requests are. May be called where an event
    loop is running: the run then has a thread of its own. The first Ctrl-C or SIGTERM ends the sending and waits for what is in
    flight, the second ends at once; both leave a readable run.

    Args:
        suite: The suite.
        store: Where runs are kept and looked up.
        variants: These variants only.
        limit: The first ``limit`` fixtures only.
        repeats: How often each is asked; the suite's own number unless given.
        fresh: Ask everything again.
        replay: Use stored responses alone and open no connection; floors and outputs are still worked out.
        progress: Told how it goes; nobody is unless given.
        slots: Requests the embedded model works on at once.
        recorded: Further stores to find answers in; those of ``store`` come first.
        budget: What may be spent; the run stops before it would be passed, and everything answered is kept.

    Raises:
        SuiteError: When the selection, an outputs file or a callable cannot be used, or the budget cannot be kept or suffice.
        StoreError: When the run folder cannot be written.
    """
    if fresh and replay:
        raise SuiteError(Fault("fresh asks everything again and replay asks nothing", "give one of them"))
    telling = progress or Silence()
    started, clock = datetime.now(UTC), time.monotonic()
    prepared = prepare_run(suite, store, variants=variants, limit=limit, repeats=repeats, fresh=fresh, recorded=recorded)
    if budget is not None and not replay:
        check_cap(suite, store, prepared, budget, slots=slots)
    selection, hashes, known = prepared.selection, prepared.hashes, prepared.known
    for variant, reason in prepared.stopped.items():
        telling.note(f"{variant} is given up: {reason}")
    asked_for: dict[str, Any] = {"limit": limit, "fresh": fresh, "replay": replay}
    if budget is not None:
        asked_for["max_cost"] = budget.cap
    record = new_record(suite, selection, started, asked_for)
    halt = Halt()
    with interrupts(halt.ask), store.begin(record, selection.fixtures) as kept:
        execution = Execution(
            suite, selection, prepared.answerers, hashes, known, kept, telling, replay, slots, dict(prepared.stopped), budget
        )
        for line in store.notes:
            telling.note(line)
        if estimate := local_estimate(suite, store, execution.pending, slots):
            telling.note(estimate)
        try:
            planned = selection.per_variant * len(selection.variants)
            telling.started(planned, sum(name in known for names in hashes.values() for name in names))
            execution.copy_known()
            if replay:
                execution.work_out(halt)
            elif any(execution.pending.values()):
                run_to_end(lambda: execution.ask_missing(halt), halt)
            execution.count_unasked()
        finally:
            telling.close()
        kept.finish(_finished(record, execution, halt.asked, time.monotonic() - clock))
    return RunOutcome(kept.folder, dict(execution.stopped), tuple(dict.fromkeys(execution.missing)), halt.asked)


def _finished(record: RunRecord, execution: Execution, interrupted: bool, seconds: float) -> RunRecord:
    """Complete the record: status, totals, what was given up."""
    complete = not (interrupted or execution.stopped or execution.missing)
    totals: dict[str, Any] = {
        "planned": execution.selection.per_variant * len(execution.selection.variants),
        "asked": execution.asked.total(),
        "cached": execution.cached.total(),
        "failed": execution.failed.total(),
        "missing": len(execution.missing),
        "cost": execution.cost,
        "cost_at_first_asking": execution.first_cost,
        "seconds": round(seconds, 3),
        "interrupted": interrupted,
    }
    if execution.budget is not None:
        totals |= {"cost_presumed": execution.budget.presumed, "capped": execution.budget.exhausted}
    return replace(
        record,
        status="complete" if complete else "stopped",
        finished_at=datetime.now(UTC).isoformat(timespec="microseconds"),
        engine=dict(execution.engine),
        totals=totals,
        stopped=dict(execution.stopped),
    )
