"""Who is right where: both, one of the two, neither."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from harness.verdicts.pairing import Standing
from harness.verdicts.table import Floats, Mask, ScoreTable

LISTED = 8
"""Fixtures named of each kind."""
_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Corner:
    """One of the four kinds of fixture.

    Attributes:
        count: How many there are.
        share: Their share of all that both sides answered, 0 to 1.
        fixtures: The ids of the first of them, in the set's order.
        better: How many of them the candidate is better on all the same, because neither is wholly right.
        worse: How many of them it is worse on.
    """

    count: int
    share: float
    fixtures: tuple[str, ...]
    better: int = 0
    worse: int = 0


@dataclass(frozen=True, slots=True)
class Fourfold:
    """Two variants on a metric that is a share; right is the whole of it: every part, in every repeat.

    Attributes:
        both: Both are right.
        won: Only the candidate is.
        lost: Only ``over`` is.
        neither: Neither is.
    """

    candidate: str
    over: str
    metric: str
    both: Corner
    won: Corner
    lost: Corner
    neither: Corner


def fourfolds(table: ScoreTable, standing: Standing) -> tuple[Fourfold, ...]:
    """Count the four kinds of fixture for the candidate over each of its rivals; nothing where the headline is no share."""
    column, who = standing.headline, standing.candidate
    if who is None or column.metric.unit != "share" or column.kind != "mean":
        return ()
    best = 1.0 if column.higher_is_better else 0.0
    sign = 1.0 if column.higher_is_better else -1.0
    found = []
    for over in standing.rivals:
        ours, theirs = table.means(who, column), table.means(over, column)
        known = np.isfinite(ours) & np.isfinite(theirs)
        right, other = np.abs(ours - best) < _ROUNDING, np.abs(theirs - best) < _ROUNDING
        lift = np.where(known, sign * (ours - theirs), 0.0)

        def corner(mask: Mask, known: Mask = known, lift: Floats = lift) -> Corner:
            rows = np.flatnonzero(mask)
            names = tuple(table.run.fixtures[row].id for row in rows[:LISTED])
            share = len(rows) / max(int(known.sum()), 1)
            return Corner(len(rows), share, names, int((lift[rows] > _ROUNDING).sum()), int((lift[rows] < -_ROUNDING).sum()))

        found.append(
            Fourfold(
                who, over, column.name,
                both=corner(known & right & other), won=corner(known & right & ~other),
                lost=corner(known & ~right & other), neither=corner(known & ~right & ~other),
            )
        )  # fmt: skip
    return tuple(found)
