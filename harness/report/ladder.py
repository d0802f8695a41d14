"""The ladder: every variant on the headline metric, cheapest rung first, and the tables of the other metrics and parts."""

from __future__ import annotations

from harness.report import formats
from harness.report.context import Cell, Column, Drawing, Row, Table
from harness.report.drawing.axis import Axis
from harness.report.drawing.forest import gridline, point, whisker
from harness.report.ranks import ladder_order, metric_order, part_order
from harness.report.words import role_word
from harness.verdicts import Estimate, Judgement

_SHARE = Axis(0.0, 1.0, (0.0, 0.25, 0.5, 0.75, 1.0))


def ladder_table(judgement: Judgement) -> Table:
    """Return what a first glance needs of every variant: the headline metric, its interval, what a call costs and takes."""
    metric = judgement.headline_metric
    drawn = all(e.unit == "share" for e in judgement.estimates if e.metric == metric)
    columns = [_column(judgement, metric, plain=True), Column("cost", "1,000 calls", "num"), Column("latency", "p95", "num")]
    if drawn:
        columns.insert(1, Column("0 to 100 %", "", "drawn"))
    rows = []
    for name in ladder_order(judgement):
        found = judgement.estimate(name, metric)
        cells = [estimate_cell(found, lead=True), cost_cell(judgement, name)]
        cells.append(_bare(estimate_cell(judgement.estimate(name, "latency_p95"))))
        if drawn:
            cells.insert(1, Cell("", drawing=(_level(found),), kind="drawn"))
        rows.append(_row(judgement, name, tuple(cells)))
    return Table(
        f"The ladder on {metric}, cheapest rung first; below each value its interval", tuple(columns), tuple(rows), "rungs"
    )


def metrics_table(judgement: Judgement) -> tuple[Table, ...]:
    """Return variants by the suite's other metrics, with intervals; nothing where there are none."""
    metrics = tuple(name for name in metric_order(judgement) if name != judgement.headline_metric)
    if not metrics:
        return ()
    columns = tuple(_column(judgement, name) for name in metrics)
    rows = tuple(
        _row(judgement, name, tuple(estimate_cell(judgement.estimate(name, metric)) for metric in metrics))
        for name in ladder_order(judgement)
    )
    return (Table("The other metrics; below each value its interval", columns, rows, "ladder"),)


def parts_table(judgement: Judgement) -> tuple[Table, ...]:
    """Return variants by parts of metrics (per field, per kind); nothing where no metric has parts."""
    parts = part_order(judgement)
    if not parts:
        return ()
    columns = tuple(_column(judgement, name) for name in parts)
    rows = tuple(
        _row(judgement, name, tuple(estimate_cell(judgement.estimate(name, part)) for part in parts))
        for name in ladder_order(judgement)
    )
    return (Table("The parts the metrics are made of", columns, rows, "ladder"),)


def estimate_cell(estimate: Estimate | None, *, lead: bool = False) -> Cell:
    """Return a value with its interval below; a coverage below 1 is said there too."""
    if estimate is None or formats.absent(estimate.value):
        return Cell(formats.MISSING, kind="num none")
    notes = [formats.interval(estimate.low, estimate.high, estimate.unit)]
    if estimate.coverage < 1:
        notes.append(f"{formats.share(estimate.coverage)} covered")
    return Cell(formats.value(estimate.value, estimate.unit), "\n".join(n for n in notes if n), "num lead" if lead else "num")


def cost_cell(judgement: Judgement, name: str) -> Cell:
    """Return the cost of 1,000 calls: unknown where a price is, or today's process states none; none where nothing is asked."""
    variant = judgement.variants[name]
    if variant.price_source == "none":
        if variant.role == "current":
            return Cell(formats.UNKNOWN, "not stated", "num none")
        return Cell("none", "nothing is asked", "num none")
    if variant.cost_per_call is None:
        return Cell(formats.UNKNOWN, "no price", "num none")
    note = {"embedded": "embedded", "suite": "stated price"}.get(variant.price_source, "list price")
    return Cell(formats.usd(variant.cost_per_call * 1000), note, "num")


def badges(judgement: Judgement, name: str) -> tuple[str, ...]:
    """Return what marks a variant out: the candidate, or the variant it is held against."""
    if name == judgement.candidate:
        return ("candidate",)
    return ("baseline",) if judgement.candidate is not None and name == judgement.baseline else ()


def _row(judgement: Judgement, name: str, cells: tuple[Cell, ...]) -> Row:
    kind = "chosen" if name == judgement.candidate else ""
    kind += " beside" if judgement.variants[name].role in ("current", "floor") else ""
    return Row(name, role_word(judgement.variants[name].role), cells, badges(judgement, name), kind.strip())


def _bare(cell: Cell) -> Cell:
    """A cell without its note, which stands in a table further down."""
    return Cell(cell.text, kind=cell.kind)


def _column(judgement: Judgement, metric: str, *, plain: bool = False) -> Column:
    first = next((e for e in judgement.estimates if e.metric == metric), None)
    family, _, part = metric.partition(".")
    notes = [family if part else ""]
    notes.append("headline" if metric == judgement.headline_metric and not plain else "")
    notes.append("" if first is None or first.higher_is_better else "lower is better")
    return Column(part or family, "\n".join(note for note in notes if note), "num")


def _level(estimate: Estimate | None) -> Drawing:
    if estimate is None or estimate.value is None or formats.absent(estimate.value):
        return Drawing("")
    parts = ['<svg class="strip level" width="100%" height="24" aria-hidden="true">']
    parts += [gridline(_SHARE, tick) for tick in _SHARE.ticks]
    if estimate.low is not None and estimate.high is not None:
        parts.append(whisker(_SHARE, estimate.low, estimate.high))
    parts.append(point(_SHARE, estimate.value, "good"))
    return Drawing("".join([*parts, "</svg>"]))
