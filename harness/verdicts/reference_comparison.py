"""A run held against the reference: paired by fixture, its score against the mean of the reference runs."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from harness import stats
from harness.metrics import Metric
from harness.models import Response
from harness.store import Reference, Run, Score, StoredResponse
from harness.verdicts.comparisons import Comparer
from harness.verdicts.estimates import RESAMPLES
from harness.verdicts.pairing import margin_on
from harness.verdicts.result import Comparison
from harness.verdicts.table import Column, Floats, ScoreTable

IN_REFERENCE = " in the reference"
"""What follows a variant's name where its scores in the reference are meant."""

FEWEST_RUNS = 3
"""Reference runs from which their own spread can be told."""

FEWEST_FIXTURES = 20
"""Fixtures from which anything may be called better or worse (STATISTICS, section 0)."""

UNEQUAL_RUNS = 0.01
"""p value of "the runs differ no more than their responses do" below which the run itself counts as a source of noise."""

Direction = Literal["worse", "better"]


@dataclass(frozen=True, slots=True)
class AgainstReference:
    """One variant on one metric, held against its own reference.

    Attributes:
        variant: The variant.
        metric: The metric, or a part of one.
        comparison: The run minus the reference.
        value: The metric in the run; None where nothing was measured.
        reference: The metric in each reference run.
        spread: Standard deviation of the metric from run to run; None where it cannot be told.
        p_runs: Two-sided p value against the spread of the reference runs, where that is larger than the noise of single
            responses explains; None elsewhere.
    """

    variant: str
    metric: str
    comparison: Comparison
    value: float | None
    reference: tuple[float, ...]
    spread: float | None = None
    p_runs: float | None = None

    @property
    def mean(self) -> float | None:
        """The metric in the reference: the mean over its runs."""
        return float(np.mean(self.reference)) if self.reference else None

    def p(self, direction: Direction) -> float | None:
        """One-sided p value of "no change in this direction".

        None where coverage is too low or fewer than 20 fixtures are there. 1 where too few fixtures differ for any change to be
        told from chance.
        """
        c = self.comparison
        if c.effect is None or c.verdict is None or c.n < FEWEST_FIXTURES:
            return None
        if c.p is None or c.withheld is not None or not c.usable:
            return 1.0
        two_sided = c.p if self.p_runs is None else max(c.p, self.p_runs)
        still = 1.0 if c.scale == "ratio" else 0.0
        improved = c.effect != still and (c.effect > still) == c.higher_is_better
        return two_sided / 2 if improved == (direction == "better") else 1 - two_sided / 2


class BesideReference:
    """Runs of one night, pooled, beside the reference: every comparison of a single run works on them too.

    Each variant appears twice, once as it is now and once as ``<name> in the reference``. Responses of several runs are
    repeats, which are averaged inside the fixture first (STATISTICS, section 0).

    Attributes:
        table: The scores of both.
        comparer: Compares them.
    """

    def __init__(
        self,
        runs: Sequence[Run],
        reference: Reference,
        metrics: Sequence[Metric],
        common: Collection[str],
        *,
        resamples: int = RESAMPLES,
    ) -> None:
        """Lay out the fixtures that both sides have.

        Args:
            runs: Runs of one state of the suite; the first has all variants.
            reference: The reference.
            metrics: The metrics both were measured with.
            common: Fixtures to compare.
            resamples: B.
        """
        self._count = len(reference.runs)
        self._now = _depth(run.scores for run in runs)
        self._then = _depth(reference.runs)
        self.table = ScoreTable(_combined(runs, reference, set(common), self._now, self._then), metrics)
        self.comparer = Comparer(self.table, seed=runs[0].record.seed, resamples=resamples)

    def columns(self, variant: str) -> tuple[Column, ...]:
        """Columns on which a variant can be held against its reference."""
        there = variant + IN_REFERENCE
        if variant not in self.table.variants or there not in self.table.variants:
            return ()
        table = self.table
        return tuple(c for c in table.columns.values() if table.has(variant, c).any() and table.has(there, c).any())

    def compare(self, variant: str, column: Column, *, confidence: float = 0.95) -> AgainstReference:
        """Hold a variant against its reference on one column."""
        there = variant + IN_REFERENCE
        margin = margin_on(self.table, column)
        comparison = self.comparer.compare(variant, there, column, margin=margin, confidence=confidence)
        blocks = [slice(k * self._then, (k + 1) * self._then) for k in range(self._count)]
        past = [v for v in (self._value(there, column, block) for block in blocks) if v is not None]
        found = AgainstReference(variant, column.name, comparison, self._value(variant, column, None), tuple(past))
        return replace(found, spread=self._spread(there, column, past), p_runs=self._p_runs(found, column))

    def lift(
        self, candidate: str, over: str, column: Column, *, margin: float, confidence: float
    ) -> tuple[Comparison, Comparison]:
        """Compare two variants now, and as they were in the reference."""
        now = self.comparer.compare(candidate, over, column, margin=margin, confidence=confidence)
        then = self.comparer.compare(
            candidate + IN_REFERENCE, over + IN_REFERENCE, column, margin=margin, confidence=confidence
        )  # fmt: skip
        return now, then

    def _value(self, variant: str, column: Column, block: slice | None) -> float | None:
        """The metric over all fixtures, in some repeats or in all."""
        part = block or slice(None)
        if column.kind == "sums":
            sums = {name: rows[:, part] for name, rows in self.table.sums(variant, column).items()}
            keep = np.any([np.isfinite(rows).any(axis=1) for rows in sums.values()], axis=0)
            if not keep.any():
                return None
            return stats.estimate_sums(
                {name: rows[keep] for name, rows in sums.items()}, column.statistic, weights=self._weights(keep), resamples=399
            ).value
        rows = self.table.values(variant, column)[:, part]
        keep = np.isfinite(rows).any(axis=1)
        if not keep.any():
            return None
        if column.kind == "quantile" and column.metric.quantile is not None:
            return stats.estimate_quantile(rows[keep], column.metric.quantile, weights=self._weights(keep), resamples=399).value
        return float(np.average(np.nanmean(rows[keep], axis=1), weights=self._weights(keep)))

    def _weights(self, keep: Any) -> Floats | None:
        return self.table.weights_within(keep)

    def _noise(self, there: str, column: Column) -> float | None:
        """Standard deviation of one run's mean that the noise of single responses explains; None without repeats."""
        if column.kind != "mean":
            return None
        rows = self.table.values(there, column)
        if np.isfinite(rows).any(axis=1).sum() < 2:
            return None
        error = stats.spread(rows).repeat_error
        return None if error is None else error * math.sqrt(self._count)

    def _spread(self, there: str, column: Column, past: Sequence[float]) -> float | None:
        """Standard deviation from run to run: by the noise of single responses, or by the runs where these differ more."""
        noise = self._noise(there, column)
        seen = float(np.std(past, ddof=1)) if len(past) >= FEWEST_RUNS else None
        known = [s for s in (noise, seen) if s is not None]
        return max(known) if known else None

    def _p_runs(self, found: AgainstReference, column: Column) -> float | None:
        """Against the spread of the reference runs (a prediction interval), where it is more than single responses explain.

        A provider that is slow for a whole night, or whose model leans for a whole night, moves all fixtures together: no
        number of fixtures shows that, only other nights do. Latency and cost are always judged so.
        """
        past, value = np.array(found.reference), found.value
        if len(past) < FEWEST_RUNS or value is None:
            return None
        ratio = column.metric.scale == "ratio" and value > 0 and bool(np.all(past > 0))
        if ratio:
            past, value = np.log(past), math.log(value)
        spread = float(np.std(past, ddof=1))
        if column.metric.scale != "ratio":
            noise = self._noise(found.variant + IN_REFERENCE, column)
            if spread == 0 or noise is None or not _differ(past, noise):
                return None
        if spread == 0:
            return 1.0 if value == past[0] else None
        from scipy.special import stdtr

        t = abs(value - float(past.mean())) / (spread * math.sqrt(1 + 1 / len(past)))
        return float(2 * stdtr(len(past) - 1, -t))


