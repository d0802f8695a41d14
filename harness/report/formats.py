"""How numbers are written, in the HTML page and on the console alike; plain ASCII throughout."""

from __future__ import annotations

import math
import re
from datetime import datetime

MISSING = "not measured"
UNKNOWN = "unknown"
_SHORT = 0.0005
"""Seconds below which three decimals show nothing."""
_SUFFIX = {"share": " %", "seconds": " s", "tokens": " tokens"}
_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


_EMPTY = re.compile(r"(\.\d*?)0+(?!\d)")


def tick(text: str) -> str:
    """Take from a written number the decimals that say nothing, as an axis wants it: ``50 %``, ``0.01 s``."""
    return _EMPTY.sub(lambda found: "" if found[1] == "." else found[1], text)


def absent(number: float | None) -> bool:
    """Whether there is no number to write: None or NaN."""
    return number is None or math.isnan(number)


def share(number: float | None) -> str:
    """Write a share, 0 to 1, as per cent with one decimal."""
    return value(number, "share")


def value(number: float | None, unit: str) -> str:
    """Write a metric's value with its unit.

    Args:
        number: The value; None or NaN is written as "not measured".
        unit: share, score, seconds, USD, tokens or count.
    """
    if number is None or math.isnan(number):
        return MISSING
    if unit == "USD":
        return usd(number)
    if unit == "seconds" and 0 < number < _SHORT:
        return "< 0.001 s"
    return _bare(number, unit) + _SUFFIX.get(unit, "")


def interval(low: float | None, high: float | None, unit: str) -> str:
    """Write an interval of values, ``86.1 to 95.2 %``; empty where there is none, or nothing to tell its ends apart."""
    if unit == "seconds" and high is not None and high < _SHORT:
        return ""
    if low is None or high is None or math.isnan(low) or math.isnan(high):
        return ""
    if unit == "USD":
        return f"{usd(low)} to {usd(high).removeprefix('USD ')}"
    return f"{_bare(low, unit)} to {_bare(high, unit)}{_SUFFIX.get(unit, '')}"


def effect(number: float | None, unit: str, scale: str = "difference") -> str:
    """Write an effect: ``+31.2 pp`` for shares, ``x 0.85`` for ratios, else a signed value with its unit."""
    if number is None or math.isnan(number):
        return MISSING
    if scale == "ratio":
        return f"x {_ratio(number)}"
    if unit == "USD":
        return f"{_signed(number, unit)} USD"
    return _signed(number, unit) + _points(unit)


def effect_interval(low: float | None, high: float | None, unit: str, scale: str = "difference") -> str:
    """Write an interval of effects, ``+24.0 to +38.1 pp``; empty where there is none."""
    if low is None or high is None or math.isnan(low) or math.isnan(high):
        return ""
    if scale == "ratio":
        return f"x {_ratio(low)} to {_ratio(high)}"
    suffix = " USD" if unit == "USD" else _points(unit)
    return f"{_signed(low, unit)} to {_signed(high, unit)}{suffix}"


def margin(number: float, unit: str, scale: str = "difference") -> str:
    """Write a margin without a sign: ``2.0 pp``; for ratios, the share it allows: ``5.0 %``."""
    if scale == "ratio":
        return share(number)
    return effect(abs(number), unit).removeprefix("+")


def usd(number: float | None) -> str:
    """Write US dollars: two decimals from one dollar on, three significant digits below."""
    if number is None or math.isnan(number):
        return UNKNOWN
    return f"USD {_money(number)}"


def seconds(number: float | None) -> str:
    """Write a duration in seconds."""
    return value(number, "seconds")


def p_value(number: float | None) -> str:
    """Write a p value: three decimals, ``p < 0.001`` below; empty where there is none."""
    return _probability("p", number)


def q_value(number: float | None) -> str:
    """Write a p value after Benjamini-Hochberg as a q value; empty where there is none."""
    return _probability("q", number)


def whole(number: int | None) -> str:
    """Write a count with thousands separated; None as "unknown"."""
    return UNKNOWN if number is None else f"{number:,}"


def counted(number: int, one: str, many: str | None = None) -> str:
    """Write a count with its noun: ``1 fixture``, ``120 fixtures``."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def moment(iso: str | None) -> str:
    """Write an ISO 8601 time as ``20 November 2026, 14:03 UTC``; what does not parse is given back as it is."""
    if not iso:
        return UNKNOWN
    try:
        at = datetime.fromisoformat(iso)
    except ValueError:
        return iso
    zone = "" if at.tzinfo is None else f" {at.tzname()}"
    return f"{at.day} {_MONTHS[at.month - 1]} {at.year}, {at:%H:%M}{zone}"


def _bare(number: float, unit: str) -> str:
    if math.isinf(number):
        return "no limit"
    if unit == "share":
        return _fixed(number * 100, 1)
    if number == 0:
        return "0"
    if unit == "seconds":
        return _fixed(number, _second_digits(number))
    if unit == "USD":
        return _money(number)
    counts = unit in ("tokens", "count")
    whole_enough = counts and (float(number).is_integer() or abs(number) >= 1000)
    return f"{number:,.0f}" if whole_enough else _fixed(number, 1 if counts else 3)


def _signed(number: float, unit: str) -> str:
    text = _bare(number, unit)
    rounds_to_nothing = not text.strip("-0.,")
    return text if number < 0 or rounds_to_nothing or math.isinf(number) else f"+{text}"


def _points(unit: str) -> str:
    return " pp" if unit == "share" else _SUFFIX.get(unit, "")


def _fixed(number: float, digits: int) -> str:
    text = f"{number:,.{digits}f}"
    return text.removeprefix("-") if not text.strip("-0.,") else text


def _second_digits(number: float) -> int:
    size = abs(number)
    return 3 if size < 0.1 else 2 if size < 10 else 1


def _ratio(number: float) -> str:
    if math.isinf(number):
        return "no limit"
    return f"{number:.2f}" if number >= 0.1 else f"{number:.3f}"


def _money(number: float) -> str:
    size = abs(number)
    if size == 0:
        return "0"
    if size >= 1:
        return f"{number:,.2f}"
    digits = min(2 - math.floor(math.log10(size)), 10)
    return f"{number:.{digits}f}"


def _probability(letter: str, number: float | None) -> str:
    if number is None or math.isnan(number):
        return ""
    return f"{letter} < 0.001" if number < 0.001 else f"{letter} = {number:.3f}"
