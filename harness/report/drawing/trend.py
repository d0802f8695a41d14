"""A trend drawn as static SVG: the nights, the band around their mean, the reference, and where the level changed.

As in the forest plot, places are per cent and sizes pixels, so that text and strokes stay the same size at every width.
"""

from __future__ import annotations

from html import escape
from itertools import pairwise

from harness.report import formats
from harness.report.context import Drawing
from harness.report.drawing.axis import Axis, span_axis
from harness.report.hostile import visible
from harness.verdicts import Trend

HEIGHT = 190
_TOP, _BOTTOM = 4.0, 84.0
"""Per cent of the height that the values take; the dates stand below."""
_LEFT, _RIGHT = 9.0, 99.0


def trend_drawing(trend: Trend) -> Drawing:
    """Draw one trend; every number in it stands in the table beside it too."""
    t = trend
    ends = [p.value for p in t.points] + [t.reference, t.reference_low, t.reference_high]
    ends += [limit for p in t.points[len(t.points) // 3 :] for limit in (p.low, p.high)]  # the first few are wide
    axis = span_axis(ends, inside=(0.0, 1.0) if t.unit == "share" else None)
    said = (
        f"{t.metric} of {t.variant}, {formats.counted(len(t.points), 'night')}: "
        f"{formats.value(t.points[-1].value, t.unit)} last, {formats.value(t.reference, t.unit)} in the reference"
    )
    parts = [f'<svg class="trend" width="100%" height="{HEIGHT}" role="img" aria-label="{escape(visible(said))}">']
    parts += [_tick(axis, tick, t.unit) for tick in axis.ticks]
    parts += _reference(t, axis) + _band(t, axis) + _changes(t) + _values(t, axis)
    for at, anchor in {0: "start", len(t.points) - 1: "end"}.items():
        place = f'x="{_across(t, at):.2f}%" y="97%"'
        parts.append(f'<text {place} text-anchor="{anchor}">{escape(t.points[at].started_at[:10])}</text>')
    return Drawing("".join([*parts, "</svg>"]))


def _reference(t: Trend, axis: Axis) -> list[str]:
    drawn = []
    if t.reference_low is not None and t.reference_high is not None:
        top, bottom = _down(axis, t.reference_high), _down(axis, t.reference_low)
        drawn.append(_box("band", _LEFT, top, _RIGHT - _LEFT, bottom - top))
    y = _down(axis, t.reference)
    return [*drawn, _line("zero", _LEFT, y, _RIGHT, y)]


def _band(t: Trend, axis: Axis) -> list[str]:
    wide = (_RIGHT - _LEFT) / max(len(t.points), 1)
    drawn = []
    for at, p in enumerate(t.points):
        if p.low is not None and p.high is not None:
            top, bottom = _down(axis, p.high), _down(axis, p.low)
            drawn.append(_box("mean", _across(t, at) - wide / 2, top, wide, bottom - top))
    return drawn


def _changes(t: Trend) -> list[str]:
    places = (_across(t, change.index) - (_RIGHT - _LEFT) / max(len(t.points), 1) / 2 for change in t.changes)
    return [_line("change", x, _TOP, x, _BOTTOM) for x in places]


def _values(t: Trend, axis: Axis) -> list[str]:
    spots = [(_across(t, at), _down(axis, p.value)) for at, p in enumerate(t.points)]
    lines = [_line("path", x1, y1, x2, y2) for (x1, y1), (x2, y2) in pairwise(spots)]
    return lines + [f'<circle class="spot" cx="{x:.2f}%" cy="{y:.2f}%" r="3"/>' for x, y in spots]


def _tick(axis: Axis, tick: float, unit: str) -> str:
    y = _down(axis, tick)
    written = escape(formats.tick(formats.value(tick, unit)))
    label = f'<text x="{_LEFT - 0.8:.2f}%" y="{y:.2f}%" dy="4" text-anchor="end">{written}</text>'
    return _line("grid", _LEFT, y, _RIGHT, y) + label


def _line(kind: str, x1: float, y1: float, x2: float, y2: float) -> str:
    return f'<line class="{kind}" x1="{x1:.2f}%" y1="{y1:.2f}%" x2="{x2:.2f}%" y2="{y2:.2f}%"/>'


def _box(kind: str, x: float, y: float, width: float, height: float) -> str:
    size = f'width="{width:.2f}%" height="{max(height, 0):.2f}%"'
    return f'<rect class="{kind}" x="{x:.2f}%" y="{y:.2f}%" {size}/>'


def _across(t: Trend, at: int) -> float:
    wide = (_RIGHT - _LEFT) / max(len(t.points), 1)
    return _LEFT + wide * (at + 0.5)


def _down(axis: Axis, number: float) -> float:
    return _BOTTOM - (_BOTTOM - _TOP) * axis.place(number) / 100
