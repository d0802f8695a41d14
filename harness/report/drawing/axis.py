"""A shared axis: where a number stands between the left edge and the right one, in per cent of the width."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Axis:
    """An axis from ``low`` to ``high``, linear or logarithmic, with the numbers to mark on it."""

    low: float
    high: float
    ticks: tuple[float, ...]
    log: bool = False

    def place(self, number: float) -> float:
        """Return where the number stands, 0 to 100; what lies outside is put at the edge."""
        low, high, at = self.low, self.high, number
        if math.isinf(number):
            return 0.0 if number < 0 else 100.0
        if self.log:
            low, high, at = math.log(low), math.log(high), math.log(max(number, self.low))
        return min(max((at - low) / (high - low) * 100, 0.0), 100.0)


def difference_axis(numbers: Iterable[float | None], *, pad: float = 0.06, wanted: int = 5) -> Axis:
    """Make a linear axis that holds zero and every number, with round ticks."""
    held = [*_finite(numbers), 0.0]
    low, high = min(held), max(held)
    width = (high - low) or 1.0
    low, high = low - pad * width, high + pad * width
    step = _round_step((high - low) / wanted)
    first = math.ceil(low / step)
    ticks = tuple(round(i * step, 10) + 0.0 for i in range(first, math.floor(high / step) + 1))
    return Axis(low, high, ticks)


def level_axis(numbers: Iterable[float | None], *, wanted: int = 5) -> Axis:
    """Make a linear axis from zero up to a little beyond the largest number."""
    high = max([*_finite(numbers), 0.0]) * 1.06 or 1.0
    step = _round_step(high / wanted)
    return Axis(0.0, high, tuple(round(i * step, 10) for i in range(math.floor(high / step) + 1)))


def span_axis(
    numbers: Iterable[float | None], *, inside: tuple[float, float] | None = None, pad: float = 0.06, wanted: int = 4
) -> Axis:
    """Make a linear axis that holds every number and need not hold zero; ``inside`` are limits it does not pass."""
    held = _finite(numbers)
    low, high = min(held), max(held)
    if low == high:
        low, high = low - (abs(low) * 0.1 or 1.0), high + (abs(high) * 0.1 or 1.0)
    width = high - low
    low, high = low - pad * width, high + pad * width
    if inside is not None:
        low, high = max(low, inside[0] - 0.02), min(high, inside[1] + 0.02)
    step = _round_step((high - low) / wanted)
    ticks = tuple(round(i * step, 10) + 0.0 for i in range(math.ceil(low / step), math.floor(high / step) + 1))
    return Axis(low, high, ticks)


def ratio_axis(numbers: Iterable[float | None], *, pad: float = 0.08) -> Axis:
    """Make a logarithmic axis that holds 1 and every number above zero."""
    return log_axis([*_finite(numbers), 1.0], pad=pad)


def log_axis(numbers: Iterable[float | None], *, pad: float = 0.08) -> Axis:
    """Make a logarithmic axis that holds every number above zero."""
    held = [n for n in _finite(numbers) if n > 0] or [1.0]
    low, high = math.log(min(held)), math.log(max(held))
    width = max(high - low, 0.2)
    low, high = math.exp(low - pad * width), math.exp(high + pad * width)
    for mantissas in ((1.0, 1.25, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0), (1.0, 1.5, 2.0, 3.0, 5.0), (1.0, 2.0, 5.0), (1.0,)):
        powers = range(math.floor(math.log10(low)) - 1, math.ceil(math.log10(high)) + 1)
        ticks = tuple(round(m * 10.0**p, 10) for p in powers for m in mantissas if low <= m * 10.0**p <= high)
        if len(ticks) <= 6:
            break
    return Axis(low, high, ticks, log=True)


def _finite(numbers: Iterable[float | None]) -> list[float]:
    return [n for n in numbers if n is not None and math.isfinite(n)]


def _round_step(rough: float) -> float:
    power = 10.0 ** math.floor(math.log10(rough))
    return next((m * power for m in (1.0, 2.0, 2.5, 5.0) if m * power >= rough), 10.0 * power)
