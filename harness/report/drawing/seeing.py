"""What a set can see: the smallest lift that is seen four times in five, by the number of fixtures."""

from __future__ import annotations

from harness.report import formats
from harness.report.context import Cell, Column, Drawing, Row, Table
from harness.report.drawing.axis import level_axis, log_axis
from harness.report.drawing.plane import Plane, line, picture, spot, text
from harness.report.drawing.shapes import Figure
from harness.verdicts import Judgement, Seeing

_NEEDED = '<path class="point" d="M0-7 7 0 0 7-7 0z"/>'
_MOST = 6
"""Rows of the table beside the picture."""


def seeing_figure(judgement: Judgement) -> tuple[Figure, ...]:
    """Draw the curve of the lift that the verdict speaks of; nothing where nothing differs."""
    if not judgement.seeing:
        return ()
    s = judgement.seeing[0]
    title = f"The smallest lift of {s.candidate} over {s.over} on {s.metric} that is seen four times in five"
    return (Figure(title, _caption(s), _drawn(s), _table(judgement.seeing)),)


def _caption(s: Seeing) -> str:
    grouped = f" in {s.groups:,} groups" if s.groups != s.n else ""
    said = (
        f"How to read it: today's {s.n:,} fixtures{grouped} see {_size(s, s.detectable)} or more; anything smaller may be noise."
    )
    if s.needed is None:
        return said
    enough = "are enough" if s.needed <= s.n else "would be needed"
    return f"{said} Dashed: the margin of {formats.margin(s.margin, s.unit, s.scale)}, for which {s.needed:,} {enough}."


def _drawn(s: Seeing) -> Drawing:
    ratio = s.scale == "ratio"
    margin = (1 + s.margin if s.detectable > 1 else 1 / (1 + s.margin)) if ratio else s.margin
    lifts = [lift for _, lift in s.curve]
    y = log_axis([*lifts, margin, 1.0]) if ratio else level_axis([*lifts, margin if s.margin else None])
    x = log_axis([*(float(n) for n, _ in s.curve), *([float(s.needed)] if s.needed is not None and _near(s) else [])], pad=0.03)
    plane = Plane(x, y, height=260, left=14.0)
    parts = plane.ticks_up(lambda tick: formats.tick(_size(s, tick)))
    parts += plane.ticks_across(lambda tick: f"{tick:,.0f}", "fixtures")
    if s.margin:
        level = plane.down(margin)
        parts.append(line("edge", plane.left, level, plane.right, level))
        parts.append(text(plane.right, level, "the margin", "end", dy=-6, kind="quiet"))
    parts += plane.path("curve", [(float(n), lift) for n, lift in s.curve])
    across = plane.across(float(s.n))
    parts.append(line("zero", across, plane.top, across, plane.bottom))
    parts.append(spot("good", across, plane.down(s.detectable), '<circle class="point" r="6"/>'))
    side, down, anchor = (-9, 20, "end") if across > 40 else (9, -9, "start")
    today = f"today: {s.n:,} see {_size(s, s.detectable)}"
    parts.append(text(across, plane.down(s.detectable), today, anchor, dx=side, dy=down, kind="name"))
    if s.needed is not None and _near(s):
        parts.append(spot("even", plane.across(float(s.needed)), plane.down(margin), _NEEDED))
    said = f"{today}; {_size(s, s.curve[0][1])} with {s.curve[0][0]:,}, {_size(s, s.curve[-1][1])} with {s.curve[-1][0]:,}"
    return picture("seeing", said, plane.height, parts)


def _near(s: Seeing) -> bool:
    """Whether the fixtures needed stand on the curve."""
    return s.needed is not None and s.curve[0][0] <= s.needed <= s.curve[-1][0]


def _size(s: Seeing, lift: float) -> str:
    return formats.effect(lift, s.unit, s.scale).removeprefix("+")


def _table(seeing: tuple[Seeing, ...]) -> Table:
    shown = [n for n, _ in seeing[0].curve]
    kept = sorted({shown[round(at * (len(shown) - 1) / (_MOST - 1))] for at in range(_MOST)} | {seeing[0].n})
    columns = tuple(Column(f"over {s.over}", "smallest lift seen", "num") for s in seeing)
    lifts = [dict(s.curve) for s in seeing]
    rows = tuple(
        Row(
            f"{n:,} fixtures",
            "today" if n == seeing[0].n else "",
            tuple(Cell(_size(s, of[n]) if n in of else formats.MISSING, kind="num") for s, of in zip(seeing, lifts, strict=True)),
        )
        for n in kept
    )
    s = seeing[0]
    return Table(f"What it takes to see a lift of {s.candidate} on {s.metric}", columns, rows, "compact")
