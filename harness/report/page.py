"""The whole page, section by section, before a template sees it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harness.report.beside import NOTHING, Beside
from harness.report.comparing import comparison_tables, more_slices, plots, slice_table
from harness.report.context import Page, Section
from harness.report.drawing.latency import count_latencies, latency_plot
from harness.report.drawing.pictures import pictures
from harness.report.drawing.shapes import Pictures
from harness.report.evidence import PAGE_SIZE, every_fixture, gathered_from
from harness.report.flips import flips
from harness.report.formats import moment
from harness.report.ladder import ladder_table, metrics_table, parts_table
from harness.report.methods import method_table
from harness.report.provenance import run_groups, variant_groups
from harness.report.spending import outcome_table, spending_table
from harness.report.summary import gate_cards, verdict
from harness.report.surroundings import surroundings
from harness.store import Run
from harness.verdicts import Judgement


def page(run: Run, judgement: Judgement, size: int = PAGE_SIZE, beside: Beside = NOTHING) -> Page:
    """Gather everything the templates show of a run and its judgement, in about ``size`` bytes."""
    definition = run.record.definition
    with gathered_from(run, judgement) as (listing, gathered):
        flipped = flips(run, judgement, gathered)
        fixtures = every_fixture(run, judgement, listing, gathered, size)
    drawn, around = pictures(judgement, beside), surroundings(beside)
    return Page(
        suite=judgement.suite,
        description=_optional(definition.get("description")),
        run_id=judgement.run_id,
        date=moment(run.record.started_at),
        status=() if run.record.status == "complete" else (f"This run is not complete: its status is {run.record.status}.",),
        sections=_sections(drawn),
        verdict=verdict(run, judgement),
        ladder=ladder_table(judgement),
        ladder_note="A variant earns its rung only if it beats the cheaper ones above it.",
        metrics=metrics_table(judgement),
        parts=parts_table(judgement),
        pictures=drawn,
        said=(judgement.headline,) if judgement.answer and judgement.answer != judgement.headline else (),
        plots=plots(judgement),
        plots_note=_plots_note(judgement),
        comparisons=comparison_tables(judgement),
        gates=gate_cards(judgement),
        gates_note="A release needs every gate." if judgement.gates else "There are no gates, so nothing here says ship.",
        slices=slice_table(judgement),
        slices_note=_slices_note(definition),
        more_slices=more_slices(judgement),
        flips=flipped,
        fixtures=fixtures,
        spending=spending_table(judgement),
        latency=latency_plot(judgement, count_latencies(run.responses)),
        outcomes=outcome_table(judgement),
        made_of=variant_groups(run, judgement),
        ran=run_groups(run, judgement),
        around=around,
        methods=method_table(judgement),
    )


def _sections(drawn: Pictures) -> tuple[Section, ...]:
    """The contents; what the run has no picture for is no place."""
    places = (
        (True, "verdict", "Verdict"),
        (True, "ladder", "Ladder"),
        (True, "gates", "Gates"),
        (True, "lifts", "Lifts"),
        (bool(drawn.value), "worth", "Quality and cost"),
        (True, "slices", "Slices"),
        (bool(drawn.labels), "labels", "Labels"),
        (bool(drawn.fours), "paired", "Won and lost"),
        (True, "flips", "Flips"),
        (True, "fixtures", "Every fixture"),
        (True, "metrics", "Other metrics"),
        (True, "cost", "Cost and latency"),
        (bool(drawn.seeing), "power", "What this set sees"),
        (bool(drawn.nights), "nights", "Nights"),
        (True, "method", "What was run"),
    )
    return tuple(Section(anchor, title) for there, anchor, title in places if there)


def _plots_note(judgement: Judgement) -> str:
    if judgement.candidate is None:
        return "There is no candidate, so no lift is drawn."
    return (
        "An interval that stays clear of the solid line is signal. One that also clears the shaded margin is worth having. "
        "One that touches the line is noise: neither a lift nor proof that there is none."
    )


def _slices_note(definition: Mapping[str, Any]) -> str:
    if not definition.get("slices"):
        return "The suite names no slices."
    least = definition.get("min_slice", 20)
    return f"Slices are exploratory. One with fewer than {least} fixtures is shown and not judged."


def _optional(text: object) -> tuple[str, ...]:
    return (str(text),) if text else ()
