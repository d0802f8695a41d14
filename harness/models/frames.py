"""What this process and its worker processes say to each other: pickled tuples, each behind its length in four bytes.

Both ends are this program on this machine and share a socket pair that nobody else can open; so pickle is safe here, and what
a model wrote is only a string inside.
"""

from __future__ import annotations

import asyncio
import pickle
from typing import Any

_LENGTH = 4


def frame(*said: Any) -> bytes:
    """Return a tuple as it goes over the socket."""
    body = pickle.dumps(said, pickle.HIGHEST_PROTOCOL)
    return len(body).to_bytes(_LENGTH, "big") + body


async def read_frame(reader: asyncio.StreamReader) -> tuple[Any, ...] | None:
    """Return the next tuple; None where the other end is gone, be it in the middle of one."""
    try:
        length = int.from_bytes(await reader.readexactly(_LENGTH), "big")
        said: tuple[Any, ...] = pickle.loads(await reader.readexactly(length))
    except (asyncio.IncompleteReadError, ConnectionError):
        return None
    return said
