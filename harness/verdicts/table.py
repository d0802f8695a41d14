"""The scores of a run as arrays: one entry a fixture and repeat, NaN where there is none."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from harness.metrics import MeanMetric, Metric, PartOfSums, Totals, part_names
from harness.store import Run
from harness.suite import SuiteDefinition, definition_from_record, in_slice

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Column:
    """A metric, or one part of it.

    Attributes:
        metric: The metric.
        part: None for the metric itself.
    """

    metric: Metric
    part: str | None = None

    @property
    def name(self) -> str:
        """``metric`` or ``metric.part``."""
        return self.metric.name if self.part is None else f"{self.metric.name}.{self.part}"

    @property
    def higher_is_better(self) -> bool:
        """The direction that is good; a part may go against its metric's."""
        turned = self.part is not None and self.part in getattr(self.metric, "lower_is_better", ())
        return self.metric.higher_is_better and not turned

    @property
    def descriptive(self) -> bool:
        """Whether neither direction is good, so that variants are not compared on it."""
        return self.part is not None and self.part in getattr(self.metric, "descriptive", ())

    @property
    def kind(self) -> Literal["mean", "quantile", "sums"]:
        """How fixtures are brought together: a part is a mean unless its metric says how it is made of sums."""
        if self.part is not None:
            return "mean" if self._part_sums is None else "sums"
        if self.metric.quantile is not None:
            return "quantile"
        return "mean" if getattr(type(self.metric), "estimate", None) is MeanMetric.estimate else "sums"

    @property
    def statistic(self) -> Callable[[Totals], Any]:
        """From column sums to the value, where ``kind`` is sums."""
        return self.metric.estimate if self._part_sums is None else self._part_sums.estimate

    @property
    def of_columns(self) -> tuple[str, ...] | None:
        """The columns that ``statistic`` takes; None for all of the metric's."""
        return None if self._part_sums is None else self._part_sums.columns

    @property
    def _part_sums(self) -> PartOfSums | None:
        how = getattr(self.metric, "part_sums", None)
        return None if self.part is None or how is None else how(self.part)


