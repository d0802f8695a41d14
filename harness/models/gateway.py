"""The gateway: one request in, one response out, whatever happens on the way."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from harness.models import quiet_litellm
from harness.models.attempts import OUTAGE, Attempts
from harness.models.backoff import backoff
from harness.models.budget import Budget
from harness.models.clock import Clock, SystemClock
from harness.models.failure import ProviderFailure, ProviderRefusal
from harness.models.lanes import Lanes
from harness.models.local_models import LocalModels, embedded_servers
from harness.models.local_server import CONTEXT_PER_SLOT, LocalServer
from harness.models.pace import TurnTooLateError
from harness.models.prices import ResolvedPrice
from harness.models.request import Request
from harness.models.response import Response
from harness.models.scrubbing import one_line
from harness.models.sender import Call, InProcessSender, Sender
from harness.models.token_counts import rough_tokens
from harness.models.weights import LOCAL
from harness.models.worker_sender import WorkerSender

if TYPE_CHECKING:
    from rich.console import Console

    from harness.suite import Limit

_CONCURRENCY = 64
_FIRST_WAIT = 1.0
_LONGEST_WAIT = 60.0
_NO_KEY = "no-key"
_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_OPENAI_HOST = re.compile(r"^https://([\w-]+\.)*openai\.com(?=[/:]|$)")


class Gateway:
    """The only door to a model.

        async with Gateway(folder=suite.folder) as gateway:
            gateway.prepare(requests)
            response = await gateway.ask(request, price)

    Args:
        slots: Requests one server of an embedded model answers at once; with more than one, temperature 0 is not deterministic.
        servers: Processes that serve one small embedded model; one for each processor, at most four, unless given.
        folder: What relative paths of local weights and adapters are relative to: the suite's folder.
        context: Tokens an embedded model holds per slot.
        concurrency: Requests under way at once with one provider, at most; its pace finds out how many are well received.
        limits: ``limits`` of suite.yaml.
        first_wait: The longest wait before the second attempt, in seconds; doubled for each further one.
        longest_wait: The longest wait between attempts, also where the provider asks for more.
        outage: Seconds for which a provider that has answered may be gone before attempts at it are counted.
        note: Told, in one line, what takes long: fetching weights, a provider that limits the rate.
        console: Where a download draws its progress.
        clock: What pace and waits go by; for tests.
        budget: What may be spent; every attempt is held against it.
        workers: Processes that send to hosted models; with 1 this process does it itself.
        sender: Makes the attempts at hosted models, in place of workers.
    """

    def __init__(
        self,
        *,
        slots: int = 1,
        servers: int | None = None,
        folder: str | os.PathLike[str] | None = None,
        context: int = CONTEXT_PER_SLOT,
        concurrency: int = _CONCURRENCY,
        limits: Mapping[str, Limit] | None = None,
        first_wait: float = _FIRST_WAIT,
        longest_wait: float = _LONGEST_WAIT,
        outage: float = OUTAGE,
        note: Callable[[str], None] | None = None,
        console: Console | None = None,
        clock: Clock | None = None,
        budget: Budget | None = None,
        workers: int = 1,
        sender: Sender | None = None,
    ) -> None:
        """Open nothing yet: litellm and servers come with the first request that needs them."""
        self._local = LocalModels(Path(folder or "."), slots=slots, context=context, servers=servers, note=note, console=console)
        self._lanes = Lanes(
            concurrency=concurrency,
            embedded=slots * (servers or embedded_servers(slots)),
            limits=limits or {},
            clock=clock or SystemClock(),
            first_wait=first_wait,
            longest_wait=longest_wait,
            note=note,
        )
        self._first_wait = first_wait
        self._longest_wait = longest_wait
        self._outage = outage
        self._clock = clock or SystemClock()
        self._stopped = asyncio.Event()
        self._budget = budget
        self._here = InProcessSender()
        self._sender: Sender = sender or (WorkerSender(workers) if workers > 1 else self._here)

    async def __aenter__(self) -> Self:
        """Open the gateway on the running event loop."""
        quiet_litellm.enter_loop()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """End local servers and close connections."""
        try:
            await self._lanes.close()
            await self._local.close()
            await self._sender.close()
        finally:
            await quiet_litellm.leave_loop()

    def prepare(self, requests: Iterable[Request]) -> None:
        """Name requests to come, so that a process serves a local model with all its adapters. Starts nothing."""
        self._local.expect(requests)

    def engine_facts(self) -> Mapping[str, Any]:
        """Return how the asking was done.

        ``lanes``: by lane, how many attempts were sent, sent again and turned away for their rate, how many were under way at
        most, how few the pace went down to, and the seconds of its pauses.
        How embedded models were run (package version, slots, threads, context, weights), where one was; ``workers`` and
        ``loop_lag_p95`` (seconds) of the sending, where something was sent.
        """
        return {**self._local.facts(), **self._here.facts(), **self._sender.facts(), **self._lanes.facts()}

    def stop(self) -> None:
        """Send nothing more: whoever waits for a turn, or between two attempts, ends with NotSentError.

        What is on the wire goes on. To be called on the gateway's event loop.
        """
        self._stopped.set()
        self._lanes.stop()

    async def ask(self, request: Request, price: ResolvedPrice | None = None) -> Response:
        """Ask once, trying again where that may help, and return what came back.

        A provider's fault is a response with outcome failed, never an exception.

        Args:
            request: What to ask of which model.
            price: What its tokens cost; without it the response's cost is unknown.

        Raises:
            ModelError: A local model cannot be run here at all.
            BudgetSpentError: An attempt might have passed the cap, and was not made.
            NotSentError: The gateway was stopped before an answer came.
        """
        tried = Attempts(request, price, self._lanes.pace(request))
        call: Call | None = None
        try:
            while True:
                tried.pace.check()
                try:
                    async with self._call(request) as (call, server):
                        return await self._attempt(tried, call, server)
                except ProviderFailure as failure:
                    if not tried.goes_on_after(failure, self._clock.now(), self._outage):
                        break
                    if not failure.only_waits:
                        await self._rest(tried, failure)
                except TurnTooLateError:
                    break
        except ProviderRefusal as refusal:
            meta = {"refusal": str(refusal)}
            return Response(outcome="refused", finish_reason="content_filter", retries=tried.retries, meta=meta)
        except ProviderFailure as failure:
            tried.last = failure
        assert tried.last is not None
        error = one_line(tried.given_up(self._clock.now()), call.secrets if call is not None else ())
        return Response(outcome="failed", error=error, error_kind=tried.last.kind, retries=tried.retries)

    async def _attempt(self, tried: Attempts, call: Call, server: LocalServer | None) -> Response:
        """Make one attempt when its turn comes; an embedded model is asked from this process."""
        if server is None:
            return await self._paid(tried, call, self._sender)
        response = await self._paid(tried, call, self._here)
        return replace(response, model=server.alias)

    async def _paid(self, tried: Attempts, call: Call, sender: Sender) -> Response:
        """Make one attempt, held against the budget; one that was not sent costs nothing."""
        if self._budget is None:
            return _priced(await self._in_turn(tried, call, sender), tried)
        async with self._budget.holding(tried.request, tried.price) as bill:
            before, bill.cost = tried.sent, 0.0
            try:
                response = _priced(await self._in_turn(tried, call, sender), tried)
            finally:
                if tried.sent > before:
                    bill.cost = None
            bill.cost = response.cost
        return response

    async def _in_turn(self, tried: Attempts, call: Call, sender: Sender) -> Response:
        request, pace = tried.request, tried.pace
        tokens = rough_tokens(request, pace.typical_output) if pace.counts_tokens else 0.0
        async with pace.turn(tokens=tokens, first_sent=tried.first_sent, until=tried.until) as turn:
            left = tried.sending(turn.at)
            sent = await sender.send(call, request if left >= request.timeout else replace(request, timeout=left))
            turn.answered(sent.headers, sent.response.input_tokens, sent.response.output_tokens)
        return sent.response

    async def _rest(self, tried: Attempts, failure: ProviderFailure) -> None:
        """Wait before the next attempt: exponentially, with jitter, and no less than the provider asks for."""
        wait = backoff(tried.counted, first=self._first_wait, longest=self._longest_wait)
        wait = min(max(wait, failure.retry_after or 0.0), self._longest_wait, max(0.0, tried.until - self._clock.now()))
        resting = asyncio.ensure_future(self._clock.sleep(wait))
        stopped = asyncio.ensure_future(self._stopped.wait())
        try:
            await asyncio.wait({resting, stopped}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            resting.cancel()
            stopped.cancel()

    @asynccontextmanager
    async def _call(self, request: Request) -> AsyncIterator[tuple[Call, LocalServer | None]]:
        """What is sent, and the server of an embedded model, which is this request's meanwhile."""
        if request.params.get("stream"):
            raise ProviderFailure("bad_request", "params.stream is not supported: answers are read whole; leave it out")
        arguments: dict[str, Any] = {
            **request.params,
            "messages": [dict(message) for message in request.messages],
            "timeout": request.timeout,
            "num_retries": 0,
            "max_retries": 0,
            "drop_params": False,
        }
        if request.tools:
            arguments["tools"] = [dict(tool) for tool in request.tools]
        if request.model.startswith(LOCAL):
            async with self._local.lent(request) as server:
                yield self._local_call(request, arguments, server), server
        else:
            yield _hosted_call(request, arguments), None

    def _local_call(self, request: Request, arguments: dict[str, Any], server: LocalServer) -> Call:
        adapter = None if request.adapter is None else self._local.adapter(request.adapter)
        body = dict(arguments.get("extra_body") or {})
        if server.adapters:
            body["lora"] = server.scales(adapter)
        # Not the alias: litellm changes params by what a name looks like, and a file may be called gpt-5.gguf.
        arguments |= {"model": "openai/embedded", "api_base": server.url, "api_key": _NO_KEY}
        return Call(arguments | ({"extra_body": body} if body else {}), server.url)


