"""litellm, imported late, kept offline and silent; and its clients closed with the event loop they belong to."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import socket
import sys
import threading
import warnings
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from harness.models import transport
from harness.models.http_client import SHORT_WAY

_lock = threading.Lock()
_loaded: Any = None
_warmed: set[bool] = set()
_loops_in_use: Counter[int] = Counter()

_LOGGERS = ("LiteLLM", "LiteLLM Router", "LiteLLM Proxy", "litellm")
_A_TOOL: Mapping[str, Any] = {
    "type": "function",
    "function": {"name": "none", "parameters": {"type": "object", "properties": {}}},
}


def load() -> Any:
    """Return the module, imported without a network call and told to print, log, report and retry nothing."""
    global _loaded  # noqa: PLW0603 - once for the process, as litellm's own settings are
    with _lock:
        if _loaded is not None:
            return _loaded
        os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")
        os.environ.setdefault("LITELLM_LOG", "CRITICAL")
        os.environ.setdefault(SHORT_WAY, "True")
        import litellm

        litellm.suppress_debug_info = True
        litellm.telemetry = False
        litellm.drop_params = False
        litellm.num_retries = 0
        for name in ("callbacks", "success_callback", "failure_callback", "_async_success_callback", "_async_failure_callback"):
            setattr(litellm, name, [])
        for name in _LOGGERS:
            logger = logging.getLogger(name)
            logger.handlers = [logging.NullHandler()]
            logger.propagate = False
            logger.setLevel(logging.CRITICAL)
        warnings.filterwarnings("ignore", message="Pydantic serializer warnings", category=UserWarning)
        # A call abandoned half-way leaves a coroutine of litellm's own behind.
        warnings.filterwarnings("ignore", message="coroutine '.*completion' was never awaited", category=RuntimeWarning)
        transport.guard()
        _loaded = litellm
        return litellm


async def warm_up(*, tools: bool) -> None:
    """Make the first real call as fast as the others.

    litellm imports a second's worth of modules inside its first call, and another second's worth with the first tools. A call to
    a port nobody listens on goes the whole way and sends nothing.
    """
    if tools in _warmed:
        return
    litellm = await asyncio.to_thread(load)
    with _deaf_port() as port, contextlib.suppress(Exception):
        await litellm.acompletion(
            model="openai/none",
            api_base=f"http://127.0.0.1:{port}/v1",
            api_key="none",
            messages=[{"role": "user", "content": "none"}],
            timeout=5.0,
            num_retries=0,
            max_retries=0,
            **({"tools": [dict(_A_TOOL)]} if tools else {}),
        )
    _warmed.add(tools)


def enter_loop() -> None:
    """Count one more user of this event loop's clients."""
    _loops_in_use[id(asyncio.get_running_loop())] += 1


async def leave_loop() -> None:
    """Close and forget the clients of this event loop when its last user leaves.

    litellm files its clients under ``id(loop)``, which Python gives to the next loop again; a client left behind would then be
    used on a loop it does not belong to.
    """
    loop = id(asyncio.get_running_loop())
    _loops_in_use[loop] -= 1
    if _loops_in_use[loop] > 0:
        return
    del _loops_in_use[loop]
    litellm = sys.modules.get("litellm")
    cache = getattr(litellm, "in_memory_llm_clients_cache", None)
    clients = getattr(cache, "cache_dict", {})
    for key in [key for key in clients if str(key).endswith(f"-{loop}")]:
        client = clients.pop(key)
        close = getattr(client, "close", None) or getattr(client, "aclose", None)
        with contextlib.suppress(Exception):
            closing = close() if close is not None else None
            if asyncio.iscoroutine(closing):
                await closing


@contextlib.contextmanager
def _deaf_port() -> Iterator[int]:
    """A port of this machine that is taken and refuses every connection."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as taken:
        taken.bind(("127.0.0.1", 0))
        yield int(taken.getsockname()[1])
