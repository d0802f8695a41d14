"""Asking the judges of a run: every request of the metrics that ask, minus what is known, through the gateway, into the run.

The statistics of the answers are in the metrics; what is here is who is asked what, once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import aclosing, nullcontext
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, TypeGuard

from harness.errors import HarnessError
from harness.metrics.contract import Asked, AskingMetric, Metric
from harness.models import Budget, Gateway, NotSentError, Request, Response, most_at_once
from harness.running import Halt, Patience, Progress, Sharing, Silence, answer_all, interrupts, run_to_end
from harness.store import OpenJudging, Run, Store, StoredJudgement, StoredResponse
from harness.suite import Fixture, Limit

Answers = Mapping[str, StoredResponse]
"""Usable answers of judges, by request hash."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What the judges of a run said.

    Attributes:
        answers: Their usable answers, by request hash; what ``measure`` reads.
        judges: For each metric that asks, what run.json says of it: model, prompt hash, price, and how its calls went.
        missing: Requests without a usable answer.
        interrupted: Whether the user stopped the asking.
    """

    answers: Answers = field(default_factory=dict)
    judges: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    missing: int = 0
    interrupted: bool = False

    @property
    def totals(self) -> dict[str, Any]:
        """What run.json's totals say of all judges together; empty where no metric asks."""
        if not self.judges:
            return {}
        names = ("asked", "cached", "failed", "unread", "missing")
        counts = {f"judge_{name}": sum(judge[name] for judge in self.judges.values()) for name in names}
        costs = [judge["cost"] for judge in self.judges.values()]
        return {**counts, "judge_cost": None if None in costs else sum(costs)}


def asks(metric: Any) -> TypeGuard[AskingMetric]:
    """Whether a metric asks a model."""
    return callable(getattr(type(metric), "requests", None))


def judge_calls(metrics: Iterable[Metric], responses: int) -> dict[str, int]:
    """How many calls each metric that asks takes at most for so many responses, by the metric's name."""
    return {metric.name: metric.calls * responses for metric in metrics if asks(metric)}


def asked_about(
    metric: AskingMetric, fixture: Fixture, stored: StoredResponse, beside: Mapping[str, Response], answers: Answers
) -> Asked:
    """Gather what a metric that asks is given to measure one response.

    Args:
        metric: The metric.
        fixture: What was answered.
        stored: The response.
        beside: Usable responses of all variants to it in the same repeat, by variant.
        answers: The judges' usable answers.
    """
    requests = metric.requests(fixture, stored.variant, beside)
    found = [answers.get(request.hash) for request in requests]
    return Asked(stored.variant, beside, tuple(None if answer is None else answer.response for answer in found))


def side_by_side(responses: Iterable[StoredResponse]) -> dict[tuple[str, int], dict[str, Response]]:
    """Usable responses by fixture id and repeat, and then by variant."""
    found: dict[tuple[str, int], dict[str, Response]] = {}
    for stored in responses:
        if stored.response.usable:
            found.setdefault((stored.fixture_id, stored.repeat), {})[stored.variant] = stored.response
    return found


