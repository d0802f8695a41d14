"""What pictures are made of before a template lays them out: frozen structs of finished text and drawings."""

from __future__ import annotations

from dataclasses import dataclass

from harness.report.context import Drawing, PlotRow, Table


@dataclass(frozen=True, slots=True)
class Figure:
    """A picture with a title, a line that says how to read it, and the same in numbers."""

    title: str
    caption: str
    drawing: Drawing
    table: Table
    beside: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Panel:
    """One of several small plots."""

    title: str
    note: str
    rows: tuple[PlotRow, ...]
    axis: Drawing


@dataclass(frozen=True, slots=True)
class Panels:
    """Small plots that share one axis."""

    title: str
    caption: str
    head: str
    measure: str
    panels: tuple[Panel, ...]
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class HeatCell:
    """A number with the class that shades it."""

    text: str
    kind: str


@dataclass(frozen=True, slots=True)
class HeatRow:
    """A row of shaded numbers."""

    head: str
    cells: tuple[HeatCell, ...]


@dataclass(frozen=True, slots=True)
class Heat:
    """A table whose numbers are shaded."""

    title: str
    corner: str
    columns: tuple[str, ...]
    rows: tuple[HeatRow, ...]


@dataclass(frozen=True, slots=True)
class Heats:
    """Shaded tables side by side."""

    title: str
    caption: str
    tables: tuple[Heat, ...]


@dataclass(frozen=True, slots=True)
class Link:
    """A fixture with its place on the page."""

    anchor: str
    text: str


@dataclass(frozen=True, slots=True)
class FourCell:
    """One of the four kinds of fixture: its word, its count, and the first fixtures of it."""

    word: str
    sign: str
    kind: str
    count: str
    share: str
    note: str
    links: tuple[Link, ...]
    more: str


@dataclass(frozen=True, slots=True)
class FourRow:
    """A row of the two by two."""

    head: str
    cells: tuple[FourCell, ...]


@dataclass(frozen=True, slots=True)
class Four:
    """Both right, one right, none right: a plain two by two."""

    title: str
    caption: str
    columns: tuple[str, ...]
    rows: tuple[FourRow, ...]


@dataclass(frozen=True, slots=True)
class Pictures:
    """Every picture of a page that stands on its own; each may be absent."""

    value: tuple[Figure, ...]
    slices: tuple[Panels, ...]
    labels: tuple[Heats, ...]
    fours: tuple[Four, ...]
    seeing: tuple[Figure, ...]
    nights: tuple[Figure, ...]
