"""The embedded models in use: servers started as requests come, each with all adapters, ended with the gateway.

A small model is served by several processes of a thread or two each, one request at a time in each: the answers are those of one
process, and on two processors they come a fifth to two fifths sooner, since two threads of one process wait for each other at
every layer.
"""

from __future__ import annotations

import asyncio
import importlib.metadata
import importlib.util
import os
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.errors import Fault, ModelError
from harness.models.local_server import LocalServer, processors
from harness.models.request import Request
from harness.models.weights import LOCAL, read_weights, weights_hash

if TYPE_CHECKING:
    from rich.console import Console


_MOST_SERVERS = 4
_SMALL = 1 << 30
"""Bytes of weights up to which a model is served by several processes."""


def embedded_servers(slots: int) -> int:
    """Return how many processes serve a small embedded model, where each answers so many requests at once.

    With one slot it is one for each processor, at most four; with more slots a single one, which then uses all processors.
    """
    return min(processors(), _MOST_SERVERS) if slots == 1 else 1


class LocalModels:
    """Servers by weights file.

    Args:
        folder: What relative paths of weights and adapters are relative to.
        slots: Requests a server answers at once.
        servers: Processes that serve one small model, at most; ``embedded_servers`` says unless given.
        context: Tokens per slot.
        note: Told what takes long.
        console: Where a download draws its progress.
    """

    def __init__(
        self,
        folder: Path,
        *,
        slots: int,
        context: int,
        servers: int | None = None,
        note: Callable[[str], None] | None = None,
        console: Console | None = None,
    ) -> None:
        """Start nothing yet."""
        self._folder = folder
        self._slots = slots
        self._context = context
        self._most = servers or embedded_servers(slots)
        self._note = note
        self._console = console
        self._adapters: dict[str, dict[Path, None]] = {}
        self._servers: dict[str, list[LocalServer]] = {}
        self._starting = asyncio.Lock()
        self._facts: dict[str, Any] = {}

    def expect(self, requests: Iterable[Request]) -> None:
        """Learn which adapters each model will need, so that one process can serve them all."""
        for request in requests:
            if request.model.startswith(LOCAL):
                wanted = self._adapters.setdefault(request.model, {})
                if request.adapter is not None:
                    wanted[self.adapter(request.adapter)] = None

    def adapter(self, name: str) -> Path:
        """Return an adapter's whole path."""
        return (self._folder / Path(name).expanduser()).resolve()

    @asynccontextmanager
    async def lent(self, request: Request) -> AsyncIterator[LocalServer]:
        """Lend a server for one request, when it has a slot for it; started, or started anew, where need be.

        Raises:
            ModelError: The model cannot be run here.
        """
        async with self._starting:
            server = await self._least_busy(request)
            server.lent += 1
        try:
            async with server.slot:
                yield server
        finally:
            server.lent -= 1

    async def _least_busy(self, request: Request) -> LocalServer:
        self.expect([request])
        adapter = None if request.adapter is None else self.adapter(request.adapter)
        running = self._servers.setdefault(request.model, [])
        fitting = [server for server in running if adapter is None or adapter in server.adapters]
        server = min(fitting, key=lambda each: each.lent, default=None)
        if server is None or (server.lent >= server.slots and len(fitting) < self._most_of(server.weights)):
            server = await self._start(request)
            running.append(server)
        elif not server.alive:
            await server.close()
            await server.start()
        return server

    def _most_of(self, weights: Path) -> int:
        return self._most if weights.stat().st_size <= _SMALL else 1

    async def close(self) -> None:
        """End every server."""
        async with self._starting:
            for servers in self._servers.values():
                for server in servers:
                    await server.close()
            self._servers.clear()

    def facts(self) -> dict[str, Any]:
        """Return how local models were run, for run.json; empty where none was."""
        return dict(self._facts)

    async def _start(self, request: Request) -> LocalServer:
        if importlib.util.find_spec("xllamacpp") is None:
            raise ModelError(Fault(f"{request.model} needs the package xllamacpp", 'pip install "finetune-harness[local]"'))
        weights = await asyncio.to_thread(read_weights, request.model, self._folder, note=self._note, console=self._console)
        alias = weights.stem if request.model.endswith(".gguf") else request.model.removeprefix(LOCAL)
        adapters = tuple(self._adapters[request.model])
        threads = max(1, processors() // self._most_of(weights)) if self._slots == 1 else None
        server = LocalServer(weights, alias, adapters=adapters, slots=self._slots, context=self._context, threads=threads)
        _never_through_a_proxy()
        await server.start()
        models = self._facts.get("models", {})
        self._facts = {
            "engine": "llama.cpp",
            "xllamacpp": importlib.metadata.version("xllamacpp"),
            "servers": self._most_of(weights),
            "slots": server.slots,
            "threads": server.threads,
            "context_per_slot": server.context,
            "deterministic": server.slots == 1,
            "models": models
            | {
                request.model: {
                    "weights": weights_hash(request.model, self._folder),
                    "adapters": [each.name for each in adapters],
                }
            },
        }
        return server


def _never_through_a_proxy() -> None:
    """Keep this machine's own address out of the proxy the environment names; litellm would send it there."""
    for name in ("NO_PROXY", "no_proxy"):
        spared = [each for each in os.environ.get(name, "").split(",") if each.strip()]
        if "127.0.0.1" not in spared and "*" not in spared:
            os.environ[name] = ",".join([*spared, "127.0.0.1"])