class ScoreTable:
    """Everything about a run that verdicts are computed from.

    Attributes:
        run: The run.
        definition: Its suite's definition.
        variants: The variants that were run, in their declared order.
        fixtures: Number of fixtures n.
        repeats: How often each was asked.
        groups: A label a fixture, None in it for a fixture on its own; None where no fixture has a group.
        weights: Shape (n,); None where all are the same.
        columns: The metrics and their parts by name, in the order of the metrics.
    """

    def __init__(self, run: Run, metrics: Sequence[Metric]) -> None:
        """Lay out a run's scores; scores of metrics that are not given are passed over."""
        self.run = run
        self.definition: SuiteDefinition = definition_from_record(dict(run.record.definition))
        named = list(run.record.variants) or list(self.definition.variants)
        self.variants = tuple(name for name in self.definition.variants if name in named)
        self.fixtures = len(run.fixtures)
        asked = [s.repeat + 1 for s in run.responses]
        self.repeats = max([int(run.record.selection.get("repeats") or self.definition.repeats), *asked])
        labels = [fixture.group for fixture in run.fixtures]
        self.groups: list[str | None] | None = labels if any(label is not None for label in labels) else None
        weights = [fixture.weight for fixture in run.fixtures]
        self.weights: Floats | None = np.array(weights, dtype=np.float64) if len(set(weights)) > 1 else None
        self._row = {fixture.id: row for row, fixture in enumerate(run.fixtures)}
        self._arrays = self._lay_out({metric.name for metric in metrics})
        self.columns: Mapping[str, Column] = {c.name: c for metric in metrics for c in self._columns_of(metric)}
        self.usable: Mapping[str, Mask] = self._usable()

    def role(self, variant: str) -> str:
        """The variant's role."""
        return self.definition.variants[variant].role

    def with_role(self, *roles: str) -> tuple[str, ...]:
        """The variants that were run in one of these roles, in their declared order."""
        return tuple(name for name in self.variants if self.role(name) in roles)

    def values(self, variant: str, column: Column) -> Floats:
        """Values of a column, shape (n, repeats), NaN where there is none."""
        return self._array(variant, column.metric.name, column.part or "value")

    def sums(self, variant: str, column: Column) -> dict[str, Floats]:
        """The columns a column is made of, each of shape (n, repeats), whatever variant has them.

        A hidden column (``_``) that a measured row does not have is 0 there.
        """
        metric = column.metric.name
        names = column.of_columns or dict.fromkeys(column for name, column in self._arrays if name == metric)
        measured = np.isfinite(self._array(variant, metric, "value"))
        found: dict[str, Floats] = {}
        for name in names:
            array = self._array(variant, metric, name)
            found[name] = np.where(measured & np.isnan(array), 0.0, array) if name.startswith("_") else array
        return found

    def hidden(self, variant: str, metric: str) -> dict[str, Floats]:
        """The columns of a metric that are no parts (``_``), each of shape (n, repeats), NaN where a row has none."""
        of_metric = ((column, by_variant) for (name, column), by_variant in self._arrays.items() if name == metric)
        return {column: found[variant] for column, found in of_metric if column.startswith("_") and variant in found}

    def means(self, variant: str, column: Column) -> Floats:
        """Values of a column averaged over repeats, shape (n,), NaN where there is none."""
        values = self.values(variant, column)
        present = np.isfinite(values)
        count = present.sum(axis=1)
        total = np.where(present, values, 0.0).sum(axis=1)
        means: Floats = np.divide(total, count, out=np.full(len(values), np.nan), where=count > 0)
        return means

    def has(self, variant: str, column: Column) -> Mask:
        """Which fixtures have a value of a column, shape (n,)."""
        if column.kind != "sums" or (column.metric.name, "value") in self._arrays:
            return _present(self.values(variant, column if column.kind != "sums" else Column(column.metric)))
        return self._any([_present(array) for array in self.sums(variant, column).values()])

    def applies(self, column: Column) -> Mask:
        """Which fixtures a column applies to, shape (n,): some variant has a value there, or none answered at all."""
        if column.name not in self._applies:
            measured = self._any([self.has(name, column) for name in self.variants])
            answered = self._any([self.usable[name] for name in self.variants])
            self._applies[column.name] = measured | ~answered if measured.any() else measured
        return self._applies[column.name]

    def within(self, slice: str | None) -> Mask:
        """Which fixtures are in a slice, shape (n,); all of them where the slice is None."""
        if slice is None:
            return np.ones(self.fixtures, dtype=bool)
        return np.array([in_slice(fixture, slice) for fixture in self.run.fixtures], dtype=bool)

    def groups_within(self, mask: Mask) -> list[str | None] | None:
        """Group labels of the fixtures of a mask."""
        return None if self.groups is None else [label for label, kept in zip(self.groups, mask, strict=True) if kept]

    def weights_within(self, mask: Mask) -> Floats | None:
        """Weights of the fixtures of a mask."""
        return None if self.weights is None else self.weights[mask]

    @cached_property
    def independent(self) -> int:
        """Number of independent groups; the number of fixtures where there are none."""
        if self.groups is None:
            return self.fixtures
        return len({label for label in self.groups if label is not None}) + sum(label is None for label in self.groups)

    @cached_property
    def _applies(self) -> dict[str, Mask]:
        return {}

    def _any(self, masks: Sequence[Mask]) -> Mask:
        found = np.zeros(self.fixtures, dtype=bool)
        for mask in masks:
            found |= mask
        return found

    def _array(self, variant: str, metric: str, column: str) -> Floats:
        found = self._arrays.get((metric, column), {}).get(variant)
        return np.full((self.fixtures, self.repeats), np.nan) if found is None else found

    def _lay_out(self, names: set[str]) -> dict[tuple[str, str], dict[str, Floats]]:
        arrays: dict[tuple[str, str], dict[str, Floats]] = {}
        for score in self.run.scores:
            row = self._row.get(score.fixture_id)
            if row is None or score.metric not in names or score.repeat >= self.repeats:
                continue
            for column, number in score.columns.items():
                by_variant = arrays.setdefault((score.metric, column), {})
                if score.variant not in by_variant:
                    by_variant[score.variant] = np.full((self.fixtures, self.repeats), np.nan)
                by_variant[score.variant][row, score.repeat] = number
        return arrays

    def _columns_of(self, metric: Metric) -> list[Column]:
        seen = [column for name, column in self._arrays if name == metric.name]
        parts = [*(part_names(metric) or ()), *seen]
        return [Column(metric), *(Column(metric, p) for p in dict.fromkeys(parts) if p != "value" and not p.startswith("_"))]

    def _usable(self) -> dict[str, Mask]:
        usable = {name: np.zeros(self.fixtures, dtype=bool) for name in self.variants}
        for stored in self.run.responses:
            row = self._row.get(stored.fixture_id)
            if row is not None and stored.variant in usable and stored.response.usable:
                usable[stored.variant][row] = True
        return usable


def _present(values: Floats) -> Mask:
    """Which rows have any value; shape (rows,)."""
    present: Mask = np.any(np.isfinite(values), axis=1)
    return present
