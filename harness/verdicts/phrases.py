"""Numbers in sentences: a value, a lift and an interval with their units, in plain ASCII."""

from __future__ import annotations

import math
from collections.abc import Sequence

from harness.verdicts.result import Comparison, Estimate


def value(number: float, unit: str) -> str:
    """Write a metric's value with its unit: ``96.7 %``, ``0.78 s``, ``USD 0.000231``."""
    return f"USD {_bare(number, unit)}" if unit == "USD" else f"{_bare(number, unit)}{_suffix(unit, ' %')}"


def value_range(low: float, high: float, unit: str) -> str:
    """Write an interval of values: ``92.4 to 98.6 %``."""
    if unit == "USD":
        return f"USD {_bare(low, unit)} to {_bare(high, unit)}"
    return f"{_bare(low, unit)} to {_bare(high, unit)}{_suffix(unit, ' %')}"


def lift(number: float, unit: str, scale: str, *, signed: bool = True) -> str:
    """Write a lift: ``+31.2 points`` for shares, ``0.85 times`` for ratios, else a number with its unit."""
    if scale == "ratio":
        return f"{_times(number)} times"
    return f"{_signed(number, unit) if signed else _bare(number, unit)}{_suffix(unit, ' points')}"


def lift_range(low: float, high: float, unit: str, scale: str, *, signed: bool = True) -> str:
    """Write an interval of lifts without its unit, which stands beside the lift: ``+24.0 to +38.1``."""
    if scale == "ratio":
        return f"{_times(low)} to {_times(high)}"
    write = _signed if signed else _bare
    return f"{write(low, unit)} to {write(high, unit)}"


def measured(comparison: Comparison, *, signed: bool = True) -> str:
    """Write a comparison's lift with its interval: ``+31.2 points (95 % interval +24.0 to +38.1)``."""
    c = comparison
    if c.effect is None:
        return "unknown"
    said = lift(c.effect, c.unit, c.scale, signed=signed)
    if c.low is None or c.high is None:
        return said
    return f"{said} ({confidence(c.confidence)} interval {lift_range(c.low, c.high, c.unit, c.scale, signed=signed)})"


def level(estimate: Estimate) -> str:
    """Write an estimate with its interval: ``96.7 % (95 % interval 92.4 to 98.6 %)``."""
    e = estimate
    if e.value is None:
        return "not measured"
    if e.low is None or e.high is None:
        return value(e.value, e.unit)
    return f"{value(e.value, e.unit)} ({confidence(e.confidence)} interval {value_range(e.low, e.high, e.unit)})"


def margin(number: float, unit: str, scale: str) -> str:
    """Write a margin: ``2.0 points``; for ratios the share it allows, ``10 %``."""
    return f"{number * 100:.4g} %" if scale == "ratio" else lift(number, unit, scale, signed=False)


def confidence(share: float) -> str:
    """Write a confidence: ``95 %``."""
    return f"{share * 100:.4g} %"


def counted(number: int, one: str, many: str | None = None) -> str:
    """Write a count with its noun: ``1 fixture``, ``120 fixtures``."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def listed(names: Sequence[str]) -> str:
    """Join names as a sentence does: ``a, b and c``."""
    return "".join(names) if len(names) < 2 else f"{', '.join(names[:-1])} and {names[-1]}"


def clause(sentence: str) -> str:
    """Turn a sentence into a clause that may follow a colon."""
    first, space, rest = sentence.rstrip(".").partition(" ")
    plain = first in ("Only", "Under", "There", "None", "No", "The", "Too", "One", "Fewer", "All", "A")
    return (first.lower() if plain else first) + space + rest


def probability(p: float) -> str:
    """Write a p value: ``p = 0.012``, ``p < 0.001``."""
    return "p < 0.001" if p < 0.001 else f"p = {p:.3f}"


def _suffix(unit: str, of_share: str) -> str:
    return {"share": of_share, "seconds": " s", "USD": " USD", "tokens": " tokens"}.get(unit, "")


def _bare(number: float, unit: str) -> str:
    if math.isinf(number):
        return "no limit"
    if unit == "share":
        text = f"{number * 100:.1f}"
    elif unit in ("tokens", "count"):
        text = f"{number:,.1f}".removesuffix(".0")
    elif unit == "score":
        text = f"{number:.3f}"
    elif unit == "seconds" and abs(number) >= 0.1:
        text = f"{number:,.2f}"
    else:
        text = f"{number:,.2f}" if abs(number) >= 1 or number == 0 else f"{number:.3g}"
    return text.removeprefix("-") if not text.strip("-0.,") else text


def _signed(number: float, unit: str) -> str:
    text = _bare(number, unit)
    return f"+{text}" if number > 0 and text.strip("0.,") and not math.isinf(number) else text


def _times(number: float) -> str:
    return "no limit" if math.isinf(number) else f"{number:.2f}" if number >= 0.1 else f"{number:.3g}"
