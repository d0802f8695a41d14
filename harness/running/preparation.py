"""What a run would do, worked out before it does it: who answers, what is asked, and what is known already."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from harness.running.answerer import Answerer, prepare
from harness.running.planned import Selection, select
from harness.store import Store, StoredResponse
from harness.suite import Fixture, Suite


@dataclass(frozen=True)
class Preparation:
    """A run that has not begun; nothing was sent and nothing is written.

    Attributes:
        selection: Which part of the suite is run.
        answerers: By variant; a variant whose model cannot be had has none.
        stopped: For such a variant: why, one line.
        hashes: The request hashes of each variant, in the order of ``selection.places()``.
        known: Usable answers of earlier runs, by hash.
    """

    selection: Selection
    answerers: Mapping[str, Answerer]
    stopped: Mapping[str, str]
    hashes: Mapping[str, list[str]]
    known: Mapping[str, StoredResponse]

    def to_ask(self, variant: str) -> Iterator[tuple[Fixture, int]]:
        """Every fixture and repeat that nobody has answered; one that an earlier variant asks in the same words is left out."""
        earlier = list(self.hashes)[: list(self.hashes).index(variant)]
        asked = {name for other in earlier for name in self.hashes[other]}
        for place, name in zip(self.selection.places(), self.hashes[variant], strict=True):
            if name not in self.known and name not in asked:
                asked.add(name)
                yield place


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
    """
    selection = select(suite, variants=variants, limit=limit, repeats=repeats)
    answerers, stopped = prepare(suite, selection.variants)
    hashes = {
        variant: [answerer.plan(fixture, repeat).hash for fixture, repeat in selection.places()]
        for variant, answerer in answerers.items()
    }
    wanted = {name for names in hashes.values() for name in names}
    known: dict[str, StoredResponse] = {}
    for place in () if fresh else (store, *recorded):
        known = place.answers(wanted - known.keys()) | known
    return Preparation(selection, answerers, stopped, hashes, known)
