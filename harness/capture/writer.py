"""Lines appended durably by a thread of their own: rotated by size and day, bounded in memory, and never in the way."""

from __future__ import annotations

import atexit
import json
import logging
import os
import queue
import secrets
import threading
import time
import weakref
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

LOG = logging.getLogger("harness.capture")

Record = Mapping[str, Any]

MOST_BYTES = 1 << 20
"""Of one line; a longer one is not kept, since half a conversation is no fixture."""

_BATCH = 200
_SYNC_EVERY = 1.0
_RETRY = (0.1, 0.5, 2.0)


class LogWriter:
    """A folder of JSON lines that grows; ``put`` returns at once, whatever the disk does.

    Every process writes files of its own, so that nothing is interleaved. A line is on the disk within about a second, or
    when ``flush`` or ``close`` returns. Files are readable by their owner alone.

    Args:
        folder: Where the files go; made when the first line is written.
        prefix: What their names begin with.
        max_bytes: Size from which a new file is begun; so it is for each day (UTC).
        waiting: Lines held in memory at most; what comes beyond that is dropped and counted.
        prepare: Applied to each record in the writing thread, such as redaction.
    """

    def __init__(
        self,
        folder: str | os.PathLike[str],
        prefix: str = "calls",
        *,
        max_bytes: int = 64 << 20,
        waiting: int = 10_000,
        prepare: Callable[[Record], Record] | None = None,
    ) -> None:
        """Open nothing yet."""
        self.folder = Path(folder)
        self._prefix = prefix
        self._max_bytes = max_bytes
        self._waiting = waiting
        self._prepare = prepare
        self._begin()
        mine = weakref.ref(self)
        os.register_at_fork(after_in_child=lambda: _in_child(mine))
        atexit.register(_at_exit, mine)

    def _begin(self) -> None:
        self._queue: queue.Queue[Record | threading.Event] = queue.Queue(self._waiting)
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()
        self._name = ""
        self._number = 0
        self._file: int | None = None
        self._size = 0
        self._token = secrets.token_hex(3)
        self._last_sync = 0.0
        self._warned: set[str] = set()
        self.written = 0
        self.dropped = 0

    def put(self, record: Record) -> bool:
        """Hand a record over; False where it is dropped because too many wait."""
        if self._thread is None:
            self._start()
        try:
            self._queue.put_nowait(record)
        except queue.Full:
            self._drop(1, f"more than {self._waiting:,} lines wait for the disk")
            return False
        return True

    def flush(self, timeout: float = 10.0) -> bool:
        """Wait until everything handed over so far is on the disk; False where that takes longer."""
        if self._thread is None:
            return True
        done = threading.Event()
        end = time.monotonic() + timeout
        try:
            self._queue.put(done, timeout=timeout)
        except queue.Full:
            return False
        return done.wait(max(0.0, end - time.monotonic()))

    def close(self, timeout: float = 10.0) -> bool:
        """Flush; further lines may follow."""
        return self.flush(timeout)

    def _start(self) -> None:
        with self._starting:
            if self._thread is None:
                thread = threading.Thread(target=self._work, name="harness-capture", daemon=True)
                thread.start()
                self._thread = thread

    def _work(self) -> None:
        while True:
            try:
                taken = [self._queue.get(timeout=_SYNC_EVERY)]
            except queue.Empty:
                self._sync()
                continue
            while len(taken) < _BATCH:
                try:
                    taken.append(self._queue.get_nowait())
                except queue.Empty:
                    break
            try:
                self._write([item for item in taken if not isinstance(item, threading.Event)])
                asked = [item for item in taken if isinstance(item, threading.Event)]
                if asked or time.monotonic() - self._last_sync > _SYNC_EVERY:
                    self._sync()
                for event in asked:
                    event.set()
            except Exception as error:  # this thread must go on whatever happens
                self._warn(f"a batch of lines was lost: {error!r}")

    def _write(self, records: list[Record]) -> None:
        lines = [line for record in records if (line := self._line(record)) is not None]
        at = 0
        while at < len(lines):
            count, size = 0, 0
            if self._size and self._size + len(lines[at]) > self._max_bytes:
                self._sync()
                self._close_file()
            room = self._max_bytes - self._size if self._is_current() else self._max_bytes
            for line in lines[at:]:
                if count and size + len(line) > room:
                    break
                count, size = count + 1, size + len(line)
            self._append(b"".join(lines[at : at + count]), count)
            at += count

    def _line(self, record: Record) -> bytes | None:
        try:
            prepared = record if self._prepare is None else self._prepare(record)
            line = json.dumps(prepared, ensure_ascii=False, default=str).encode("utf-8", "replace") + b"\n"
        except Exception as error:  # what cannot be masked is not written
            self._drop(1, f"a record cannot be written: {error!r}")
            return None
        if len(line) > MOST_BYTES:
            self._drop(1, f"a line is longer than {MOST_BYTES:,} bytes")
            return None
        return line

    def _append(self, data: bytes, count: int) -> None:
        for wait in (*_RETRY, None):
            try:
                file = self._open()
                written = 0
                try:
                    while written < len(data):
                        written += os.write(file, data[written:])
                except OSError:
                    os.ftruncate(file, self._size)  # no half line stays behind
                    raise
                self._size += len(data)
                self.written += count
                return
            except OSError as error:
                self._close_file()
                if wait is None:
                    self._drop(count, str(error))
                else:
                    time.sleep(wait)

    def _is_current(self) -> bool:
        return self._file is not None and self._name == _today() and self._size < self._max_bytes

    def _open(self) -> int:
        if self._file is not None and self._is_current():
            return self._file
        self._sync()
        self._close_file()
        self.folder.mkdir(parents=True, exist_ok=True)
        self._name = _today()
        self._number += 1
        name = f"{self._prefix}-{self._name}-{os.getpid()}-{self._token}-{self._number:04d}.jsonl"
        self._file = os.open(self.folder / name, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._size = os.fstat(self._file).st_size
        return self._file

    def _sync(self) -> None:
        self._last_sync = time.monotonic()
        if self._file is not None:
            try:
                os.fsync(self._file)
            except OSError as error:
                self._warn(f"{self.folder} cannot be synced: {error}")

    def _close_file(self) -> None:
        if self._file is not None:
            file, self._file = self._file, None
            self._size = 0
            try:
                os.close(file)
            except OSError as error:
                self._warn(f"{self.folder}: {error}")

    def _drop(self, count: int, why: str) -> None:
        self.dropped += count
        self._warn(f"lines are dropped: {why}")

    def _warn(self, said: str) -> None:
        if said not in self._warned:
            self._warned.add(said)
            LOG.warning("%s", said)


def append_line(folder: str | os.PathLike[str], prefix: str, record: Record) -> Path:
    """Append one line and return when it is on the disk.

    Raises:
        OSError: It cannot be written.
    """
    place = Path(folder)
    place.mkdir(parents=True, exist_ok=True)
    path = place / f"{prefix}-{_today()}-{os.getpid()}-{_PROCESS}.jsonl"
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        data = json.dumps(record, ensure_ascii=False, default=str).encode("utf-8", "replace") + b"\n"
        before = os.fstat(file).st_size
        if os.write(file, data) != len(data):
            os.ftruncate(file, before)  # no half line stays behind
            raise OSError(f"{path} cannot be written whole")
        os.fsync(file)
    finally:
        os.close(file)
    return path


_PROCESS = secrets.token_hex(3)


def _today() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%d")


def _in_child(mine: weakref.ref[LogWriter]) -> None:
    if (writer := mine()) is not None:  # the thread and what waited stayed with the parent, which writes it
        writer._begin()


def _at_exit(mine: weakref.ref[LogWriter]) -> None:
    if (writer := mine()) is not None:
        writer.close(5.0)
