"""Telling how a run goes while it goes, on standard error."""

from __future__ import annotations

import io
import sys
import time
from contextlib import suppress
from typing import Any, Protocol, TextIO, cast

from harness.store import StoredResponse


class Progress(Protocol):
    """What a run tells; all calls come from one thread at a time."""

    def started(self, total: int, cached: int) -> None:
        """The run, or after it the asking of judges, begins: so many responses are planned, so many are known already."""
        ...

    def finished(self, stored: StoredResponse) -> None:
        """One response is finished and kept."""
        ...

    def note(self, text: str) -> None:
        """One line the user should see."""
        ...

    def close(self) -> None:
        """The run is over."""
        ...


class Silence:
    """Tells nothing."""

    def started(self, total: int, cached: int) -> None:
        """Ignore it."""

    def finished(self, stored: StoredResponse) -> None:
        """Ignore it."""

    def note(self, text: str) -> None:
        """Ignore it."""

    def close(self) -> None:
        """Ignore it."""


def make_progress(stream: TextIO | None = None) -> Progress:
    """Return a bar for a terminal and plain lines for anything else."""
    lasting = cast(TextIO, Lasting(sys.stderr if stream is None else stream))
    return RichProgress(lasting) if lasting.isatty() else PlainProgress(lasting)


class Lasting(io.TextIOBase):
    """A stream that takes what is written to it also after its terminal was closed or its reader has gone; it is then lost."""

    def __init__(self, stream: TextIO) -> None:
        """Write to ``stream`` as long as that is possible."""
        self._stream = stream

    @property
    def encoding(self) -> str:  # type: ignore[override]
        """That of the stream."""
        return self._stream.encoding

    def isatty(self) -> bool:
        """Whether the stream is a terminal."""
        return self._stream.isatty()

    def fileno(self) -> int:
        """The stream's."""
        return self._stream.fileno()

    def write(self, text: str, /) -> int:
        """Write, if that is still possible."""
        with suppress(OSError):
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        """Flush, if that is still possible."""
        with suppress(OSError):
            self._stream.flush()