def ask_judges(
    run: Run,
    metrics: Sequence[Metric],
    store: Store,
    *,
    folder: Path | None = None,
    ask: bool = True,
    keep: bool = True,
    fresh: bool = False,
    concurrency: int = 8,
    limits: Mapping[str, Limit] | None = None,
    slots: int = 1,
    recorded: Sequence[Store] = (),
    progress: Progress | None = None,
    budget: Budget | None = None,
) -> Judged:
    """Ask the judges what they have not answered yet; every answer is kept in the run as it comes.

    What any run holds an answer to is not asked again; failed calls are. A judge whose provider is down for good is given
    up. The first Ctrl-C ends the sending and waits for what is in flight.

    Args:
        run: The run, with its responses.
        metrics: Its metrics; those that do not ask are passed over.
        store: Where the run is kept and answers are looked up.
        folder: The suite's folder, which relative paths of local weights and adapters start from.
        ask: Whether anything may be sent; without it stored answers alone are used, and no connection is opened.
        keep: Whether the answers are written to the run.
        fresh: Ask everything again.
        concurrency: Requests in flight at most.
        limits: ``limits`` of suite.yaml.
        slots: Requests an embedded model works on at once.
        recorded: Further stores to find answers in.
        progress: Told how it goes.
        budget: What may still be spent; a judge whose next call might pass it is given up.

    Raises:
        StoreError: The run cannot be written to.
    """
    asking = [metric for metric in metrics if asks(metric)]
    if not asking:
        return Judged()
    telling = progress or Silence()
    faults: dict[str, str] = {}
    planned = list(_planned(run, asking, faults))
    halt = Halt()
    with store.claims(run.record.suite, judges=True) if ask and keep and planned and not fresh else nullcontext() as claims:
        if claims is not None:
            claims.leave_out(Path(run.folder))
        known = {} if fresh else _known(run, store, recorded, {p.hash for p in planned})
        sharing = Sharing(claims, halt)
        work = _Asking(
            planned, known, sharing, telling=telling, folder=folder, slots=slots, stopped=faults, limits=limits, budget=budget
        )
        if keep and planned:
            with interrupts(halt.ask), store.judging(run.folder) as kept:
                work.copy_known(kept)
                if ask and work.pending:
                    _tell(asking, work, telling)
                    try:
                        run_to_end(lambda: work.ask(kept, halt, concurrency), halt)
                    finally:
                        telling.close()
                kept.finish()
    groups = {fixture.id: fixture.group or fixture.id for fixture in run.fixtures}
    judges = {metric.name: work.account(metric, groups) for metric in asking}
    for name, judge in judges.items():
        for line in _remarks(name, judge, replay=not ask):
            telling.note(line)
    return Judged(work.answers, judges, sum(judge["missing"] for judge in judges.values()), halt.asked)


@dataclass(frozen=True, slots=True)
class _Planned:
    """One request of a metric about one response."""

    metric: AskingMetric
    name: str
    stored: StoredResponse
    number: int
    request: Request
    hash: str


