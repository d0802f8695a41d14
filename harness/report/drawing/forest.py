"""The forest plot: every lift against its margin, one strip a comparison, all on one axis.

Drawn by these few lines rather than by Vega-Altair with vl-convert: that pair would bring a compiled JavaScript engine
into every installation for one kind of chart, and its fixed-size pictures cannot be read on a telephone. A strip has
no fixed width: places are per cent, sizes are pixels, so text and strokes stay the same size at every width.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from html import escape

from harness.report import formats
from harness.report.context import Drawing, Mark, Plot, PlotRow
from harness.report.drawing.axis import Axis, difference_axis, ratio_axis
from harness.report.hostile import visible
from harness.report.words import interval_words, verdict_mark
from harness.verdicts import Comparison

_POINTS = {
    "good": '<circle class="point" r="5.5"/>',
    "bad": '<rect class="point" x="-5" y="-5" width="10" height="10"/>',
    "even": '<path class="point" d="M0-7 7 0 0 7-7 0z"/>',
    "unsure": '<circle class="point hollow" r="5"/>',
    "off": '<circle class="point hollow" r="3.5"/>',
}

_LABEL = 16.0
"""Per cent of the width that a number takes on a screen of 360 px."""


Limits = tuple[float, float]
"""The ends of an interval that holds for a whole family of lifts at once."""
Named = tuple[str, str, str, str | None]
"""A comparison's candidate, the other, the metric and the slice."""


def forest(
    comparisons: tuple[Comparison, ...],
    label: Callable[[Comparison], str],
    *,
    title: str,
    head: str,
    caption: str,
    joint: Mapping[Named, Limits] | None = None,
) -> tuple[Plot, ...]:
    """Draw comparisons that share a unit and a scale; nothing where there are none.

    Args:
        comparisons: What is drawn, a row each.
        label: What a row is called.
        title: Of the plot.
        head: Of the column of labels.
        caption: How to read it.
        joint: The simultaneous interval of each comparison that has one.
    """
    if not comparisons:
        return ()
    first, held = comparisons[0], joint or {}
    axis = _axis(comparisons, held)
    rows = tuple(_row(comparison, label(comparison), axis, held.get(named(comparison))) for comparison in comparisons)
    measure = "ratio and interval" if first.scale == "ratio" else "lift and interval"
    return (Plot(title, caption, head, measure, rows, _scale(axis, first)),)


def named(comparison: Comparison) -> Named:
    """Return what a comparison is found by."""
    return comparison.candidate, comparison.over, comparison.metric, comparison.slice


def _axis(comparisons: tuple[Comparison, ...], joint: Mapping[Named, Limits]) -> Axis:
    ratio = comparisons[0].scale == "ratio"
    numbers: list[float | None] = []
    for c in comparisons:
        numbers += [c.effect, c.low, c.high, *_band(c), *joint.get(named(c), ())]
    return ratio_axis(numbers) if ratio else difference_axis(numbers)


def _band(comparison: Comparison) -> tuple[float, float]:
    if comparison.scale == "ratio":
        return 1 / (1 + comparison.margin), 1 + comparison.margin
    return -comparison.margin, comparison.margin


def _row(comparison: Comparison, label: str, axis: Axis, joint: Limits | None) -> PlotRow:
    c, mark = comparison, verdict_mark(comparison)
    text = formats.effect(c.effect, c.unit, c.scale)
    small = interval_words(c)
    counts = f"{formats.counted(c.wins, 'win')}, {formats.counted(c.losses, 'loss', 'losses')}, {formats.counted(c.ties, 'tie')}"
    at_once = f"jointly {formats.effect_interval(*joint, c.unit, c.scale)}" if joint else ""
    strip = _strip(c, mark, axis, ", ".join(part for part in (f"{label}: {text}", small, at_once, mark.word) if part), joint)
    return PlotRow(label, c.withheld or counts, strip, text, "\n".join(part for part in (small, at_once) if part), (mark,))


