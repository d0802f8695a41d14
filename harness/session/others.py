"""The other suites that gates name: asked with the run they belong to, and found again when that run is judged anew."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from harness.errors import StoreError, SuiteError
from harness.metrics import load_metrics
from harness.models import usd
from harness.session.loading import broad_suites
from harness.session.measured import HowToAsk, MeasuredRun, measured_run
from harness.session.origin import metrics_of, recorded_runs
from harness.store import Run, RunRecord, Store
from harness.suite import Gate, Suite, SuiteDefinition, broad_name, definition_from_record
from harness.verdicts import Other

BROAD = "broad"
"""The key of a run's totals that names the runs of other suites its gates are judged on."""


def needed_suites(suite: Suite, variants: Sequence[str] | None) -> dict[str, tuple[Suite, tuple[str, ...]]]:
    """The other suites that gates name, each with the variants it is asked of.

    A gate of which a variant is not selected is left out: it cannot be judged.
    """
    selected = set(suite.variants if variants is None else variants)
    wanted: dict[str, dict[str, None]] = {}
    for gate in suite.definition.gates:
        if gate.suite is not None and (names := _variants(gate)) <= selected:
            wanted.setdefault(gate.suite, {}).update(dict.fromkeys(sorted(names)))
    found = broad_suites(suite) if wanted else {}
    return {named: (found[named], tuple(names)) for named, names in wanted.items()}


def ask_others(suite: Suite, main: MeasuredRun, how: HowToAsk, variants: Sequence[str] | None) -> dict[str, MeasuredRun]:
    """Ask the other suites of this suite's variants, one after the other, and name their runs in the main run's record.

    A suite that the rest of the budget cannot begin is left out, with a note; the gates over it are withheld.

    Raises:
        SuiteError: When one cannot be used as written.
        StoreError: When a run folder cannot be written.
    """
    done: dict[str, MeasuredRun] = {}
    for named, (broad, names) in needed_suites(suite, variants).items():
        if main.interrupted or any(each.interrupted for each in done.values()):
            break
        if how.progress is not None:
            fixtures = len(broad.fixtures[: how.limit])
            how.progress.note(f"{named}: {fixtures} fixtures, asked of {', '.join(names)} for the gates over it")
        own = recorded_runs(broad.folder) if how.replay else ()
        try:
            done[named] = measured_run(broad, load_metrics(broad), replace(how, recorded=(*how.recorded, *own)), names)
        except SuiteError as error:
            if how.budget is None:
                raise
            if how.progress is not None:
                how.progress.note(f"{named} is not asked: {error}")
    return done


def with_others(record: RunRecord, done: Mapping[str, MeasuredRun]) -> RunRecord:
    """The record of a run that names the runs of other suites done with it, and what they took."""
    keys = ("planned", "asked", "cached", "failed", "missing", "cost", "cost_at_first_asking", "seconds")
    said = {
        named: {"run_id": each.run.record.run_id, **{key: each.run.record.totals.get(key) for key in keys}}
        for named, each in done.items()
    }
    return replace(record, totals={**record.totals, BROAD: said}) if said else record


def other_runs(run: Run) -> dict[str, Other]:
    """Find, in the store a run lies in, the runs of the other suites that its gates name.

    That is the one done with it; where that is gone, the newest in which the same models were asked.

    Returns:
        By the name gates give the suite: its run and metrics, or why there is none and how to get it.
    """
    definition = definition_from_record(dict(run.record.definition))
    runs = Store(Path(run.folder).parent.parent)
    return {named: _find(run, runs, definition, named) for named in dict.fromkeys(g.suite for g in definition.gates) if named}


def other_lines(record: RunRecord) -> Iterator[str]:
    """Say of each other suite asked with a run what that took, a line each."""
    for named, said in record.totals.get(BROAD, {}).items():
        cost = f", {usd(said['cost'])}" if said.get("cost") else ""
        yield f"{named}: {said.get('asked')} asked, {said.get('cached')} stored before{cost}; run {said.get('run_id')}"


def _find(run: Run, runs: Store, definition: SuiteDefinition, named: str) -> Other:
    names = {name for gate in definition.gates if gate.suite == named for name in _variants(gate)} & set(run.record.variants)
    kept = broad_name(run.record.suite, named)
    pinned = run.record.totals.get(BROAD, {}).get(named, {}).get("run_id")
    records = [record for record in runs.list() if record.suite == kept]
    for record in sorted(records, key=lambda r: r.run_id != pinned):
        if all(_asks_the_same(run.record, record, name) for name in names):
            try:
                found = runs.read(runs.root / kept / record.run_id)
            except StoreError:
                continue
            return found, metrics_of(found)
    why = f"{named} was asked of other models than these" if records else f"{named} was not run"
    return f"{why}; run it with: harness run {Path(run.record.suite_path).parent}"


def _asks_the_same(ours: RunRecord, theirs: RunRecord, name: str) -> bool:
    if name not in theirs.variants:
        return False
    adapters = [record.hashes.get("adapters", {}).get(name) for record in (ours, theirs)]
    models = [_model(record.variants[name]) for record in (ours, theirs)]
    return adapters[0] == adapters[1] and models[0] == models[1]


def _model(said: Mapping[str, Any]) -> str:
    """The model a variant asked; of a weights file its name, since its path is written from each suite's own folder."""
    model = str(said.get("model"))
    return Path(model).name if model.endswith(".gguf") else model


def _variants(gate: Gate) -> set[str]:
    return {name for name in (gate.candidate, gate.over) if name is not None}