class _Asking:
    """The state of asking the judges of one run."""

    def __init__(
        self,
        planned: Sequence[_Planned],
        known: Answers,
        sharing: Sharing,
        *,
        telling: Progress,
        folder: Path | None,
        slots: int,
        stopped: dict[str, str],
        limits: Mapping[str, Limit] | None = None,
        budget: Budget | None = None,
    ) -> None:
        self.planned = planned
        self.known = known
        self._sharing = sharing
        self.answers: dict[str, StoredResponse] = dict(known)
        self.stopped = stopped
        self.asked: Counter[str] = Counter()
        self.answered: Counter[str] = Counter()
        self.failed: Counter[str] = Counter()
        self.first_failure: dict[str, str] = {}
        self._costs: dict[str, list[float | None]] = {}
        self._telling, self._folder, self._slots, self._limits, self._budget = telling, folder, slots, limits, budget
        self._patience = {p.name: Patience() for p in planned}
        self._places: dict[str, list[_Planned]] = {}
        for p in planned:
            self._places.setdefault(p.hash, []).append(p)
        self._gateway: Gateway | None = None

    @property
    def pending(self) -> list[_Planned]:
        """One planned request for each hash that has no answer."""
        return [places[0] for name, places in self._places.items() if name not in self.known]

    def copy_known(self, kept: OpenJudging) -> None:
        """Keep the answers that earlier runs have, as they were first given."""
        for name, stored in self.known.items():
            for place in self._places.get(name, ()):
                kept.append(_judgement(place, stored, cached=True))

    async def ask(self, kept: OpenJudging, halt: Halt, concurrency: int) -> None:
        """Ask what is pending."""
        async with Gateway(
            slots=self._slots,
            folder=self._folder,
            concurrency=concurrency,
            limits=self._limits,
            note=self._telling.note,
            budget=self._budget,
        ) as gateway:
            self._gateway = gateway
            one_of_each = {p.name: p.request for p in self.pending}.values()
            gateway.prepare(one_of_each)
            concurrency = max((most_at_once(each, concurrency, self._limits) for each in one_of_each), default=concurrency)
            to_ask = (p for p in self.pending if p.name not in self.stopped)
            answers = answer_all(to_ask, self._one, concurrency=concurrency, halt=halt, stopping=self._tell_stopping)
            async with aclosing(answers):
                async for found in answers:
                    if found is not None:
                        self._keep(*found, kept)

    def account(self, metric: Any, groups: Mapping[str, str]) -> dict[str, Any]:
        """Say of one metric's judge what run.json says; ``groups`` has a label a fixture id."""
        mine = [p for p in self.planned if p.name == metric.name]
        found = [self.answers[p.hash].response for p in mine if p.hash in self.answers]
        costs = self._costs.get(metric.name, [])
        said: dict[str, Any] = {
            "model": metric.model,
            "prompt": metric.prompt_hash,
            "price": asdict(metric.resolved_price),
            "answered_by": dict(Counter(r.model for r in found if r.model is not None).most_common()),
            "requests": len(mine),
            "asked": self.asked[metric.name],
            "cached": len(found) - self.answered[metric.name],
            "failed": self.failed[metric.name],
            "unread": sum(_read(metric, response) is None for response in found),
            "missing": len(mine) - len(found),
            "cost": None if None in costs else sum(c for c in costs if c is not None),
            "cost_at_first_asking": _cost_of({p.hash for p in mine}, self.answers),
        }
        if metric.name in self.stopped:
            said["stopped"] = self.stopped[metric.name]
        if metric.name in self.first_failure:
            said["first_failure"] = self.first_failure[metric.name]
        if hasattr(metric, "summary"):
            said["summary"] = metric.summary(*_by_response(mine, self.answers, groups))
        return said

    async def _one(self, planned: _Planned) -> tuple[_Planned, Response] | None:
        gateway = self._gateway
        assert gateway is not None
        try:
            asking = partial(gateway.ask, planned.request, planned.metric.resolved_price)
            return planned, await self._sharing.answer(planned.hash, asking)
        except NotSentError:
            return None
        except HarnessError as error:
            self._give_up(planned.name, str(error))
            return None

    def _keep(self, planned: _Planned, response: Response, kept: OpenJudging) -> None:
        name, metric = planned.hash, planned.name
        found = self._sharing.found(name)
        at = datetime.now(UTC).isoformat(timespec="microseconds") if found is None else found.finished_at
        answer = StoredResponse(name, metric, planned.stored.fixture_id, 0, response, finished_at=at)
        if response.usable:
            self.answers[name] = answer
        if found is None:
            self.answered[metric] += response.usable
            self.asked[metric] += 1
            self._costs.setdefault(metric, []).append(response.cost if response.usable else 0.0)
        for place in self._places[name]:
            cached = found is not None or (response.usable and place is not planned)
            kept.append(_judgement(place, answer, cached=cached))
            self.failed[place.name] += not response.usable
            self._telling.finished(replace(answer, cached=cached))
        self._sharing.kept(name)
        if not response.usable:
            self.first_failure.setdefault(metric, f"{response.error_kind}: {response.error}")
        if self._patience[metric].exhausted_by(response):
            self._give_up(metric, f"{response.error_kind}: {response.error}")

    def _give_up(self, name: str, reason: str) -> None:
        if name not in self.stopped:
            self.stopped[name] = " ".join(reason.split())

    def _tell_stopping(self, in_flight: int) -> None:
        if self._gateway is not None:
            self._gateway.stop()
        self._telling.note(f"stopping: waiting for {in_flight} in flight; interrupt again to stop at once")


