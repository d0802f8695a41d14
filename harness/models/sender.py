"""The sender: one attempt at one call, and nothing that decides. Pace, further attempts, budget and prices are the gateway's."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from harness.models import quiet_litellm
from harness.models.completion import read_completion
from harness.models.failure import ProviderFailure, classify
from harness.models.http_client import lacks_key, one_request_client, takes_client
from harness.models.limit_headers import headers_of
from harness.models.loop_lag import LoopLag
from harness.models.request import Request
from harness.models.response import Response
from harness.models.transport import guarded


@dataclass(frozen=True, slots=True)
class Call:
    """One litellm call, ready to be sent any number of times.

    Attributes:
        arguments: What ``litellm.acompletion`` is given, the key included.
        address: The endpoint's address; None for the provider's own.
        secrets: The key, to be scrubbed from what is shown.
    """

    arguments: Mapping[str, Any]
    address: str | None
    secrets: tuple[str, ...] = ()

    def __repr__(self) -> str:
        """Leave the key out."""
        return f"Call(model={self.arguments.get('model')!r}, address={self.address!r})"


@dataclass(frozen=True, slots=True)
class Sent:
    """What one attempt brought.

    Attributes:
        response: The answer with its latency, as the first attempt's and without a cost: the gateway fills both in.
        headers: The provider's headers about its limits, names in lower case.
    """

    response: Response
    headers: Mapping[str, str] = field(default_factory=dict)


class Sender(Protocol):
    """Makes attempts, any number of them at once."""

    async def send(self, call: Call, request: Request) -> Sent:
        """Make one attempt.

        Raises:
            ProviderFailure: It brought no answer.
            ProviderRefusal: The provider's content filter turned the prompt away.
        """
        ...

    def facts(self) -> Mapping[str, Any]:
        """Return ``workers``, how many processes send, and ``loop_lag_p95``, how late their loops were in seconds.

        Empty where nothing was sent.
        """
        ...

    async def close(self) -> None:
        """Let go of everything held; what is in flight is abandoned."""
        ...


class InProcessSender:
    """Sends from this process, on the running event loop."""

    def __init__(self) -> None:
        """Load nothing yet: litellm comes with the first call."""
        self.lag = LoopLag()
        self._warming = asyncio.Lock()
        self._client: Any = None

    async def send(self, call: Call, request: Request) -> Sent:
        """Make one attempt; the latency is that of the call alone."""
        async with self._warming:
            await quiet_litellm.warm_up(tools=bool(request.tools))
        with self.lag.watched():
            return await self._attempt(call, request)

    def facts(self) -> Mapping[str, Any]:
        """Return how late the loop was."""
        return {} if self.lag.p95 is None else {"workers": 1, "loop_lag_p95": self.lag.p95}

    async def close(self) -> None:
        """Close the connections opened here; those of litellm's own clients go with the event loop."""
        client, self._client = self._client, None
        if client is not None:
            await client.close()

    async def _attempt(self, call: Call, request: Request) -> Sent:
        litellm = quiet_litellm.load()
        arguments = call.arguments
        if lacks_key(litellm, arguments):
            how = "name the variable that holds the key in api_key_env, or set OPENAI_API_KEY"
            raise ProviderFailure("auth", f"there is no key for '{request.model}'; {how}")
        if takes_client(arguments):
            self._client = self._client or one_request_client()
            arguments = {**arguments, "client": self._client}
        guarding = guarded.set(True)
        started = time.perf_counter()
        try:
            # litellm's own limit starts anew with every byte that arrives; this one does not.
            async with asyncio.timeout(request.timeout):
                completion = await litellm.acompletion(**arguments)
        except TimeoutError:
            raise ProviderFailure("timeout", f"no answer within {request.timeout:g} s") from None
        except Exception as error:
            raise classify(error, request, call.address, call.secrets) from error
        finally:
            guarded.reset(guarding)
        latency = time.perf_counter() - started
        return Sent(read_completion(completion, latency=latency), headers_of(completion))
