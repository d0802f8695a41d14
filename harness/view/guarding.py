"""Who is let in: a browser on this machine that was given the secret, and nobody who only knows the port.

Other programs of this machine can reach the port, and so can any page in the browser by a name that its owner points to
127.0.0.1 (DNS rebinding). Neither knows the secret, and the second sends another Host.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qsl

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

HEADERS: Mapping[str, str] = {
    "cache-control": "no-store",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}
"""What every answer says; a page has its own content security policy besides."""

_NOTHING = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
_METHODS = frozenset({"GET", "HEAD"})


class Guard:
    """Lets requests through to an application that come to the right host with the right secret.

    The secret stands in the address that is opened first; it is exchanged for a cookie that scripts cannot read and that
    other sites' pages cannot send, and the address is left without it.
    """

    def __init__(self, app: App, *, port: int, token: str) -> None:
        """Guard an application.

        Args:
            app: What is guarded.
            port: The port it is served at.
            token: The secret.
        """
        self._app = app
        self._hosts = frozenset({f"127.0.0.1:{port}".encode(), f"localhost:{port}".encode()})
        self._token = token
        self._cookie, self._pass = f"harness_view_{port}", secrets.token_urlsafe(32)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request that may not pass, and hand on one that may."""
        if scope["type"] != "http":
            return
        hosts = [value for name, value in scope["headers"] if name == b"host"]
        if len(hosts) != 1 or hosts[0].lower() not in self._hosts:
            await _answer(send, 421, "This server answers to 127.0.0.1 alone.")
        elif scope["method"] not in _METHODS:
            await _answer(send, 405, "Nothing can be sent here.", {"allow": "GET, HEAD"})
        elif (said := self._said(scope)) is not None:
            if _same(said, self._token):
                cookie = f"{self._cookie}={self._pass}; Path=/; HttpOnly; SameSite=Strict"
                await _answer(send, 303, "", {"location": "/", "set-cookie": cookie})
            else:
                await _answer(send, 403, "The secret in the address is not that of this server, which may have been restarted.")
        elif not _same(self._shown(scope), self._pass):
            await _answer(send, 403, "Open the address that harness view has printed, with its secret.")
        else:
            await self._app(scope, receive, _with_headers(send))

    def _said(self, scope: Scope) -> str | None:
        """The secret in the address; None where it has none."""
        query = bytes(scope.get("query_string") or b"").decode("latin-1")
        found = [value for name, value in parse_qsl(query, keep_blank_values=True, max_num_fields=20) if name == "token"]
        return found[-1] if found else None

    def _shown(self, scope: Scope) -> str:
        """The secret in the cookie; empty where there is none."""
        for name, value in scope["headers"]:
            if name == b"cookie":
                jar: SimpleCookie = SimpleCookie()
                try:
                    jar.load(value.decode("latin-1"))
                except CookieError:
                    continue
                if self._cookie in jar:
                    return jar[self._cookie].value
        return ""


def _same(said: str, secret: str) -> bool:
    """Compare in a time that does not tell how much is right."""
    return hmac.compare_digest(said.encode("utf-8", "replace"), secret.encode())


def _with_headers(send: Send) -> Send:
    async def sending(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            own = {name.lower() for name, _ in message["headers"]}
            more = {**HEADERS, **({} if b"content-security-policy" in own else {"content-security-policy": _NOTHING})}
            message["headers"] = [*message["headers"], *((k.encode(), v.encode()) for k, v in more.items())]
        await send(message)

    return sending


async def _answer(send: Send, status: int, text: str, headers: Mapping[str, str] | None = None) -> None:
    body = f"{text}\n".encode()
    said = {
        "content-type": "text/plain; charset=utf-8",
        "content-length": str(len(body)),
        "content-security-policy": _NOTHING,
        **HEADERS,
        **(headers or {}),
    }
    listed = [(name.encode(), value.encode("latin-1", "replace")) for name, value in said.items()]
    await send({"type": "http.response.start", "status": status, "headers": listed})
    await send({"type": "http.response.body", "body": body})
