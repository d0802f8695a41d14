"""Comparisons as the page shows them: the forest plots, the table of all of them, and the slices."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from harness.report import formats
from harness.report.context import Cell, Column, Plot, Row, Table
from harness.report.drawing.forest import Limits, Named, forest, named
from harness.report.ladder import estimate_cell
from harness.report.ranks import candidate_lifts, other_lifts, part_lifts
from harness.report.words import interval_words, verdict_mark
from harness.verdicts import Comparison, Judgement

_COLUMNS = (
    Column("lift", "and interval", "num"),
    Column("verdict"),
    Column("wins, losses, ties", "", "num"),
    Column("pairs", "coverage", "num"),
    Column("p", "", "num"),
    Column("could have seen", "80 % power", "num"),
)


def plots(judgement: Judgement) -> tuple[Plot, ...]:
    """Return the candidate's forest plots: over every variant, per part, and the other metrics by unit and scale."""
    who, rival, metric = judgement.candidate, judgement.baseline, judgement.headline_metric
    joint = {(m.candidate, m.over, m.metric, m.slice): (m.low, m.high) for family in judgement.families for m in family.members}
    how = "How to read it: clear of the solid line is signal; clear of the shaded margin is worth having."
    each = "Thick line: the interval of each lift."
    both = f"{each} Thin line, jointly: the one that holds for all rows of this picture at once."
    drawn = list(
        forest(
            candidate_lifts(judgement),
            lambda c: f"over {c.over}",
            title=f"{metric}: {who} over every other variant",
            head=f"{who}, compared",
            caption=f"{how} {both if joint else each}",
            joint=joint,
        )
    )
    differing = tuple(c for c in other_lifts(judgement) if c.wins or c.losses)
    for kind, lifts in (("parts", part_lifts(judgement)), ("other metrics", differing)):
        for (unit, scale, higher), alike in _alike(lifts).items():
            said = {"ratio": "as a ratio"}.get(scale, {"share": "in points"}.get(unit, f"in {unit}"))
            way = "" if higher else ", lower is better"
            title = f"{kind.capitalize()}, {said}{way}: {who} over {rival}"
            drawn += forest(
                alike, lambda c: c.metric, title=title, head=f"over {rival}", caption=_how(alike, joint, each, both), joint=joint
            )
    return tuple(drawn)


def _how(comparisons: tuple[Comparison, ...], joint: Mapping[Named, Limits], each: str, both: str) -> str:
    return f"How to read it: as above. {both if any(named(c) in joint for c in comparisons) else each}"


def comparison_tables(judgement: Judgement) -> tuple[Table, ...]:
    """Return every comparison over all fixtures, as one table."""
    return _table("Every comparison over all fixtures", [c for c in judgement.comparisons if c.slice is None])


def slice_table(judgement: Judgement) -> tuple[Table, ...]:
    """Return the candidate against its rival on the headline metric, slice by slice."""
    who, rival, metric = judgement.candidate, judgement.baseline, judgement.headline_metric
    names = dict.fromkeys(e.slice for e in judgement.estimates if e.slice is not None and e.metric == metric)
    if not names or who is None or rival is None:
        return ()
    columns = (
        Column("fixtures", "", "num"), Column(who, metric, "num"), Column(rival, metric, "num"),
        Column("lift", "and interval", "num"), Column("verdict"),
    )  # fmt: skip
    rows = []
    for name in names:
        ours, theirs = judgement.estimate(who, metric, name), judgement.estimate(rival, metric, name)
        lift = judgement.comparison(who, rival, metric, name)
        count = lift.n if lift is not None else ours.n if ours is not None else 0
        cells = (Cell(formats.whole(count), kind="num"), estimate_cell(ours), estimate_cell(theirs), *_lift_cells(lift))
        rows.append(Row(name, "", cells))
    return (Table(f"{who} and {rival} on {metric}, slice by slice", columns, tuple(rows)),)


def more_slices(judgement: Judgement) -> tuple[Table, ...]:
    """Return the slice comparisons the first table does not hold."""
    first = (judgement.candidate, judgement.baseline, judgement.headline_metric)
    rest = [c for c in judgement.comparisons if c.slice is not None and (c.candidate, c.over, c.metric) != first]
    return _table("Every other slice comparison", rest)


def _alike(comparisons: Iterable[Comparison]) -> dict[tuple[str, str, bool], tuple[Comparison, ...]]:
    found: dict[tuple[str, str, bool], tuple[Comparison, ...]] = {}
    for c in comparisons:
        key = ("", c.scale, c.higher_is_better) if c.scale == "ratio" else (c.unit, c.scale, c.higher_is_better)
        found[key] = (*found.get(key, ()), c)
    return found


def _table(caption: str, comparisons: list[Comparison]) -> tuple[Table, ...]:
    return (Table(caption, _COLUMNS, tuple(_row(c) for c in comparisons)),) if comparisons else ()


def _row(comparison: Comparison) -> Row:
    c = comparison
    where = f" on {c.slice}" if c.slice is not None else ""
    groups = f", {formats.counted(c.groups, 'group')}" if c.groups and c.groups != c.n else ""
    kind = "exploratory" if c.exploratory else ""
    cells = (
        *_lift_cells(c),
        Cell(f"{c.wins}, {c.losses}, {c.ties}", kind="num"),
        Cell(formats.whole(c.n), f"{formats.share(c.coverage)}{groups}", "num"),
        Cell(formats.p_value(c.p) or "none", formats.q_value(c.q), "num"),
        Cell(_seen(c), kind="num"),
    )
    return Row(f"{c.candidate} over {c.over}{where}", c.metric, cells, (kind,) if kind else ())


def _lift_cells(comparison: Comparison | None) -> tuple[Cell, Cell]:
    if comparison is None:
        return Cell(formats.MISSING, kind="num none"), Cell("not judged", kind="none")
    c = comparison
    needed = f"{c.needed:,} fixtures would be enough" if c.verdict == "inconclusive" and c.needed is not None else ""
    notes = [c.withheld or "", c.note or "", needed, formats.q_value(c.q) if c.verdict is not None else ""]
    lift = Cell(formats.effect(c.effect, c.unit, c.scale), interval_words(c), "num")
    return lift, Cell("", "; ".join(n.rstrip(".") for n in notes if n), mark=(verdict_mark(c),))


def _seen(comparison: Comparison) -> str:
    c = comparison
    return "" if c.detectable is None else formats.effect(c.detectable, c.unit, c.scale).removeprefix("+")
