"""Quality against what a call takes, with the front that nothing else beats on both."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

from harness.report import formats
from harness.report.context import Cell, Column, Drawing, Row, Table
from harness.report.drawing.axis import Axis, level_axis, log_axis, span_axis
from harness.report.drawing.plane import Plane, apart, line, picture, spot, text
from harness.report.drawing.shapes import Figure
from harness.report.ranks import ladder_order
from harness.report.words import listed, role_word
from harness.verdicts import Estimate, Judgement, pareto_front, price_of

_WIDE = 8.0
"""From this ratio of the largest to the smallest on, an axis of prices is logarithmic."""
_ON, _OFF, _UNKNOWN = (
    '<circle class="point" r="6"/>',
    '<circle class="point hollow" r="5"/>',
    '<path class="point hollow" d="M0-7 7 0 0 7-7 0z"/>',
)


def value_figure(judgement: Judgement) -> tuple[Figure, ...]:
    """Draw every variant that answers with something; nothing where fewer than two have a value."""
    j = judgement
    named = [name for name in ladder_order(j) if j.variants[name].role != "floor"]
    found = [(name, e) for name in named if (e := j.estimate(name, j.headline_metric)) is not None and e.value is not None]
    if len(found) < 2:
        return ()
    what, _ = price_of(j)
    front = pareto_front(j)
    higher = found[0][1].higher_is_better
    measure = "cost of 1,000 calls" if what == "cost" else "latency, 95th percentile"
    title = f"{j.headline_metric} against {measure}"
    return (Figure(title, _caption(j, what, front, higher), *_drawn(j, found, front), beside=_beside(what)),)


def _caption(j: Judgement, what: str, front: tuple[str, ...], higher: bool) -> str:
    place = "higher and further left" if higher else "lower and further left"
    said = f"How to read it: {place} is better. Filled: nothing else is both as good and as {_word(what)}; the line joins them."
    best = f" On that front: {listed(front)}." if front else ""
    return f"{said}{best}" + (f" Out of it: {j.candidate}." if j.candidate is not None and j.candidate not in front else "")


def _word(what: str) -> str:
    return "cheap" if what == "cost" else "fast"


def _beside(what: str) -> tuple[str, ...]:
    return () if what == "cost" else ("No two calls here have different known prices, so time stands in for money.",)


def _drawn(j: Judgement, found: list[tuple[str, Estimate]], front: tuple[str, ...]) -> tuple[Drawing, Table]:
    what, prices = price_of(j)
    known = {name: _scaled(what, price) for name, _ in found if (price := prices[name]) is not None}
    unknown = [name for name, _ in found if name not in known]
    unit = found[0][1].unit
    floor = _best_floor(j)
    numbers = [n for _, e in found for n in (e.value, e.low, e.high)] + ([] if floor is None else [floor])
    y = span_axis(numbers, inside=(0.0, 1.0) if unit == "share" else None, wanted=5)
    plane = Plane(_price_axis(list(known.values())), y, height=320, right=84.0 if unknown else 97.0)
    written = _written(what)
    parts = plane.ticks_up(lambda tick: formats.tick(formats.value(tick, unit)))
    parts += plane.ticks_across(written, "USD per 1,000 calls" if what == "cost" else "seconds, p95")
    if unknown:
        parts.append(text(92.5, plane.bottom, "unknown", "middle", dy=17))
        parts.append(line("edge", 86.5, plane.top, 86.5, plane.bottom))
    if floor is not None:
        level = plane.down(floor)
        parts.append(line("still", plane.left, level, plane.right, level))
        parts.append(text(plane.right, level, "best floor, no model", "end", dy=-5, kind="quiet"))
    values = {name: e.value or 0.0 for name, e in found}
    parts += _front(plane, [(known[name], values[name]) for name in front if name in known], found[0][1].higher_is_better)
    at = {name: (plane.across(known[name]) if name in known else 92.5, plane.down(values[name])) for name in values}
    for name, estimate in found:
        x, y_ = at[name]
        kind = "good" if name in front else "off"
        if estimate.low is not None and estimate.high is not None:
            parts.append(line(f"whisker {kind}", x, plane.down(estimate.high), x, plane.down(estimate.low)))
        parts.append(spot(kind, x, y_, _UNKNOWN if name in unknown else _ON if name in front else _OFF))
    moves = apart(list(at.values()), plane.height)
    for (name, (x, y_)), move in zip(at.items(), moves, strict=True):
        side, anchor = (-10, "end") if x > 62 else (10, "start")
        bold = "name chosen" if name == j.candidate else "name"
        parts.append(text(x, y_, name, anchor, dx=side, dy=4 + move, kind=bold))
    said = "; ".join(f"{name}: {formats.value(values[name], unit)}, {_price_text(what, prices[name])}" for name in values)
    return picture("value", said, plane.height, parts), _table(j, found, front)


def _front(plane: Plane, points: list[tuple[float, float]], higher: bool) -> list[str]:
    """Draw the front as steps: what a price buys at most, from the cheapest on."""
    ends = [(x, plane.y.low if higher else plane.y.high) for x, _ in points[:1]] + points
    drawn = []
    for (x1, y1), (x2, y2) in pairwise(ends):
        drawn += plane.path("front", [(x1, y1), (x2, y1), (x2, y2)])
    if points:
        x, y = points[-1]
        drawn.append(line("front", plane.across(x), plane.down(y), plane.right, plane.down(y)))
    return drawn


def _price_axis(known: list[float]) -> Axis:
    above = [price for price in known if price > 0]
    if above and len(above) == len(known) and max(above) / min(above) > _WIDE:
        return log_axis(above)
    return level_axis(known, wanted=4)


def _scaled(what: str, price: float) -> float:
    return price * 1000 if what == "cost" else price


def _written(what: str) -> Callable[[float], str]:
    write = formats.usd if what == "cost" else formats.seconds
    return lambda tick: formats.tick(write(tick)).removeprefix("USD ")


def _price_text(what: str, price: float | None) -> str:
    if price is None:
        return formats.UNKNOWN
    return f"{formats.usd(price * 1000)} per 1,000 calls" if what == "cost" else formats.seconds(price)


def _best_floor(j: Judgement) -> float | None:
    floors = [name for name in j.variants if j.variants[name].role == "floor"]
    found = [e for name in floors if (e := j.estimate(name, j.headline_metric)) is not None]
    values = [e.value for e in found if e.value is not None]
    if not values:
        return None
    return max(values) if found[0].higher_is_better else min(values)


def _table(j: Judgement, found: list[tuple[str, Estimate]], front: tuple[str, ...]) -> Table:
    what, prices = price_of(j)
    heading = "cost, 1,000 calls" if what == "cost" else "latency p95"
    columns = (Column(heading, kind="num"), Column(j.headline_metric, kind="num"), Column("on the front"))
    rows = tuple(
        Row(
            name,
            role_word(j.variants[name].role),
            (
                Cell(_price_text(what, prices[name]).removesuffix(" per 1,000 calls"), kind="num"),
                Cell(formats.value(e.value, e.unit), formats.interval(e.low, e.high, e.unit), "num"),
                Cell("yes" if name in front else "no" if prices[name] is not None else "not known"),
            ),
        )
        for name, e in found
    )
    return Table(f"{j.headline_metric} and {heading} in numbers", columns, rows, "compact")