def _planned(run: Run, asking: Sequence[Any], faults: dict[str, str]) -> Iterator[_Planned]:
    """Every request of every metric that asks, in the order of the responses; a metric that raises is told when measuring."""
    fixtures = {fixture.id: fixture for fixture in run.fixtures}
    beside = side_by_side(run.responses)
    for metric in asking:
        for stored in run.responses:
            fixture = fixtures.get(stored.fixture_id)
            if fixture is None or not stored.response.usable or metric.name in faults:
                continue
            try:
                requests = metric.requests(fixture, stored.variant, beside[stored.fixture_id, stored.repeat])
            except HarnessError as error:
                faults[metric.name] = " ".join(str(error).split())
                continue
            except Exception:
                continue
            for number, request in enumerate(requests):
                yield _Planned(metric, metric.name, stored, number, request, request.hash)


def _known(run: Run, store: Store, recorded: Sequence[Store], wanted: set[str]) -> dict[str, StoredResponse]:
    """Usable answers to the wanted requests: of this run, of its store, of the recorded ones."""
    own = [judgement.answer for judgement in store.read_judgements(run.folder)]
    known = {answer.hash: answer for answer in own if answer.hash in wanted and answer.response.usable}
    for place in (store, *recorded):
        known = place.judgements(wanted - known.keys()) | known
    return known


def _judgement(place: _Planned, answer: StoredResponse, *, cached: bool) -> StoredJudgement:
    s = place.stored
    placed = replace(answer, variant=s.variant, fixture_id=s.fixture_id, repeat=s.repeat, retrieved=(), cached=cached)
    return StoredJudgement(place.name, place.number, placed)


def _by_response(
    mine: Sequence[_Planned], answers: Answers, groups: Mapping[str, str]
) -> tuple[list[tuple[Response | None, ...]], list[str]]:
    """The answers about each response, in the order of its requests, and the group of its fixture."""
    found: dict[tuple[str, str, int], list[Response | None]] = {}
    for p in mine:
        key = (p.stored.variant, p.stored.fixture_id, p.stored.repeat)
        found.setdefault(key, []).append(answers[p.hash].response if p.hash in answers else None)
    return [tuple(each) for each in found.values()], [groups[fixture_id] for _, fixture_id, _ in found]


def _cost_of(hashes: set[str], answers: Answers) -> float | None:
    costs = [answers[name].response.cost for name in hashes if name in answers]
    return None if None in costs else float(sum(c for c in costs if c is not None))


def _read(metric: AskingMetric, response: Response) -> Any | None:
    try:
        return metric.read(response)
    except Exception:
        return None


def _tell(asking: Sequence[Any], work: _Asking, telling: Progress) -> None:
    for metric in asking:
        mine = [p for p in work.planned if p.name == metric.name]
        if mine:
            known = sum(p.hash in work.known for p in mine)
            telling.note(f"{metric.name} asks {metric.model}: {len(mine)} calls, {known} of them answered before")
    telling.started(len(work.planned), sum(p.hash in work.known for p in work.planned))


def _remarks(name: str, judge: Mapping[str, Any], *, replay: bool) -> Iterator[str]:
    if "stopped" in judge:
        yield f"{name}: the judge {judge['model']} is given up: {judge['stopped']}"
    elif judge["failed"]:
        yield f"{name}: {judge['failed']} of {judge['requests']} calls of the judge failed ({judge['first_failure']})"
    if judge["asked"] and judge["cost"] is not None:
        yield f"{name}: {judge['asked']} calls of the judge cost ${judge['cost']:.4f}"
    if judge["unread"]:
        yield f"{name}: {judge['unread']} of {judge['requests']} replies of the judge cannot be read; they give no score"
    if replay and judge["missing"]:
        yield f"{name}: {judge['missing']} of {judge['requests']} answers of the judge are not stored, and nothing is asked"
