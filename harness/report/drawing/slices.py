"""Slices as small multiples: every variant's level in each slice, all on one axis."""

from __future__ import annotations

from html import escape

from harness.report import formats
from harness.report.context import Drawing, PlotRow
from harness.report.drawing.axis import Axis, span_axis
from harness.report.drawing.forest import gridline, point, scale, whisker
from harness.report.drawing.shapes import Panel, Panels
from harness.report.hostile import visible
from harness.report.ranks import ladder_order
from harness.verdicts import Estimate, Judgement

MOST = 12
"""Slices drawn; the table has them all."""
_SHARE = Axis(0.0, 1.0, (0.0, 0.5, 1.0))


def slice_panels(judgement: Judgement) -> tuple[Panels, ...]:
    """Draw each slice of the headline metric, floors left out; nothing where the suite names no slice."""
    j = judgement
    metric = j.headline_metric
    found: dict[str, dict[str, Estimate]] = {}
    for e in j.estimates:
        if e.metric == metric and e.slice is not None and j.variants[e.variant].role != "floor":
            found.setdefault(e.slice, {})[e.variant] = e
    if not found:
        return ()
    everyone = [e for variants in found.values() for e in variants.values()]
    share = all(e.unit == "share" for e in everyone)
    numbers = [n for e in everyone for n in (e.value, e.low, e.high) if not formats.absent(n)]
    if not numbers:
        return ()
    axis = _SHARE if share else span_axis(numbers)
    order = [name for name in ladder_order(j) if any(name in variants for variants in found.values())]
    shown = list(found)[:MOST]
    drawn = tuple(_panel(name, found[name], order, axis, j.candidate) for name in shown)
    left = len(found) - len(shown)
    return (
        Panels(
            f"{metric}, slice by slice",
            "How to read it: one box a slice, all on one axis. Dot: the value. Line: its interval, wide where fixtures are few.",
            "variant",
            metric,
            drawn,
            (f"{formats.counted(left, 'more slice')} in the table below.",) if left else (),
        ),
    )


def _panel(name: str, estimates: dict[str, Estimate], order: list[str], axis: Axis, candidate: str | None) -> Panel:
    unit = next(iter(estimates.values())).unit
    count = max((e.n for e in estimates.values()), default=0)
    rows = tuple(_row(variant, estimates[variant], axis, variant == candidate) for variant in order if variant in estimates)
    return Panel(name, formats.counted(count, "fixture"), rows, scale(axis, lambda tick: formats.tick(formats.value(tick, unit))))


def _row(variant: str, e: Estimate, axis: Axis, chosen: bool) -> PlotRow:
    value, interval = formats.value(e.value, e.unit), formats.interval(e.low, e.high, e.unit)
    said = escape(visible(f"{variant}: {value}, {interval}" if interval else f"{variant}: {value}"))
    parts = [f'<svg class="strip {"good" if chosen else "level"}" width="100%" height="100%" role="img" aria-label="{said}">']
    parts += [gridline(axis, tick) for tick in axis.ticks]
    if e.low is not None and e.high is not None and not formats.absent(e.low) and not formats.absent(e.high):
        parts.append(whisker(axis, e.low, e.high))
    if e.value is not None and not formats.absent(e.value):
        parts.append(point(axis, e.value, "good"))
    return PlotRow(variant, "chosen" if chosen else "", Drawing("".join([*parts, "</svg>"])), value, interval)
