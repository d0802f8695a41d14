"""The paired outcomes as a two by two."""

from __future__ import annotations

from harness.report.drawing.fourfold import four_tables
from harness.verdicts import judge
from tests.verdicts.runs import make_run, metrics, shares


def test_each_corner_has_its_count_its_share_and_links_to_its_first_fixtures() -> None:
    tuned, baseline = shares(53, 16, 8, 9)
    judgement = judge(make_run({"accuracy": {"baseline": baseline, "tuned": tuned}}), metrics("accuracy"))
    (four,) = four_tables(judgement, {f"f{i:03}": f"fixture-f{i:03}" for i in range(86)})
    assert four.columns == ("baseline right", "baseline wrong")
    (right, wrong) = four.rows
    assert (right.head, wrong.head) == ("tuned right", "tuned wrong")
    assert [(c.word, c.count, c.share) for c in (*right.cells, *wrong.cells)] == [
        ("both right", "53", "61.6 %"),
        ("won", "16", "18.6 %"),
        ("lost", "8", "9.3 %"),
        ("both wrong", "9", "10.5 %"),
    ]
    won, lost = right.cells[1], wrong.cells[0]
    assert [link.anchor for link in won.links][:2] == ["fixture-f053", "fixture-f054"] and won.more == "and 8 more"
    assert len(lost.links) == 8 and lost.more == ""


def test_a_corner_with_nothing_in_it_is_not_tinted() -> None:
    judgement = judge(make_run({"accuracy": {"baseline": [0.0] * 30, "tuned": [1.0] * 30}}), metrics("accuracy"))
    (four,) = four_tables(judgement, {})
    assert [cell.kind for row in four.rows for cell in row.cells] == ["even nothing", "good", "bad nothing", "off nothing"]
