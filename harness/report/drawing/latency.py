"""Latency drawn: how the calls of every variant spread, with the median, the 95th percentile and the interval of the latter."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from html import escape

from harness.report import formats
from harness.report.context import Drawing, Plot, PlotRow
from harness.report.drawing.axis import Axis, level_axis, log_axis
from harness.report.drawing.forest import gridline, point, scale, whisker
from harness.report.hostile import visible
from harness.report.ranks import variant_order
from harness.report.words import role_word
from harness.store import StoredResponse
from harness.verdicts import Estimate, Judgement

COLUMNS = 60
"""Columns of a histogram, whatever its width."""
_FINE = math.log(1.02)
"""Calls are counted in steps of two per cent, so that however many there are they take little room."""
_LONG = 20.0
"""From this ratio of the slowest 95th percentile to the quickest median on, the axis is logarithmic."""
_TALL = 62.0
"""Per cent of a row's height that its highest column takes."""

Counts = Mapping[str, Mapping[int, int]]


def count_latencies(responses: Iterable[StoredResponse]) -> Counts:
    """Count every variant's answered calls by how long they took; the responses are gone through once and not held."""
    counts: dict[str, Counter[int]] = {}
    for stored in responses:
        seconds = stored.response.latency
        if seconds is not None and seconds > 0 and stored.response.usable and math.isfinite(seconds):
            counts.setdefault(stored.variant, Counter())[math.floor(math.log(seconds) / _FINE)] += 1
    return counts


def latency_plot(judgement: Judgement, counts: Counts) -> tuple[Plot, ...]:
    """Draw every variant that answers with something and has a measured latency; nothing where none has."""
    found = []
    for name in variant_order(judgement):
        p95, p50 = judgement.estimate(name, "latency_p95"), judgement.estimate(name, "latency_p50")
        if p95 is not None and not formats.absent(p95.value) and judgement.variants[name].role != "floor":
            found.append((name, p50, p95))
    if not found:
        return ()
    axis = _axis(found)
    rows = []
    for name, p50, p95 in found:
        low, high = formats.seconds(p50.value if p50 is not None else None), formats.seconds(p95.value)
        small = formats.interval(p95.low, p95.high, "seconds")
        strip = _strip(f"{name}: median {low}, 95th percentile {high}", p50, p95, axis, counts.get(name, {}))
        role = role_word(judgement.variants[name].role)
        rows.append(PlotRow(name, role, strip, f"{low} to {high}", f"p95: {small}" if small else ""))
    caption = (
        "How to read it: the hills are the calls, as many as they are high. Upright mark: the median. "
        "Diamond and line: the 95th percentile and its interval. What is slower than the axis stands in its last column."
    )
    return (
        Plot(
            "Latency of one call",
            caption,
            "variant",
            "median to p95",
            tuple(rows),
            scale(axis, lambda tick: formats.tick(formats.seconds(tick))),
        ),
    )


def _axis(found: list[tuple[str, Estimate | None, Estimate]]) -> Axis:
    ends = [n for _, p50, p95 in found for n in (p50.value if p50 else None, p95.value, p95.high)]
    above = [n for n in ends if n is not None and math.isfinite(n) and n > 0]
    if above and max(above) / min(above) > _LONG:
        return log_axis(above, pad=0.12)
    return level_axis([*above, max(above, default=1.0) * 1.1])


def _strip(said: str, p50: Estimate | None, p95: Estimate, axis: Axis, counts: Mapping[int, int]) -> Drawing:
    middle = p50.value if p50 is not None else None
    parts = [f'<svg class="strip range" width="100%" height="100%" role="img" aria-label="{escape(visible(said))}">']
    parts += [gridline(axis, tick) for tick in axis.ticks]
    parts += _hills(axis, counts)
    if middle is not None and not formats.absent(middle):
        at = axis.place(middle)
        parts.append(f'<line class="median" x1="{at:.2f}%" x2="{at:.2f}%" y1="22%" y2="100%"/>')
    if p95.low is not None and p95.high is not None and not formats.absent(p95.low) and not formats.absent(p95.high):
        parts.append(whisker(axis, p95.low, p95.high))
    if p95.value is not None:
        parts.append(point(axis, p95.value, "even"))
    return Drawing("".join([*parts, "</svg>"]))


def _hills(axis: Axis, counts: Mapping[int, int]) -> list[str]:
    """Draw the counts in columns; a step that reaches over more than one is shared among them."""
    columns = [0.0] * COLUMNS
    for step, calls in counts.items():
        left, right = (axis.place(math.exp(end * _FINE)) / 100 * COLUMNS for end in (step, step + 1))
        if right - left < 1e-9:
            columns[min(int(left), COLUMNS - 1)] += calls
            continue
        for at in range(int(left), min(math.ceil(right), COLUMNS)):
            columns[at] += calls * (min(right, at + 1) - max(left, at)) / (right - left)
    most, wide = max(columns), 100 / COLUMNS
    drawn = []
    for at, count in enumerate(columns):
        tall = _TALL * count / most if most else 0.0
        if tall >= 0.005:
            place = f'x="{at * wide:.2f}%" y="{100 - tall:.2f}%"'
            drawn.append(f'<rect class="hill" {place} width="{wide:.2f}%" height="{tall:.2f}%"/>')
    return drawn
