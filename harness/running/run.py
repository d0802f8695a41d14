"""Running a suite: plan, take what is known, ask the rest, and leave a run folder behind."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from harness.errors import Fault, ModelError, SuiteError
from harness.models import Budget
from harness.running.answerer import Answerer, prepare
from harness.running.asyncio_engine import run_to_end
from harness.running.cap import check_cap
from harness.running.estimate import local_estimate
from harness.running.execution import Execution
from harness.running.halt import Halt
from harness.running.interrupts import interrupts
from harness.running.planned import PlannedRequest, Selection, select
from harness.running.preparation import prepare_run, write_plan
from harness.running.progress import Progress, Silence
from harness.running.provenance import new_record
from harness.store import PlanTable, RunRecord, Store
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
    selection, answerers = _all_of(suite, variants, limit, repeats)
    for variant in selection.variants:
        for fixture, repeat in selection.places():
            yield answerers[variant].plan(fixture, repeat)


def name_plan(
    suite: Suite, *, variants: Sequence[str] | None = None, limit: int | None = None, repeats: int | None = None
) -> PlanTable:
    """Write the names of what a run would ask into a table on disk, to be closed by the caller; see ``plan``.

    Raises:
        SuiteError: When the selection, an outputs file or a callable cannot be used.
        ModelError: When the weights of a local model cannot be had.
    """
    return write_plan(*_all_of(suite, variants, limit, repeats))


def _all_of(
    suite: Suite, variants: Sequence[str] | None, limit: int | None, repeats: int | None
) -> tuple[Selection, dict[str, Answerer]]:
    selection = select(suite, variants=variants, limit=limit, repeats=repeats)
    answerers, stopped = prepare(suite, selection.variants)
    if stopped:
        raise ModelError(*(f"{variant}: {reason}" for variant, reason in stopped.items()))
    return selection, answerers


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
    workers: int | None = None,
) -> RunOutcome:
    """Answer every fixture with every variant and leave a run folder.

    What an earlier run answered, complete or interrupted, is not asked again; failed requests are. May be called where an event
    loop is running: the run then has a thread of its own. Processes that run the same suite at the same time share the asking.
    The first Ctrl-C, SIGTERM or SIGHUP ends the sending and waits for what is in flight, the second ends at once; both leave a
    readable run.

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
        workers: Processes that send to hosted models; chosen by the number of calls and of processors unless given.

    Raises:
        SuiteError: When the selection, an outputs file or a callable cannot be used, or the budget cannot be kept or suffice.
        StoreError: When the run folder cannot be written.
    """
    if fresh and replay:
        raise SuiteError(Fault("fresh asks everything again and replay asks nothing", "give one of them"))
    telling = progress or Silence()
    started, clock = datetime.now(UTC), time.monotonic()
    with (
        nullcontext() if fresh or replay else store.claims(suite.name) as claims,
        prepare_run(suite, store, variants=variants, limit=limit, repeats=repeats, fresh=fresh, recorded=recorded) as prepared,
    ):
        if budget is not None and not replay:
            check_cap(suite, store, prepared, budget, slots=slots)
        selection = prepared.selection
        for variant, reason in prepared.stopped.items():
            telling.note(f"{variant} is given up: {reason}")
        asked_for: dict[str, Any] = {"limit": limit, "fresh": fresh, "replay": replay}
        if budget is not None:
            asked_for["max_cost"] = budget.cap
        record = new_record(suite, selection, started, asked_for)
        halt = Halt(prepared.stopped)
        with interrupts(halt.ask), store.begin(record, selection.fixtures) as kept:
            known = kept.keep_known(prepared.table)
            execution = Execution(suite, prepared, kept, telling, halt, replay, slots, budget, workers, claims)
            halt.when_given_up = execution.tell_given_up
            if claims is not None:
                claims.leave_out(kept.folder)
                for other in claims.others:
                    telling.note(f"another run of this suite is going on ({other}): what it answers is not asked again")
            for line in store.notes:
                telling.note(line)
            if estimate := local_estimate(suite, store, execution.pending, slots):
                telling.note(estimate)
            try:
                telling.started(selection.per_variant * len(selection.variants), execution.cached.total())
                execution.count_known(known)
                if replay:
                    execution.work_out()
                elif any(execution.pending.values()):
                    run_to_end(execution.ask_missing, halt)
                execution.count_unasked()
            finally:
                telling.close()
            prepared.table.close()  # its memory is wanted for what comes
            kept.finish(_finished(record, execution, time.monotonic() - clock))
    return RunOutcome(kept.folder, dict(execution.stopped), execution.missing, halt.asked)


def _finished(record: RunRecord, execution: Execution, seconds: float) -> RunRecord:
    """Complete the record: status, totals, what was given up."""
    interrupted, selection = execution.halt.asked, execution.prepared.selection
    complete = not (interrupted or execution.stopped or execution.missing)
    totals: dict[str, Any] = {
        "planned": selection.per_variant * len(selection.variants),
        "asked": execution.asked.total(),
        "cached": execution.cached.total(),
        "failed": execution.failed.total(),
        "missing": execution.left_out,
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
