"""Slices as small multiples."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.report.drawing.slices import MOST, slice_panels
from tests.report.building import build
from tests.report.drawing.places import of_class, parsed, place


def test_each_slice_is_a_panel_with_its_count_and_every_value_at_its_place() -> None:
    _, judgement = build(60)
    (panels,) = slice_panels(judgement)
    assert [panel.title for panel in panels.panels] == ["tag:edge", "tag:adversarial", "tag:two-orders"]
    assert panels.panels[0].note == "10 fixtures"
    for panel in panels.panels:
        assert [row.label for row in panel.rows] == ["baseline", "rag", "small", "tuned", "rules"], "no floors"
        for row in panel.rows:
            e = judgement.estimate(row.label, "field_accuracy", panel.title)
            assert e is not None and e.value is not None and e.low is not None and e.high is not None
            (dot,) = [s for s in parsed(row.strip).iter("{*}svg") if s.find("{*}circle") is not None]
            assert place(dot, "x") == pytest.approx(e.value * 100, abs=0.01)
            line = of_class(row.strip, "whisker")[0]
            assert (place(line, "x1"), place(line, "x2")) == pytest.approx((e.low * 100, e.high * 100), abs=0.01)
    assert [row.note for row in panels.panels[0].rows] == ["", "", "", "chosen", ""]


def test_many_slices_are_cut_with_a_word_and_none_is_no_picture() -> None:
    _, judgement = build(24)
    edge = [e for e in judgement.estimates if e.slice == "tag:edge"]
    many = tuple(replace(e, slice=f"tag:{i}") for i in range(MOST + 3) for e in edge)
    (panels,) = slice_panels(replace(judgement, estimates=many))
    assert len(panels.panels) == MOST and panels.left_out == ("3 more slices in the table below.",)
    assert slice_panels(replace(judgement, estimates=tuple(e for e in judgement.estimates if e.slice is None))) == ()
