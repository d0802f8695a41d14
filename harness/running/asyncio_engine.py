"""The engine of one machine: an event loop, with a bounded number of requests of each lane in flight."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Iterable, Iterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Generic, TypeVar

from harness.errors import HarnessError
from harness.models import Response
from harness.running.engine import Finished, Lanes
from harness.running.halt import Halt
from harness.running.planned import PlannedRequest

Item = TypeVar("Item")
Answer = TypeVar("Answer")


@dataclass(frozen=True)
class AsyncioEngine:
    """Answers in this process, or through senders it started: whoever ``answer`` asks.

    Attributes:
        answer: Answers one planned request. A HarnessError means that its variant cannot be asked.
        most: By lane, how many of its requests may be taken and not finished.
        stopping: Told how many are still in flight when the sending ends before its time.
        not_sent: The error by which ``answer`` says that it sent nothing because it was told to stop.
    """

    answer: Callable[[PlannedRequest], Awaitable[Response]]
    most: Mapping[str, int]
    stopping: Callable[[int], None]
    not_sent: type[Exception] | tuple[type[Exception], ...] = ()

    async def answers(self, planned: Lanes, halt: Halt) -> AsyncGenerator[Finished, None]:
        """Answer the planned requests; lanes go side by side, each in its own order."""
        on_their_way: dict[str, set[asyncio.Task[Any]]] = {}

        async def one(request: PlannedRequest) -> Finished | None:
            task = asyncio.current_task()
            assert task is not None
            mine = on_their_way.setdefault(request.variant, set())
            mine.add(task)
            try:
                return request, await self.answer(request)
            except self.not_sent:
                return None
            except HarnessError as error:
                halt.give_up(request.variant, str(error))
                return None
            except asyncio.CancelledError:
                if request.variant in halt.given_up:
                    return None
                raise
            finally:
                mine.discard(task)

        def abandon() -> None:
            for variant in halt.given_up:
                for task in tuple(on_their_way.get(variant, ())):
                    task.cancel()

        with halt.telling(abandon):
            lanes = [(stream, self.most[lane]) for lane, stream in planned.items()]
            found = answer_lanes(lanes, one, halt=halt, stopping=self.stopping)
            async with aclosing(found):
                async for finished in found:
                    if finished is not None:
                        yield finished


def answer_all(
    planned: Iterable[Item],
    answer: Callable[[Item], Coroutine[Any, Any, Answer]],
    *,
    concurrency: int,
    halt: Halt,
    stopping: Callable[[int], None],
) -> AsyncGenerator[Answer, None]:
    """Answer one stream; see ``answer_lanes``."""
    return answer_lanes([(planned, concurrency)], answer, halt=halt, stopping=stopping)


@dataclass(eq=False)
class _Lane(Generic[Item]):
    """One stream while it is answered."""

    source: Iterator[Item]
    most: int
    exhausted: bool = False
    in_flight: set[Any] = field(default_factory=set)


async def answer_lanes(
    lanes: Sequence[tuple[Iterable[Item], int]],
    answer: Callable[[Item], Coroutine[Any, Any, Answer]],
    *,
    halt: Halt,
    stopping: Callable[[int], None],
) -> AsyncGenerator[Answer, None]:
    """Answer several streams side by side.

    Args:
        lanes: Streams, taken from one by one as places become free, and how many of each may be in flight.
        answer: Answers one of them.
        halt: When it is asked, nothing more is taken.
        stopping: Told how many are still in flight when that happens.

    Yields:
        Each finished response, in the order they finish.
    """
    opened = [_Lane(iter(stream), most) for stream, most in lanes]
    done: deque[tuple[_Lane[Item], asyncio.Future[Answer]]] = deque()
    changed = asyncio.Event()
    told = False

    def finish(lane: _Lane[Item], task: asyncio.Future[Answer]) -> None:
        done.append((lane, task))
        changed.set()

    def take(lane: _Lane[Item]) -> None:
        while len(lane.in_flight) < lane.most and not lane.exhausted and not halt.asked:
            try:
                item = next(lane.source)
            except StopIteration:
                lane.exhausted = True
                return
            task = asyncio.ensure_future(answer(item))
            lane.in_flight.add(task)
            task.add_done_callback(partial(finish, lane))

    try:
        with halt.telling(changed.set):
            for lane in opened:
                take(lane)
            while any(lane.in_flight for lane in opened) and not halt.at_once:
                if halt.asked and not told:
                    told = True
                    stopping(sum(len(lane.in_flight) for lane in opened))
                if not done:
                    await changed.wait()
                    changed.clear()
                while done:
                    lane, task = done.popleft()
                    lane.in_flight.discard(task)
                    yield task.result()
                    take(lane)  # after what came has been judged: it may be the reason to ask no more
    finally:
        left = [task for lane in opened for task in lane.in_flight]
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)


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
