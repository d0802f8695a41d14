"""How often each label was expected, said and right, as sums of hidden columns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from harness.metrics.contract import Totals

Floats = npt.NDArray[np.float64]

RIGHT, SAID, EXPECTED = "_right_", "_said_", "_expected_"
"""Hidden columns, each followed by a label and 1 where it applies; a column that is left out is 0."""

_ROUNDING = 1e-12
"""Of the sum of weights: what adding and subtracting floats may leave of nothing."""


@dataclass(frozen=True, slots=True)
class ClassCounts:
    """Weighted counts of one or more resamples.

    Attributes:
        labels: The labels that occur, sorted.
        right: How often each was expected and said, shape (labels, ...).
        said: How often each was said.
        expected: How often each was expected.
        n: Sum of the weights, shape (...); more than ``said`` adds up to where an answer was no label.
    """

    labels: tuple[str, ...]
    right: Floats
    said: Floats
    expected: Floats
    n: Floats

    @property
    def occurs(self) -> npt.NDArray[np.bool_]:
        """Whether each label is expected or said at all, shape (labels, ...)."""
        return np.asarray((self.said > 0) | (self.expected > 0))

    def added_up(self) -> ClassCounts:
        """The counts of all labels as if they were one, shape (1, ...)."""
        right, said, expected = (x.sum(axis=0, keepdims=True) for x in (self.right, self.said, self.expected))
        return ClassCounts(("",), right, said, expected, self.n)

    def precision(self) -> Floats:
        """Right of those said; 0 where a label is never said (scikit-learn's ``zero_division=0``)."""
        return ratio(self.right, self.said)

    def recall(self) -> Floats:
        """Right of those expected; 0 where a label is never expected."""
        return ratio(self.right, self.expected)

    def f1(self) -> Floats:
        """Twice those right over those said and expected; 0 where a label is neither."""
        return ratio(2 * self.right, self.said + self.expected)


def count_row(expected: str, said: str | None) -> dict[str, float]:
    """The hidden columns of one answer."""
    row = {EXPECTED + expected: 1.0}
    if said is not None:
        row[SAID + said] = 1.0
    if said == expected:
        row[RIGHT + expected] = 1.0
    return row


def columns_of(label: str) -> tuple[str, str, str]:
    """The hidden columns of one label."""
    return (RIGHT + label, SAID + label, EXPECTED + label)


def read_counts(totals: Totals, labels: Iterable[str] | None = None) -> ClassCounts:
    """Read the counts out of column sums.

    Args:
        totals: Column sums, each of shape (...).
        labels: Read these labels only; all that have a column unless given.
    """
    n = np.asarray(totals["n"], dtype=np.float64)
    seen = {name.removeprefix(kind) for name in totals for kind in (SAID, EXPECTED) if name.startswith(kind)}
    names = tuple(sorted(seen if labels is None else labels))
    return ClassCounts(
        names, _stack(totals, RIGHT, names, n), _stack(totals, SAID, names, n), _stack(totals, EXPECTED, names, n), n
    )


def ratio(top: Floats, bottom: Floats, otherwise: float = 0.0) -> Floats:
    """``top / bottom``, and ``otherwise`` where nothing is below."""
    filled = np.full(np.broadcast_shapes(np.shape(top), np.shape(bottom)), otherwise)
    divided: Floats = np.divide(top, bottom, out=filled, where=np.asarray(bottom) > 0)
    return divided


def _stack(totals: Mapping[str, Any], kind: str, labels: tuple[str, ...], n: Floats) -> Floats:
    sums = np.zeros((len(labels), *n.shape))
    for place, label in enumerate(labels):
        sums[place] = totals.get(kind + label, 0.0)
    sums[np.abs(sums) <= _ROUNDING * np.abs(n)] = 0.0
    return sums
