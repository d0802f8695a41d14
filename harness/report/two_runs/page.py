"""Two runs compared, as one HTML page that asks the network for nothing and runs no script."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from harness.report import formats
from harness.report.anchors import fixture_anchor
from harness.report.answers import Answers, asked_text, expected_text, said_text
from harness.report.context import Cell, Column, Fact, Mark, Piece, Plot, Row, Table
from harness.report.diff import compared
from harness.report.drawing.forest import forest
from harness.report.hostile import brief, capped
from harness.report.html import policy, source, templates
from harness.report.two_runs.words import change_mark, cost_words, is_quality, lost_and_won, name_of, outcome
from harness.report.words import LOST, WON, interval_words
from harness.suite import Fixture
from harness.verdicts import Change, Estimate, Flip, TwoRuns

SHOWN = 20
"""Fixtures shown each way for a variant; the rest is counted."""
_BUDGET = 200
"""Fixtures shown in all."""


@dataclass(frozen=True, slots=True)
class Side:
    """One text of a fixture that flipped: what was expected, or said before, or after."""

    who: str
    note: str
    pieces: tuple[Piece, ...]
    rest: str = ""


@dataclass(frozen=True, slots=True)
class Case:
    """A fixture that flipped, with both answers."""

    anchor: str
    fixture: str
    mark: Mark
    change: str
    tags: tuple[str, ...]
    asked: str
    asked_rest: str
    sides: tuple[Side, ...]


@dataclass(frozen=True, slots=True)
class Turned:
    """A variant's fixtures that flipped."""

    title: str
    lead: str
    cases: tuple[Case, ...]


@dataclass(frozen=True, slots=True)
class TwoRunsPage:
    """The whole page."""

    suite: str
    when: str
    mark: Mark
    headline: str
    findings: tuple[str, ...]
    facts: tuple[Fact, ...]
    fixtures: str
    differences: tuple[Table, ...]
    folded: tuple[Table, ...]
    plots: tuple[Plot, ...]
    changes: tuple[Table, ...]
    more: tuple[Table, ...]
    spending: tuple[Table, ...]
    flips_lead: str
    turned: tuple[Turned, ...]
    methods: tuple[str, ...]


def render_two_runs(two: TwoRuns) -> str:
    """Render a comparison of two runs; two renders are byte-identical, and what others wrote is escaped and capped."""
    environment = templates()
    style = source(environment, "report.css") + source(environment, "two_runs.css")
    template = environment.get_template("two_runs.html.j2")
    return template.render(page=_page(two), style=style, policy=policy(style, ""))


def _page(two: TwoRuns) -> TwoRunsPage:
    before, after = two.before.record, two.after.record
    headline = [c for c in two.changes if c.metric == two.metric]
    rest = [c for c in two.changes if is_quality(c.metric) and c.metric != two.metric]
    moved, still = ([c for c in rest if c.nothing_differs is same] for same in (False, True))
    folds = [_changes(two, moved, "Other metrics, and the parts they are made of, on which fixtures differ")] if moved else []
    folds += [_changes(two, still, "Metrics and parts on which no fixture differs")] if still else []
    circumstances = _differences(two, "circumstance", "Versions, seed and how much was asked")
    return TwoRunsPage(
        suite=after.suite,
        when=f"{formats.moment(before.started_at)} and {formats.moment(after.started_at)}",
        mark=outcome(two),
        headline=two.headline,
        findings=two.findings,
        facts=_facts(two),
        fixtures=_fixtures(two),
        differences=(*_differences(two, "definition", "What the suite says"), *_differences(two, "model", "Who answered")),
        folded=circumstances,
        plots=_plots(headline, two.metric),
        changes=(_changes(two, headline, f"{two.metric}, the metric in question"),) if headline else (),
        more=tuple(folds),
        spending=_spending(two),
        flips_lead=_flips_lead(two),
        turned=tuple(_turned(two)),
        methods=tuple(dict.fromkeys(c.comparison.route for c in two.changes)),
    )


