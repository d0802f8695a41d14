"""What a set can see, drawn."""

from __future__ import annotations

import math

import pytest

from harness.report.drawing.seeing import seeing_figure
from harness.verdicts import judge
from tests.report.drawing.places import of_class, place, spots, texts
from tests.verdicts.runs import gate, make_run, metrics, shares


def test_today_stands_on_the_curve_and_the_margin_where_it_belongs() -> None:
    tuned, baseline = shares(53, 16, 8, 9)
    gates = [gate(over="baseline", require="better", margin=0.1)]
    judgement = judge(make_run({"accuracy": {"baseline": baseline, "tuned": tuned}}, gates=gates), metrics("accuracy"))
    seen = judgement.seeing[0]
    (figure,) = seeing_figure(judgement)
    curve = of_class(figure.drawing, "curve")
    assert len(curve) == len(seen.curve) - 1
    assert all(place(line, "y1") < place(line, "y2") and place(line, "x1") < place(line, "x2") for line in curve)
    (today,) = [(x, y) for kind, x, y in spots(figure.drawing) if kind == "good"]
    at = [n for n, _ in seen.curve].index(86)
    assert today == (place(curve[at], "x1"), place(curve[at], "y1"))
    (margin,) = of_class(figure.drawing, "edge")
    first, last = curve[0], curve[-1]
    lift = [lift for _, lift in seen.curve]
    rise = (place(last, "y2") - place(first, "y1")) / (lift[-1] - lift[0])
    assert place(margin, "y1") == pytest.approx(place(first, "y1") + rise * (0.1 - lift[0]), abs=0.02)
    wide = (place(last, "x2") - place(first, "x1")) / math.log(seen.curve[-1][0] / seen.curve[0][0])
    assert today[0] == pytest.approx(place(first, "x1") + wide * math.log(86 / seen.curve[0][0]), abs=0.02)
    (needed,) = [x for kind, x, _ in spots(figure.drawing) if kind == "even"]
    assert needed == pytest.approx(place(first, "x1") + wide * math.log((seen.needed or 0) / seen.curve[0][0]), abs=0.02)
    assert "today: 86 see 15.7 pp" in texts(figure.drawing)
    assert f"for which {seen.needed:,} would be needed" in figure.caption
    assert [row.head for row in figure.table.rows if row.note == "today"] == ["86 fixtures"]
