"""The books of a run while it goes on: what is known is copied, what is not is asked, every response is kept as it comes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Coroutine, Iterator, Mapping
from contextlib import AsyncExitStack, aclosing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from harness.models import Budget, Gateway, NotSentError, Request, Response, lane_of, most_at_once
from harness.running.asyncio_engine import AsyncioEngine
from harness.running.halt import Halt
from harness.running.patience import Patience
from harness.running.planned import PlannedRequest
from harness.running.preparation import Preparation
from harness.running.progress import Progress
from harness.running.sharing import Sharing
from harness.running.workers import choose_workers
from harness.store import Claims, OpenRun, StoredResponse, ToAsk
from harness.suite import Suite

HERE = "here"
"""The lane of what is answered in this process: floors, files of outputs, callables."""


@dataclass
class Execution:
    """The state of a run.

    Attributes:
        suite: What is run.
        prepared: What is planned of it, and what is known.
        kept: The run being written.
        progress: Told of each response.
        halt: The wish to stop it, or a variant of it.
        replay: Whether nothing may be sent.
        slots: Requests the embedded model works on at once.
        budget: What may be spent.
        workers: Processes that send to hosted models; None chooses.
        claims: What is shared with other processes that run the same suite; nothing unless given.
        missing: In a replay: variant and fixture id of what no stored response answers.
        engine: How the asking was done.
    """

    suite: Suite
    prepared: Preparation
    kept: OpenRun
    progress: Progress
    halt: Halt
    replay: bool = False
    slots: int = 1
    budget: Budget | None = None
    workers: int | None = None
    claims: Claims | None = None
    missing: tuple[tuple[str, str], ...] = ()
    engine: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Start counting."""
        self._answerers, self._table = self.prepared.answerers, self.prepared.table
        self.stopped = self.halt.given_up
        self.asked: Counter[str] = Counter()
        self.cached = self._table.known()
        self.failed: Counter[str] = Counter()
        self.cost: float | None = 0.0
        self.first_cost: float | None = 0.0
        self._patience = {variant: Patience() for variant in self._answerers}
        self._gateway: Gateway | None = None
        self._taken: dict[str, ToAsk] = {}
        self._sharing = Sharing(self.claims, self.halt)
        self._there = bytearray(self._table.total)
        may_ask = [variant for variant, answerer in self._answerers.items() if not (self.replay and answerer.sends)]
        to_ask, unknown = self._table.to_ask(), self._table.unknown()
        self.pending: Mapping[str, int] = {variant: to_ask[variant] for variant in may_ask}
        """Requests to be made, by variant; in a replay only those that are worked out in this process."""
        withheld = [variant for variant in self._answerers if variant not in may_ask]
        self.left_out = sum(unknown[variant] for variant in withheld)
        """In a replay: responses that are missing."""
        if self.left_out:
            fixtures = self.prepared.selection.fixtures
            self.missing = tuple((variant, fixtures[at].id) for variant, at in self._table.missing(withheld))

    def count_known(self, known: int) -> None:
        """Count what the answers that were kept of earlier runs cost when they were given."""
        if known:
            models = [name for name in self._answerers if self.suite.variants[name].model is not None]
            self.first_cost = self._table.first_cost(self.kept.known, models)

    async def ask_missing(self) -> None:
        """Ask what is not known: each question once, the lanes side by side, each variant by variant."""
        definition = self.suite.definition
        async with AsyncExitStack() as stack:
            if any(count and self.suite.variants[variant].model for variant, count in self.pending.items()):
                self._gateway = await stack.enter_async_context(
                    Gateway(
                        slots=self.slots,
                        folder=self.suite.folder,
                        concurrency=definition.concurrency,
                        limits=definition.limits,
                        note=self.progress.note,
                        budget=self.budget,
                        workers=self._workers(),
                    )
                )
                self._gateway.prepare(self._one_of_each().values())
            lanes = self._lanes()
            engine = AsyncioEngine(self._answer, {lane: most for lane, (most, _) in lanes.items()}, self._stop, NotSentError)
            before = -1
            while before < (before := self._came_of_it()) and not self.halt.asked:
                streams = {lane: self._to_ask(variants) for lane, (_, variants) in lanes.items()}
                async with aclosing(engine.answers(streams, self.halt)) as answers:
                    async for planned, response in answers:
                        self._take(planned, response)
                # What a variant that was given up, or failed, would have answered for others too, they ask themselves.
                if not self._table.ask_rest(self._there, self._answerers.keys() - self.stopped.keys()):
                    break
            if self._gateway is not None:
                self.engine = self._gateway.engine_facts()

    def _came_of_it(self) -> int:
        """What a round of asking adds to; one that adds nothing is the last."""
        return self.asked.total() + self.cached.total() + len(self.stopped)

    def _workers(self) -> int:
        models = {variant: self.suite.variants[variant].model for variant in self.pending}
        hosted = sum(self.pending[variant] for variant, model in models.items() if model and not model.startswith("local/"))
        return choose_workers(self.workers, hosted_calls=hosted, concurrency=self.suite.definition.concurrency)

    def work_out(self) -> None:
        """Answer what a replay may answer, without an event loop: even that would open a socket, to itself."""
        for planned in self._to_ask(list(self.pending)):
            if self.halt.asked:
                break
            self._take(planned, _without_waiting(self._answerers[planned.variant].answer(planned, None)))

    def _lanes(self) -> dict[str, tuple[int, list[str]]]:
        """By lane: how many of its requests may be taken at once, and its variants."""
        definition, requests = self.suite.definition, self._one_of_each()
        lanes: dict[str, tuple[int, list[str]]] = {}
        for variant in self.pending:
            lane, most = HERE, definition.concurrency
            if variant in requests:
                lane = lane_of(requests[variant], definition.limits)
                most = most_at_once(requests[variant], definition.concurrency, definition.limits)
            lanes.setdefault(lane, (most, []))[1].append(variant)
        return lanes

    def _to_ask(self, variants: list[str]) -> Iterator[PlannedRequest]:
        for variant in variants:
            for to_ask in self._table.asked(variant):
                if variant in self.stopped:
                    break
                planned = self.prepared.at(to_ask.place)
                self._taken[planned.hash] = to_ask
                yield planned

    def _one_of_each(self) -> dict[str, Request]:
        """One request of each variant that asks a model: by it the gateway learns what to load, and its lane is known."""
        first = self.prepared.selection.fixtures[0]
        requests = {variant: answerer.plan(first, 0).request for variant, answerer in self._answerers.items()}
        return {variant: request for variant, request in requests.items() if request is not None}

    async def _answer(self, planned: PlannedRequest) -> Response:
        answerer = self._answerers[planned.variant]
        if not answerer.sends:
            return await answerer.answer(planned, self._gateway)
        return await self._sharing.answer(planned.hash, lambda: answerer.answer(planned, self._gateway))

    def _take(self, planned: PlannedRequest, response: Response) -> None:
        """Keep a response, also for the places that ask the same; another variant asks for itself what failed here."""
        taken = self._taken.pop(planned.hash)
        self._keep(planned, response, taken.place, found=self._sharing.found(planned.hash))
        self._sharing.kept(planned.hash)
        for place in () if taken.group is None else self._table.same(taken.group):
            same = self.prepared.at(place)
            if not self._there[place] and (response.usable or same.variant == planned.variant):
                self._keep(same, response, place, cached=response.usable)

    def _keep(
        self,
        planned: PlannedRequest,
        response: Response,
        place: int,
        *,
        cached: bool = False,
        found: StoredResponse | None = None,
    ) -> None:
        """Keep a response: of a model, of another place that asks the same (``cached``), or of another process (``found``)."""
        stored = _stored(planned, response, cached=cached)
        if found is not None:
            stored = replace(stored, cached=True, finished_at=found.finished_at)
        self.kept.append(stored)
        self._there[place] = 1
        variant = planned.variant
        if stored.cached:
            self.cached[variant] += 1
        else:
            self.asked[variant] += 1
        if not cached and response.usable and self.suite.variants[variant].model is not None:
            self.cost = self.cost if stored.cached else _sum(self.cost, response.cost)
            self.first_cost = _sum(self.first_cost, response.cost)
        self.failed[variant] += not response.usable
        self.progress.finished(stored)
        if self._patience[variant].exhausted_by(response):
            self.halt.give_up(variant, f"{response.error_kind}: {response.error}")

    def tell_given_up(self, variant: str, reason: str) -> None:
        """Tell the user that a variant is asked no more."""
        word = "stops" if self.budget is not None and self.budget.exhausted else "is given up"
        self.progress.note(f"{variant} {word}: {reason}")

    def count_unasked(self) -> None:
        """Add to each reason how much was left unasked for it."""
        for variant, reason in self.stopped.items():
            there = self.asked[variant] + self.cached[variant]
            planned = self.prepared.selection.per_variant
            self.stopped[variant] = f"{reason.rstrip('.')}; {planned - there} of {planned} not asked"

    def _stop(self, in_flight: int) -> None:
        if self._gateway is not None:
            self._gateway.stop()
        self.progress.note(f"stopping: waiting for {in_flight} in flight; interrupt again to stop at once")


def _sum(total: float | None, cost: float | None) -> float | None:
    return None if total is None or cost is None else total + cost


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
