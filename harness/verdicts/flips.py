"""The fixtures on which two variants differ, the largest difference first."""

from __future__ import annotations

import numpy as np

from harness.verdicts.pairing import Standing
from harness.verdicts.result import Flip
from harness.verdicts.table import Column, ScoreTable

_ROUNDING = 1e-12


def flips(table: ScoreTable, standing: Standing) -> tuple[Flip, ...]:
    """Fixtures where the candidate differs from the baseline, and then from retrieval, on the headline metric.

    Values are means over repeats. A headline that is a function of column sums without a value a fixture has none.
    """
    candidate = standing.candidate
    if candidate is None:
        return ()
    return tuple(flip for over in standing.rivals for flip in flips_between(table, candidate, over, standing.headline))


def flips_between(table: ScoreTable, candidate: str, over: str, column: Column) -> tuple[Flip, ...]:
    """Fixtures where one variant differs from another on a metric, the largest difference first; means over repeats."""
    ours, theirs = table.means(candidate, column), table.means(over, column)
    difference = np.where(np.isfinite(ours) & np.isfinite(theirs), ours - theirs, 0.0)
    found: list[Flip] = []
    for row in np.argsort(-np.abs(difference), kind="stable"):
        if abs(difference[row]) <= _ROUNDING:
            break
        found.append(
            Flip(
                fixture_id=table.run.fixtures[row].id,
                candidate=candidate,
                over=over,
                metric=column.name,
                candidate_value=float(ours[row]),
                over_value=float(theirs[row]),
                won=bool((difference[row] > 0) == column.higher_is_better),
            )
        )
    return tuple(found)