def _differ(past: Floats, noise: float) -> bool:
    """Whether runs differ more than the noise of their responses explains (chi-squared test of a variance)."""
    from scipy.special import chdtrc

    if noise == 0:
        return bool(np.ptp(past) > 0)
    return bool(chdtrc(len(past) - 1, (len(past) - 1) * float(np.var(past, ddof=1)) / noise**2) < UNEQUAL_RUNS)


def _depth(runs: Iterable[Iterable[Score]]) -> int:
    """Repeats of one run."""
    return max((score.repeat + 1 for scores in runs for score in scores), default=1)


def _combined(runs: Sequence[Run], reference: Reference, common: set[str], now: int, then: int) -> Run:
    """One run that holds the night's responses and the reference's side by side."""
    first = runs[0]
    definition = dict(first.record.definition)
    names = [name for name in first.record.variants if name in reference.variants]
    definition["variants"] = {
        **definition["variants"], **{name + IN_REFERENCE: definition["variants"][name] for name in names}
    }  # fmt: skip
    scores: list[Score] = []
    responses: list[StoredResponse] = []
    for number, run in enumerate(runs):
        scores += [replace(s, repeat=number * now + s.repeat) for s in run.scores if s.fixture_id in common]
        responses += [replace(s, repeat=number * now + s.repeat) for s in run.responses if s.fixture_id in common]
    seen: set[tuple[str, str]] = set()
    for number, each in enumerate(reference.runs):
        for s in each:
            if s.fixture_id in common and s.variant in names:
                name = s.variant + IN_REFERENCE
                scores.append(Score(s.fixture_id, name, number * then + s.repeat, s.metric, s.columns))
                if (name, s.fixture_id) not in seen:
                    seen.add((name, s.fixture_id))
                    responses.append(StoredResponse("", name, s.fixture_id, 0, Response()))
    record = replace(
        first.record,
        definition=definition,
        variants={**first.record.variants, **{name + IN_REFERENCE: reference.variants[name] for name in names}},
        selection={**first.record.selection, "repeats": max(len(runs) * now, len(reference.runs) * then)},
    )
    fixtures = tuple(fixture for fixture in first.fixtures if fixture.id in common)
    return Run(first.folder, record, fixtures, tuple(responses), tuple(scores))


def all_against_reference(beside: BesideReference, variants: Iterable[str]) -> Mapping[tuple[str, str], AgainstReference]:
    """Hold variants against their reference on every column they share, parts included; descriptive parts are left out."""
    found: dict[tuple[str, str], AgainstReference] = {}
    for variant in variants:
        for column in beside.columns(variant):
            if not column.descriptive:
                found[variant, column.name] = beside.compare(variant, column)
    return found
