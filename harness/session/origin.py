"""Where a stored run comes from: its suite's folder, the metrics it was measured with, the runs recorded beside a suite."""

from __future__ import annotations

from pathlib import Path

from harness.metrics import Metric, metrics_from_definition
from harness.store import Run, Store

RECORDED = "recorded"
"""The folder of a suite that holds runs kept with it; a replay finds their answers, so that it works in a fresh checkout."""


def suite_folder(run: Run) -> Path | None:
    """Find the suite's folder: around the run where it is recorded with its suite, else where it was started; None if gone."""
    places = [*list(Path(run.folder).absolute().parents)[2:3], Path(run.record.suite_path).parent]
    return next((place for place in places if (place / "suite.yaml").is_file()), None)


def metrics_of(run: Run, folder: Path | None = None) -> tuple[Metric, ...]:
    """Make the metrics a run was measured with, to judge its scores by.

    Args:
        run: The run.
        folder: Its suite's folder; where it was started unless given.

    Raises:
        SuiteError: With every fault found.
    """
    return metrics_from_definition(run.record.definition, folder or Path(run.record.suite_path).parent)


def recorded_runs(folder: Path) -> tuple[Store, ...]:
    """The runs recorded with a suite, whose folder is given; nothing where there are none."""
    place = folder / RECORDED
    return (Store(place),) if place.is_dir() else ()
