"""Serving on loopback until Ctrl-C: a socket on 127.0.0.1 alone, a random port and a secret in the address."""

from __future__ import annotations

import os
import secrets
import socket
from collections.abc import Callable
from typing import Any

from harness.errors import Fault, HarnessError
from harness.store import Store

LOOPBACK = "127.0.0.1"
_GRACE = 1
"""Seconds that requests under way have to end after Ctrl-C."""


def serve(
    store: str | os.PathLike[str],
    *,
    port: int = 0,
    ready: Callable[[str], None] = lambda address: None,
) -> None:
    """Serve the reports of a store to browsers on this machine, until Ctrl-C or SIGTERM.

    Args:
        store: The folder that holds the runs.
        port: The port; a free one unless given.
        ready: Called with the address to open, secret included, as soon as it can be opened.

    Raises:
        HarnessError: The extra ``view`` is not installed, or the port cannot be had.
        StoreError: The store cannot be used.
    """
    kept = Store(store)
    uvicorn = _uvicorn()
    from harness.view.app import make_app

    with _socket(port) as listening:
        number = int(listening.getsockname()[1])
        token = secrets.token_urlsafe(32)
        app = make_app(kept, port=number, token=token)
        config = uvicorn.Config(
            app,
            loop="asyncio",
            http="h11",
            ws="none",
            lifespan="off",
            log_level="error",
            access_log=False,
            server_header=False,
            date_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=_GRACE,
        )
        ready(f"http://{LOOPBACK}:{number}/?token={token}")
        try:
            uvicorn.Server(config).run(sockets=[listening])
        except KeyboardInterrupt:  # how it hands on the signal that ended it
            return


def _uvicorn() -> Any:
    try:
        import starlette  # noqa: F401
        import uvicorn
    except ImportError as error:
        message = f"harness view needs {error.name or 'starlette and uvicorn'}, which is not installed"
        raise HarnessError(Fault(message, 'pip install "finetune-harness[view]"')) from error
    return uvicorn


def _socket(port: int) -> socket.socket:
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((LOOPBACK, port))
        listening.listen()
    except OSError as error:
        listening.close()
        message = f"port {port} of {LOOPBACK} cannot be had: {error.strerror or error}"
        raise HarnessError(Fault(message, "name another with --port, or leave it out")) from error
    return listening
