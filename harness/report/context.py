"""What the templates see: frozen structs of finished text, so that a template only loops.

Anything that may be absent is a tuple of none or one, which a loop handles as well as a condition would.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness.report.drawing.shapes import Pictures
    from harness.report.surroundings import Surroundings


class Drawing(str):
    """Markup made by this room's own drawing code, which escapes what it is given."""

    __slots__ = ()

    def __html__(self) -> str:
        """Tell the template engine that this is markup already."""
        return str(self)


@dataclass(frozen=True, slots=True)
class Mark:
    """A status: a word, a sign beside it, and the class that colours it (good, bad, even, unsure, off)."""

    word: str
    sign: str
    kind: str


@dataclass(frozen=True, slots=True)
class Fact:
    """A name with its value; ``code`` is for machine text such as hashes."""

    name: str
    text: str = ""
    code: str = ""


@dataclass(frozen=True, slots=True)
class Cell:
    """A table cell: its text, a smaller note below, a class, and perhaps a mark or a drawing."""

    text: str
    note: str = ""
    kind: str = ""
    mark: tuple[Mark, ...] = ()
    drawing: tuple[Drawing, ...] = ()


@dataclass(frozen=True, slots=True)
class Column:
    """A table column: its heading, a smaller note below, and a class (``num`` aligns right)."""

    name: str
    note: str = ""
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """A table row: its heading with a note, badges, cells, and a class (``chosen`` for the candidate)."""

    head: str
    note: str
    cells: tuple[Cell, ...]
    badges: tuple[str, ...] = ()
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A table with its caption."""

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    kind: str = ""


@dataclass(frozen=True, slots=True)
class GateCard:
    """A gate: its mark, its name, what was asked of whom, and its sentence."""

    mark: Mark
    name: str
    condition: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """The top of the page: the question, the answer, whether to ship, and what to do."""

    question: str
    headline: str
    decision: Mark
    tally: str
    decided: tuple[str, ...]
    reasons: tuple[str, ...]
    findings: tuple[str, ...]
    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class PlotRow:
    """A line of a plot: its label, the strip drawn, the numbers beside it, and perhaps a mark."""

    label: str
    note: str
    strip: Drawing
    text: str
    small: str
    mark: tuple[Mark, ...] = ()


@dataclass(frozen=True, slots=True)
class Plot:
    """A plot made of strips that share one axis."""

    title: str
    caption: str
    head: str
    measure: str
    rows: tuple[PlotRow, ...]
    axis: Drawing


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a text against the expected: ``same``, ``extra`` (given, not expected), ``gone`` (expected, not given)."""

    text: str
    kind: str


@dataclass(frozen=True, slots=True)
class Answer:
    """One variant's answer in a card."""

    who: str
    note: str
    pieces: tuple[Piece, ...]
    rest: str = ""
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Passage:
    """One retrieved chunk as the model saw it."""

    name: str
    note: str
    text: str
    rest: str = ""


@dataclass(frozen=True, slots=True)
class Context:
    """What one variant's retriever found for a fixture."""

    who: str
    passages: tuple[Passage, ...]


@dataclass(frozen=True, slots=True)
class FlipCard:
    """A fixture that flipped, with everything needed to see why."""

    anchor: str
    fixture: str
    mark: Mark
    change: str
    tags: tuple[str, ...]
    tags_json: str
    facts: tuple[Fact, ...]
    asked: str
    asked_rest: str
    expected: str
    expected_rest: str
    answers: tuple[Answer, ...]
    contexts: tuple[Context, ...]


@dataclass(frozen=True, slots=True)
class Flips:
    """The section of fixtures that flipped."""

    lead: str
    counts: tuple[Table, ...]
    cards: tuple[FlipCard, ...]
    tags: tuple[str, ...]
    left_out: tuple[str, ...]
    legend: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Block:
    """Packed data that the page's script unpacks: its name, and its text in base64."""

    name: str
    data: Drawing


@dataclass(frozen=True, slots=True)
class Fixtures:
    """The section of every fixture."""

    lead: str
    unscripted: str
    left_out: tuple[str, ...]
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """A heading with facts below it."""

    title: str
    note: str
    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """A section's place in the contents."""

    anchor: str
    title: str


@dataclass(frozen=True, slots=True)
class Page:
    """The whole page."""

    suite: str
    description: tuple[str, ...]
    run_id: str
    date: str
    status: tuple[str, ...]
    sections: tuple[Section, ...]
    verdict: Verdict
    ladder: Table
    ladder_note: str
    metrics: tuple[Table, ...]
    parts: tuple[Table, ...]
    pictures: Pictures
    said: tuple[str, ...]
    plots: tuple[Plot, ...]
    plots_note: str
    comparisons: tuple[Table, ...]
    gates: tuple[GateCard, ...]
    gates_note: str
    slices: tuple[Table, ...]
    slices_note: str
    more_slices: tuple[Table, ...]
    flips: Flips
    fixtures: Fixtures
    spending: Table
    latency: tuple[Plot, ...]
    outcomes: Table
    made_of: tuple[Group, ...]
    ran: tuple[Group, ...]
    around: Surroundings
    methods: Table
