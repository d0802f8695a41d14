"""One run while it goes on: what is known is copied, what is not is asked, every response is kept as it comes."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Coroutine, Iterator, Mapping
from contextlib import AsyncExitStack, aclosing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from harness.errors import HarnessError
from harness.models import Budget, BudgetSpentError, Gateway, Request, Response
from harness.running.answerer import Answerer
from harness.running.asyncio_engine import Halt, answer_all
from harness.running.patience import Patience
from harness.running.planned import PlannedRequest, Selection
from harness.running.progress import Progress
from harness.store import OpenRun, StoredResponse
from harness.suite import Fixture, Suite


@dataclass
class Execution:
    """The state of a run.

    Attributes:
        suite: What is run.
        selection: Which part of it.
        answerers: By variant; a variant without one was given up before it began.
        hashes: The request hashes of each variant, in the order of ``selection.places()``.
        known: Usable answers of earlier runs, by hash.
        kept: The run being written.
        progress: Told of each response.
        replay: Whether nothing may be sent.
        slots: Requests the embedded model works on at once.
        stopped: Why a variant was given up, one line each.
        budget: What may be spent.
        missing: In a replay: variant and fixture id of what no stored response answers.
        engine: How the embedded model was run.
    """

    suite: Suite
    selection: Selection
    answerers: Mapping[str, Answerer]
    hashes: Mapping[str, list[str]]
    known: Mapping[str, StoredResponse]
    kept: OpenRun
    progress: Progress
    replay: bool
    slots: int
    stopped: dict[str, str]
    budget: Budget | None = None
    missing: list[tuple[str, str]] = field(default_factory=list)
    engine: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Start counting."""
        self.asked: Counter[str] = Counter()
        self.cached: Counter[str] = Counter()
        self.failed: Counter[str] = Counter()
        self.cost: float | None = 0.0
        self.first_cost: float | None = 0.0
        self._priced: set[str] = set()
        self._patience = {variant: Patience() for variant in self.answerers}
        self._gateway: Gateway | None = None
        counts = Counter(name for names in self.hashes.values() for name in names if name not in self.known)
        self._twice = {name for name, count in counts.items() if count > 1}
        self._in_flight: dict[str, set[asyncio.Future[Response]]] = {variant: set() for variant in self.answerers}
        self._shared: dict[str, asyncio.Future[Response]] = {}

    @property
    def pending(self) -> Mapping[str, int]:
        """Requests that have no answer yet, by variant; in a replay only those that are worked out in this process."""
        return {
            variant: sum(name not in self.known for name in self.hashes[variant])
            for variant, answerer in self.answerers.items()
            if not (self.replay and answerer.sends)
        }

    def copy_known(self) -> None:
        """Keep the answers that earlier runs have, as they were first given."""
        for variant, fixture, repeat, name in self._places():
            stored = self.known.get(name)
            if stored is not None:
                hits = self.answerers[variant].retrieve(fixture)
                self.kept.append(
                    replace(stored, variant=variant, fixture_id=fixture.id, repeat=repeat, retrieved=hits, cached=True)
                )
                self.cached[variant] += 1
                self._add_first_cost(variant, stored)
            elif self.replay and self.answerers[variant].sends:
                self.missing.append((variant, fixture.id))

    async def ask_missing(self, halt: Halt) -> None:
        """Ask what is not known, variant by variant."""
        async with AsyncExitStack() as stack:
            if any(count and self.suite.variants[variant].model for variant, count in self.pending.items()):
                self._gateway = await stack.enter_async_context(
                    Gateway(slots=self.slots, folder=self.suite.folder, note=self.progress.note, budget=self.budget)
                )
                self._gateway.prepare(self._one_of_each())
            answers = answer_all(
                self._to_ask(), self._ask, concurrency=self.suite.definition.concurrency, halt=halt, stopping=self._tell_stopping
            )
            async with aclosing(answers):
                async for stored in answers:
                    if stored is not None:
                        self._keep(stored)
            if self._gateway is not None:
                self.engine = self._gateway.engine_facts()

    def work_out(self, halt: Halt) -> None:
        """Answer what a replay may answer, without an event loop: even that would open a socket, to itself."""
        for planned in self._to_ask():
            if halt.asked:
                break
            self._keep(_stored(planned, _without_waiting(self.answerers[planned.variant].answer(planned, None))))

    def _places(self) -> Iterator[tuple[str, Fixture, int, str]]:
        for variant in self.answerers:
            for (fixture, repeat), name in zip(self.selection.places(), self.hashes[variant], strict=True):
                yield variant, fixture, repeat, name

    def _to_ask(self) -> Iterator[PlannedRequest]:
        for variant, fixture, repeat, name in self._places():
            sends = self.answerers[variant].sends
            if name not in self.known and variant not in self.stopped and not (self.replay and sends):
                yield self.answerers[variant].plan(fixture, repeat)

    def _one_of_each(self) -> Iterator[Request]:
        """One request of each variant, from which the gateway learns what the embedded model has to load."""
        for answerer in self.answerers.values():
            request = answerer.plan(self.selection.fixtures[0], 0).request
            if request is not None:
                yield request

    async def _ask(self, planned: PlannedRequest) -> StoredResponse | None:
        """Ask one; the same request for another fixture or variant is sent once and its answer used for both."""
        variant = planned.variant
        shared = self._shared.get(planned.hash)
        try:
            if shared is not None:
                response = await asyncio.shield(shared)
            else:
                answering = asyncio.ensure_future(self.answerers[variant].answer(planned, self._gateway))
                self._in_flight[variant].add(answering)
                answering.add_done_callback(self._in_flight[variant].discard)
                if planned.hash in self._twice:
                    self._shared[planned.hash] = answering
                response = await answering
        except BudgetSpentError as error:
            self._give_up(variant, str(error), "stops")
            return None
        except HarnessError as error:
            self._give_up(variant, str(error))
            return None
        except asyncio.CancelledError:
            if variant in self.stopped:
                return None
            if shared is None or not shared.cancelled():
                raise
            if self._shared.get(planned.hash) is shared:
                del self._shared[planned.hash]  # given up with its own variant, which is not this one
            return await self._ask(planned)
        return _stored(planned, response, cached=shared is not None and response.usable)

    def _keep(self, stored: StoredResponse) -> None:
        self.kept.append(stored)
        variant, response = stored.variant, stored.response
        if stored.cached:
            self.cached[variant] += 1
        else:
            self.asked[variant] += 1
            self._add_cost(variant, response)
        self._add_first_cost(variant, stored)
        self.failed[variant] += not response.usable
        self.progress.finished(stored)
        if self._patience[variant].exhausted_by(response):
            self._give_up(variant, f"{response.error_kind}: {response.error}")

    def _give_up(self, variant: str, reason: str, word: str = "is given up") -> None:
        """Send nothing more to a variant, and wait no longer for what is on its way to it."""
        if variant not in self.stopped:
            self.stopped[variant] = " ".join(reason.split())
            self.progress.note(f"{variant} {word}: {self.stopped[variant]}")
            for answering in tuple(self._in_flight[variant]):
                answering.cancel()

    def _add_cost(self, variant: str, response: Response) -> None:
        if response.usable and self.suite.variants[variant].model is not None:
            known = self.cost is not None and response.cost is not None
            self.cost = (self.cost or 0.0) + (response.cost or 0.0) if known else None

    def _add_first_cost(self, variant: str, stored: StoredResponse) -> None:
        """What every answer of this run cost when it was asked for, in whatever run that was; each request counts once."""
        response = stored.response
        if response.usable and self.suite.variants[variant].model is not None and stored.hash not in self._priced:
            self._priced.add(stored.hash)
            known = self.first_cost is not None and response.cost is not None
            self.first_cost = (self.first_cost or 0.0) + (response.cost or 0.0) if known else None

    def count_unasked(self) -> None:
        """Add to each reason how much was left unasked for it."""
        for variant, reason in self.stopped.items():
            there = self.asked[variant] + self.cached[variant]
            left = self.selection.per_variant - there
            self.stopped[variant] = f"{reason.rstrip('.')}; {left} of {self.selection.per_variant} not asked"

    def _tell_stopping(self, in_flight: int) -> None:
        self.progress.note(f"stopping: waiting for {in_flight} in flight; interrupt again to stop at once")


def _stored(planned: PlannedRequest, response: Response, *, cached: bool = False) -> StoredResponse:
    return StoredResponse(
        hash=planned.hash,
        variant=planned.variant,
        fixture_id=planned.fixture.id,
        repeat=planned.repeat,
        response=response,
        retrieved=planned.retrieved,
        cached=cached,
        finished_at=datetime.now(UTC).isoformat(timespec="microseconds"),
    )


def _without_waiting(answering: Coroutine[Any, Any, Response]) -> Response:
    """Run a coroutine that has nothing to wait for."""
    try:
        answering.send(None)
    except StopIteration as done:
        response: Response = done.value
        return response
    raise AssertionError("an answer that needs no connection waited for something")
