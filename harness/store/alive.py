"""Whether a run is being worked on: who does so holds a lock in its folder, which the system drops when the process ends."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import socket
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType

from harness.errors import Fault, StoreError
from harness.store import layout

PATIENCE = 1.0
"""Seconds to wait for a lock; whoever only looks whether a run is held has it for less than a millisecond."""

_held: set[int] = set()


@dataclass(frozen=True, slots=True)
class Holder:
    """The process that works on a run.

    Attributes:
        pid: Its number on its machine; 0 where that is not known.
        host: The machine.
        since: When it began, ISO 8601 with zone.
    """

    pid: int = 0
    host: str = ""
    since: str = ""

    def __str__(self) -> str:
        """Name it in a few words."""
        where = "" if self.host in ("", socket.gethostname()) else f" on {self.host}"
        since = f", since {self.since[:16].replace('T', ' ')} UTC" if self.since else ""
        return f"process {self.pid or 'unknown'}{where}{since}"


class Hold:
    """A held run folder, until it is released or the process ends, however it ends.

    A file system without locks (some network shares) lets everybody hold everything: runs then never look alive.
    """

    def __init__(self, folder: Path) -> None:
        """Take hold of a run folder.

        Raises:
            StoreError: When another process, or another part of this one, works on it.
            OSError: When the folder cannot be written to.
        """
        self._path = folder / layout.LOCK
        self._file = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o666)
        if not _lock(self._file, fcntl.LOCK_EX, PATIENCE):
            os.close(self._file)
            who = holder(folder)
            raise StoreError(Fault(f"is being worked on by {who or 'another process'}", "wait until that is done", str(folder)))
        _held.add(self._file)
        me = {"pid": os.getpid(), "host": socket.gethostname(), "since": datetime.now(UTC).isoformat(timespec="seconds")}
        os.ftruncate(self._file, 0)
        os.pwrite(self._file, (json.dumps(me) + "\n").encode(), 0)

    def release(self) -> None:
        """Let go; doing so twice is harmless."""
        if self._file in _held:
            _held.discard(self._file)
            with contextlib.suppress(OSError):
                self._path.unlink()
            os.close(self._file)

    def __enter__(self) -> Hold:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.release()


def holder(folder: Path) -> Holder | None:
    """Say who works on a run; None where nobody does."""
    try:
        file = os.open(folder / layout.LOCK, os.O_RDONLY)
    except OSError:
        return None
    try:
        if _lock(file, fcntl.LOCK_SH, 0.0):
            return None
        said = json.loads(os.pread(file, 4096, 0))
        return Holder(int(said["pid"]), str(said["host"]), str(said["since"]))
    except (OSError, ValueError, KeyError, TypeError):
        return Holder()
    finally:
        os.close(file)


def _lock(file: int, kind: int, patience: float) -> bool:
    """Lock an open file; False where somebody else has it for longer than ``patience`` seconds."""
    until = time.monotonic() + patience
    while True:
        try:
            fcntl.flock(file, kind | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            if time.monotonic() >= until:
                return False
            time.sleep(0.01)
        except OSError:
            return True


def _let_go_in_child() -> None:
    """A forked child shares the locks it inherits; without this it would keep a run alive after its parent."""
    for file in _held:
        with contextlib.suppress(OSError):
            os.close(file)
    _held.clear()


os.register_at_fork(after_in_child=_let_go_in_child)
