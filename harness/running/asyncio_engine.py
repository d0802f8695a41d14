"""The engine: a stream of planned requests in, finished responses out, a bounded number in flight.

Anything else that turns the one stream into the other could stand in its place.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Iterable
from contextlib import suppress
from typing import Any, TypeVar

Planned = TypeVar("Planned")
Finished = TypeVar("Finished")


class Halt:
    """The wish to stop, which may come from another thread or a signal handler.

    Attributes:
        asked: Send nothing more; wait for what is in flight.
    """

    def __init__(self) -> None:
        """Nothing is asked yet."""
        self.asked = False
        self._twice = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._changed: asyncio.Event | None = None

    def ask(self) -> None:
        """Ask to stop; asked a second time, what is in flight is abandoned."""
        self._twice = self.asked
        self.asked = True
        if self._loop is not None and self._changed is not None:
            with suppress(RuntimeError):  # the loop is closed: there is nothing left to stop
                self._loop.call_soon_threadsafe(self._changed.set)

    async def at_once(self, told: Callable[[], None]) -> None:
        """Wait until stopping was asked for twice; call ``told`` when it is asked for once."""
        self._loop, self._changed = asyncio.get_running_loop(), asyncio.Event()
        if not self.asked:
            await self._changed.wait()
            self._changed.clear()
        told()
        while not self._twice:
            await self._changed.wait()
            self._changed.clear()


async def answer_all(
    planned: Iterable[Planned],
    answer: Callable[[Planned], Awaitable[Finished]],
    *,
    concurrency: int,
    halt: Halt,
    stopping: Callable[[int], None],
) -> AsyncGenerator[Finished, None]:
    """Answer a stream of requests.

    Args:
        planned: Taken from one by one, as places become free.
        answer: Answers one of them.
        concurrency: Requests in flight at most.
        halt: When it is asked, nothing more is taken.
        stopping: Told how many are still in flight when that happens.

    Yields:
        Each finished response, in the order they finish.
    """
    source = iter(planned)
    exhausted = False
    in_flight: set[asyncio.Future[Finished]] = set()
    at_once = asyncio.ensure_future(halt.at_once(lambda: stopping(len(in_flight))))
    try:
        while True:
            while len(in_flight) < concurrency and not exhausted and not halt.asked:
                try:
                    in_flight.add(asyncio.ensure_future(answer(next(source))))
                except StopIteration:
                    exhausted = True
            if not in_flight:
                return
            waited: set[asyncio.Future[Any]] = {*in_flight, at_once}
            await asyncio.wait(waited, return_when=asyncio.FIRST_COMPLETED)
            finished = {task for task in in_flight if task.done()}
            in_flight -= finished
            for task in finished:
                yield task.result()
            if at_once.done():
                return
    finally:
        at_once.cancel()
        for task in in_flight:
            task.cancel()
        await asyncio.gather(at_once, *in_flight, return_exceptions=True)


def run_to_end(work: Callable[[], Coroutine[Any, Any, None]], halt: Halt) -> None:
    """Run a coroutine from synchronous code, in a thread of its own where an event loop already runs in this one."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        asyncio.run(work())
        return
    raised: list[BaseException] = []

    def run() -> None:
        try:
            asyncio.run(work())
        except BaseException as error:
            raised.append(error)

    thread = threading.Thread(target=run, name="harness-run")
    thread.start()
    while thread.is_alive():
        try:
            thread.join()
        except KeyboardInterrupt:
            halt.ask()
    if raised:
        raise raised[0]