def _priced(response: Response, tried: Attempts) -> Response:
    """The response of the last attempt, with what it cost."""
    if tried.price is not None:
        cost = tried.price.cost(response.input_tokens, response.output_tokens, response.meta.get("cached_tokens", 0))
        response = replace(response, cost=cost)
    return replace(response, retries=tried.retries) if tried.retries else response


def _hosted_call(request: Request, arguments: dict[str, Any]) -> Call:
    key = _key(request)
    address = None if request.api_base is None else _expanded(request.api_base)
    arguments["model"] = request.model
    if address is not None:
        arguments["api_base"] = address
        if key is None and request.model.startswith("openai/") and not _OPENAI_HOST.match(address):
            key = _NO_KEY  # OPENAI_API_KEY is OpenAI's, and no other endpoint gets it unasked
    if key is not None:
        arguments["api_key"] = key
    return Call(arguments, address, (key,) if key not in (None, _NO_KEY) else ())


def _key(request: Request) -> str | None:
    """The key the variant names; None leaves it to litellm's own look-up."""
    if request.api_key_env is None:
        return None
    key = os.environ.get(request.api_key_env, "").strip()
    if not key:
        raise ProviderFailure(
            "auth", f"the key for '{request.model}' is not set; set the environment variable {request.api_key_env}"
        )
    return key


def _expanded(address: str) -> str:
    """``api_base`` with its ${VARIABLES} filled in."""
    missing = [name for name in _VARIABLE.findall(address) if not os.environ.get(name)]
    if missing:
        raise ProviderFailure(
            "bad_request", f"api_base names {', '.join(missing)}, which is not set; set the environment variable"
        )
    return _VARIABLE.sub(lambda found: os.environ[found[1]], address)
