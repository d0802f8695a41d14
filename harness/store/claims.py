"""Who is asking what just now, so that processes that run the same suite at the same time pay for each answer once.

Before a request is sent it is claimed: a lock on one byte of a file that the runs of a suite share, at a place made of the
request's hash. The system drops the locks of a process when it ends, however it ends. Whoever has the claim looks into what
the other processes have answered since, and sends only what none of them has.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Final

from harness.store import layout, tables
from harness.store.alive import Holder, holder
from harness.store.answers import RESPONSES, Kept, find_answers
from harness.store.record import StoredResponse
from harness.store.rows import COLUMNS, from_row

FILE = ".asking"
"""The file in a suite's folder of the store whose bytes are locked; it stays empty."""

BUSY: Final = "busy"
"""Another process is asking it at this moment."""

_DIGITS = 15
_TICK = 0.1
"""Seconds for which two changes of a folder may have the same time."""

_LOOK = 1.0
"""Seconds between two looks whether another process is still there."""

_PLACE = tuple[Path, int]


@dataclass
class _Board:
    """The shared file as this process has it open, once: closing it anywhere would drop all locks of the process."""

    file: int
    users: int = 0


_boards: dict[Path, _Board] = {}
_mine: set[_PLACE] = set()
_guard = threading.Lock()


class _Tail:
    """The usable answers that another process adds to its journal; a journal that is removed meanwhile can still be read."""

    def __init__(self, path: Path, *, from_end: bool) -> None:
        self.folder = path.parent
        self._file = path.open("rb")
        self._read = _last_line_end(self._file) if from_end else 0
        self._looked = time.monotonic()

    def new(self) -> Iterator[tuple[str, tuple[int, int]]]:
        """Yield the hash and the place of each answer since the last time."""
        if os.fstat(self._file.fileno()).st_size <= self._read:
            return
        self._file.seek(self._read)
        for line in self._file:
            if not line.endswith(b"\n"):
                break
            place = (self._read, len(line))
            self._read += len(line)
            said = _parsed(line)
            if said.get("outcome") not in (None, "failed") and not said.get("cached") and isinstance(said.get("hash"), str):
                yield said["hash"], place

    def answer(self, place: tuple[int, int]) -> StoredResponse:
        said = _parsed(os.pread(self._file.fileno(), place[1], place[0]))
        return from_row([said.get(name) for name in COLUMNS])

    def over(self) -> bool:
        """Whether its process is gone; looked at now and then."""
        now = time.monotonic()
        if now - self._looked < _LOOK:
            return False
        self._looked = now
        return holder(self.folder) is None


