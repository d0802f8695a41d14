"""One gate or one pair of variants at a time, for callers that ask question by question."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import cached_property

import numpy as np

from harness.errors import HarnessError
from harness.metrics import Metric
from harness.store import Run
from harness.suite import Gate, did_you_mean
from harness.verdicts.comparisons import Comparer
from harness.verdicts.estimates import RESAMPLES, Estimator
from harness.verdicts.flips import flips_between
from harness.verdicts.gates import judge_gate
from harness.verdicts.result import Flip, GateResult
from harness.verdicts.table import Column, ScoreTable


class RunJudge:
    """Judges gates of one run as ``judge`` does; what they share is worked out once.

    Args:
        run: A run with its scores.
        metrics: The metrics it was measured with.
    """

    def __init__(self, run: Run, metrics: Sequence[Metric]) -> None:
        """Take the run; nothing is worked out yet."""
        self._run = run
        self._metrics = metrics

    @cached_property
    def _table(self) -> ScoreTable:
        return ScoreTable(self._run, self._metrics)

    @cached_property
    def _comparer(self) -> Comparer:
        return Comparer(self._table, seed=self._run.record.seed, resamples=RESAMPLES)

    @cached_property
    def _estimator(self) -> Estimator:
        return Estimator(self._table, seed=self._run.record.seed, resamples=RESAMPLES)

    def gate(self, gate: Gate) -> GateResult:
        """Judge one gate, declared in the suite or not.

        Raises:
            HarnessError: It names a variant or a metric that the run does not have.
        """
        for name in (gate.candidate, gate.over):
            if name is not None and name not in self._table.variants:
                raise HarnessError(f"there is no variant {name!r} in the run. {did_you_mean(name, self._table.variants)}")
        self._column(gate.metric)
        return judge_gate(gate, self._comparer, self._estimator)

    @property
    def metrics(self) -> Collection[str]:
        """The metrics of the run, and their parts."""
        return self._table.columns.keys()

    def flips(self, candidate: str, over: str, metric: str, slice: str | None = None) -> tuple[Flip, ...]:
        """Return the fixtures on which two variants differ, the largest difference first."""
        inside = self._inside(slice)
        return tuple(
            flip for flip in flips_between(self._table, candidate, over, self._column(metric)) if flip.fixture_id in inside
        )

    def lowest(self, candidate: str, metric: str, most: int, slice: str | None = None) -> tuple[tuple[str, float], ...]:
        """Return the fixtures on which a variant does worst, with their values, the worst first."""
        column = self._column(metric)
        values = np.where(self._table.within(slice), self._table.means(candidate, column), np.nan)
        order = np.argsort(values if column.higher_is_better else -values, kind="stable")
        rows = [int(row) for row in order if np.isfinite(values[row])][:most]
        return tuple((self._run.fixtures[row].id, float(values[row])) for row in rows)

    def _inside(self, slice: str | None) -> set[str]:
        mask = self._table.within(slice)
        return {fixture.id for fixture, inside in zip(self._run.fixtures, mask, strict=True) if inside}

    def _column(self, metric: str) -> Column:
        column = self._table.columns.get(metric)
        if column is None:
            raise HarnessError(f"there is no metric {metric!r} in the run. {did_you_mean(metric, self._table.columns)}")
        return column
