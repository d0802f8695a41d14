"""The journal: one line per finished response, on disk before the next request is counted done."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from harness.store.record import StoredResponse
from harness.store.rows import to_row

SYNC_EVERY = 1.0
"""Seconds of lines a power cut may take; a killed process loses none, for each line is handed to the system at once."""


class Journal:
    """An open journal. Opening one that a killed process left cuts a torn last line off first.

    Attributes:
        path: The journal file.
        count: Whole lines in it.
    """

    def __init__(self, path: Path) -> None:
        """Open for appending; the file is made where there is none."""
        self.path = path
        self.count = repair(path)
        self._file = path.open("ab", buffering=0)
        self._synced = time.monotonic()

    def append(self, stored: StoredResponse) -> None:
        """Write one response as one line."""
        self.write(to_row(stored))

    def write(self, row: Mapping[str, Any]) -> None:
        """Write one row as one line."""
        line = json.dumps(row, ensure_ascii=False) + "\n"
        # A lone surrogate in a model's answer is no valid text anywhere: it becomes a question mark.
        self._file.write(line.encode("utf-8", "replace"))
        self.count += 1
        if time.monotonic() - self._synced >= SYNC_EVERY:
            self.sync()

    def sync(self) -> None:
        """Make everything written so far durable."""
        os.fsync(self._file.fileno())
        self._synced = time.monotonic()

    def close(self) -> None:
        """Sync and close; closing twice is harmless."""
        if not self._file.closed:
            self.sync()
            self._file.close()


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


def has_line(path: Path) -> bool:
    """Whether a journal holds at least one whole line."""
    try:
        with path.open("rb") as file:
            return file.readline().endswith(b"\n")
    except OSError:
        return False
