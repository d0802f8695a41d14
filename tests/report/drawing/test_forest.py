"""Lifts against margins, drawn."""

from __future__ import annotations

import pytest

from harness.report.comparing import plots
from harness.verdicts import judge
from tests.report.building import build
from tests.report.drawing.places import of_class, parsed, place
from tests.verdicts.runs import gate, make_run, metrics
from tests.verdicts.test_joint_lifts import values


def test_thick_lines_are_the_intervals_thin_ones_the_joint_ones_and_the_band_the_margin() -> None:
    shifts = (("baseline", 0.0), ("rag", 0.1), ("tuned", 0.2))
    scores = {name: values(shift, seed) for seed, (name, shift) in enumerate(shifts)}
    gates = [gate(metric="edit_similarity", over=over, require="better", margin=0.05) for over in ("baseline", "rag")]
    judgement = judge(make_run({"edit_similarity": scores}, gates=gates), metrics("edit_similarity"))
    plot = plots(judgement)[0]
    assert "Thin line, jointly" in plot.caption
    family = {lift.over: lift for lift in judgement.families[0].members}
    for row in plot.rows:
        over = row.label.removeprefix("over ")
        c, lift = judgement.comparison("tuned", over, "edit_similarity"), family[over]
        assert c is not None and c.low is not None and c.high is not None
        zero = place(of_class(row.strip, "zero")[0], "x1")
        band = of_class(row.strip, "band")[0]
        each = place(band, "width") / 0.1
        assert place(band, "x") == pytest.approx(zero - 0.05 * each, abs=0.02)
        own, joint = of_class(row.strip, "whisker")[0], of_class(row.strip, "joint")[0]
        assert (place(own, "x1"), place(own, "x2")) == pytest.approx((zero + c.low * each, zero + c.high * each), abs=0.1)
        assert (place(joint, "x1"), place(joint, "x2")) == pytest.approx(
            (zero + lift.low * each, zero + lift.high * each), abs=0.1
        )
        assert "jointly" in parsed(row.strip).get("aria-label") and "jointly" in row.small


def test_without_a_family_no_thin_line_is_drawn_or_spoken_of() -> None:
    _, judgement = build(24)
    for plot in plots(judgement):
        assert "jointly" not in plot.caption and not any(of_class(row.strip, "joint") for row in plot.rows)