def _facts(two: TwoRuns) -> tuple[Fact, ...]:
    return (
        Fact("Earlier run", code=two.before.record.run_id),
        Fact("Later run", code=two.after.record.run_id),
        Fact("Fixtures compared", formats.whole(len(two.fixtures.common))),
        Fact("Slice", code=two.slice) if two.slice else Fact("Slice", "all fixtures"),
    )


def _fixtures(two: TwoRuns) -> str:
    if two.fixtures.same:
        return f"Both runs asked about the same {formats.counted(len(two.fixtures.common), 'fixture')}."
    return " ".join(two.fixtures.sentences)


def _differences(two: TwoRuns, kind: str, caption: str) -> tuple[Table, ...]:
    rows = tuple(
        Row(brief(d.what, 120), "", (Cell(brief(d.before, 600) or "none"), Cell(brief(d.after, 600) or "none")))
        for d in two.differences
        if d.kind == kind
    )
    return (Table(caption, (Column("Before"), Column("After")), rows, "differences"),) if rows else ()


def _plots(changes: list[Change], metric: str) -> tuple[Plot, ...]:
    named = {id(c.comparison): name_of(c) for c in changes}
    caption = "Shaded: the margin. Solid line: no change. Bar: the interval of the change, where any fixture differs."
    comparisons = tuple(c.comparison for c in changes if c.comparison.effect is not None and not c.nothing_differs)
    if len({c.scale for c in comparisons}) > 1:
        return ()
    return forest(
        comparisons, lambda c: named[id(c)], title=f"{metric}: later minus earlier", head="Each variant", caption=caption
    )


def _changes(two: TwoRuns, changes: list[Change], caption: str) -> Table:
    columns = (
        Column("before", "", "num"), Column("after", "", "num"), Column("change", "and interval", "num"),
        Column("verdict"), Column("won, lost, equal", "", "num"), Column("pairs", "coverage", "num"), Column("p", "", "num"),
    )  # fmt: skip
    return Table(caption, columns, tuple(_row(two, change) for change in changes))


def _row(two: TwoRuns, change: Change) -> Row:
    c = change.comparison
    chance = "\n".join(part for part in (formats.p_value(c.p), formats.q_value(c.q)) if part)
    badges = ("judged",) if change.judged else ()
    cells = (
        _value(change.before),
        _value(change.after),
        Cell(formats.effect(c.effect, c.unit, c.scale), interval_words(c), "num"),
        Cell("", "" if change.nothing_differs else c.withheld or "", mark=(change_mark(two, change),)),
        Cell(f"{c.wins:,} / {c.losses:,} / {c.ties:,}", kind="num"),
        Cell(f"{c.n:,}", formats.share(c.coverage), "num"),
        Cell(chance, kind="num"),
    )
    return Row(name_of(change), change.metric, cells, badges)


def _value(estimate: Estimate) -> Cell:
    e = estimate
    return Cell(formats.value(e.value, e.unit), formats.interval(e.low, e.high, e.unit), "num")


def _spending(two: TwoRuns) -> tuple[Table, ...]:
    metrics = list(dict.fromkeys(c.metric for c in two.changes if not is_quality(c.metric) and c.metric != "cost"))
    columns = [
        Column("calls", "before, after", "num"),
        Column("cost of 1,000 calls", "before", "num"),
        Column("", "after", "num"),
    ]
    columns += [Column(name, "before, after, ratio and interval", "num") for name in metrics]
    rows = []
    for now, was in two.pairs:
        results = (two.spent[0].get(was), two.spent[1].get(now))
        calls = [formats.whole(None if r is None else r.calls) for r in results]
        cells = [
            Cell(calls[1], calls[0], "num"),
            Cell(cost_words(two, 0, was), kind="num"),
            Cell(cost_words(two, 1, now), kind="num"),
        ]
        cells += [_took(two.change(now, metric)) for metric in metrics]
        rows.append(Row(now if now == was else f"{now} (was {was})", "", tuple(cells)))
    return (Table("What it took", tuple(columns), tuple(rows)),) if rows else ()


