"""The gateway: one request in, one response out, whatever happens on the way."""

from __future__ import annotations

import asyncio
import os
import re
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from harness.models import quiet_litellm
from harness.models.budget import Budget
from harness.models.completion import read_completion
from harness.models.failure import ProviderFailure, ProviderRefusal, classify
from harness.models.local_models import LocalModels
from harness.models.local_server import CONTEXT_PER_SLOT, LocalServer
from harness.models.prices import ResolvedPrice
from harness.models.request import Request
from harness.models.response import Response
from harness.models.scrubbing import one_line
from harness.models.weights import LOCAL

if TYPE_CHECKING:
    from rich.console import Console
    from tenacity import RetryCallState

ATTEMPTS = 4
"""How often a request is sent at most."""

_FIRST_WAIT = 1.0
_LONGEST_WAIT = 60.0
_NO_KEY = "no-key"
_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_OPENAI_HOST = re.compile(r"^https://([\w-]+\.)*openai\.com(?=[/:]|$)")


@dataclass(frozen=True, slots=True)
class _Call:
    """One litellm call, ready to be sent any number of times."""

    arguments: Mapping[str, Any]
    address: str | None
    secrets: tuple[str, ...] = ()
    server: LocalServer | None = None


class Gateway:
    """The only door to a model.

        async with Gateway(folder=suite.folder) as gateway:
            gateway.prepare(requests)
            response = await gateway.ask(request, price)

    Args:
        slots: Requests an embedded model answers at once; with more than one, temperature 0 is no longer deterministic.
        folder: What relative paths of local weights and adapters are relative to: the suite's folder.
        context: Tokens an embedded model holds per slot.
        first_wait: Seconds before the second attempt, about; doubled for each further one.
        longest_wait: The longest wait between attempts, also where the provider asks for more.
        note: Told, in one line, what takes long: fetching weights.
        console: Where a download draws its progress.
        sleep: Waits between attempts; for tests.
        budget: What may be spent; every attempt is held against it.
    """

    def __init__(
        self,
        *,
        slots: int = 1,
        folder: str | os.PathLike[str] | None = None,
        context: int = CONTEXT_PER_SLOT,
        first_wait: float = _FIRST_WAIT,
        longest_wait: float = _LONGEST_WAIT,
        note: Callable[[str], None] | None = None,
        console: Console | None = None,
        sleep: Callable[[float], Any] = asyncio.sleep,
        budget: Budget | None = None,
    ) -> None:
        """Open nothing yet: litellm and servers come with the first request that needs them."""
        self._local = LocalModels(Path(folder or "."), slots=slots, context=context, note=note, console=console)
        self._first_wait = first_wait
        self._longest_wait = longest_wait
        self._sleep = sleep
        self._budget = budget
        self._warming = asyncio.Lock()

    async def __aenter__(self) -> Self:
        """Open the gateway on the running event loop."""
        quiet_litellm.enter_loop()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """End local servers and close connections."""
        try:
            await self._local.close()
        finally:
            await quiet_litellm.leave_loop()

    def prepare(self, requests: Iterable[Request]) -> None:
        """Name requests to come, so that one process serves a local model with all its adapters. Starts nothing."""
        self._local.expect(requests)

    def engine_facts(self) -> Mapping[str, Any]:
        """Return how embedded models were run (package version, slots, threads, context, weights), empty where none was."""
        return self._local.facts()

    async def ask(self, request: Request, price: ResolvedPrice | None = None) -> Response:
        """Ask once, trying again where that may help, and return what came back.

        A provider's fault is a response with outcome failed, never an exception.

        Args:
            request: What to ask of which model.
            price: What its tokens cost; without it the response's cost is unknown.

        Raises:
            ModelError: A local model cannot be run here at all.
            BudgetSpentError: An attempt might have passed the cap, and was not made.
        """
        from tenacity import AsyncRetrying, retry_if_exception, stop_after_attempt

        made = 0
        call: _Call | None = None
        try:
            await self._warm(bool(request.tools))
            async for attempt in AsyncRetrying(
                stop=stop_after_attempt(ATTEMPTS),
                retry=retry_if_exception(lambda error: isinstance(error, ProviderFailure) and error.retried),
                wait=self._wait,
                sleep=self._sleep,
                reraise=True,
            ):
                with attempt:
                    made += 1
                    call = await self._call(request)
                    return await self._attempt(request, call, price, made - 1)
        except ProviderRefusal as refusal:
            return Response(outcome="refused", finish_reason="content_filter", retries=made - 1, meta={"refusal": str(refusal)})
        except ProviderFailure as failure:
            secrets = call.secrets if call is not None else ()
            return Response(
                outcome="failed", error=one_line(str(failure), secrets), error_kind=failure.kind, retries=max(made - 1, 0)
            )
        raise AssertionError("tenacity ended without an answer or an error")

    async def _warm(self, tools: bool) -> None:
        async with self._warming:
            await quiet_litellm.warm_up(tools=tools)

    async def _attempt(self, request: Request, call: _Call, price: ResolvedPrice | None, retries: int) -> Response:
        if call.server is None:
            return await self._send(request, call, price, retries)
        async with call.server.slot:
            response = await self._send(request, call, price, retries)
        return replace(response, model=call.server.alias)

    async def _send(self, request: Request, call: _Call, price: ResolvedPrice | None, retries: int) -> Response:
        if self._budget is None:
            return await self._complete(request, call, price, retries)
        async with self._budget.holding(request, price) as bill:
            response = await self._complete(request, call, price, retries)
            bill.cost = response.cost
        return response

    async def _complete(self, request: Request, call: _Call, price: ResolvedPrice | None, retries: int) -> Response:
        litellm = quiet_litellm.load()
        started = time.perf_counter()
        try:
            # litellm's own limit starts anew with every byte that arrives; this one does not.
            async with asyncio.timeout(request.timeout):
                completion = await litellm.acompletion(**call.arguments)
        except TimeoutError:
            raise ProviderFailure("timeout", f"no answer within {request.timeout:g} s") from None
        except Exception as error:
            raise classify(error, request, call.address, call.secrets) from error
        return read_completion(completion, latency=time.perf_counter() - started, retries=retries, price=price)

    def _wait(self, state: RetryCallState) -> float:
        """Exponential with jitter, and no less than the provider asks for, within the longest wait."""
        from tenacity import wait_exponential_jitter

        backoff = wait_exponential_jitter(initial=self._first_wait, max=self._longest_wait, jitter=self._first_wait)(state)
        error = state.outcome.exception() if state.outcome is not None else None
        asked = error.retry_after if isinstance(error, ProviderFailure) else None
        return min(max(backoff, asked or 0.0), self._longest_wait)

    async def _call(self, request: Request) -> _Call:
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
            return await self._local_call(request, arguments)
        return _hosted_call(request, arguments)

    async def _local_call(self, request: Request, arguments: dict[str, Any]) -> _Call:
        server = await self._local.server(request)
        adapter = None if request.adapter is None else self._local.adapter(request.adapter)
        body = dict(arguments.get("extra_body") or {})
        if server.adapters:
            body["lora"] = server.scales(adapter)
        # Not the alias: litellm changes params by what a name looks like, and a file may be called gpt-5.gguf.
        arguments |= {"model": "openai/embedded", "api_base": server.url, "api_key": _NO_KEY}
        return _Call(arguments | ({"extra_body": body} if body else {}), server.url, server=server)


def _hosted_call(request: Request, arguments: dict[str, Any]) -> _Call:
    key = _key(request)
    address = None if request.api_base is None else _expanded(request.api_base)
    arguments["model"] = request.model
    if address is not None:
        arguments["api_base"] = address
        if key is None and request.model.startswith("openai/") and not _OPENAI_HOST.match(address):
            key = _NO_KEY  # OPENAI_API_KEY is OpenAI's, and no other endpoint gets it unasked
    if key is not None:
        arguments["api_key"] = key
    return _Call(arguments, address, (key,) if key not in (None, _NO_KEY) else ())


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