class Claims:
    """What this process asks, and what others have answered since these claims were begun. Used as a context manager.

    Begin them before looking up what is known, so that no answer falls in between.
    """

    def __init__(self, folder: Path, kept: Kept = RESPONSES) -> None:
        """Begin to watch.

        Args:
            folder: The suite's folder in the store; made where there is none.
            kept: Whether the variants' answers are claimed, or the judges'.

        Raises:
            OSError: When the folder cannot be written to.
        """
        folder.mkdir(parents=True, exist_ok=True)
        self._folder, self._kept = folder, kept
        self._path = folder.resolve() / FILE
        with _guard:
            if self._path not in _boards:
                _boards[self._path] = _Board(os.open(self._path, os.O_RDWR | os.O_CREAT, 0o666))
            self._board = _boards[self._path]
            self._board.users += 1
        self._claimed: set[_PLACE] = set()
        self._found: dict[str, tuple[_Tail, tuple[int, int]] | Path] = {}
        self._tails: list[_Tail] = []
        self._waiting: set[str] = set()
        self._changed = 0
        self._seen = {path.name for path in folder.iterdir() if (path / layout.RUN).exists() and holder(path) is None}
        self._own: set[str] = set()
        self._refresh(from_end=True)

    @property
    def others(self) -> list[Holder]:
        """The other processes that work on runs of this suite now."""
        found = (holder(self._folder / name) for name in sorted(self._waiting | {tail.folder.name for tail in self._tails}))
        return [each for each in found if each is not None]

    def leave_out(self, own: Path) -> None:
        """Name the run that these claims are for, which is none of the others."""
        self._own.add(own.name)
        self._waiting.discard(own.name)
        self._tails = [tail for tail in self._tails if tail.folder.name != own.name]

    def take(self, name: str) -> StoredResponse | str | None:
        """Claim a request, by its hash.

        Returns:
            None: it is yours, send it, and say ``done`` when its answer is kept. An answer: another process got it meanwhile.
            ``BUSY``: another process is asking it; take it again a moment later.
        """
        place = (self._path, int(name[:_DIGITS], 16))
        if not self._lock(place):
            return BUSY
        self._refresh()
        answer = self._answer(name)
        if answer is not None:
            self._unlock(place)
        return answer

    def done(self, name: str) -> None:
        """Let a claim go: its answer is kept, or it is asked for no more."""
        self._unlock((self._path, int(name[:_DIGITS], 16)))

    def __enter__(self) -> Claims:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for place in tuple(self._claimed):
            self._unlock(place)
        with _guard:
            self._board.users -= 1
            if not self._board.users:
                os.close(self._board.file)
                del _boards[self._path]

    def _lock(self, place: _PLACE) -> bool:
        with _guard:
            if place in _mine:
                return False
            try:
                fcntl.lockf(self._board.file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, place[1])
            except (BlockingIOError, PermissionError):
                return False
            except OSError:
                pass  # a file system without locks: everybody may ask
            _mine.add(place)
        self._claimed.add(place)
        return True

    def _unlock(self, place: _PLACE) -> None:
        if place in self._claimed:
            self._claimed.discard(place)
            with _guard:
                _mine.discard(place)
                with contextlib.suppress(OSError):
                    fcntl.lockf(self._board.file, fcntl.LOCK_UN, 1, place[1])

    def _refresh(self, *, from_end: bool = False) -> None:
        """Learn of new runs and new answers."""
        with contextlib.suppress(OSError):  # somebody deleted the suite's folder
            changed = self._folder.stat().st_mtime_ns
            if changed != self._changed:
                self._changed = changed if time.time_ns() - changed > _TICK * 1e9 else 0
                names = {path.name for path in self._folder.iterdir() if not path.name.startswith(".")}
                self._waiting |= names - self._seen - self._own
                self._seen |= names
        for name in tuple(self._waiting):
            self._open(self._folder / name, from_end=from_end)
        for tail in tuple(self._tails):
            over = tail.over()  # before reading: what it wrote last is then not missed
            for found, place in tail.new():
                self._found[found] = (tail, place)
            if over:
                self._tails.remove(tail)

    def _open(self, folder: Path, *, from_end: bool) -> None:
        """Begin to follow a run where it can be; forget it where it has ended, with or without answers."""
        alive = holder(folder) is not None
        try:
            self._tails.append(_Tail(folder / self._kept.journal, from_end=from_end))
            self._waiting.discard(folder.name)
        except OSError:
            if (folder / self._kept.table).exists():
                self._waiting.discard(folder.name)
                if not from_end:
                    self._read_table(folder)
            elif not alive and _begun(folder):
                self._waiting.discard(folder.name)

    def _read_table(self, folder: Path) -> None:
        """Learn what a run answered that began and ended between two looks."""
        import duckdb

        query = "SELECT DISTINCT hash FROM read_parquet($file) WHERE outcome <> 'failed' AND NOT cached"
        with tables.connect() as db, contextlib.suppress(duckdb.Error):
            for (name,) in db.execute(query, {"file": str(folder / self._kept.table)}).fetchall():
                self._found.setdefault(name, folder)

    def _answer(self, name: str) -> StoredResponse | None:
        found = self._found.get(name)
        if found is None:
            return None
        if isinstance(found, Path):
            return find_answers([found], [name], lambda line: None, self._kept).get(name)
        tail, place = found
        return tail.answer(place)


def _begun(folder: Path) -> bool:
    """Whether a folder has been a run's for long enough that whoever made it would hold it by now."""
    try:
        return (folder / layout.RUN).exists() or time.time() - folder.stat().st_mtime > 60 * _LOOK
    except OSError:
        return True


def _parsed(line: bytes) -> Mapping[str, Any]:
    try:
        said = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, Mapping) else {}


def _last_line_end(file: Any) -> int:
    """Where the last whole line of a file ends."""
    end = file.seek(0, os.SEEK_END)
    while end > 0:
        begin = max(0, end - (1 << 16))
        file.seek(begin)
        at = file.read(end - begin).rfind(b"\n")
        if at >= 0:
            return int(begin + at + 1)
        end = begin
    return 0
