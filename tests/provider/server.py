"""The server: a thread per connection, keep-alive, every request recorded."""

from __future__ import annotations

import contextlib
import json
import socket
import struct
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.provider.replies import Reply, answer

Script = Reply | str | Callable[["Received"], "Reply | str"]
"""A reply, an answer's text, or a function of the request that gives either."""


@dataclass(frozen=True)
class Received:
    """One request as it arrived: header names in lower case, ``at`` by time.monotonic()."""

    path: str
    headers: Mapping[str, str]
    body: Mapping[str, Any]
    at: float

    @property
    def model(self) -> str:
        return str(self.body.get("model"))

    @property
    def messages(self) -> list[dict[str, Any]]:
        return list(self.body.get("messages", []))

    @property
    def last(self) -> str:
        """The text of the last message."""
        return str(self.messages[-1]["content"])


class Provider:
    """A model provider on a free port of 127.0.0.1.

    ``on(model, *scripts)`` sets what a model answers: the first call gets the first script and so on, the last one repeats.
    A model nobody scripted gets ``default``.

        with Provider() as provider:
            provider.on("small", fails(429, retry_after=0), "hello")
            ... api_base=provider.url, model="openai/small"
    """

    def __init__(self, default: Script = "ok") -> None:
        self.default = default
        self.requests: list[Received] = []
        self.most_at_once = 0
        self._scripts: dict[str, list[Script]] = {}
        self._lock = threading.Lock()
        self._open = 0
        self._closing = threading.Event()
        self._server = _Server(("127.0.0.1", 0), _handler(self))

    @property
    def url(self) -> str:
        """What goes into api_base."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    def on(self, model: str, *scripts: Script) -> None:
        """Set the model's scripts, first call first; the last one repeats."""
        with self._lock:
            self._scripts[model] = list(scripts)

    def asked(self, model: str) -> list[Received]:
        """The requests this model has had."""
        with self._lock:
            return [request for request in self.requests if request.model == model]

    def __enter__(self) -> Provider:
        self._serve()
        return self

    def die(self) -> None:
        """Be gone, as in a crash: nobody listens, and every connection is reset."""
        self._server.shutdown()
        self._server.server_close()
        self._server.reset_connections()

    def come_back(self) -> None:
        """Listen again, at the same port."""
        self._server = _Server(self._server.server_address, _handler(self))
        self._serve()

    def _serve(self) -> None:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Stop serving; hanging requests are let go."""
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()

    def _reply(self, request: Received) -> Reply:
        with self._lock:
            self.requests.append(request)
            scripts = self._scripts.get(request.model)
            script = self.default if not scripts else scripts.pop(0) if len(scripts) > 1 else scripts[0]
        reply = script(request) if callable(script) else script
        return answer(reply) if isinstance(reply, str) else reply

    def _enter(self) -> None:
        with self._lock:
            self._open += 1
            self.most_at_once = max(self.most_at_once, self._open)

    def _leave(self) -> None:
        with self._lock:
            self._open -= 1

    def _wait(self, seconds: float | None) -> bool:
        """Wait; say whether the server is closing."""
        return self._closing.wait(seconds)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 512

    def __init__(self, *arguments: Any) -> None:
        self._connections: set[socket.socket] = set()
        super().__init__(*arguments)

    def process_request(self, request: Any, client_address: Any) -> None:
        self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._connections.discard(request)
        super().shutdown_request(request)

    def reset_connections(self) -> None:
        for connection in tuple(self._connections):
            with contextlib.suppress(OSError):
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away is part of the tests, not news."""


def _handler(provider: Provider) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def log_message(self, *_: object) -> None:
            pass

        def do_GET(self) -> None:
            self._send(Reply(json.dumps({"object": "list", "data": []}).encode()))

        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            request = Received(self.path, headers, json.loads(raw or b"{}"), time.monotonic())
            provider._enter()
            try:
                reply = provider._reply(request)
                if reply.delay:
                    provider._wait(reply.delay)
            finally:
                provider._leave()
            self._send(reply)

        def _send(self, reply: Reply) -> None:
            if reply.fault == "hang":
                provider._wait(None)
                self.close_connection = True
                return
            if reply.fault == "reset":
                self._reset()
                return
            if reply.fault == "old":
                self.wfile.write(b"HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n" + reply.body)
                self.close_connection = True
                return
            self.send_response(reply.status)
            self.send_header("Content-Type", reply.content_type)
            self.send_header("Content-Length", str(len(reply.body) if reply.fault != "endless" else 1 << 40))
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.end_headers()
            if reply.fault == "break_off":
                self.wfile.write(reply.body[: len(reply.body) // 2])
                self._reset()
            elif reply.fault == "drip":
                for byte in reply.body:
                    self.wfile.write(bytes([byte]))
                    provider._wait(0.05)
            elif reply.fault == "endless":
                self.wfile.write(reply.body)
                while not provider._wait(0.01):
                    self.wfile.write(b"x" * 65_536)
            else:
                self.wfile.write(reply.body)

        def _reset(self) -> None:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
            self.close_connection = True

    return Handler
