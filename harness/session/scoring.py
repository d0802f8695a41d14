"""Measuring a stored run again, with other metrics; no model is asked unless a judge may be."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.errors import Fault, SuiteError
from harness.metrics import Judged, Metric, ask_judges, measure, metrics_from_definition
from harness.running import Progress
from harness.session.evaluated import EvaluatedRun, find_run, scores_frame
from harness.session.metric_list import Entry, Named, make_metrics, read_metric_list
from harness.session.origin import suite_folder
from harness.store import DEFAULT_ROOT, Run, RunRecord, Store
from harness.suite import definition_from_record
from harness.verdicts import Estimate, estimate_all, estimate_keys

if TYPE_CHECKING:
    import pandas as pd

FORMAT = 1
"""Of the keys of ``to_dict``: raised when one changes its meaning or goes; keys may be added."""


@dataclass(frozen=True)
class ScoredRun:
    """A stored run with the scores of metrics that were named afterwards.

    Attributes:
        run: The run with those scores, and with those metrics in its definition.
        metrics: The metrics.
        estimates: Every variant's value on every metric and part, with its interval.
        faults: Metrics that raised, with the fixture and the line of their code.
        judged: How the judges went, where a metric asks one.
        saved: Whether the scores are in the run folder now.
    """

    run: Run
    metrics: tuple[Metric, ...]
    estimates: tuple[Estimate, ...]
    faults: tuple[Fault, ...] = ()
    judged: Judged = field(default_factory=Judged)
    saved: bool = False

    @property
    def run_id(self) -> str:
        """The run's id."""
        return self.run.record.run_id

    @property
    def exit_code(self) -> int:
        """0; 3 where nothing could be measured or answers of judges are missing; 130 where the user stopped the asking."""
        if self.judged.interrupted:
            return 130
        nothing = all(estimate.value is None for estimate in self.estimates)
        return 3 if nothing or self.judged.missing else 0

    def estimate(self, variant: str, metric: str) -> Estimate | None:
        """Find one estimate by variant and ``metric`` or ``metric.part``; None where there is none."""
        return next((e for e in self.estimates if (e.variant, e.metric) == (variant, metric)), None)

    def to_dict(self) -> dict[str, Any]:
        """The stable, versioned keys that ``harness score --json`` prints; what is not known is null."""
        variants: dict[str, dict[str, Any]] = {name: {"metrics": {}} for name in self.run.record.variants}
        for e in self.estimates:
            variants.setdefault(e.variant, {"metrics": {}})["metrics"][e.metric] = estimate_keys(e)
        return {
            "format": FORMAT,
            "run_id": self.run_id,
            "suite": self.run.record.suite,
            "folder": self.run.folder,
            "saved": self.saved,
            "fixtures": len(self.run.fixtures),
            "metrics": {m.name: {"unit": m.unit, "higher_is_better": m.higher_is_better} for m in self.metrics},
            "variants": variants,
            "judges": {name: dict(judge) for name, judge in self.judged.judges.items()},
            "faults": [str(fault) for fault in self.faults],
            "exit_code": self.exit_code,
        }

    def to_frame(self) -> pd.DataFrame:
        """The scores in long form: one row per fixture, variant, repeat, metric and column."""
        return scores_frame(self.run.scores)


