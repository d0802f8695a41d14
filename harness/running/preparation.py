"""What a run would do, worked out before it does it: who answers, what is asked, and what is known already."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from harness.running.answerer import Answerer, prepare
from harness.running.naming import Written
from harness.running.planned import PlannedRequest, Selection, select
from harness.store import PlanTable, Store
from harness.suite import Suite

BATCH = 1_000
"""Fixtures whose requests are rendered and hashed at a time."""


@dataclass(frozen=True)
class Preparation:
    """A run that has not begun; nothing was sent and nothing is written. Used as a context manager: it holds a table on disk.

    Attributes:
        selection: Which part of the suite is run.
        answerers: By variant; a variant whose model cannot be had has none.
        stopped: For such a variant: why, one line.
        table: What is planned, by its place, and what is known of it.
    """

    selection: Selection
    answerers: Mapping[str, Answerer]
    stopped: Mapping[str, str]
    table: PlanTable

    def __enter__(self) -> Preparation:
        return self

    def __exit__(self, *_: object) -> None:
        self.table.close()

    def to_ask(self, variant: str) -> Iterator[PlannedRequest]:
        """Plan every request of a variant that nobody has answered; one that an earlier variant asks alike is left out."""
        for to_ask in self.table.asked(variant):
            yield self.at(to_ask.place)

    def at(self, place: int) -> PlannedRequest:
        """Plan the request of a place."""
        variant, fixture, repeat = self.table.where(place)
        return self.answerers[variant].plan(self.selection.fixtures[fixture], repeat)


def prepare_run(
    suite: Suite,
    store: Store,
    *,
    variants: Sequence[str] | None = None,
    limit: int | None = None,
    repeats: int | None = None,
    fresh: bool = False,
    recorded: Sequence[Store] = (),
) -> Preparation:
    """Work out what a run would do; the arguments are those of ``run_suite``.

    Raises:
        SuiteError: When the selection, an outputs file or a callable cannot be used.
        StoreError: When there is no room for the plan.
    """
    selection = select(suite, variants=variants, limit=limit, repeats=repeats)
    answerers, stopped = prepare(suite, selection.variants)
    table = write_plan(selection, answerers)
    try:
        for place in () if fresh else (store, *recorded):
            place.look_up(table)
        table.settle()
    except BaseException:
        table.close()
        raise
    return Preparation(selection, answerers, stopped, table)


def write_plan(selection: Selection, answerers: Mapping[str, Answerer]) -> PlanTable:
    """Name every request of some variants, some fixtures at a time, in a table; nothing is looked up yet.

    Raises:
        StoreError: When there is no room for it.
    """
    fixtures, repeats = selection.fixtures, selection.repeats
    table = PlanTable(list(answerers), [fixture.id for fixture in fixtures], repeats)
    try:
        for first in range(0, len(fixtures), BATCH):
            batch, written = fixtures[first : first + BATCH], Written()
            for variant, answerer in answerers.items():
                names = answerer.names(batch, repeats, written)
                table.add(variant, first, names.digests)
                if names.retrieved is not None:
                    table.add_retrieved(variant, first, names.retrieved)
    except BaseException:
        table.close()
        raise
    return table
