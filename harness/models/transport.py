"""What may happen to a request on the wire: it goes nowhere but where it is sent, and what cannot be an answer ends here.

litellm's clients follow redirects. httpx then leaves out ``Authorization`` for another host, but sends on the prompt and every
other header, and with them the keys of providers that have a header of their own (``x-api-key``, ``api-key``,
``x-goog-api-key``). They read an answer to its end, however long it is. And litellm searches the text of what it cannot read for
secrets several times over, which takes seconds for a page of 100 KB, while nothing else is sent.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

if TYPE_CHECKING:
    import httpx

MOST_BYTES = 64_000_000
"""The longest answer that is read, as it comes over the wire."""

MOST_PACKED_BYTES = 1_000_000
"""The same for one that is compressed, since a thousand times as much may be in it."""

SHORT = 10_000
"""Bytes up to which a reply is left to litellm, whatever it is."""

guarded: ContextVar[bool] = ContextVar("guarded", default=False)
"""Whether this task's requests are guarded; those of others who use litellm in this process are left alone."""


class RedirectedError(Exception):
    """The answer would have the request sent to another host.

    Attributes:
        to: Scheme and host of that place.
    """

    def __init__(self, to: str) -> None:
        """Keep where."""
        super().__init__(f"redirected to {to}")
        self.to = to


class TooMuchError(Exception):
    """The answer is longer than any that is read."""


class UnreadableError(Exception):
    """The reply is long and no JSON object; its beginning."""


def guard() -> None:
    """Put the guard into every client that litellm makes from now on; a second call changes nothing."""
    from litellm.llms.custom_httpx.http_handler import AsyncHTTPHandler

    create: Callable[..., Any] = AsyncHTTPHandler.create_async_transport
    if getattr(create, "guards", False):
        return

    def create_guarded(*args: Any, **kwargs: Any) -> Any:
        transport = create(*args, **kwargs)
        if transport is not None:
            transport.handle_async_request = _guarded(transport.handle_async_request)
        return transport

    create_guarded.guards = True  # type: ignore[attr-defined]  # a mark on a function
    for name in ("create_async_transport", "_create_async_transport"):
        setattr(AsyncHTTPHandler, name, staticmethod(create_guarded))


def _guarded(send: Callable[[httpx.Request], Awaitable[httpx.Response]]) -> Callable[[httpx.Request], Awaitable[httpx.Response]]:
    import httpx

    async def handle(request: httpx.Request) -> httpx.Response:
        response = await send(request)
        if not guarded.get():
            return response
        to = response.headers.get("location")
        if 300 <= response.status_code < 400 and to is not None:
            there = urlsplit(urljoin(str(request.url), to))
            if (there.scheme, there.netloc.lower()) != (request.url.scheme, request.url.netloc.decode().lower()):
                await response.aclose()
                raise RedirectedError(f"{there.scheme}://{there.hostname or ''}{f':{there.port}' if there.port else ''}")
        response.stream = httpx.ByteStream(_checked(response.status_code, *await _read(response)))
        return response

    return handle


async def _read(response: httpx.Response) -> tuple[bytes, bool]:
    """Read a body up to the limit, and say whether it is compressed; a length that is told need not be true."""
    packed = response.headers.get("content-encoding", "identity").lower() != "identity"
    most = MOST_PACKED_BYTES if packed else MOST_BYTES
    chunks, read = [], 0
    try:
        async for chunk in response.stream:  # type: ignore[union-attr]  # an asynchronous transport's
            read += len(chunk)
            if read > most:
                raise TooMuchError(f"{most // 1_000_000} MB{' packed' if packed else ''}")
            chunks.append(chunk)
    finally:
        await response.stream.aclose()  # type: ignore[union-attr]  # likewise
    return b"".join(chunks), packed


def _checked(status: int, body: bytes, packed: bool) -> bytes:
    """Return a body that litellm can be given: a long one is a JSON object, or an error's first bytes."""
    if packed or len(body) <= SHORT:
        return body
    if status >= 300:
        return body[:SHORT]
    try:
        if isinstance(json.loads(body), dict):
            return body
    except (ValueError, RecursionError):
        pass
    raise UnreadableError(body[:200].decode("utf-8", "replace"))
