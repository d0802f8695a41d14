"""No worse than a margin: the bound a ``no_worse`` gate is held against, on complete pairs and in the worst case."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from harness.stats.comparison import compare
from harness.stats.conclusion import Comparison
from harness.stats.errors import StatisticsError
from harness.stats.samples import Floats, fixture_means
from harness.stats.verdicts import Scale, additive_margin


@dataclass(frozen=True, slots=True)
class NonInferiority:
    """Whether a candidate is no worse than a margin.

    Attributes:
        holds: True or False where the interval decides, None where it does not or may not be relied on. In both the
            complete pairs and the worst case.
        bound: The limit on the bad side of the effect on complete pairs, in its unit, not turned; None without an interval.
        worst_case: The same limit when every pair the candidate lacks counts as its failure; None where it lacks none.
        lacking: Pairs the candidate lacks.
        complete: The comparison on complete pairs.
        worst: The comparison in the worst case, None where the candidate lacks no pair.
        reason: Why ``holds`` is what it is, a sentence.
    """

    holds: bool | None
    bound: float | None
    worst_case: float | None
    lacking: int
    complete: Comparison
    worst: Comparison | None
    reason: str


def non_inferiority(
    candidate: npt.ArrayLike,
    baseline: npt.ArrayLike,
    *,
    margin: float,
    groups: Any = None,
    weights: Any = None,
    confidence: float = 0.90,
    seed: int = 0,
    resamples: int = 10_000,
    scale: Scale = "difference",
    higher_is_better: bool = True,
    lacking: npt.ArrayLike | None = None,
    failure: float | None = None,
) -> NonInferiority:
    """Hold the bad end of the interval against the margin, twice.

    H0: turned so that more is better, effect <= -margin. It is refused where the lower limit of the two-sided interval
    (90 %: one-sided 5 %) lies above -margin. Tango's interval keeps the size for 0/1 data (Liu et al. 2002, Stat Med 21:231).

    Args:
        candidate: As in ``compare``.
        baseline: As in ``compare``.
        margin: Largest loss that is accepted; relative on the ratio scale.
        groups: As in ``compare``.
        weights: As in ``compare``.
        confidence: Of the two-sided interval.
        seed: Seed of every draw.
        resamples: B.
        scale: As in ``compare``.
        higher_is_better: The direction that is good.
        lacking: True per fixture the candidate has no response to; by default those on which only the baseline has a value.
            Where the baseline lacks it as well, the baseline counts as having succeeded.
        failure: The value of a failure; by default the bad end of 0 to 1 where every value lies within, else the worst value
            seen on either side.
    """
    options: dict[str, Any] = {
        "margin": margin, "groups": groups, "weights": weights, "confidence": confidence, "seed": seed,
        "resamples": resamples, "scale": scale, "higher_is_better": higher_is_better,
    }  # fmt: skip
    a, b = fixture_means(candidate, "candidate"), fixture_means(baseline, "baseline")
    complete = compare(a, b, **options)
    lacks = np.isnan(a) & ~np.isnan(b) if lacking is None else np.asarray(lacking, dtype=bool)
    if lacks.shape != a.shape:
        raise StatisticsError(f"lacking has shape {lacks.shape} for {len(a)} fixtures; give one truth value per fixture")
    worst = None
    if np.any(lacks):
        bad, good = ends(np.concatenate([a, b]), higher_is_better, failure)
        worst = compare(np.where(lacks, bad, a), np.where(lacks & np.isnan(b), good, b), **options)
    limit = -additive_margin(margin, scale)
    answers = [no_worse(c, limit) for c in (complete, worst) if c is not None]
    return NonInferiority(
        holds=False if False in answers else None if None in answers else True,
        bound=bad_limit(complete),
        worst_case=None if worst is None else bad_limit(worst),
        lacking=int(lacks.sum()),
        complete=complete,
        worst=worst,
        reason=reason(complete, worst, answers),
    )


def no_worse(comparison: Comparison, limit: float) -> bool | None:
    """True where the whole interval lies above the limit, False where it lies below it, None otherwise."""
    turned = comparison.turned
    if turned is None or not comparison.usable:
        return None
    return True if turned[0] > limit else False if turned[1] < limit else None


def bad_limit(comparison: Comparison) -> float | None:
    """The limit on the side that is bad, as the effect is shown."""
    return comparison.low if comparison.higher_is_better else comparison.high


def ends(values: Floats, higher_is_better: bool, failure: float | None) -> tuple[float, float]:
    """The value of a failure and of a success."""
    seen = values[np.isfinite(values)]
    share = len(seen) == 0 or (seen.min() >= 0 and seen.max() <= 1)
    low, high = (0.0, 1.0) if share else (float(seen.min()), float(seen.max()))
    bad, good = (low, high) if higher_is_better else (high, low)
    if failure is not None and not math.isfinite(failure):
        raise StatisticsError(f"failure is {failure}; give the finite value of a failed fixture")
    return (bad if failure is None else failure), good


def reason(complete: Comparison, worst: Comparison | None, answers: list[bool | None]) -> str:
    """Why the answer is what it is."""
    if complete.withheld is not None and not complete.usable:
        return complete.withheld
    if complete.interval is None:
        return "No interval can be formed."
    words = {
        True: "lies within the margin", False: "lies wholly beyond the margin", None: "reaches across the margin",
    }  # fmt: skip
    sentence = f"The interval on {complete.n} complete pairs {words[answers[0]]}"
    if worst is None:
        return sentence + "."
    return f"{sentence}; with every pair the candidate lacks counted as its failure it {words[answers[1]]}."
