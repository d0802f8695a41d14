"""How late the event loop is: what a busy process adds to every latency it measures."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

_EVERY = 0.05


class LoopLag:
    """Looks every 50 ms, while calls are in flight, by how much the loop is late.

    Attributes:
        seen: How often each lateness was seen, in seconds rounded to two digits, so that a long run needs no more memory.
    """

    def __init__(self) -> None:
        """Look at nothing yet."""
        self.seen: Counter[float] = Counter()
        self._in_flight = 0
        self._timer: asyncio.TimerHandle | None = None

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Watch the running loop while one more call is in flight."""
        self._in_flight += 1
        if self._timer is None:
            self._set(asyncio.get_running_loop())
        try:
            yield
        finally:
            self._in_flight -= 1
            if not self._in_flight and self._timer is not None:
                self._timer.cancel()
                self._timer = None

    def take(self) -> Mapping[float, int]:
        """Return what was seen since the last time, and forget it."""
        seen, self.seen = self.seen, Counter()
        return seen

    @property
    def p95(self) -> float | None:
        """Seconds that 95 of 100 looks did not exceed; None where nobody looked."""
        left = 0.95 * self.seen.total()
        for lag, count in sorted(self.seen.items()):
            left -= count
            if left <= 0:
                return lag
        return None

    def _set(self, loop: asyncio.AbstractEventLoop) -> None:
        due = loop.time() + _EVERY
        self._timer = loop.call_at(due, self._look, loop, due)

    def _look(self, loop: asyncio.AbstractEventLoop, due: float) -> None:
        self.seen[float(f"{max(0.0, loop.time() - due):.1e}")] += 1
        self._set(loop)
