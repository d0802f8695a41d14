"""Whether the expected labels go with an attribute that should not matter, such as the language of the question."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from harness.datachecks.attributes import attributes_of
from harness.datachecks.drift import label_of
from harness.datachecks.finding import Finding
from harness.stats import holm, proportion_interval
from harness.suite import Fixture, Suite

_PERMUTATIONS = 999
_LEVEL = 0.05
_MATTERS = 0.1
"""Cramer's V below which an association is too weak to matter."""
_LABELS = 20

Ints = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class LabelBias:
    """How the expected labels are distributed over the values of one attribute.

    Attributes:
        attribute: Its name.
        rows: By value and label: fixtures, independent ones, share of the label among them and its 95 % interval; ``judged``
            where the value has ``min_slice`` fixtures.
        association: Cramer's V between value and label, 0 to 1, over the values that are judged; None with fewer than two.
        p: Chance of an association as strong if labels had nothing to do with it; groups are moved whole.
        fixtures: Fixtures of the values that are judged.
    """

    attribute: str
    rows: tuple[dict[str, Any], ...]
    association: float | None
    p: float | None
    fixtures: int


def check_label_bias(suite: Suite) -> list[Finding]:
    """Hold the expected labels against every attribute of the suite; nothing where the answers are no labels.

    Returns:
        One finding for each attribute: a warning where labels go with it beyond chance (after Holm's correction over the
        attributes) and by more than a trace, else a note. Its evidence is the whole table.
    """
    labels = [label_of(fixture.expected) for fixture in suite.fixtures]
    counts = Counter(label for label in labels if label is not None)
    if not 2 <= len(counts) <= _LABELS or sum(counts.values()) < 3 * len(counts):
        return []
    least = suite.definition.min_slice
    tables = [
        label_bias(name, suite.fixtures, values, labels, least=least, seed=suite.definition.seed)
        for name, values in attributes_of(suite).items()
    ]
    judged = [at for at, table in enumerate(tables) if table.p is not None]
    adjusted = dict(zip(judged, holm([tables[at].p or 0.0 for at in judged]), strict=True)) if judged else {}
    return [_finding(table, adjusted.get(at), least) for at, table in enumerate(tables)]


def label_bias(
    attribute: str,
    fixtures: Sequence[Fixture],
    values: Sequence[str | None],
    labels: Sequence[str | None],
    *,
    least: int,
    seed: int,
) -> LabelBias:
    """Lay out labels by the values of one attribute, and test whether they have to do with each other.

    The test permutes what the fixtures' attribute is, whole groups at once where a group has one value, and holds the
    chi-squared statistic against that (Good 2005, Permutation, Parametric and Bootstrap Tests of Hypotheses).

    Args:
        attribute: Its name.
        fixtures: The fixtures.
        values: The attribute of each.
        labels: The label of each.
        least: Fixtures a value must have to be judged.
        seed: Of the permutations.
    """
    known = [at for at, (value, label) in enumerate(zip(values, labels, strict=True)) if value is not None and label is not None]
    size = Counter(str(values[at]) for at in known)
    names, kinds = sorted(size, key=lambda v: (-size[v], v)), sorted({str(labels[at]) for at in known})
    rows = []
    for value in names:
        inside = [at for at in known if values[at] == value]
        groups = {fixtures[at].group for at in inside if fixtures[at].group is not None}
        units = len(groups) + sum(fixtures[at].group is None for at in inside)
        for kind in kinds:
            share = sum(labels[at] == kind for at in inside) / len(inside)
            low, high = proportion_interval(share * units, units)
            rows.append(
                {
                    attribute: value, "label": kind, "fixtures": len(inside), "independent": units, "share": share,
                    "low": low, "high": high, "judged": len(inside) >= least,
                }
            )  # fmt: skip
    judged = [at for at in known if size[str(values[at])] >= least]
    value_of = _numbered([str(values[at]) for at in judged])
    label_at = _numbered([str(labels[at]) for at in judged])
    if len(set(value_of.tolist())) < 2 or len(set(label_at.tolist())) < 2:
        return LabelBias(attribute, tuple(rows), None, None, len(judged))
    observed = _chi_squared(value_of, label_at)
    units_of = _units([fixtures[at] for at in judged], value_of)
    rng = np.random.default_rng(seed)
    first = np.array([np.flatnonzero(units_of == unit)[0] for unit in range(int(units_of.max()) + 1)])
    own = value_of[first]
    beyond = sum(_chi_squared(rng.permutation(own)[units_of], label_at) >= observed - 1e-9 for _ in range(_PERMUTATIONS))
    smaller = min(len(set(value_of.tolist())), len(set(label_at.tolist()))) - 1
    v = float(np.sqrt(observed / (len(judged) * smaller)))
    return LabelBias(attribute, tuple(rows), v, (1 + beyond) / (1 + _PERMUTATIONS), len(judged))


def _numbered(names: Sequence[str]) -> Ints:
    return np.unique(np.array(names), return_inverse=True)[1] if names else np.zeros(0, dtype=np.intp)


def _units(fixtures: Sequence[Fixture], values: Ints) -> Ints:
    """A number a unit that is moved whole: the fixtures of a group that share a value, and each of the others."""
    known: dict[tuple[str, int], int] = {}
    keys = [
        (f"g {f.group}", int(v)) if f.group is not None else (f"i {at}", 0)
        for at, (f, v) in enumerate(zip(fixtures, values, strict=True))
    ]
    return np.array([known.setdefault(key, len(known)) for key in keys], dtype=np.intp)


def _chi_squared(values: Ints, labels: Ints) -> float:
    counts = np.zeros((int(values.max()) + 1, int(labels.max()) + 1))
    np.add.at(counts, (values, labels), 1)
    expected = counts.sum(axis=1, keepdims=True) * counts.sum(axis=0, keepdims=True) / counts.sum()
    return float(np.sum(np.divide((counts - expected) ** 2, expected, out=np.zeros_like(counts), where=expected > 0)))


def _finding(table: LabelBias, p: float | None, least: int) -> Finding:
    if p is None or table.association is None:
        message = f"Expected labels by {table.attribute}: too few fixtures of each value to say more (min_slice is {least})."
        return Finding("note", "bias.labels", message, evidence=table.rows)
    numbers = {"association": table.association, "p": float(p), "fixtures": float(table.fixtures)}
    said = f"Cramer's V {table.association:.2f}, p {'< 0.01' if p < 0.01 else f'= {p:.2f}'}, {table.fixtures:,} fixtures"
    if p < _LEVEL and table.association >= _MATTERS:
        message = f"Expected labels go with {table.attribute} ({said}): {_widest(table)}."
        advice = f"Balance the labels over {table.attribute}, or a variant may score by guessing from it."
        return Finding("warning", "bias.labels", message, advice, evidence=table.rows, numbers=numbers)
    message = f"Expected labels are not seen to go with {table.attribute} ({said})."
    return Finding("note", "bias.labels", message, evidence=table.rows, numbers=numbers)


def _widest(table: LabelBias) -> str:
    """The label whose shares lie farthest apart."""
    by_label: dict[str, list[dict[str, Any]]] = {}
    for row in table.rows:
        if row["judged"]:
            by_label.setdefault(row["label"], []).append(row)
    label, rows = max(by_label.items(), key=lambda item: max(r["share"] for r in item[1]) - min(r["share"] for r in item[1]))
    high, low = max(rows, key=lambda r: r["share"]), min(rows, key=lambda r: r["share"])
    a = table.attribute
    return f"{label} is expected of {high['share']:.0%} in {a}:{high[a]} and {low['share']:.0%} in {a}:{low[a]}"
