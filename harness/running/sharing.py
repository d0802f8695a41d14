"""Asking beside other processes that run the same suite: each request is sent by one of them, its answer is used by all."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from harness.models import NotSentError, Response
from harness.running.halt import Halt
from harness.store import Claims, StoredResponse

AGAIN = 0.05
"""Seconds after which a request that another process is asking is looked at again."""


class Sharing:
    """Sends what no other process is asking or has answered meanwhile."""

    def __init__(self, claims: Claims | None, halt: Halt) -> None:
        """Share by means of some claims; without any, everything is sent.

        Args:
            claims: Begun before what is known was looked up.
            halt: When it is asked, nobody waits for another process any more.
        """
        self._claims, self._halt = claims, halt
        self._found: dict[str, StoredResponse] = {}

    async def answer(self, name: str, ask: Callable[[], Awaitable[Response]]) -> Response:
        """Answer a request, known by its hash: by another process's answer, or by asking.

        Raises:
            NotSentError: The run was stopped while another process was asking it.
        """
        if self._claims is None:
            return await ask()
        while isinstance(found := self._claims.take(name), str):
            if self._halt.asked:
                raise NotSentError("another process is asking it")
            await asyncio.sleep(AGAIN)
        if found is not None:
            self._found[name] = found
            return found.response
        try:
            return await ask()
        except BaseException:
            self._claims.done(name)
            raise

    def found(self, name: str) -> StoredResponse | None:
        """Return the answer of another process that ``answer`` gave to a request, by its hash; None where it was asked here."""
        return self._found.pop(name, None)

    def kept(self, name: str) -> None:
        """Let others see an answer: it is in the journal."""
        if self._claims is not None:
            self._claims.done(name)
