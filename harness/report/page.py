"""The whole page, section by section, before a template sees it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harness.report.answers import Answers
from harness.report.comparing import comparison_tables, more_slices, plots, slice_table
from harness.report.context import Page, Section
from harness.report.fixtures import every_fixture
from harness.report.flips import flips
from harness.report.formats import moment
from harness.report.ladder import ladder_table, parts_table
from harness.report.provenance import method_table, run_groups, variant_groups
from harness.report.ranges import latency_plot
from harness.report.spending import outcome_table, spending_table
from harness.report.summary import gate_cards, verdict
from harness.store import Run
from harness.verdicts import Judgement

_SECTIONS = (
    Section("verdict", "Verdict"),
    Section("ladder", "Ladder"),
    Section("lifts", "Lifts"),
    Section("gates", "Gates"),
    Section("slices", "Slices"),
    Section("flips", "Flips"),
    Section("fixtures", "Every fixture"),
    Section("cost", "Cost and latency"),
    Section("method", "What was run"),
)


def page(run: Run, judgement: Judgement) -> Page:
    """Gather everything the templates show of a run and its judgement."""
    answers, definition = Answers(run), run.record.definition
    flipped = flips(run, judgement, answers)
    return Page(
        suite=judgement.suite,
        description=_optional(definition.get("description")),
        run_id=judgement.run_id,
        date=moment(run.record.started_at),
        status=() if run.record.status == "complete" else (f"This run is not complete: its status is {run.record.status}.",),
        sections=_SECTIONS,
        verdict=verdict(run, judgement),
        ladder=ladder_table(judgement),
        ladder_note="A variant earns its rung only if it beats the cheaper ones above it.",
        parts=parts_table(judgement),
        plots=plots(judgement),
        plots_note=_plots_note(judgement),
        comparisons=comparison_tables(judgement),
        gates=gate_cards(judgement),
        gates_note="A release needs every gate." if judgement.gates else "There are no gates, so nothing here says ship.",
        slices=slice_table(judgement),
        slices_note=_slices_note(definition),
        more_slices=more_slices(judgement),
        flips=flipped,
        fixtures=every_fixture(run, judgement, answers, {card.anchor for card in flipped.cards}),
        spending=spending_table(judgement),
        latency=latency_plot(judgement),
        outcomes=outcome_table(judgement),
        made_of=variant_groups(run, judgement),
        ran=run_groups(run, judgement),
        methods=method_table(judgement),
    )


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
