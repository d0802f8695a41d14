"""The worker process: makes the attempts its parent hands it, through litellm, and tells what each one brought.

Run as ``python -m harness.models.sending_process FD``, FD being its end of a socket pair. It decides nothing and keeps nothing.
It leaves with its parent, however that one goes; Ctrl-C and SIGTERM are for the parent to hear.

It is told ``("send", number, call, request)`` and ``("cancel", number)``. It says ``("ready",)``, or ``("broken", why)`` and
leaves; then for each number ``("sent", ...)``, ``("failed", ...)``, ``("refused", ...)`` or ``("raised", ...)``, as they end.
"""

from __future__ import annotations

import asyncio
import ctypes
import gc
import os
import signal
import socket
import sys
from typing import Any

from harness.models import quiet_litellm
from harness.models.failure import ProviderFailure, ProviderRefusal
from harness.models.frames import frame, read_frame
from harness.models.request import Request
from harness.models.scrubbing import one_line
from harness.models.sender import Call, InProcessSender

_PR_SET_PDEATHSIG = 1


def main() -> None:
    """Send until the parent closes its end."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    if sys.platform == "linux":  # elsewhere, and where the parent is gone already, the end of the socket does it
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    asyncio.run(_serve(socket.socket(fileno=int(sys.argv[1]))))


async def _serve(ours: socket.socket) -> None:
    reader, writer = await asyncio.open_connection(sock=ours)
    try:
        quiet_litellm.load()
        await quiet_litellm.warm_up(tools=False)
    except Exception as error:
        writer.write(frame("broken", one_line(f"{type(error).__name__}: {error}")))
        await writer.drain()
        return
    gc.freeze()  # what litellm brought stays; the collector need not look through it again and again
    writer.write(frame("ready"))
    sender = InProcessSender()
    running: dict[int, asyncio.Task[None]] = {}
    while (said := await read_frame(reader)) is not None:
        number = said[1]
        if said[0] == "cancel":
            if number in running:
                running[number].cancel()
        else:
            running[number] = asyncio.create_task(_answer(writer, sender, *said[1:]))
            running[number].add_done_callback(lambda task, number=number: running.pop(number))  # type: ignore[misc]
    os._exit(0)  # nobody waits for what is in flight


async def _answer(writer: asyncio.StreamWriter, sender: InProcessSender, number: int, call: Call, request: Request) -> None:
    """Make one attempt and say how it went; an exception crosses as plain data, litellm's own do not pickle."""
    said: tuple[Any, ...]
    try:
        said = ("sent", number, await sender.send(call, request))
    except ProviderFailure as failure:
        how = (failure.retry_after, failure.retried, failure.headers, failure.overloaded, failure.unsent)
        said = ("failed", number, failure.kind, str(failure), *how)
    except ProviderRefusal as refusal:
        said = ("refused", number, str(refusal))
    except Exception as error:
        said = ("raised", number, one_line(f"{type(error).__name__}: {error}", call.secrets))
    writer.write(frame(*said, dict(sender.lag.take())))


if __name__ == "__main__":
    main()
