"""Whether to fine-tune at all, decided on a stored run and what can be looked up beside it."""

from __future__ import annotations

import os
from pathlib import Path

from harness.datachecks import check_leaks, serious_leaks
from harness.errors import HarnessError
from harness.session.evaluated import EvaluatedRun, load_run
from harness.session.loading import load_suite
from harness.session.origin import suite_folder
from harness.store import Run
from harness.suite import definition_from_record
from harness.verdicts import Decision, Facts
from harness.verdicts import decide as decide_judged


def decide(
    run: EvaluatedRun | str | os.PathLike[str] = "latest",
    *,
    suite: str | None = None,
    store: str | os.PathLike[str] | None = None,
) -> Decision:
    """Climb the ladder on a run: keep prompting, use retrieval, ship, keep today's process, or collect more data.

    No model is asked. The training data are counted, and leaks looked for, where the suite is still there as it was run.

    Args:
        run: A run, a run id, the beginning of one, ``latest``, the path of a run folder, or that of a suite: its latest run.
        suite: Look among the runs of this suite only.
        store: The folder that holds the runs; ``.harness/runs`` unless given.

    Raises:
        StoreError: When no run or more than one fits, or the folder cannot be read.
    """
    place = None if store is None else os.fspath(store)
    evaluated = (
        run
        if isinstance(run, EvaluatedRun)
        else load_run(Path(run) if isinstance(run, os.PathLike) else run, suite=suite, store=place)
    )
    definition = definition_from_record(dict(evaluated.run.record.definition))
    return decide_judged(evaluated.judgement, definition, facts_of(evaluated.run))


def facts_of(run: Run) -> Facts:
    """Look up beside a run what its suite's folder tells, as far as it is the suite that was run."""
    folder = suite_folder(run)
    if folder is None:
        return Facts()
    try:
        loaded = load_suite(folder)
    except HarnessError:
        return Facts()
    same = {key: loaded.hashes[key] == run.record.hashes.get(key) for key in ("fixtures", "training", "prompts")}
    examples = len(loaded.training) if same["training"] else None
    leaks = len(serious_leaks(check_leaks(loaded))) if all(same.values()) else None
    return Facts(training_examples=examples, leaks=leaks)
