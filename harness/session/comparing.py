"""Two stored runs of one suite compared: every variant with itself, paired by fixture."""

from __future__ import annotations

import os
from pathlib import Path

from harness.session.evaluated import find_run
from harness.session.origin import metrics_of, suite_folder
from harness.session.places import written_to
from harness.store import DEFAULT_ROOT, Run, Store
from harness.verdicts import TwoRuns, compare_two_runs


def compare_runs(
    before: str | os.PathLike[str] | Run,
    after: str | os.PathLike[str] | Run = "latest",
    *,
    candidate: str | None = None,
    over: str | None = None,
    metric: str | None = None,
    slice: str | None = None,
    margin: float | None = None,
    suite: str | None = None,
    store: str | os.PathLike[str] | None = None,
) -> TwoRuns:
    """Compare two runs of one suite, each variant with itself, paired by fixture; no model is asked.

    Args:
        before: The earlier run: an id, the beginning of one, ``latest``, a run folder, that of a suite, or a run.
        after: The later run, likewise.
        candidate: Compare this variant of the later run alone.
        over: With this one of the earlier run; the same name unless given.
        metric: A metric or a part of one, such as ``field_accuracy.sku``; every metric unless given.
        slice: On one slice only, such as ``tag:edge``.
        margin: The smallest change worth having, in the metric's unit; what the suite's gates say unless given.
        suite: Look among the runs of this suite only.
        store: The folder that holds the runs; ``.harness/runs`` unless given.

    Returns:
        What changed: ``.headline``, ``.changes``, ``.flips``, ``.differences``, ``.exit_code``, ``.to_dict()``.

    Raises:
        StoreError: A run cannot be found or read.
        HarnessError: The runs have nothing in common that could be compared.
    """
    kept = Store(store or DEFAULT_ROOT)
    old, new = (run if isinstance(run, Run) else kept.read(find_run(kept, run, suite)) for run in (before, after))
    metrics = metrics_of(new, suite_folder(new))
    return compare_two_runs(
        old, new, metrics, candidate=candidate, over=over, metric=metric, slice=slice, margin=margin
    )  # fmt: skip


def write_comparison(two: TwoRuns, path: str | Path) -> Path:
    """Write a comparison of two runs as one HTML page.

    Returns:
        The file written.

    Raises:
        StoreError: It cannot be written.
    """
    from harness.report import render_two_runs, write_page

    text = render_two_runs(two)
    with written_to(Path(path)):
        return write_page(text, path)
