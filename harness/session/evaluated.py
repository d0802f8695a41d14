"""A run that has been measured and judged."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from harness.errors import StoreError
from harness.metrics import Metric
from harness.session.loading import load_suite
from harness.session.origin import metrics_of
from harness.session.others import other_runs
from harness.store import DEFAULT_ROOT, Run, Score, Store
from harness.suite import JOIN
from harness.verdicts import Comparison, Judgement, Other, compare_variants, judge

if TYPE_CHECKING:
    import pandas as pd

    from harness.report import Beside


@dataclass(frozen=True)
class EvaluatedRun:
    """A run with its measurements and its verdicts.

    Attributes:
        run: The stored run: record, fixtures, responses, scores.
        metrics: The metrics it was measured with.
        judgement: What follows from the scores: estimates, comparisons, gates, the headline.
        interrupted: Whether the run was stopped by the user before it was complete.
        missing: In a replay: (variant, fixture id) pairs that no stored response answers.
        unjudged: In a replay: how many answers of judges are not stored.
        others: For each other suite that a gate names: its run and metrics, or why there is none.
    """

    run: Run
    metrics: tuple[Metric, ...]
    judgement: Judgement
    interrupted: bool = False
    missing: tuple[tuple[str, str], ...] = ()
    unjudged: int = 0
    others: Mapping[str, Other] = field(default_factory=dict)

    @property
    def run_id(self) -> str:
        """The run's id, the name of its folder."""
        return self.run.record.run_id

    @property
    def folder(self) -> Path:
        """The run's folder."""
        return Path(self.run.folder)

    @property
    def capped(self) -> bool:
        """Whether the run stopped because it might have spent more than it was allowed."""
        return bool(self.run.record.totals.get("capped"))

    @property
    def exit_code(self) -> int:
        """The process exit code this run leads to."""
        if self.interrupted:
            return 130
        return 3 if self.missing or self.unjudged or self.capped else self.judgement.exit_code

    @cached_property
    def beside(self) -> Beside:
        """What its report shows beside it: prompts, data checks, the noise floor, nights, as far as they are known."""
        from harness.session.beside import beside

        return beside(self.run, self.judgement)

    def to_dict(self, *, whole: bool = False) -> Mapping[str, Any]:
        """The stable, versioned keys that ``--json`` prints.

        Args:
            whole: Also everything else that the HTML report shows: what was run, prompts and data checks, and the value of
                every fixture; what ``harness export --format json`` writes.
        """
        keys = self.judgement.to_dict()
        keys["exit_code"] = self.exit_code
        keys["folder"] = str(self.folder)
        keys["status"] = self.run.record.status
        keys["totals"] = dict(self.run.record.totals)
        keys["stopped"] = dict(self.run.record.stopped)
        if self.run.record.judges:
            keys["judges"] = {name: dict(judge) for name, judge in self.run.record.judges.items()}
        if self.others:
            ids = {named: None if isinstance(other, str) else other[0].record.run_id for named, other in self.others.items()}
            keys["others"] = ids
        if self.missing:
            keys["missing"] = [{"variant": variant, "fixture": fixture} for variant, fixture in self.missing]
        if whole:
            from harness.session.whole import whole_keys

            keys |= whole_keys(self.run, self.beside)
        return keys

    def to_frame(self) -> pd.DataFrame:
        """The scores in long form: one row per fixture, variant, repeat, metric and column."""
        return scores_frame(self.run.scores)


def scores_frame(scores: Iterable[Score]) -> pd.DataFrame:
    """Scores in long form: one row per fixture, variant, repeat, metric and column."""
    import pandas as pd

    rows = [(s.fixture_id, s.variant, s.repeat, s.metric, column, value) for s in scores for column, value in s.columns.items()]
    return pd.DataFrame(rows, columns=["fixture_id", "variant", "repeat", "metric", "column", "value"])


def load_run(selector: str | Path = "latest", *, suite: str | None = None, store: str | Path | None = None) -> EvaluatedRun:
    """Read a run back and judge it from its stored scores; no model is asked and nothing is measured again.

    Args:
        selector: A run id, the beginning of one, ``latest``, the path of a run folder, or that of a suite: its latest run.
        suite: Look among the runs of this suite only.
        store: The folder that holds the runs; ``.harness/runs`` unless given.

    Raises:
        StoreError: When no run or more than one fits, or the folder cannot be read.
    """
    runs = Store(store or DEFAULT_ROOT)
    return evaluate(runs.read(find_run(runs, selector, suite)))


def find_run(runs: Store, selector: str | os.PathLike[str], suite: str | None) -> Path:
    """Find a run folder; the path of a suite's folder means that suite's latest run.

    Raises:
        StoreError: When no run or more than one fits.
    """
    if (Path(selector) / "suite.yaml").is_file():
        selector, suite = "latest", load_suite(Path(selector)).name
    if os.fspath(selector) == "latest" and suite is None and (own := _latest(runs)) is not None:
        return own
    return runs.find(selector, suite=suite)


def _latest(runs: Store) -> Path | None:
    """The newest run with any response, those of other suites that only gates ask passed over; None without any."""
    found = []
    for suite in dict.fromkeys(record.suite for record in runs.list() if JOIN not in record.suite):
        try:
            found.append(runs.find("latest", suite=suite))
        except StoreError:
            continue
    return max(found, key=lambda folder: folder.name, default=None)


def evaluate(run: Run, *, judgement: Judgement | None = None, **outcome: Any) -> EvaluatedRun:
    """Judge a measured run, unless its judgement is known; ``outcome`` is passed on to EvaluatedRun."""
    metrics, others = metrics_of(run), other_runs(run)
    return EvaluatedRun(run, metrics, judgement or judge(run, metrics, others=others), others=others, **outcome)


class WithScores(Protocol):
    """A run that has been measured: judged or not."""

    @property
    def run(self) -> Run:
        """The stored run with its scores."""

    @property
    def metrics(self) -> tuple[Metric, ...]:
        """The metrics it was measured with."""


def compare(
    run: WithScores, candidate: str, over: str, metric: str | None = None, *, slice: str | None = None, margin: float = 0.0
) -> Comparison:
    """Compare two variants of a run on one metric, paired by fixture.

    Args:
        run: The run.
        candidate: The variant that is to be better.
        over: The variant it is compared with.
        metric: A metric, or a part of one such as ``field_accuracy.sku``; the headline metric unless given.
        slice: Compare on one slice only.
        margin: The smallest lift worth having, in the metric's unit.

    Returns:
        The comparison, with ``.verdict``, ``.effect``, ``.interval`` and ``.to_frame()``.
    """
    return compare_variants(run.run, run.metrics, candidate, over, metric=metric, slice=slice, margin=margin)


def report(run: EvaluatedRun, path: str | Path, *, size: int | None = None) -> Path:
    """Write the HTML report of a run.

    Args:
        run: The run.
        path: The file to write.
        size: Bytes it may have, about: texts that do not fit are left out, and it says so; 15 million unless given.

    Returns:
        The file written.
    """
    from harness.report import PAGE_SIZE, write_html

    return write_html(run.run, run.judgement, path, size=PAGE_SIZE if size is None else size, beside=run.beside)
