"""The journal: one line per finished response, on disk before the next request is counted done."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from harness.errors import Fault, UnfinishedError
from harness.store.record import StoredResponse
from harness.store.rows import to_row

SYNC_EVERY = 1.0
"""Seconds of lines a power cut may take; a killed process loses none, for each line is handed to the system at once."""


class Journal:
    """An open journal. Opening one that a killed process left cuts a torn last line off first.

    A line is written whole or not at all, also on a disk that is full.

    Attributes:
        path: The journal file.
        count: Whole lines in it.
        gone: Whether the file was deleted or replaced since it was opened; what was written can still be copied.
    """

    def __init__(self, path: Path) -> None:
        """Open for appending; the file is made where there is none."""
        self.path = path
        self.count = repair(path)
        self._file = path.open("ab+", buffering=0)
        self._size = os.fstat(self._file.fileno()).st_size
        self._synced = time.monotonic()
        self.gone = False

    def append(self, stored: StoredResponse) -> None:
        """Write one response as one line."""
        self.write(to_row(stored))

    def write(self, row: Mapping[str, Any]) -> None:
        """Write one row as one line.

        Raises:
            UnfinishedError: When it cannot be written, or the journal is gone.
        """
        line = json.dumps(row, ensure_ascii=False) + "\n"
        # A lone surrogate in a model's answer is no valid text anywhere: it becomes a question mark.
        self._put(line.encode("utf-8", "replace"))
        self.count += 1
        if time.monotonic() - self._synced >= SYNC_EVERY:
            self.sync()

    def sync(self) -> None:
        """Make everything written so far durable.

        Raises:
            UnfinishedError: When the disk refuses, or the journal is gone.
        """
        try:
            os.fsync(self._file.fileno())
            self.gone = not _same(self._file.fileno(), self.path)
        except OSError as error:
            raise self._unwritten(error) from error
        self._synced = time.monotonic()
        if self.gone:
            raise UnfinishedError(Fault("was deleted while it was being written", "give the same command again", str(self.path)))

    def close(self) -> None:
        """Sync and close; closing twice is harmless.

        Raises:
            UnfinishedError: As ``sync`` does; closed it is all the same, unless it is gone.
        """
        if not self._file.closed:
            try:
                self.sync()
            finally:
                if not self.gone:
                    self._file.close()

    def put_back(self) -> None:
        """Write a journal that is gone to its place again, and close it.

        Raises:
            OSError: When that cannot be done.
        """
        with self.path.open("wb") as file:
            self._file.seek(0)
            while some := self._file.read(1 << 20):
                file.write(some)
            file.flush()
            os.fsync(file.fileno())
        self._file.close()

    def _put(self, data: bytes) -> None:
        left = memoryview(data)
        try:
            while left:
                left = left[self._file.write(left) :]
        except OSError as error:
            with suppress(OSError):
                self._file.truncate(self._size)
            raise self._unwritten(error) from error
        self._size += len(data)

    def _unwritten(self, error: OSError) -> UnfinishedError:
        kept = f"free the place and give the same command again; {self.count} answers are kept"
        return UnfinishedError(Fault(f"cannot be written: {error.strerror or error}", kept, str(self.path)))


def _same(file: int, path: Path) -> bool:
    """Whether a path still names an open file."""
    try:
        there, here = os.stat(path), os.fstat(file)
    except (FileNotFoundError, NotADirectoryError):
        return False
    return (there.st_dev, there.st_ino) == (here.st_dev, here.st_ino)


def repair(path: Path) -> int:
    """Cut off a torn last line, in place.

    Returns:
        How many whole lines remain; 0 where there is no journal.
    """
    if not path.exists():
        return 0
    lines, whole = 0, 0
    with path.open("rb+") as file:
        for line in file:
            if line.endswith(b"\n"):
                lines, whole = lines + 1, whole + len(line)
        file.truncate(whole)
    return lines


def longest_line(path: Path) -> int:
    """Return the bytes of a journal's longest line, its end included; 0 where there is no journal."""
    try:
        with path.open("rb") as file:
            return max(map(len, file), default=0)
    except FileNotFoundError:
        return 0


def has_line(path: Path) -> bool:
    """Whether a journal holds at least one whole line."""
    try:
        with path.open("rb") as file:
            return file.readline().endswith(b"\n")
    except OSError:
        return False
