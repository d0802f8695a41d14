"""What a set of this size can see, and what larger and smaller ones could."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from harness import stats
from harness.verdicts.pairing import Standing
from harness.verdicts.result import Comparison

POWER = 0.8
_REACH = 8
"""The curve goes from an eighth of the set to eight times it."""
_STEPS = 30


@dataclass(frozen=True, slots=True)
class Seeing:
    """The smallest lift that is seen four times in five, by the number of fixtures.

    Attributes:
        n: Today's fixtures (complete pairs).
        detectable: The smallest lift they see; a ratio where ``scale`` is ratio.
        curve: Pairs of a number of fixtures and the lift it sees, fewest fixtures first.
        needed: Fixtures that would see a lift of the size of the margin; None without a margin.
        power: With which it is seen.
    """

    candidate: str
    over: str
    metric: str
    unit: str
    scale: str
    n: int
    groups: int
    detectable: float
    margin: float
    curve: tuple[tuple[int, float], ...]
    needed: int | None
    power: float = POWER


def seeing(comparisons: Sequence[Comparison], standing: Standing) -> tuple[Seeing, ...]:
    """Return the curve of the candidate's headline lift over each of its rivals, as far as anything differs."""
    found = []
    for over in standing.rivals:
        for c in comparisons:
            key = (c.candidate, c.over, c.metric, c.slice)
            if key == (standing.candidate, over, standing.headline.name, None) and (one := _seeing(c)) is not None:
                found.append(one)
    return tuple(found)


def _seeing(c: Comparison) -> Seeing | None:
    if c.detectable is None or not c.n or not math.isfinite(c.detectable) or _size(c, c.detectable) <= 0:
        return None
    seen = _law(c)
    spread = [max(2, round(c.n * _REACH ** (2 * step / _STEPS - 1))) for step in range(_STEPS + 1)]
    curve = tuple((n, lift) for n in sorted({*spread, c.n}) if (lift := seen(n)) is not None)
    needed = _needed(c, seen) if c.margin > 0 else None
    return Seeing(
        c.candidate, c.over, c.metric, c.unit, c.scale, c.n, c.groups or c.n, c.detectable, c.margin, curve, needed
    )  # fmt: skip


def _law(c: Comparison) -> Callable[[int], float | None]:
    """How the lift seen depends on the fixtures: McNemar's law where today's number is McNemar's, else one over root n."""
    alpha, share = 1 - c.confidence, (c.wins + c.losses) / c.n
    today = c.detectable or 0.0
    if c.scale == "difference" and c.unit == "share" and 0 <= share <= 1:
        exact = stats.minimum_detectable_effect(c.n, discordant=share, alpha=alpha, power=POWER)
        if exact is not None and math.isclose(exact, today, rel_tol=1e-6):
            return lambda n: stats.minimum_detectable_effect(n, discordant=share, alpha=alpha, power=POWER)
    size = _size(c, today)

    def scaled(n: int) -> float | None:
        lift = size * math.sqrt(c.n / n)
        if c.unit == "share" and c.scale == "difference" and lift > 1:
            return None
        return lift if c.scale == "difference" else math.exp(math.copysign(lift, math.log(today)))

    return scaled


def _size(c: Comparison, lift: float) -> float:
    """A lift as a size: a difference as it is, a ratio on the logarithm."""
    return abs(math.log(lift)) if c.scale == "ratio" and lift > 0 else abs(lift)


def _needed(c: Comparison, seen: Callable[[int], float | None]) -> int:
    """The fewest fixtures whose lift is no larger than the margin."""
    target = math.log1p(c.margin) if c.scale == "ratio" else c.margin

    def enough(n: int) -> bool:
        lift = seen(n)
        return lift is not None and _size(c, lift) <= target * (1 + 1e-12)

    low, high = 1, 2
    while not enough(high) and high < 2**40:
        low, high = high, high * 2
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle + 1, high)
    return high