def _strip(comparison: Comparison, mark: Mark, axis: Axis, said: str, joint: Limits | None) -> Drawing:
    c = comparison
    parts = [f'<svg class="strip {mark.kind}" width="100%" height="100%" role="img" aria-label="{escape(visible(said))}">']
    parts.append(band(axis, *_band(c)) if c.margin else "")
    parts += [gridline(axis, tick) for tick in axis.ticks]
    parts.append(gridline(axis, 1.0 if c.scale == "ratio" else 0.0, "zero"))
    if joint:
        parts.append(whisker(axis, *joint, "joint"))
    if c.low is not None and c.high is not None and not formats.absent(c.low) and not formats.absent(c.high):
        parts.append(whisker(axis, c.low, c.high))
    if c.effect is not None and not formats.absent(c.effect):
        parts.append(point(axis, c.effect, mark.kind))
    return Drawing("".join([*parts, "</svg>"]))


def _scale(axis: Axis, first: Comparison) -> Drawing:
    def written(tick: float) -> str:
        return formats.tick(formats.effect(tick, first.unit, first.scale))

    worse, better = ("worse", "better") if first.higher_is_better else ("better", "worse")
    ends = (
        f'<text class="end" x="0" y="37">\u2190 {worse}</text>'
        f'<text class="end" x="100%" y="37" text-anchor="end">{better} \u2192</text>'
    )
    return scale(axis, written, ends)


def scale(axis: Axis, written: Callable[[float], str], more: str = "") -> Drawing:
    """Draw an axis with its numbers; ``more`` is further markup that stands in it."""
    places = [(axis.place(tick), tick) for tick in axis.ticks]
    ticks = "".join(f'<line class="tick" x1="{x:.2f}%" x2="{x:.2f}%" y1="0" y2="5"/>' for x, _ in places)
    texts = "".join(
        f'<text x="{x:.2f}%" y="18" text-anchor="{_anchor(x)}">{escape(written(tick))}</text>' for x, tick in _apart(places, axis)
    )
    return Drawing(f'<svg class="axis" width="100%" height="42" aria-hidden="true">{ticks}{texts}{more}</svg>')


def band(axis: Axis, low: float, high: float) -> str:
    """Draw the margin as a band over the whole height."""
    left, right = axis.place(low), axis.place(high)
    edges = "".join(f'<line class="edge" x1="{x:.2f}%" x2="{x:.2f}%" y1="0" y2="100%"/>' for x in (left, right))
    return f'<rect class="band" x="{left:.2f}%" width="{right - left:.2f}%" y="0" height="100%"/>{edges}'


def gridline(axis: Axis, number: float, kind: str = "grid") -> str:
    """Draw a vertical line over the whole height."""
    return f'<line class="{kind}" x1="{axis.place(number):.2f}%" x2="{axis.place(number):.2f}%" y1="0" y2="100%"/>'


def whisker(axis: Axis, low: float, high: float, kind: str = "whisker") -> str:
    """Draw an interval as a line with end caps."""
    left, right = axis.place(low), axis.place(high)
    cap = '<svg x="{0:.2f}%" y="50%" overflow="visible"><line class="' + kind + '" y1="-5" y2="5"/></svg>'
    line = f'<line class="{kind}" x1="{left:.2f}%" x2="{right:.2f}%" y1="50%" y2="50%"/>'
    return line + cap.format(left) + cap.format(right)


def point(axis: Axis, number: float, kind: str) -> str:
    """Draw the estimate; the shape differs with the verdict as its colour does."""
    return f'<svg x="{axis.place(number):.2f}%" y="50%" overflow="visible">{_POINTS[kind]}</svg>'


def _apart(places: list[tuple[float, float]], axis: Axis) -> list[tuple[float, float]]:
    """Keep the numbers that do not run into each other on a narrow screen; "no difference" is always kept."""
    still = 1.0 if axis.log else 0.0
    kept: list[tuple[float, float]] = []
    for place, tick in sorted(places, key=lambda pair: pair[1] != still):
        if all(abs(_centre(place) - _centre(other)) >= _LABEL for other, _ in kept):
            kept.append((place, tick))
    return sorted(kept)


def _centre(place: float) -> float:
    return min(max(place, _LABEL / 2), 100 - _LABEL / 2) if _anchor(place) != "middle" else place


def _anchor(place: float) -> str:
    return "start" if place < 6 else "end" if place > 94 else "middle"
