"""Asking again what failed in a run."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.errors import Fault, SuiteError
from harness.running import name_plan
from harness.session.evaluated import EvaluatedRun, find_run
from harness.session.loading import load_suite
from harness.session.session import run
from harness.store import DEFAULT_ROOT, RunRecord, Store
from harness.suite import Suite


@dataclass(frozen=True)
class Retry:
    """What is to be run again.

    Attributes:
        suite: The suite of the run.
        selection: What of it was run: ``variants``, ``limit`` and ``repeats``, as ``run`` takes them.
        failed: How many responses failed in it.
        absent: How many it does not hold at all, because it was stopped.
    """

    suite: Suite
    selection: dict[str, Any]
    failed: int
    absent: int


def retry_failed(
    selector: str | Path = "latest", *, suite: str | Path | None = None, store: str | Path | None = None, **options: Any
) -> EvaluatedRun:
    """Ask again what failed in a run, and what it was stopped before; the new run holds everything.

    Failed responses are never taken for answers, so this is ``run`` with the selection of that run: its variants, its limit,
    its repeats. Answers that the store has by now are not asked for again.

    Args:
        selector: A run id, the beginning of one, ``latest``, or the path of a run folder.
        suite: The suite; where the run says it is unless given.
        store: The folder that holds the runs; ``.harness/runs`` unless given.
        options: ``max_cost``, ``slots``, ``workers`` and ``progress``, as ``run`` takes them.

    Raises:
        StoreError: When no run or more than one fits.
        SuiteError: When the suite asks something else by now than it did in that run.
    """
    retry = find_retry(selector, suite=suite, store=store)
    return run(retry.suite, store=store, **retry.selection, **options)


def find_retry(selector: str | Path = "latest", *, suite: str | Path | None = None, store: str | Path | None = None) -> Retry:
    """Work out what ``retry_failed`` would run; the arguments and errors are the same."""
    runs = Store(store or DEFAULT_ROOT)
    given = None if suite is None else load_suite(suite)
    folder = find_run(runs, str(selector), None if given is None else given.name)
    record = runs.read_record(folder)
    loaded = given or load_suite(_suite_of(record))
    said = record.selection
    selection: dict[str, Any] = {name: said.get(name) for name in ("limit", "repeats")}
    selection["variants"] = list(record.variants)
    with name_plan(loaded, **selection) as planned:
        there, changed, failed, absent = planned.held_against(folder)
    if changed:
        message = f"{changed} of the {there} requests of run {record.run_id} are no longer what the suite asks"
        raise SuiteError(Fault(message, f"run the suite itself: harness run {loaded.folder.name}", record.suite_path))
    return Retry(loaded, selection, failed, absent)


def _suite_of(record: RunRecord) -> str:
    path = record.suite_path
    if not Path(path).is_file():
        said = f"run {record.run_id} is of a suite that is not there any more"
        raise SuiteError(Fault(said, "name the suite: harness run SUITE --retry-failed RUN", path))
    return path