def score(
    run: EvaluatedRun | ScoredRun | str | os.PathLike[str] = "latest",
    metrics: str | os.PathLike[str] | Sequence[Named] = (),
    *,
    suite: str | None = None,
    store: str | os.PathLike[str] | None = None,
    ask: bool = False,
    save: bool = False,
    slots: int = 1,
    progress: Progress | None = None,
) -> ScoredRun:
    """Measure a stored run again with these metrics.

    Nothing is asked, and nothing in the run is changed, unless you say so. Metrics that ask a judge use the answers that
    any run in the store holds.

    Args:
        run: A run, a run id, the beginning of one, ``latest``, the path of a run folder, or that of a suite: its latest run.
        metrics: Names, ``{name: {option: value}}``, metrics, or a file with a YAML list of them (a suite.yaml too). Files
            that options name are looked for beside that file and then in the suite's folder.
        suite: Look among the runs of this suite only.
        store: The folder that holds the runs; ``.harness/runs`` unless given.
        ask: Ask judges what is not stored. Their answers are kept in the run, also without ``save``.
        save: Write the scores to the run and name the metrics in its run.json; its other scores stay.
        slots: Requests an embedded judge works on at once.
        progress: Told how the asking goes, and of metrics that raise.

    Raises:
        SuiteError: A metric cannot be used; all faults at once.
        StoreError: There is no such run, or it cannot be written to.
    """
    entries, beside = read_metric_list(metrics)
    if isinstance(run, EvaluatedRun | ScoredRun):
        stored = run.run
        runs = Store(store or Path(stored.folder).parent.parent)
    else:
        runs = Store(store or DEFAULT_ROOT)
        stored = runs.read(find_run(runs, run, suite))
    folders = [folder for folder in (beside, suite_folder(stored)) if folder is not None]
    made = make_metrics(entries, folders, stored.fixtures, stored.record.variants)
    if save:
        _check_can_save(entries, stored)
    definition = definition_from_record(dict(stored.record.definition))
    with runs.hold(stored.folder) if ask or save else nullcontext():
        judged = ask_judges(
            stored,
            made,
            runs,
            folder=folders[-1] if folders else None,
            ask=ask,
            keep=ask or save,
            concurrency=definition.concurrency,
            limits=definition.limits,
            slots=slots,
            progress=progress,
        )
        measured = measure(stored.responses, stored.fixtures, made, judged=judged.answers)
        if progress is not None:
            for fault in measured.faults:
                progress.note(str(fault))
        shown = replace(stored, record=_with_metrics(stored.record, entries), scores=measured.scores)
        if save:
            names = {entry.name for entry in entries}
            kept = [each for each in runs.read(stored.folder).scores if each.metric not in names]
            record = _saved_record(stored.record, entries, judged)
            runs.write_scores(stored.folder, [*kept, *measured.scores])
            runs.write_record(stored.folder, record)
    return ScoredRun(shown, made, estimate_all(shown, made), measured.faults, judged, save)


def _with_metrics(record: RunRecord, entries: Sequence[Entry]) -> RunRecord:
    """The record with a definition of these metrics alone; gates and a headline about others go."""
    names = {entry.name for entry in entries}
    definition = dict(record.definition)
    definition["metrics"] = [entry.definition for entry in entries]
    definition["gates"] = [gate for gate in definition.get("gates") or [] if _metric_of(gate["metric"]) in names]
    if definition.get("headline") and _metric_of(definition["headline"]) not in names:
        definition["headline"] = None
    return replace(record, definition=definition)


def _saved_record(record: RunRecord, entries: Sequence[Entry], judged: Judged) -> RunRecord:
    """The record with these metrics beside those it had, and what the judges did."""
    new = {entry.name: entry.definition for entry in entries}
    had = record.definition["metrics"]
    named = {_name_in(each): each for each in had}
    judges: Mapping[str, Mapping[str, Any]] = {**record.judges, **judged.judges}
    totals = {**record.totals, **Judged(judges=judges).totals}
    return replace(
        record, definition={**record.definition, "metrics": list({**named, **new}.values())}, judges=judges, totals=totals
    )


def _name_in(definition: str | Mapping[str, Mapping[str, Any]]) -> str:
    """What a metric written in a definition is called."""
    if isinstance(definition, str):
        return definition
    ((kind, options),) = definition.items()
    return str(options.get("as", kind))


def _check_can_save(entries: Sequence[Entry], run: Run) -> None:
    """Refuse to save metrics that the run could not be read back with."""
    if ready_made := [entry.name for entry in entries if entry.metric is not None]:
        raise SuiteError(Fault(f"{ready_made[0]} cannot be saved: it was given ready-made", "give its name and options"))
    record = _saved_record(run.record, entries, Judged())
    try:
        metrics_from_definition(record.definition, Path(run.record.suite_path).parent)
    except SuiteError as error:
        hint = "put it into the metrics.py of the suite, or score without saving"
        raise SuiteError(*(Fault(f"the run could not be read back: {fault.message}", hint) for fault in error.faults)) from None


def _metric_of(name: str) -> str:
    return name.partition(".")[0]