def _took(change: Change | None) -> Cell:
    if change is None:
        return Cell(formats.MISSING, kind="num none")
    c = change.comparison
    values = " to ".join(formats.value(e.value, c.unit) for e in (change.before, change.after))
    ratio = formats.effect(c.effect, c.unit, c.scale)
    return Cell(values, "\n".join(part for part in (ratio, interval_words(c)) if part), "num")


def _flips_lead(two: TwoRuns) -> str:
    if not any(two.flips.values()):
        return f"On {two.metric}, no fixture came out otherwise."
    return (
        f"Fixtures that came out otherwise on {two.metric}, the largest difference first. Underlined: new in the later answer. "
        "Struck through: in the earlier answer only."
    )


def _turned(two: TwoRuns) -> Iterator[Turned]:
    turned = {flip.fixture_id for flips in two.flips.values() for part in lost_and_won(flips) for flip in part[:SHOWN]}
    sides = tuple(Answers(s for s in run.responses if s.fixture_id in turned) for run in (two.before, two.after))
    fixtures = {fixture.id: fixture for fixture in two.after.fixtures}
    left = _BUDGET
    for now, was in two.pairs:
        lost, won = lost_and_won(two.flips.get(now, ()))
        if not lost and not won:
            continue
        shown = [*lost[:SHOWN], *won[:SHOWN]][:left]
        left -= len(shown)
        unit = next((c.comparison.unit for c in two.changes if c.metric == two.metric), "score")
        said = f"{formats.counted(len(lost), 'fixture')} lost and {len(won):,} won."
        missing = len(lost) + len(won) - len(shown)
        said += f" {missing:,} of them are left out here; harness compare --json lists all." if missing else ""
        cases = tuple(_case(flip, was, fixtures[flip.fixture_id], sides, unit) for flip in shown)
        yield Turned(now if now == was else f"{now} (was {was})", said, cases)


def _case(flip: Flip, was: str, fixture: Fixture, sides: Sequence[Answers], unit: str) -> Case:
    asked, expected = capped(asked_text(fixture)), capped(expected_text(fixture) or "")
    before, after = _answer("Before", sides[0], was, fixture), _answer("After", sides[1], flip.candidate, fixture)
    whole = not before.rest and not after.rest
    changed = compared(after.pieces[0].text, before.pieces[0].text) if whole and after.pieces and before.pieces else after.pieces
    wanted = (Side("Expected", "", (Piece(expected.text, "same"),), expected.rest),) if expected.text else ()
    return Case(
        anchor=f"{quote(flip.candidate, safe='')}-{fixture_anchor(fixture.id)}",
        fixture=brief(fixture.id, 120),
        mark=WON if flip.won else LOST,
        change=f"{formats.value(flip.over_value, unit)} to {formats.value(flip.candidate_value, unit)}",
        tags=tuple(brief(tag, 60) for tag in fixture.tags),
        asked=asked.text,
        asked_rest=asked.rest,
        sides=(*wanted, before, Side(after.who, after.note, changed, after.rest)),
    )


def _answer(who: str, answers: Answers, variant: str, fixture: Fixture) -> Side:
    found = answers.of(variant, fixture.id)
    if not found:
        return Side(who, variant, (Piece("No response.", "same"),))
    response = found[0].response
    notes = [variant, response.outcome if response.outcome != "answered" else ""]
    notes.append(f"the first of {len(found)} repeats" if len(found) > 1 else "")
    text = said_text(response, fixture)
    if response.outcome == "failed":
        text = f"Failed: {response.error or response.error_kind or 'no reason given'}"
    shown = capped(text if text.strip() else "An empty answer.")
    return Side(who, ", ".join(note for note in notes if note), (Piece(shown.text, "same"),), shown.rest)
