"""Confusion matrices side by side, and their difference."""

from __future__ import annotations

from harness.report.drawing.shapes import Heat, HeatCell, HeatRow, Heats
from harness.verdicts import REST, Judgement, LabelTable

_STEPS = 5


def label_heats(judgement: Judgement) -> tuple[Heats, ...]:
    """Shade which label was said for which, of each variant, and how the last differs from the first."""
    tables = judgement.labels
    if not tables:
        return ()
    drawn = [_heat(table) for table in tables]
    if len(tables) == 2:
        drawn.append(_difference(*tables))
    said = "How to read it: a row is what was expected, a column what was said; framed is right, stronger is more of its row."
    if len(tables) == 2:
        said += " In the difference, blue is a change for the better and orange one for the worse."
    return (Heats(f"Which label was said for which ({tables[0].metric})", said, tuple(drawn)),)


def _heat(table: LabelTable) -> Heat:
    rows = []
    for label, counts in zip(table.expected, table.counts, strict=True):
        total = sum(counts)
        cells = tuple(
            HeatCell(f"{count:,}", _kind(_step(count, total), "heat", label, said))
            for said, count in zip(table.said, counts, strict=True)
        )
        rows.append(HeatRow(label, cells))
    return Heat(table.variant, "expected", table.said, tuple(rows))


def _difference(one: LabelTable, other: LabelTable) -> Heat:
    rows = []
    for label, before, after in zip(one.expected, one.counts, other.counts, strict=True):
        total = max(sum(before), sum(after))
        cells = []
        for said, was, now in zip(one.said, before, after, strict=True):
            change = now - was
            better = (change > 0) == (label == said)
            word = "same" if not change or label == REST == said else "gain" if better else "loss"
            text = f"{change:+,}" if change else "0"
            cells.append(HeatCell(text, _kind(_step(abs(change), total), word, label, said)))
        rows.append(HeatRow(label, tuple(cells)))
    return Heat(f"{other.variant} minus {one.variant}", "expected", one.said, tuple(rows))


def _step(count: int, total: int) -> int:
    """How dark a cell is, 0 to 5: its share of its row."""
    return 0 if not count or not total else max(1, round(count / total * _STEPS))


def _kind(step: int, word: str, expected: str, said: str) -> str:
    right = " right" if expected == said != REST else ""
    return f"{word} step-{min(step, _STEPS)}{right}"
