"""A night as one HTML page that asks the network for nothing and runs no script."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.report import formats
from harness.report.context import Cell, Column, Drawing, Fact, GateCard, Mark, Row, Table
from harness.report.drawing.trend import trend_drawing
from harness.report.html import policy, sources, templates, write_page
from harness.report.night_words import outcome_mark, trend_lines, turned_lines, watched_rows
from harness.report.words import gate_mark
from harness.verdicts import SuiteNight, Trend


@dataclass(frozen=True, slots=True)
class TrendFigure:
    """A trend: its title, a caption, its drawing, and the same as a table."""

    title: str
    caption: str
    drawing: Drawing
    table: Table


@dataclass(frozen=True, slots=True)
class NightSection:
    """One suite's night on the page."""

    anchor: str
    suite: str
    mark: Mark
    headline: str
    findings: tuple[str, ...]
    watched: tuple[Table, ...]
    said: tuple[str, ...]
    trends: tuple[TrendFigure, ...]
    gates: tuple[GateCard, ...]
    facts: tuple[Fact, ...]


def render_nights(nights: Sequence[SuiteNight]) -> str:
    """Render a night of some suites; two renders are byte-identical, and what others wrote is escaped and capped."""
    environment = templates()
    style = sources(environment, "report.css", "pictures.css", "nightly.css")
    sections = tuple(_section(night, number) for number, night in enumerate(nights))
    title = "; ".join(f"{s.suite}: {s.mark.word}" for s in sections)
    date = formats.moment(nights[0].started_at) if nights else ""
    template = environment.get_template("nightly.html.j2")
    return template.render(sections=sections, title=title, date=date, style=style, policy=policy(style, ""))


def write_nights(nights: Sequence[SuiteNight], path: str | Path) -> Path:
    """Render a night and write the page, making its folder.

    Returns:
        The path written.
    """
    return write_page(render_nights(nights), path)


def _section(night: SuiteNight, number: int) -> NightSection:
    rows = tuple(watched_rows(night))
    return NightSection(
        anchor=f"suite-{number}",
        suite=night.suite,
        mark=outcome_mark(night),
        headline=night.headline,
        findings=(*night.findings, *night.retirements),
        watched=(_watched(night),) if rows else (),
        said=(*trend_lines(night), *turned_lines(night)),
        trends=tuple(_figure(trend) for trend in night.trends if trend.points),
        gates=tuple(
            GateCard(gate_mark(g), g.name, f"{g.metric} of {g.candidate}: {g.condition}", g.sentence) for g in night.gates
        ),
        facts=_facts(night),
    )


def _watched(night: SuiteNight) -> Table:
    columns = (
        Column("Tonight", kind="num"),
        Column("Reference", kind="num"),
        Column("Change", "with its interval", "num"),
        Column("p", "one-sided", "num"),
        Column("Standing"),
    )
    rows = tuple(
        Row(
            row.variant,
            row.metric,
            (Cell(row.now, kind="num"), Cell(row.reference, kind="num"), Cell(row.change, kind="num"),
             Cell(row.p, kind="num"), Cell("", mark=(row.mark,))),
        )
        for row in watched_rows(night)
    )  # fmt: skip
    rule = night.rule
    caption = (
        f"Suspected at p < {rule.suspicion:g} after Holm and asked again, up to {rule.most_again} times, while it stays so; "
        f"confirmed at p < {rule.confirmation:g} over all answers of the night, or of two nights in a row."
    )
    return Table(caption, columns, rows)


def _figure(t: Trend) -> TrendFigure:
    caption = (
        "Dots: each night. Line and shaded strip: the reference and its interval. Filled band: the mean of all nights so far, "
        "valid at every night at once."
    )
    if t.points[-1].low is None:
        caption = "Dots: each night. Line: the reference. With one reference run the noise between runs is not known: no band."
    if t.changes:
        caption += " Dashed: the level changed."
    columns = (Column("Value", kind="num"), Column("Mean so far", kind="num"), Column("Band", kind="num"))
    rows = tuple(
        Row(
            p.started_at[:10],
            "",
            (
                Cell(formats.value(p.value, t.unit), kind="num"),
                Cell(formats.value(p.mean, t.unit), kind="num"),
                Cell(formats.interval(p.low, p.high, t.unit), kind="num"),
            ),
        )
        for p in t.points
    )
    return TrendFigure(
        f"{t.metric} of {t.variant}", caption, trend_drawing(t), Table("The same in numbers", columns, rows, "compact")
    )


def _facts(night: SuiteNight) -> tuple[Fact, ...]:
    there = "earlier nights" if night.stands_in else "the reference"
    runs = formats.counted(len(night.reference_runs), "run")
    return (
        Fact("Run", code=night.run_ids[0] if night.run_ids else "none"),
        Fact("Date", formats.moment(night.started_at)),
        Fact("Compared with", f"{runs} of {there}" if night.reference_runs else "nothing yet"),
        Fact("Fixtures compared", formats.whole(night.fixtures)),
        Fact("Nights before", formats.whole(night.nights)),
        Fact("Asked again", formats.counted(night.reruns, "time")),
        Fact("Cost", formats.usd(night.cost)),
    )
