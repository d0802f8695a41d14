"""Latency drawn: the median, the 95th percentile and the interval of the latter, for every variant on one axis."""

from __future__ import annotations

from html import escape

from harness.report import formats
from harness.report.axis import Axis, level_axis
from harness.report.context import Drawing, Plot, PlotRow
from harness.report.forest import gridline, point, scale, whisker
from harness.report.hostile import visible
from harness.report.ranks import variant_order
from harness.report.words import role_word
from harness.verdicts import Estimate, Judgement


def latency_plot(judgement: Judgement) -> tuple[Plot, ...]:
    """Draw every variant that has a measured latency; nothing where none has."""
    found = []
    for name in variant_order(judgement):
        p95, p50 = judgement.estimate(name, "latency_p95"), judgement.estimate(name, "latency_p50")
        if p95 is not None and not formats.absent(p95.value):
            found.append((name, p50, p95))
    if not found:
        return ()
    axis = level_axis(n for _, p50, p95 in found for n in (p50.value if p50 else None, p95.value, p95.high))
    rows = tuple(_row(name, role_word(judgement.variants[name].role), p50, p95, axis) for name, p50, p95 in found)
    caption = "Bar: from the median to the 95th percentile. Line: the interval of the 95th percentile."
    return (Plot("Latency of one call", caption, "variant", "median to p95", rows, scale(axis, formats.seconds)),)


def _row(name: str, role: str, p50: Estimate | None, p95: Estimate, axis: Axis) -> PlotRow:
    middle = p50.value if p50 is not None else None
    low, high = formats.seconds(middle), formats.seconds(p95.value)
    small = formats.interval(p95.low, p95.high, "seconds")
    said = f"{name}: median {low}, 95th percentile {high}"
    parts = [f'<svg class="strip range" width="100%" height="100%" role="img" aria-label="{escape(visible(said))}">']
    parts += [gridline(axis, tick) for tick in axis.ticks]
    if middle is not None and p95.value is not None:
        left, right = axis.place(middle), axis.place(p95.value)
        bar = f'<rect class="bar" x="{left:.2f}%" width="{max(right - left, 0):.2f}%" y="-4" height="8"/>'
        parts.append(f'<svg y="50%" overflow="visible">{bar}</svg>')
    if p95.low is not None and p95.high is not None:
        parts.append(whisker(axis, p95.low, p95.high))
    if p95.value is not None:
        parts.append(point(axis, p95.value, "even"))
    return PlotRow(name, role, Drawing("".join([*parts, "</svg>"])), f"{low} to {high}", f"p95: {small}" if small else "")
