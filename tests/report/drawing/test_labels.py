"""Confusion matrices side by side."""

from __future__ import annotations

from dataclasses import replace

from harness.report.drawing.labels import label_heats
from harness.verdicts import NO_LABEL, REST, LabelTable
from tests.report.building import build


def test_two_tables_and_their_difference_are_shaded_by_their_rows() -> None:
    _, judgement = build(6)
    said = ("refund", "other", REST, NO_LABEL)
    before = LabelTable("baseline", "f1", said[:3], said, ((5, 5, 0, 0), (2, 8, 0, 0), (0, 0, 3, 1)))
    after = LabelTable("tuned", "f1", said[:3], said, ((10, 0, 0, 0), (3, 7, 0, 0), (0, 0, 4, 0)))
    (heats,) = label_heats(replace(judgement, labels=(before, after)))
    first, second, difference = heats.tables
    assert (first.title, second.title, difference.title) == ("baseline", "tuned", "tuned minus baseline")
    assert [[cell.text for cell in row.cells] for row in first.rows] == [
        ["5", "5", "0", "0"],
        ["2", "8", "0", "0"],
        ["0", "0", "3", "1"],
    ]
    assert second.rows[0].cells[0].kind == "heat step-5 right" and second.rows[0].cells[1].kind == "heat step-0"
    assert [[cell.text for cell in row.cells] for row in difference.rows] == [
        ["+5", "-5", "0", "0"],
        ["+1", "-1", "0", "0"],
        ["0", "0", "+1", "-1"],
    ]
    kinds = [[cell.kind.split()[0] for cell in row.cells] for row in difference.rows]
    assert kinds == [["gain", "gain", "same", "same"], ["loss", "loss", "same", "same"], ["same", "same", "same", "gain"]]
    assert "right" not in first.rows[2].cells[2].kind, "all other labels are not one label"


def test_one_table_has_no_difference_and_none_is_no_picture() -> None:
    _, judgement = build(6)
    table = LabelTable("baseline", "f1", ("a",), ("a",), ((3,),))
    (heats,) = label_heats(replace(judgement, labels=(table,)))
    assert len(heats.tables) == 1 and "difference" not in heats.caption
    assert label_heats(judgement) == ()
