"""A plane with two axes: places in per cent of its box, text and strokes in pixels."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise

from harness.report.context import Drawing
from harness.report.drawing.axis import Axis
from harness.report.hostile import visible

LINE = 15.0
"""Pixels that a line of text takes."""
_NEAR = 38.0
"""Per cent of the width within which two labels may run into each other on a screen of 360 px."""
_LETTER = 2.1
"""Per cent of the width that a letter takes there."""


@dataclass(frozen=True, slots=True)
class Plane:
    """The box that two axes span.

    Attributes:
        x: The axis across.
        y: The axis upward.
        height: Of the whole drawing, in pixels.
        left: Where the axis across begins, in per cent of the width.
        right: Where it ends.
        top: Where the axis upward ends, in per cent of the height.
        bottom: Where it begins.
    """

    x: Axis
    y: Axis
    height: int = 300
    left: float = 13.0
    right: float = 98.0
    top: float = 5.0
    bottom: float = 82.0

    def across(self, number: float) -> float:
        """Return the place of a number on the axis across, in per cent of the width."""
        return self.left + (self.right - self.left) * self.x.place(number) / 100

    def down(self, number: float) -> float:
        """Return the place of a number on the axis upward, in per cent of the height."""
        return self.bottom - (self.bottom - self.top) * self.y.place(number) / 100

    def ticks_up(self, written: Callable[[float], str]) -> list[str]:
        """Draw the lines and numbers of the axis upward."""
        drawn = []
        for tick in self.y.ticks:
            y = self.down(tick)
            drawn += [line("grid", self.left, y, self.right, y), text(self.left - 1.2, y, written(tick), "end", dy=4)]
        return drawn

    def ticks_across(self, written: Callable[[float], str], title: str = "") -> list[str]:
        """Draw the numbers of the axis across, those that would run into another left out, and its title."""
        drawn: list[str] = []
        last = -99.0
        wide = max((len(written(tick)) for tick in self.x.ticks), default=0) * _LETTER + 2
        for tick in self.x.ticks:
            x = self.across(tick)
            drawn.append(line("grid", x, self.top, x, self.bottom))
            at_end = x >= 94
            if x - last >= wide * (1.5 if at_end else 1.0):
                drawn.append(text(x, self.bottom, written(tick), "end" if at_end else "middle", dy=17))
                last = x
        return [*drawn, text(self.right, self.bottom, title, "end", dy=36, kind="title")] if title else drawn

    def path(self, kind: str, points: Sequence[tuple[float, float]]) -> list[str]:
        """Draw a broken line through points given in numbers."""
        places = [(self.across(x), self.down(y)) for x, y in points]
        return [line(kind, x1, y1, x2, y2) for (x1, y1), (x2, y2) in pairwise(places)]


def picture(kind: str, said: str, height: int, parts: Iterable[str]) -> Drawing:
    """Close a drawing: its parts, and in words what it shows."""
    label = escape(visible(said))
    return Drawing(
        f'<svg class="plane {kind}" width="100%" height="{height}" role="img" aria-label="{label}">{"".join(parts)}</svg>'
    )


def line(kind: str, x1: float, y1: float, x2: float, y2: float) -> str:
    """Draw a line between two places."""
    return f'<line class="{kind}" x1="{x1:.2f}%" y1="{y1:.2f}%" x2="{x2:.2f}%" y2="{y2:.2f}%"/>'


def box(kind: str, x: float, y: float, width: float, height: float) -> str:
    """Draw a rectangle from its upper left place."""
    size = f'width="{max(width, 0):.2f}%" height="{max(height, 0):.2f}%"'
    return f'<rect class="{kind}" x="{x:.2f}%" y="{y:.2f}%" {size}/>'


def text(x: float, y: float, said: str, anchor: str = "start", *, dx: float = 0, dy: float = 0, kind: str = "") -> str:
    """Write text at a place, moved by pixels."""
    named = f' class="{kind}"' if kind else ""
    moved = f' dx="{dx:g}"' if dx else ""
    return f'<text{named} x="{x:.2f}%" y="{y:.2f}%"{moved} dy="{dy:g}" text-anchor="{anchor}">{escape(visible(said))}</text>'


def spot(kind: str, x: float, y: float, shape: str) -> str:
    """Put a shape drawn around its own origin at a place."""
    return f'<svg class="{kind}" x="{x:.2f}%" y="{y:.2f}%" overflow="visible">{shape}</svg>'


def apart(places: Sequence[tuple[float, float]], height: int) -> list[float]:
    """Move labels up or down so that none stands on another.

    Args:
        places: Where each label belongs, in per cent of the box.
        height: Of the box, in pixels.

    Returns:
        For each label the pixels to move it by, downward.
    """
    order = sorted(range(len(places)), key=lambda at: (places[at][1], places[at][0]))
    moved = [0.0] * len(places)
    set_: list[tuple[float, float]] = []
    for at in order:
        x, y = places[at][0], places[at][1] * height / 100
        down = y
        for other_x, other_y in sorted(set_, key=lambda other: other[1]):
            if abs(other_x - x) < _NEAR and abs(other_y - down) < LINE:
                down = other_y + LINE
        moved[at] = down - y
        set_.append((x, down))
    return moved
