"""The section of every fixture: what is listed, what is packed, and a plain word about what is not."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from harness.report import formats
from harness.report.answers import asked_text, expected_text
from harness.report.context import Block, Drawing, Fixtures
from harness.report.evidence.contents import contents
from harness.report.evidence.gathered import Gathered, gather
from harness.report.evidence.limits import CAPS, DETAILED, IN_FULL, LISTED, PAGE_SIZE, STATIC
from harness.report.evidence.packing import Packed, deflated, pack
from harness.report.evidence.record import Record, fixture_record
from harness.report.evidence.values import measured
from harness.report.ranks import variant_order
from harness.retrieval import Hit
from harness.store import Run
from harness.suite import Fixture
from harness.verdicts import Judgement

_SAMPLE = 60
"""Fixtures packed beforehand to see how small texts like these become."""
_A_PLACE = 6
"""Bytes a fixture takes in the packed contents, about."""


@dataclass(frozen=True)
class Listing:
    """The fixtures that are listed, in the suite's order, and which of them are the most telling."""

    run: Run
    judgement: Judgement

    @cached_property
    def fixtures(self) -> Sequence[Fixture]:
        """Those listed: all, or of very many the most telling."""
        every = self.run.fixtures
        if len(every) <= LISTED:
            return every
        flipped = self._flipped
        ranked = sorted(range(len(every)), key=lambda row: flipped.get(every[row].id, len(flipped)))
        return tuple(every[row] for row in sorted(ranked[:LISTED]))

    @cached_property
    def number(self) -> dict[str, int]:
        """The row of each listed fixture."""
        return {fixture.id: row for row, fixture in enumerate(self.fixtures)}

    @cached_property
    def telling(self) -> Sequence[int]:
        """Rows whose texts may be packed: losses first, the largest at the top, then wins, then the rest in order."""
        flipped = self._flipped
        fixtures = self.fixtures
        return sorted(range(len(fixtures)), key=lambda row: flipped.get(fixtures[row].id, len(flipped)))[:DETAILED]

    @cached_property
    def _flipped(self) -> dict[str, int]:
        j = self.judgement
        ours = [flip for flip in j.flips if flip.candidate == j.candidate and flip.over == j.baseline]
        ranked = sorted(ours, key=lambda flip: (flip.won, -abs(flip.candidate_value - flip.over_value)))
        return {flip.fixture_id: place for place, flip in enumerate(ranked)}


@contextmanager
def gathered_from(run: Run, judgement: Judgement) -> Iterator[tuple[Listing, Gathered]]:
    """Go through a run's responses once, for the cards of flips and for every fixture alike."""
    listing = Listing(run, judgement)
    wanted = {listing.fixtures[row].id for row in listing.telling}
    gathered = gather(run, variant_order(judgement), listing.number, wanted)
    try:
        yield listing, gathered
    finally:
        gathered.responses.close()


def every_fixture(run: Run, judgement: Judgement, listing: Listing, gathered: Gathered, size: int = PAGE_SIZE) -> Fixtures:
    """Return the section.

    Args:
        run: The run.
        judgement: Its judgement.
        listing: What ``gathered_from`` listed.
        gathered: What it found.
        size: Bytes the whole page may have, about.
    """
    variants = variant_order(judgement)
    columns, beyond = measured(run.scores, judgement, variants, listing.number)
    columns = (*columns, *gathered.operations)
    values = [deflated(column.packed()) for column in columns]
    room = max(size - STATIC - sum(map(len, values)) - _A_PLACE * len(listing.fixtures), 0)
    cap, packed = _packed(listing, variants, gathered, room)
    named = tuple(str(name) for name in run.record.definition.get("slices") or ())
    begin = deflated(
        contents(
            listing.fixtures,
            variants=variants,
            columns=columns,
            gathered=gathered,
            packed=packed,
            judgement=judgement,
            slices=named,
        )
    )
    blocks = {"contents": begin, **{f"values-{n}": text for n, text in enumerate(values)}, **packed.blocks}
    count = formats.counted(len(listing.fixtures), "fixture")
    return Fixtures(
        lead=f"{count}: open a line for the question, the expected answer beside those of all variants, and every metric.",
        unscripted=f"Listing and searching all {count} takes JavaScript. Without it, those that flipped most are above; "
        f"answers and scores of all are in the folder of run {run.record.run_id}, responses.parquet and scores.parquet.",
        left_out=tuple(_left_out(run, listing, packed, cap=cap, beyond=beyond, size=size)),
        blocks=tuple(Block(name, Drawing(text)) for name, text in blocks.items()),
    )


def _packed(listing: Listing, variants: Sequence[str], gathered: Gathered, room: int) -> tuple[int, Packed]:
    """Choose the largest cap with which all is likely to fit, and pack; the most telling fixtures keep the largest."""
    numbers = {variant: number for number, variant in enumerate(variants)}

    def record(row: int, passage: Callable[[Hit], int], at_most: int = CAPS[0]) -> Record:
        fixture = listing.fixtures[row]
        return fixture_record(
            fixture,
            gathered.of(fixture.id),
            variants=numbers,
            cap=at_most,
            passage=passage,
            beyond=gathered.responses.beyond,
        )

    telling = listing.telling
    sizes = _sizes(listing, gathered)
    sample = telling[:: max(len(telling) // _SAMPLE, 1)][:_SAMPLE]
    known: dict[tuple[str, int], int] = {}
    texts = [record(row, lambda hit: known.setdefault((hit.id, len(hit.text)), len(known))) for row in sample]
    characters = sum(int(sizes[CAPS[0]][row]) for row in sample)
    ratio = len(deflated(texts)) / characters if characters else 1.0
    allowed = np.array(telling, dtype=np.int64)
    cap = next((cap for cap in CAPS if ratio * int(sizes[cap][allowed].sum()) <= room), CAPS[-1])
    full = set(telling[:IN_FULL])
    return cap, pack(telling, lambda row, passage: record(row, passage, CAPS[0] if row in full else cap), room)


def _sizes(listing: Listing, gathered: Gathered) -> dict[int, npt.NDArray[np.int64]]:
    """For each cap, the characters of each fixture's texts."""
    count = len(listing.fixtures)
    asked = np.fromiter((len(asked_text(f)) for f in listing.fixtures), dtype=np.int64, count=count)
    expected = np.fromiter((len(expected_text(f) or "") for f in listing.fixtures), dtype=np.int64, count=count)
    return {cap: gathered.lengths[cap] + np.minimum(asked, cap) + np.minimum(expected, cap) for cap in CAPS}


def _left_out(run: Run, listing: Listing, packed: Packed, *, cap: int, beyond: int, size: int) -> Iterator[str]:
    """Say what is not here, and where it is."""
    where = f"the folder of run {run.record.run_id}"
    every, here = len(run.fixtures), len(packed.place)
    if here < every:
        yield (
            f"To keep this file under {size / 1e6:.4g} MB it holds the texts of {here:,} of {every:,} fixtures, those that "
            f"flipped most first. The other {every - here:,} are listed with their values; their texts are in {where}, "
            "responses.parquet. harness report --max-size has room for more."
        )
    if cap < CAPS[0] and here:
        yield (
            f"To make room for more fixtures, texts are cut to {cap:,} characters here, but for the {min(IN_FULL, here):,} that "
            f"flipped most. They are whole in {where}, responses.parquet."
        )
    if len(listing.fixtures) < every:
        yield f"{every - len(listing.fixtures):,} of {every:,} fixtures are not listed; they are in {where}."
    if beyond:
        yield f"{formats.counted(beyond, 'column')} of measurements found no room; they are in {where}, scores.parquet."
