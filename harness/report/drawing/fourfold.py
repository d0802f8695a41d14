"""The paired outcomes as a plain two by two, with links to the fixtures."""

from __future__ import annotations

from harness.report import formats
from harness.report.drawing.shapes import Four, FourCell, FourRow, Link
from harness.report.hostile import brief
from harness.verdicts import Corner, Fourfold, Judgement


def four_tables(judgement: Judgement, anchor_of: dict[str, str]) -> tuple[Four, ...]:
    """Lay out the candidate over each rival; ``anchor_of`` has the places of the fixtures on the page."""
    return tuple(_four(one, anchor_of) for one in judgement.fourfolds)


def _four(one: Fourfold, anchor_of: dict[str, str]) -> Four:
    def cell(word: str, sign: str, kind: str, corner: Corner) -> FourCell:
        links = tuple(Link(anchor_of[name], brief(name, 40)) for name in corner.fixtures if name in anchor_of)
        left = corner.count - len(links)
        more = f"and {left:,} more" if left else ""
        shown = kind if corner.count else f"{kind} nothing"
        return FourCell(word, sign, shown, f"{corner.count:,}", formats.share(corner.share), _note(one, corner), links, more)

    right = (cell("both right", "=", "even", one.both), cell("won", "\u25b2", "good", one.won))
    wrong = (cell("lost", "\u25bc", "bad", one.lost), cell("both wrong", "\u2013", "off", one.neither))
    rows = (FourRow(f"{one.candidate} right", right), FourRow(f"{one.candidate} wrong", wrong))
    caption = (
        f"How to read it: right is the whole of {one.metric}, nothing missing. Only the two counts off the diagonal tell "
        f"{one.candidate} and {one.over} apart."
    )
    return Four(f"{one.candidate} and {one.over}, fixture by fixture", caption, (f"{one.over} right", f"{one.over} wrong"), rows)


def _note(one: Fourfold, corner: Corner) -> str:
    if corner is not one.neither or not (corner.better or corner.worse):
        return ""
    return f"of these, {one.candidate} is nearer on {corner.better:,} and further off on {corner.worse:,}"
