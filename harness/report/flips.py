"""The fixtures that flipped each way, with both outputs beside the expected, worst first."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from markupsafe import escape

from harness.report import formats
from harness.report.anchors import fixture_anchor
from harness.report.answers import Answers, asked_text, comparable, expected_text, said_text
from harness.report.context import Answer, Cell, Column, Context, Fact, FlipCard, Flips, Passage, Piece, Row, Table
from harness.report.diff import compared, is_alike
from harness.report.evidence import Gathered
from harness.report.hostile import brief, capped, visible
from harness.report.ranks import variant_order
from harness.report.words import LOST, WON
from harness.store import Run, StoredResponse
from harness.suite import Fixture
from harness.verdicts import Flip, Judgement

SHOWN = 20
"""Cards shown each way; the rest is counted, and listed under every fixture."""
_ROOM = 600_000
"""Bytes of text that cards may hold, all together."""
_CHUNK = 1_500
"""Characters shown of one retrieved chunk."""
_LEGEND = (
    Piece("Struck through", "gone"), Piece(": expected, and not given. ", "same"),
    Piece("Underlined", "extra"), Piece(": given, and not expected.", "same"),
)  # fmt: skip


def flips(run: Run, judgement: Judgement, gathered: Gathered) -> Flips:
    """Return the section: counts over every variant, and cards over the one the candidate is held against."""
    rival = judgement.baseline
    ours = [flip for flip in judgement.flips if flip.candidate == judgement.candidate and flip.over == rival]
    lost, won = _worst_first(ours, won=False), _worst_first(ours, won=True)
    unit = next((e.unit for e in judgement.estimates if e.metric == judgement.headline_metric), "score")
    cards = tuple(_that_fit(_cards(run, [*lost[:SHOWN], *won[:SHOWN]], gathered, unit)))
    tags = dict.fromkeys(tag for card in cards for tag in card.tags)
    shown = [card.mark.word for card in cards]
    return Flips(
        lead=_lead(judgement, rival, len(lost), len(won)),
        counts=_counts(judgement),
        cards=cards,
        tags=tuple(sorted(tags)),
        left_out=_left_out(len(lost) - shown.count(LOST.word), len(won) - shown.count(WON.word)),
        legend=_LEGEND if cards else (),
    )


def _cards(run: Run, found: list[Flip], gathered: Gathered, unit: str) -> Iterator[FlipCard]:
    named = {flip.fixture_id for flip in found}
    fixtures = {fixture.id: fixture for fixture in run.fixtures if fixture.id in named}
    for flip in found:
        if flip.fixture_id in fixtures:
            yield _card(flip, fixtures[flip.fixture_id], gathered, unit)


def _that_fit(cards: Iterable[FlipCard]) -> Iterator[FlipCard]:
    """The first cards, as many as there is room for: a few characters may take many bytes once they are escaped."""
    room = _ROOM
    for card in cards:
        texts = [card.asked, card.expected, *(piece.text for answer in card.answers for piece in answer.pieces)]
        texts += [passage.text for context in card.contexts for passage in context.passages]
        room -= sum(len(escape(visible(text)).encode()) for text in texts)
        if room < 0:
            return
        yield card


def _worst_first(found: list[Flip], *, won: bool) -> list[Flip]:
    return sorted((f for f in found if f.won is won), key=lambda f: -abs(f.candidate_value - f.over_value))


def _lead(judgement: Judgement, rival: str | None, lost: int, won: int) -> str:
    if judgement.candidate is None or rival is None:
        return "There is no candidate, so nothing flipped."
    if not lost and not won:
        return f"On {judgement.headline_metric}, {judgement.candidate} and {rival} are equal on every fixture."
    words = f"{judgement.candidate} is worse than {rival} on {formats.counted(lost, 'fixture')} and better on {won:,}"
    return f"On {judgement.headline_metric}, {words}. Losses come first, the largest at the top."


def _left_out(lost: int, won: int) -> tuple[str, ...]:
    more = [(lost, "lost"), (won, "won")]
    said = [f"{count:,} more that it {word}" for count, word in more if count]
    return (f"Left out here: {' and '.join(said)}. They are listed under every fixture.",) if said else ()


def _counts(judgement: Judgement) -> tuple[Table, ...]:
    ours = [flip for flip in judgement.flips if flip.candidate == judgement.candidate]
    rows = []
    for name in variant_order(judgement):
        against = [flip for flip in ours if flip.over == name]
        if against:
            won = sum(flip.won for flip in against)
            rows.append(Row(f"over {name}", "", (Cell(str(len(against) - won), kind="num"), Cell(str(won), kind="num"))))
    columns = (Column("lost", "", "num"), Column("won", "", "num"))
    return (Table(f"Fixtures {judgement.candidate} lost and won", columns, tuple(rows), "compact"),) if rows else ()


def _card(flip: Flip, fixture: Fixture, gathered: Gathered, unit: str) -> FlipCard:
    answers = Answers(gathered.of(fixture.id))
    asked, expected = capped(asked_text(fixture)), capped(expected_text(fixture) or "")
    sides = [(flip.over, flip.over_value), (flip.candidate, flip.candidate_value)]
    facts = [Fact("Group", fixture.group)] if fixture.group else []
    return FlipCard(
        anchor=fixture_anchor(fixture.id),
        fixture=brief(fixture.id, 120),
        mark=WON if flip.won else LOST,
        change=f"{formats.value(flip.over_value, unit)} to {formats.value(flip.candidate_value, unit)}",
        tags=tuple(brief(tag, 60) for tag in fixture.tags),
        tags_json=json.dumps([brief(tag, 60) for tag in fixture.tags]),
        facts=tuple(facts),
        asked=asked.text,
        asked_rest=asked.rest,
        expected=expected.text or "There is no expected answer.",
        expected_rest=expected.rest,
        answers=tuple(_answer(name, formats.value(number, unit), fixture, answers, gathered) for name, number in sides),
        contexts=tuple(c for name, _ in sides for c in _context(name, fixture, answers)),
    )


def _answer(name: str, number: str, fixture: Fixture, answers: Answers, gathered: Gathered) -> Answer:
    found = answers.of(name, fixture.id)
    if not found:
        return Answer(name, number, (Piece("No response.", "none"),))
    response = found[0].response
    repeats = f"the first of {len(found)} repeats" if len(found) > 1 else ""
    outcome = response.outcome if response.outcome != "answered" else ""
    note = ", ".join(part for part in (number, outcome, repeats) if part)
    if response.outcome == "failed":
        return Answer(name, note, (Piece(f"Failed: {response.error or response.error_kind or 'no reason given'}", "none"),))
    shown = capped(said_text(response, fixture), beyond=gathered.responses.beyond(found[0]))
    if not shown.text.strip():
        return Answer(name, note, (Piece("An empty answer.", "none"),))
    expected = comparable(fixture) if not shown.rest else None
    against = None if expected is None else visible(expected)
    pieces = compared(visible(shown.text), against)
    if against is not None and not is_alike(pieces):
        return Answer(name, f"{note}, little of it as expected", (Piece(shown.text, "same"),))
    return Answer(name, note, pieces, shown.rest)


def _context(name: str, fixture: Fixture, answers: Answers) -> tuple[Context, ...]:
    found: tuple[StoredResponse, ...] = answers.of(name, fixture.id)
    if not found or not found[0].retrieved:
        return ()
    passages = []
    for place, hit in enumerate(found[0].retrieved, start=1):
        text = capped(hit.text, _CHUNK)
        wanted = ", one that a good retriever would find" if hit.id in fixture.gold_context else ""
        passages.append(Passage(brief(hit.id, 160), f"rank {place}, score {hit.score:.2f}{wanted}", text.text, text.rest))
    return (Context(name, tuple(passages)),)