class Tally:
    """Counts what has finished.

    Attributes:
        total: Responses planned.
        done: Responses there, known ones included.
        failed: Failed ones among them.
        cost: US dollars spent on those whose price is known.
        unpriced: Answers of models whose price is unknown.
    """

    def __init__(self) -> None:
        """Start at nothing."""
        self.total = self.done = self.failed = self.unpriced = 0
        self.cost = 0.0
        self._new = 0
        self._since = time.monotonic()

    def start(self, total: int, cached: int) -> None:
        """Begin counting."""
        self.total, self.done = total, cached
        self._since = time.monotonic()

    def add(self, stored: StoredResponse) -> None:
        """Count one response."""
        self.done += 1
        self._new += 1
        response = stored.response
        if not response.usable:
            self.failed += 1
        elif stored.cached:
            return
        elif response.cost is not None:
            self.cost += response.cost
        elif response.output_tokens is not None:
            self.unpriced += 1

    @property
    def elapsed(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self._since

    @property
    def rate(self) -> float:
        """Responses a second."""
        return self._new / self.elapsed if self.elapsed > 0 else 0.0

    @property
    def left(self) -> float | None:
        """Seconds left at this rate; None before the first response."""
        return (self.total - self.done) / self.rate if self._new and self.rate else None

    @property
    def spent(self) -> str:
        """What it has cost, and whether that is all."""
        if self.unpriced:
            return f"over ${self.cost:.4f}" if self.cost else "cost unknown"
        return f"${self.cost:.4f}" if 0 < self.cost < 1 else f"${self.cost:.2f}"


class RichProgress:
    """One live bar: done, failed, rate, cost so far, time left; fits terminals from 60 columns on."""

    WIDE = 100

    def __init__(self, stream: TextIO | None = None, *, width: int | None = None) -> None:
        """Prepare the bar.

        Args:
            stream: Where it is drawn; standard error unless given.
            width: Columns to use; those of the terminal unless given.
        """
        from rich.console import Console
        from rich.progress import BarColumn, TextColumn
        from rich.progress import Progress as Bar

        self._console = Console(file=sys.stderr if stream is None else stream, width=width)
        wide = self._console.width >= self.WIDE
        self._name_width = 24 if wide else 12
        columns: list[Any] = [TextColumn("{task.description}", markup=False), BarColumn(bar_width=None if wide else 8)]
        columns += [
            TextColumn("{task.completed:.0f}/{task.total:.0f}", markup=False),
            TextColumn("{task.fields[said]}", markup=False),
        ]
        self._wide = wide
        self._bar = Bar(*columns, console=self._console, expand=wide, refresh_per_second=5)
        self._tally = Tally()
        self._task: Any = None

    def started(self, total: int, cached: int) -> None:
        """Show the bar."""
        self._tally = Tally()
        self._tally.start(total, cached)
        if self._task is not None:
            self._bar.remove_task(self._task)
        self._task = self._bar.add_task("starting".ljust(self._name_width), total=total, completed=cached, said="")
        self._bar.start()

    def finished(self, stored: StoredResponse) -> None:
        """Move the bar."""
        self._tally.add(stored)
        name = stored.variant
        if len(name) > self._name_width:
            name = name[: self._name_width - 1] + "…"
        if self._task is not None:
            self._bar.update(self._task, advance=1, description=name.ljust(self._name_width), said=self._said())

    def note(self, text: str) -> None:
        """Print a line above the bar."""
        self._console.print(text, markup=False, highlight=False)

    def close(self) -> None:
        """Take the bar to its end."""
        self._bar.stop()

    def _said(self) -> str:
        tally = self._tally
        left = "" if tally.left is None else clock(tally.left)
        if self._wide:
            parts = [f"{tally.failed} failed", f"{tally.rate:.1f}/s", tally.spent, f"{left} left" if left else ""]
        else:
            parts = [f"{tally.failed} failed" if tally.failed else "", tally.spent.removeprefix("cost "), left]
        return " · ".join(part for part in parts if part)


class PlainProgress:
    """Lines for a log: one at the start, one each tenth of the way or half minute, one at the end."""

    EVERY = 30.0

    def __init__(self, stream: TextIO | None = None) -> None:
        """Prepare to write; to standard error unless another stream is given."""
        self._stream = sys.stderr if stream is None else stream
        self._tally = Tally()
        self._tenth = 0
        self._last = 0.0
        self._open = False

    def started(self, total: int, cached: int) -> None:
        """Write the first line."""
        self._tally = Tally()
        self._tally.start(total, cached)
        self._tenth = self._tenths()
        self._last = time.monotonic()
        self._open = True
        self.note(f"{total} responses planned, {cached} known from earlier runs")

    def finished(self, stored: StoredResponse) -> None:
        """Write a line when it is time for one."""
        self._tally.add(stored)
        now = time.monotonic()
        if self._tally.done < self._tally.total and (self._tenths() > self._tenth or now - self._last >= self.EVERY):
            self._tenth, self._last = self._tenths(), now
            left = "" if self._tally.left is None else f", about {clock(self._tally.left)} left"
            self.note(f"{self._said()}{left} ({stored.variant})")

    def note(self, text: str) -> None:
        """Write a line."""
        print(text, file=self._stream, flush=True)

    def close(self) -> None:
        """Write the last line."""
        if self._open:
            self._open = False
            self.note(f"{self._said()}, {clock(self._tally.elapsed)}")

    def _tenths(self) -> int:
        return 10 * self._tally.done // max(self._tally.total, 1)

    def _said(self) -> str:
        return f"{self._tally.done}/{self._tally.total} done, {self._tally.failed} failed, {self._tally.spent}"


def clock(seconds: float) -> str:
    """Write seconds as ``m:ss`` or ``h:mm:ss``."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
