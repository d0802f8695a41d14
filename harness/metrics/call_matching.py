"""Which call made answers which call expected: the best assignment of all, not the first that fits."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from harness.metrics.call_reading import Call
from harness.metrics.matchers import is_matcher, is_optional, matches

Order = Literal["ignored", "kept", "prefix"]

_TIE = 1e-6
"""Taken off a pair with a call that repeats an earlier one, so that among equal assignments repeats are what is left over."""

_SLACK = 1e-6


@dataclass(frozen=True, slots=True)
class Matching:
    """How the calls made answer those expected.

    Attributes:
        pairs: (expected position, made position) of each pair, by expected position; their names are equal.
        shares: For each pair, the share of its arguments that is right, 0 to 1.
        whole: For each pair, whether the call is right as a whole.
        in_order: Whether an assignment that keeps the order is as good as the best one.
    """

    pairs: tuple[tuple[int, int], ...]
    shares: tuple[float, ...]
    whole: tuple[bool, ...]
    in_order: bool


def match_calls(expected: Sequence[Call], made: Sequence[Call], order: Order = "ignored") -> Matching:
    """Assign the calls made to those expected.

    A call may only answer one of the same name. Among all assignments, the one with the most calls right as a whole is
    taken, among those the one with the most pairs, among those the one with the most arguments right, and among those one
    that leaves calls over that repeat others: the linear sum assignment problem (Crouse, "On implementing 2D rectangular
    assignment algorithms", IEEE Transactions on Aerospace and Electronic Systems 52(4), 2016,
    ``scipy.optimize.linear_sum_assignment``).

    Args:
        expected: Calls whose arguments may hold matchers.
        made: The calls of an answer.
        order: ``prefix`` assigns by position: the first call made to the first expected, and so on. Otherwise the
            assignment does not depend on the order, and ``in_order`` tells whether it was kept.
    """
    shares = np.full((len(expected), len(made)), np.nan)
    whole = np.zeros(shares.shape, dtype=bool)
    for row, wanted in enumerate(expected):
        for column, call in enumerate(made):
            if wanted.name == call.name:
                shares[row, column] = argument_share(wanted, call)
                whole[row, column] = shares[row, column] == 1.0
    weights = _weights(shares, whole)
    if order == "prefix":
        at = [(k, k) for k in range(min(weights.shape)) if weights[k, k] > 0]
        in_order = len(at) == len(expected)
    else:
        from scipy.optimize import linear_sum_assignment

        rows, columns = linear_sum_assignment(weights - _TIE * (weights > 0) * _repeats(made), maximize=True)
        at = [(int(r), int(c)) for r, c in zip(rows, columns, strict=True) if weights[r, c] > 0]
        in_order = _best_in_order(weights) >= sum(float(weights[pair]) for pair in at) - _SLACK
    return Matching(tuple(at), tuple(float(shares[pair]) for pair in at), tuple(bool(whole[pair]) for pair in at), in_order)


def argument_share(expected: Call, made: Call) -> float:
    """Share of arguments that are right, 0 to 1, of those expected and those made beside them; 1 where there are none.

    An optional argument counts only where it is made. An argument that is an object or a list is right or wrong as a whole.
    """
    wanted, given = expected.arguments, made.arguments
    if is_matcher(wanted) or not isinstance(wanted, Mapping) or not isinstance(given, Mapping):
        return float(matches(wanted, given))
    counted = [key for key, value in wanted.items() if key in given or not is_optional(value)]
    right = sum(key in given and matches(wanted[key], given[key]) for key in counted)
    total = len(counted) + sum(key not in wanted for key in given)
    return right / total if total else 1.0


def _weights(shares: npt.NDArray[np.float64], whole: npt.NDArray[np.bool_]) -> npt.NDArray[np.float64]:
    """What a pair is worth: a whole call more than any number of pairs, a pair more than any number of arguments."""
    most = min(shares.shape) + 1.0
    weights: npt.NDArray[np.float64] = np.where(np.isnan(shares), 0.0, most + np.nan_to_num(shares) + most * most * whole)
    return weights


def _repeats(made: Sequence[Call]) -> npt.NDArray[np.bool_]:
    """Which calls are the same as an earlier one."""
    seen: set[Hashable] = set()
    again: list[bool] = []
    for call in made:
        key = call.key()
        again.append(key in seen)
        seen.add(key)
    return np.array(again, dtype=bool)


def _best_in_order(weights: npt.NDArray[np.float64]) -> float:
    """Weight of the best assignment that keeps the order of both sides (a longest common subsequence, weighted)."""
    best = np.zeros(weights.shape[1] + 1)
    for row in weights:
        taken = best[:-1] + row
        best[1:] = np.maximum.accumulate(np.maximum(best[1:], taken))
    return float(best[-1])
