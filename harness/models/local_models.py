"""The embedded models in use: one server for each weights file, started at the first request, ended with the gateway."""

from __future__ import annotations

import asyncio
import importlib.metadata
import importlib.util
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.errors import Fault, ModelError
from harness.models.local_server import LocalServer
from harness.models.request import Request
from harness.models.weights import LOCAL, read_weights, weights_hash

if TYPE_CHECKING:
    from rich.console import Console


class LocalModels:
    """Servers by weights file.

    Args:
        folder: What relative paths of weights and adapters are relative to.
        slots: Requests a server answers at once.
        context: Tokens per slot.
        note: Told what takes long.
        console: Where a download draws its progress.
    """

    def __init__(
        self, folder: Path, *, slots: int, context: int, note: Callable[[str], None] | None = None, console: Console | None = None
    ) -> None:
        """Start nothing yet."""
        self._folder = folder
        self._slots = slots
        self._context = context
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

    async def server(self, request: Request) -> LocalServer:
        """Return the running server for a request, started or started anew where need be.

        Raises:
            ModelError: The model cannot be run here.
        """
        async with self._starting:
            self.expect([request])
            adapter = None if request.adapter is None else self.adapter(request.adapter)
            running = self._servers.setdefault(request.model, [])
            for server in running:
                if adapter is None or adapter in server.adapters:
                    if not server.alive:
                        await server.close()
                        await server.start()
                    return server
            server = await self._start(request)
            running.append(server)
            return server

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
        server = LocalServer(weights, alias, adapters=adapters, slots=self._slots, context=self._context)
        _never_through_a_proxy()
        await server.start()
        models = self._facts.get("models", {})
        self._facts = {
            "engine": "llama.cpp",
            "xllamacpp": importlib.metadata.version("xllamacpp"),
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
