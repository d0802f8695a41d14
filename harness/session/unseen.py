"""A run judged twice: as it is, and without the fixtures that were seen before they were asked."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from harness.datachecks import Finding, Leak, check_leaks, serious_leaks
from harness.errors import Fault, HarnessError, NoVerdictError
from harness.session.evaluated import EvaluatedRun, evaluate, load_run
from harness.session.loading import load_suite
from harness.session.origin import suite_folder
from harness.store import Run
from harness.verdicts import Judgement, judge

FORMAT = 1
"""Of the keys of ``to_dict``: raised when one changes its meaning or goes; keys may be added."""


@dataclass(frozen=True)
class WithoutLeaks:
    """What a run says with the leaked fixtures, and what without them.

    Attributes:
        run_id: The run.
        leaks: The pairs: which fixture was seen where.
        left_out: Ids of the fixtures left out.
        whole: The run judged as it is.
        remaining: The run judged without them.
    """

    run_id: str
    leaks: tuple[Leak, ...]
    left_out: tuple[str, ...]
    whole: Judgement
    remaining: Judgement

    @property
    def changed_gates(self) -> tuple[str, ...]:
        """The gates that come out otherwise without the leaked fixtures."""
        after = {gate.name: gate.status for gate in self.remaining.gates}
        return tuple(gate.name for gate in self.whole.gates if after.get(gate.name) != gate.status)

    def to_dict(self) -> Mapping[str, Any]:
        """Stable, versioned keys: each gate and each variant's headline metric with the leaked fixtures and without."""
        after = {gate.name: gate for gate in self.remaining.gates}
        metric = self.whole.headline_metric
        return {
            "format": FORMAT,
            "run_id": self.run_id,
            "left_out": list(self.left_out),
            "fixtures": {"with": self.whole.fixtures, "without": self.remaining.fixtures},
            "headline": {"with": self.whole.headline, "without": self.remaining.headline},
            "metric": metric,
            "variants": {
                name: {"with": _value(self.whole, name, metric), "without": _value(self.remaining, name, metric)}
                for name in self.whole.variants
            },
            "gates": [
                {"name": gate.name, "with": gate.status, "without": after[gate.name].status if gate.name in after else None}
                for gate in self.whole.gates
            ],
            "changed_gates": list(self.changed_gates),
        }


def without_leaks(
    run: EvaluatedRun | str | os.PathLike[str] = "latest",
    *,
    suite: str | None = None,
    store: str | os.PathLike[str] | None = None,
) -> WithoutLeaks:
    """Judge a run again without the fixtures that also stand in the training data or in a prompt; no model is asked.

    Args:
        run: A run, a run id, the beginning of one, ``latest``, the path of a run folder, or that of a suite: its latest run.
        suite: Look among the runs of this suite only.
        store: The folder that holds the runs; ``.harness/runs`` unless given.

    Raises:
        StoreError: No run or more than one fits, or the folder cannot be read.
        HarnessError: The run's suite is not there, or its fixtures are others by now.
        NoVerdictError: No fixture would remain.
    """
    place = None if store is None else os.fspath(store)
    evaluated = (
        run
        if isinstance(run, EvaluatedRun)
        else load_run(Path(run) if isinstance(run, os.PathLike) else run, suite=suite, store=place)
    )
    stored = evaluated.run
    folder = suite_folder(stored)
    if folder is None:
        raise HarnessError(Fault("the run's suite is not there, so its training data cannot be searched", "", stored.folder))
    loaded = load_suite(folder)
    if loaded.hashes["fixtures"] != stored.record.hashes.get("fixtures"):
        raise HarnessError(
            Fault(
                "the fixtures are not what the run was made with", "run the suite again; stored answers are used", stored.folder
            )
        )
    leaks = check_leaks(loaded)
    asked = {fixture.id for fixture in stored.fixtures}
    left_out = tuple(id for id in serious_leaks(leaks) if id in asked)
    if not left_out:
        return WithoutLeaks(evaluated.run_id, leaks, (), evaluated.judgement, evaluated.judgement)
    if len(left_out) == len(asked):
        raise NoVerdictError(Fault("every fixture of the run was seen before, so nothing remains to judge", "", stored.folder))
    remaining = judge(
        _unseen(stored, frozenset(left_out)),
        evaluated.metrics,
        candidate=evaluated.judgement.candidate,
        others=evaluated.others,
    )
    return WithoutLeaks(evaluated.run_id, leaks, left_out, evaluated.judgement, remaining)


def judged_without_leaks(run: Run | None, findings: Sequence[Finding]) -> WithoutLeaks | None:
    """Judge an earlier run again without what the findings say was seen; None where there is no such run or nothing was."""
    leaked = {id for finding in findings if finding.check == "leaks" and finding.severity == "serious" for id in finding.fixtures}
    if run is None or not leaked & {fixture.id for fixture in run.fixtures}:
        return None
    try:
        return without_leaks(evaluate(run))
    except HarnessError:
        return None


def _unseen(run: Run, left_out: frozenset[str]) -> Run:
    return replace(
        run,
        fixtures=tuple(fixture for fixture in run.fixtures if fixture.id not in left_out),
        responses=[stored for stored in run.responses if stored.fixture_id not in left_out],
        scores=[score for score in run.scores if score.fixture_id not in left_out],
    )


def _value(judgement: Judgement, variant: str, metric: str | None) -> float | None:
    found = next((e for e in judgement.estimates if (e.variant, e.metric) == (variant, metric) and e.slice is None), None)
    return None if found is None else found.value
