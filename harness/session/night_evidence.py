"""What a night's runs say beside the reference: p values, lifts, trends, fixtures that flipped."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from harness.metrics import Metric
from harness.session.evaluated import EvaluatedRun
from harness.store import Night, Reference, Run
from harness.verdicts import (
    IN_REFERENCE,
    AgainstReference,
    BesideReference,
    Lift,
    NightOutcome,
    PValues,
    Trend,
    Turned,
    Watched,
    trend,
)

Pair = tuple[str, str]
"""A variant and a metric."""

_SEVERAL, _HALF = 3, 0.5
"""Answers of a night from which a fixture that varied before has flipped too, where its mean moved by half or more."""


class Evidence:
    """Compares a night's runs, pooled, with the reference, on what is asked for.

    Attributes:
        reference: The reference.
        metrics: The metrics both were measured with.
        common: Fixtures compared.
    """

    def __init__(self, reference: Reference, metrics: Sequence[Metric], common: Sequence[str]) -> None:
        """Keep what every comparison shares."""
        self.reference, self.metrics, self.common = reference, metrics, common
        self._kept: dict[tuple[str, ...], BesideReference] = {}

    def beside(self, runs: Sequence[Run]) -> BesideReference:
        """Lay out some runs beside the reference, once."""
        key = tuple(run.record.run_id for run in runs)
        if key not in self._kept:
            self._kept[key] = BesideReference(runs, self.reference, self.metrics, self.common)
        return self._kept[key]

    def against(self, runs: Sequence[Run], watched: Iterable[Watched]) -> dict[Pair, AgainstReference]:
        """Hold everything watched against its reference."""
        beside = self.beside(runs)
        found: dict[Pair, AgainstReference] = {}
        for variant, metric in dict.fromkeys((w.variant, w.metric) for w in watched):
            column = beside.table.columns.get(metric)
            if column is not None and variant in self.reference.variants:
                found[variant, metric] = beside.compare(variant, column)
        return found

    def p(self, runs: Sequence[Run], watched: Sequence[Watched]) -> PValues:
        """One-sided p values of everything watched; None for what the reference does not have."""
        found = self.against(runs, watched)
        return {w: a.p(w.direction) if (a := found.get((w.variant, w.metric))) is not None else None for w in watched}

    def uncovered(self, first: EvaluatedRun, watched: Iterable[Watched]) -> tuple[str, ...]:
        """Say of which variants too few answers came back."""
        found = self.against([first.run], watched)
        stopped = first.run.record.stopped
        said: list[str] = []
        for name in dict.fromkeys(w.variant for w in watched):
            short = [a.comparison for (variant, _), a in found.items() if variant == name and a.comparison.verdict is None]
            variant = first.judgement.variants[name]
            failed, missing = variant.outcomes.get("failed", 0), variant.outcomes.get("missing", 0)
            if name in stopped:
                said.append(f"{name} was given up: {stopped[name].rstrip('.')}.")
            elif short and (failed or missing):
                kinds = ", ".join(f"{kind.replace('_', ' ')} {count}" for kind, count in variant.failures.items())
                lost = f"{failed:,} failed ({kinds})" if failed else f"{missing:,} were not made"
                said.append(
                    f"Of {variant.calls + missing:,} calls of {name} {lost}; failures are never scored. {short[0].withheld}"
                )
            elif short:
                said.append(f"{name}: {short[0].withheld}")
        return tuple(said)

    def lifts(self, runs: Sequence[Run], better: Sequence[Watched]) -> dict[Pair, list[Lift]]:
        """The lifts that gates ask for over what got better."""
        beside = self.beside(runs)
        definition = beside.table.definition
        found: dict[Pair, list[Lift]] = {}
        for w in better:
            for gate in definition.gates:
                asks = gate.require == "better" and gate.suite is None and (gate.over, gate.metric) == (w.variant, w.metric)
                if asks and gate.candidate in self.reference.variants and gate.candidate in beside.table.variants:
                    confidence = gate.confidence or definition.confidence
                    column = beside.table.columns[gate.metric]
                    now, then = beside.lift(gate.candidate, w.variant, column, margin=gate.margin, confidence=confidence)
                    found.setdefault((w.variant, w.metric), []).append(Lift(gate.name, now, then))
        return found

    def trends(
        self, values: Mapping[Pair, float], same: Sequence[Night], started_at: str, opening: Mapping[Pair, AgainstReference]
    ) -> tuple[Trend, ...]:
        """The nights so far of everything watched, this one last."""
        found = []
        for (variant, metric), value in values.items():
            past = [(night.started_at, night.values[key]) for night in same if (key := f"{variant}/{metric}") in night.values]
            nights, series = zip(*past, (started_at, value), strict=True)
            a = opening[variant, metric]
            if a.reference:
                unit = a.comparison.unit
                found.append(
                    trend(variant, metric, series, unit=unit, nights=nights, reference=a.reference, spread=a.spread)
                )  # fmt: skip
        return tuple(found)

    def turned(self, runs: Sequence[Run], outcome: NightOutcome) -> tuple[Turned, ...]:
        """Fixtures that came out otherwise than in the reference: always, where they never varied; mostly, where they did."""
        order = ("confirmed", "suspected", "steady", "unknown")
        watched = sorted(outcome.standings, key=lambda w: (order.index(outcome.standings[w]), w))
        found: list[Turned] = []
        for variant, metric in dict.fromkeys((w.variant, w.metric) for w in watched):
            values = self._values(runs, variant, metric)
            if values is None:
                continue
            now, then, higher = values
            ids = [fixture.id for fixture in self.beside(runs).table.run.fixtures]
            rows: list[tuple[float, Turned]] = []
            for at, name in enumerate(ids):
                ours, theirs = now[at][np.isfinite(now[at])], then[at][np.isfinite(then[at])]
                if not len(ours) or not len(theirs):
                    continue
                was, mean = float(theirs.mean()), float(ours.mean())
                always = np.ptp(theirs) == 0 and bool(np.all(ours != theirs[0]))
                if always or (len(ours) >= _SEVERAL and abs(mean - was) >= _HALF):
                    rows.append((abs(mean - was), Turned(name, variant, metric, was, mean, (mean < was) == higher)))
            found += [row for _, row in sorted(rows, key=lambda r: (not r[1].lost, -r[0], r[1].fixture_id))]
        return tuple(found)

    def flaky(self, runs: Sequence[Run], watched: Iterable[Watched]) -> dict[str, tuple[str, ...]]:
        """Fixtures whose score is not the same in every answer of the reference."""
        found: dict[str, tuple[str, ...]] = {}
        for variant, metric in dict.fromkeys((w.variant, w.metric) for w in watched):
            values = self._values(runs, variant, metric)
            if values is not None:
                ids = [fixture.id for fixture in self.beside(runs).table.run.fixtures]
                rows = [row[np.isfinite(row)] for row in values[1]]
                odd = tuple(name for name, row in zip(ids, rows, strict=True) if len(row) > 1 and np.ptp(row) > 0)
                if odd:
                    found[f"{variant}/{metric}"] = odd
        return found

    def _values(self, runs: Sequence[Run], variant: str, metric: str) -> tuple[np.ndarray, np.ndarray, bool] | None:
        beside = self.beside(runs)
        column = beside.table.columns.get(metric)
        if column is None or column.kind != "mean" or variant not in self.reference.variants:
            return None
        now, then = beside.table.values(variant, column), beside.table.values(variant + IN_REFERENCE, column)
        return now, then, column.higher_is_better
