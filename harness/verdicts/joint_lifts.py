"""Lifts that are looked at side by side, with intervals that hold for all of them at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness import stats
from harness.verdicts.pairing import Standing
from harness.verdicts.result import Comparison
from harness.verdicts.table import Floats, Mask, ScoreTable

_MOST_COLUMNS = 400
"""Columns of all variants together up to which functions of them are resampled once more, for the joint intervals."""


@dataclass(frozen=True, slots=True)
class JointLift:
    """One lift of a family.

    Attributes:
        low: Lower simultaneous limit, on the scale of the comparison's effect.
        high: Upper simultaneous limit.
        p: Step-down adjusted p value: the chance of any false alarm in the family stays below its level.
    """

    candidate: str
    over: str
    metric: str
    slice: str | None
    low: float
    high: float
    p: float | None


@dataclass(frozen=True, slots=True)
class LiftFamily:
    """Lifts that a reader sees in one picture, judged together.

    Attributes:
        name: variants (the headline metric over each other variant), parts (of the headline metric) or slices.
        confidence: That all its intervals hold at once.
        critical: What a standard error is multiplied by; 1.96 where all move alike, more the less they do. None without members.
        members: Those in which enough fixtures differ for an interval.
    """

    name: str
    confidence: float
    critical: float | None
    members: tuple[JointLift, ...]


def joint_lifts(
    table: ScoreTable, standing: Standing, comparisons: Sequence[Comparison], *, seed: int, resamples: int
) -> tuple[LiftFamily, ...]:
    """Form simultaneous intervals of the candidate's lifts, by the largest studentised difference of each shared resample.

    Ratios are in no family, and functions of column sums only where all of the family stand on the same fixtures.
    """
    found = []
    for name, members in _families(table, standing, comparisons).items():
        if len(members) < 2:
            continue
        options: dict[str, Any] = {"confidence": table.definition.confidence, "seed": seed, "resamples": resamples}
        if all(table.columns[c.metric].kind == "mean" for c in members):
            differences = {str(at): _difference(table, c) for at, c in enumerate(members)}
            family = stats.max_t(differences, groups=table.groups, weights=table.weights, **options)
        elif (drawn := _drawn(table, members, options)) is not None:
            family = stats.simultaneous(drawn, confidence=table.definition.confidence)
        else:
            continue
        lifts = tuple(_lifts(members, family))
        found.append(LiftFamily(name, family.confidence, family.critical, lifts))
    return tuple(found)


def _families(table: ScoreTable, standing: Standing, comparisons: Sequence[Comparison]) -> dict[str, list[Comparison]]:
    who, base, headline = standing.candidate, standing.baseline, standing.headline.name
    alike = table.columns[headline].kind
    ours = [c for c in comparisons if c.candidate == who and c.scale == "difference" and table.columns[c.metric].kind == alike]
    return {
        "variants": [c for c in ours if c.metric == headline and c.slice is None],
        "parts": [c for c in ours if c.over == base and c.slice is None and c.metric.startswith(f"{headline}.")],
        "slices": [c for c in ours if c.over == base and c.slice is not None and c.metric == headline],
    }


def _difference(table: ScoreTable, c: Comparison) -> Floats:
    """Candidate minus the other per fixture, NaN outside the slice, shape (n,)."""
    column = table.columns[c.metric]
    difference: Floats = table.means(c.candidate, column) - table.means(c.over, column)
    inside: Mask = table.within(c.slice)
    difference[~inside] = float("nan")
    return difference


def _drawn(table: ScoreTable, members: Sequence[Comparison], options: Mapping[str, Any]) -> dict[str, stats.Resampled] | None:
    """Resample a function of column sums of all variants together; None where fixtures or columns differ or are too many."""
    column = table.columns[members[0].metric]
    names = list(dict.fromkeys([members[0].candidate, *(c.over for c in members)]))
    same = all((c.metric, c.slice) == (column.name, members[0].slice) for c in members)
    if column.kind != "sums" or not same:
        return None
    mask: Mask = table.applies(column) & table.within(members[0].slice)
    for name in names:
        mask = mask & table.has(name, column)
    columns = {f"{at} {key}": array[mask] for at, name in enumerate(names) for key, array in table.sums(name, column).items()}
    if len(columns) > _MOST_COLUMNS or any(c.n != int(mask.sum()) for c in members):
        return None

    def lift(over: int) -> Callable[[Mapping[str, Floats]], Any]:
        return lambda sums: column.statistic(_Side(sums, "0 ")) - column.statistic(_Side(sums, f"{over} "))

    statistics = {str(at): lift(names.index(c.over)) for at, c in enumerate(members) if c.usable}
    grouped: dict[str, Any] = {"groups": table.groups_within(mask), "weights": table.weights_within(mask)}
    return stats.resample(columns, statistics, **grouped, **options)


@dataclass(frozen=True, slots=True)
class _Side(Mapping[str, Floats]):
    """The sums of one variant among those of all."""

    sums: Mapping[str, Floats]
    prefix: str

    def __getitem__(self, name: str) -> Floats:
        return self.sums[name if name == "n" else self.prefix + name]

    def __iter__(self) -> Iterator[str]:
        return (name.removeprefix(self.prefix) for name in self.sums if name == "n" or name.startswith(self.prefix))

    def __len__(self) -> int:
        return sum(1 for _ in self)


def _lifts(members: Sequence[Comparison], family: stats.Family) -> Iterator[JointLift]:
    for at, c in enumerate(members):
        found = family.members.get(str(at))
        if found is not None and found.low is not None and found.high is not None:
            yield JointLift(c.candidate, c.over, c.metric, c.slice, found.low, found.high, found.adjusted)
