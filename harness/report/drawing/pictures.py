"""All pictures of a judged run that stand on their own."""

from __future__ import annotations

from harness.report.anchors import fixture_anchor
from harness.report.beside import Beside
from harness.report.drawing.fourfold import four_tables
from harness.report.drawing.labels import label_heats
from harness.report.drawing.seeing import seeing_figure
from harness.report.drawing.shapes import Pictures
from harness.report.drawing.slices import slice_panels
from harness.report.drawing.value import value_figure
from harness.report.surroundings import night_figures
from harness.verdicts import Judgement


def pictures(judgement: Judgement, beside: Beside) -> Pictures:
    """Draw everything that the judgement and what is known beside it have the numbers for."""
    listed = {
        name for one in judgement.fourfolds for corner in (one.both, one.won, one.lost, one.neither) for name in corner.fixtures
    }
    return Pictures(
        value=value_figure(judgement),
        slices=slice_panels(judgement),
        labels=label_heats(judgement),
        fours=four_tables(judgement, {name: fixture_anchor(name) for name in listed}),
        seeing=seeing_figure(judgement),
        nights=night_figures(beside),
    )
