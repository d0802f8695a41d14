"""The wish to stop: everything, or one variant."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress


class Halt:
    """The wish to stop, which may come from another thread or a signal handler.

    Attributes:
        asked: Send nothing more; wait for what is in flight.
        at_once: Do not wait either.
        given_up: Variants that are not to be asked any more, and nobody waits for what is on its way to them: why, one line each.
        when_given_up: Told of each variant that is given up, and why.
    """

    def __init__(self, given_up: Mapping[str, str] | None = None) -> None:
        """Nothing is asked yet; some variants may be given up before anything begins."""
        self.asked = False
        self.at_once = False
        self.given_up = dict(given_up or {})
        self.when_given_up: Callable[[str, str], None] | None = None
        self._told: list[Callable[[], None]] = []

    def ask(self) -> None:
        """Ask to stop; asked a second time, what is in flight is abandoned.

        Raises:
            KeyboardInterrupt: Asked again while nothing is in flight that could be abandoned: it is to end here and now.
        """
        if self.asked and not self._told:
            raise KeyboardInterrupt
        self.at_once = self.asked
        self.asked = True
        self._tell()

    def give_up(self, variant: str, reason: str) -> None:
        """Send nothing more to a variant, and wait no longer for what is on its way to it; the first reason stays."""
        if variant not in self.given_up:
            self.given_up[variant] = " ".join(reason.split())
            if self.when_given_up is not None:
                self.when_given_up(variant, self.given_up[variant])
            self._tell()

    @contextmanager
    def telling(self, change: Callable[[], None]) -> Iterator[None]:
        """While this is open, have ``change`` called on the running event loop each time something was wished."""
        loop = asyncio.get_running_loop()

        def tell() -> None:
            with suppress(RuntimeError):  # the loop is closed: there is nothing left to stop
                loop.call_soon_threadsafe(change)

        self._told.append(tell)
        try:
            yield
        finally:
            self._told.remove(tell)

    def _tell(self) -> None:
        for tell in tuple(self._told):
            tell()
