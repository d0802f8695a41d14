"""Two variants on one column, paired by fixture: from arrays through ``stats`` to a comparison with its verdict."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Literal

import numpy as np

from harness import stats
from harness.verdicts.estimates import RESAMPLES
from harness.verdicts.phrases import confidence as said_confidence
from harness.verdicts.result import Comparison
from harness.verdicts.table import Column, Floats, Mask, ScoreTable


class Comparer:
    """Comparisons of one run, each computed once."""

    def __init__(self, table: ScoreTable, *, seed: int, resamples: int = RESAMPLES) -> None:
        """Keep what every comparison shares."""
        self.table = table
        self.seed = seed
        self.resamples = resamples
        self._kept: dict[tuple[Any, ...], Comparison] = {}

    def compare(
        self,
        candidate: str,
        over: str,
        column: Column,
        *,
        slice: str | None = None,
        margin: float = 0.0,
        confidence: float = 0.95,
        min_n: int = 0,
    ) -> Comparison:
        """Compare two variants on a column.

        Coverage is the share, among the fixtures that the column applies to, of complete pairs; below the suite's
        ``min_coverage`` there is no verdict. A ratio is compared as a difference where a value is 0 or below, and a
        margin, which for a ratio is a share, is then that share of the mean of ``over``.

        Args:
            candidate: The variant that is to be better.
            over: The variant it is compared with.
            column: What they are compared on.
            slice: Compare on one slice only.
            margin: Smallest lift worth having; a share on the ratio scale.
            confidence: Of the two-sided interval; 1 minus it is the level of the p value.
            min_n: Complete pairs below which there is no verdict (slices).
        """
        key = (candidate, over, column.name, slice, margin, confidence, min_n)
        if key not in self._kept:
            self._kept[key] = self._compare(
                candidate, over, column, slice=slice, margin=margin, confidence=confidence, min_n=min_n
            )
        return self._kept[key]

    def worst_case(
        self, candidate: str, over: str, column: Column, *, slice: str | None = None, margin: float, confidence: float
    ) -> stats.NonInferiority | None:
        """Hold a candidate against a margin twice, counting every pair it lacks as its failure the second time.

        Returns:
            None where the column is no mean, so that no value stands for a failure.
        """
        if column.kind != "mean":
            return None
        mask = self.table.applies(column) & self.table.within(slice)
        a, b = self.table.means(candidate, column)[mask], self.table.means(over, column)[mask]
        scale, margin = self._scale(a, b, column, margin)
        options = self._options(column, mask, margin, confidence, scale)
        return stats.non_inferiority(a, b, lacking=np.isnan(a), **options)

    def lacking(self, candidate: str, column: Column, slice: str | None = None) -> int:
        """Number of fixtures (of a slice) that a column applies to and the candidate has no value on."""
        asked = self.table.applies(column) & self.table.within(slice)
        return int((asked & ~self.table.has(candidate, column)).sum())

    def _compare(
        self, candidate: str, over: str, column: Column, *, slice: str | None, margin: float, confidence: float, min_n: int
    ) -> Comparison:
        table, metric = self.table, column.metric
        asked = table.applies(column) & table.within(slice)
        mask = asked & table.has(candidate, column) & table.has(over, column)
        coverage = float(mask.sum() / asked.sum()) if asked.any() else 0.0
        scale: Literal["difference", "ratio"] = metric.scale
        if not mask.any():
            return Comparison(
                candidate, over, column.name, None, None, None, None, None, "nothing to compare", 0, coverage,
                margin=margin, confidence=confidence, scale=scale, unit=metric.unit, usable=False,
                higher_is_better=column.higher_is_better, slice=slice, withheld=self._nothing(candidate, over, column, slice),
            )  # fmt: skip
        if column.kind == "sums":
            ours, theirs = ({name: array[mask] for name, array in table.sums(v, column).items()} for v in (candidate, over))
            options = self._options(column, mask, margin, confidence, scale)
            found = stats.compare_sums(ours, theirs, column.statistic, shares=metric.unit == "share", **options)
        else:
            a, b = table.values(candidate, column)[mask], table.values(over, column)[mask]
            scale, margin = self._scale(a, b, column, margin)
            options = self._options(column, mask, margin, confidence, scale)
            if column.kind == "quantile" and metric.quantile is not None:
                found = stats.compare_quantile(a, b, metric.quantile, **options)
            else:
                found = stats.compare(a, b, shares=metric.unit == "share", **options)
        withheld = self._withheld(coverage, int(mask.sum()), int(asked.sum()), min_n)
        return Comparison(
            candidate=candidate,
            over=over,
            metric=column.name,
            effect=found.effect,
            low=found.low,
            high=found.high,
            p=found.p_value,
            verdict=found.verdict if withheld is None and found.effect is not None else None,
            route=found.route,
            n=found.n,
            coverage=coverage,
            margin=margin,
            confidence=confidence,
            scale=scale,
            unit=metric.unit,
            higher_is_better=column.higher_is_better,
            slice=slice,
            worth_it=found.worth_it and withheld is None,
            also_equivalent=found.also_equivalent and withheld is None,
            withheld=withheld or found.withheld,
            wins=found.wins,
            losses=found.losses,
            ties=found.ties,
            groups=found.groups,
            detectable=found.detectable_effect,
            needed=found.fixtures_needed,
            materially_worse=found.materially_worse and withheld is None,
            usable=found.usable,
            note=found.note,
        )

    def _options(
        self, column: Column, mask: Mask, margin: float, confidence: float, scale: Literal["difference", "ratio"]
    ) -> dict[str, Any]:
        return {
            "groups": self.table.groups_within(mask),
            "weights": self.table.weights_within(mask),
            "margin": margin,
            "confidence": confidence,
            "seed": self.seed,
            "resamples": self.resamples,
            "scale": scale,
            "higher_is_better": column.higher_is_better,
        }

    def _scale(self, a: Floats, b: Floats, column: Column, margin: float) -> tuple[Literal["difference", "ratio"], float]:
        """A ratio needs values above 0; without them the difference is compared, with the margin as a share of ``b``."""
        if column.metric.scale == "ratio" and (np.nanmin(a) <= 0 or np.nanmin(b) <= 0):
            return "difference", margin * float(abs(np.nanmean(b)))
        return column.metric.scale, margin

    def _withheld(self, coverage: float, n: int, asked: int, min_n: int) -> str | None:
        least = self.table.definition.min_coverage
        if coverage < least:
            share = said_confidence(np.floor(coverage * 1000) / 1000)
            return (
                f"Only {n} of {asked} fixtures ({share}) have a usable response on both sides; "
                f"a verdict needs {said_confidence(least)}."
            )
        if n < min_n:
            return f"Under the minimum of {min_n} fixtures: shown, not judged."
        return None

    def _nothing(self, candidate: str, over: str, column: Column, slice: str | None) -> str:
        for variant in (candidate, over):
            if not self.table.usable[variant].any():
                return f"{variant} has no usable response."
        for variant in (candidate, over):
            if not self.table.has(variant, column).any():
                return f"{column.name} could not be measured for {variant}."
        where = "no fixture" if slice is None else f"no fixture of {slice}"
        return f"There is {where} on which {column.name} is known for both {candidate} and {over}."


def with_q(comparisons: Sequence[Comparison]) -> tuple[Comparison, ...]:
    """Put q beside the p value of every exploratory comparison: Benjamini and Hochberg over all of them together.

    Declared comparisons and those without a p value are left as they are.
    """
    places = [at for at, c in enumerate(comparisons) if c.exploratory and c.p is not None]
    adjusted = list(comparisons)
    for at, q in zip(places, stats.benjamini_hochberg([comparisons[at].p or 0.0 for at in places]), strict=True):
        adjusted[at] = replace(adjusted[at], q=float(q))
    return tuple(adjusted)
