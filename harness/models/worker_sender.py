"""Sending from several processes: one litellm call costs milliseconds of a processor, and Python uses one processor a process."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from typing import Any

from harness.errors import Fault, ModelError
from harness.models.failure import ProviderFailure, ProviderRefusal
from harness.models.frames import frame, read_frame
from harness.models.loop_lag import LoopLag
from harness.models.request import Request
from harness.models.scrubbing import one_line
from harness.models.sender import Call, Sent

RESTARTS = 3
"""How often a worker process that ended is started anew."""

_GRACE = 60.0
"""Seconds past a request's timeout after which its worker is taken to be stuck, and killed."""

_BUFFER = 1 << 20


class WorkerSender:
    """Sends through worker processes, which start with the first call and end with this object or this process.

    A call goes to the ready worker that has the fewest in flight. What a worker had in flight when it ended are attempts that
    failed on the way, so that whoever owns further attempts and the money may make them again, through another worker; the
    worker itself is started anew, three times at most.

    Args:
        workers: How many processes.
    """

    def __init__(self, workers: int) -> None:
        """Start nothing yet."""
        self._changed = asyncio.Event()
        self._workers = [_Worker(self._changed.set) for _ in range(workers)]
        self._living: list[asyncio.Task[None]] = []

    async def send(self, call: Call, request: Request) -> Sent:
        """Make one attempt in a worker.

        Raises:
            ProviderFailure: It brought no answer.
            ProviderRefusal: The provider's content filter turned the prompt away.
            ModelError: No worker can be started, or every one has ended too often.
        """
        worker = await self._least_busy()
        return await worker.send(call, request)

    def facts(self) -> Mapping[str, Any]:
        """Return how many workers there are, how often one was started anew, and how late their loops were."""
        if not self._living:
            return {}
        lag = LoopLag()
        for worker in self._workers:
            lag.seen += worker.lag.seen
        restarts = sum(worker.restarts for worker in self._workers)
        return {"workers": len(self._workers), "workers_restarted": restarts, "loop_lag_p95": lag.p95}

    async def close(self) -> None:
        """End the workers; they keep nothing, so they are given no time to say goodbye."""
        for worker, life in zip(self._workers, self._living, strict=False):
            worker.gone = worker.gone or "the sender is closed"
            life.cancel()
        await asyncio.gather(*self._living, return_exceptions=True)

    async def _least_busy(self) -> _Worker:
        if not self._living:
            self._living = [asyncio.create_task(worker.live()) for worker in self._workers]
        while True:
            ready = [worker for worker in self._workers if worker.ready]
            if ready:
                return min(ready, key=lambda worker: worker.busy)
            if all(worker.gone for worker in self._workers):
                raise ModelError(Fault(self._workers[0].gone, "run with --workers 1 to send from this process"))
            self._changed.clear()
            await self._changed.wait()


class _Worker:
    """One worker, through all the processes it takes.

    Attributes:
        ready: Whether it can be given a call.
        gone: Why it will never be ready again; empty while it may.
        restarts: How often it was started anew.
        lag: How late its loop was.
    """

    def __init__(self, changed: Callable[[], None]) -> None:
        self.ready = False
        self.gone = ""
        self.restarts = 0
        self.lag = LoopLag()
        self._changed = changed
        self._numbers = itertools.count()
        self._in_flight: dict[int, asyncio.Future[Sent]] = {}
        self._process: subprocess.Popen[bytes] | None = None
        self._writer: asyncio.StreamWriter | None = None

    @property
    def busy(self) -> int:
        """Calls in flight."""
        return len(self._in_flight)

    async def send(self, call: Call, request: Request) -> Sent:
        """Hand one call over and wait for what it brings."""
        assert self._writer is not None and self._process is not None
        number = next(self._numbers)
        waiting: asyncio.Future[Sent] = asyncio.get_running_loop().create_future()
        self._in_flight[number] = waiting
        self._writer.write(frame("send", number, call, request))
        try:
            async with asyncio.timeout(request.timeout + _GRACE):
                return await waiting
        except TimeoutError:
            self._process.kill()
            raise ProviderFailure("timeout", f"the worker process did not answer within {request.timeout + _GRACE:g} s") from None
        except asyncio.CancelledError:
            self._writer.write(frame("cancel", number))
            raise
        finally:
            self._in_flight.pop(number, None)

    async def live(self) -> None:
        """Run one process after the other, until they end too often or this task is cancelled."""
        try:
            for self.restarts in range(RESTARTS + 1):
                why = await self._one_process()
                if self.gone:
                    return
            self.gone = f"a worker process ended {RESTARTS + 1} times: {why}"
        except Exception as error:
            self.gone = one_line(f"a worker process cannot be run: {type(error).__name__}: {error}")
        finally:
            self._changed()

    async def _one_process(self) -> str:
        """Start a process and take what it says until it ends; return why it did."""
        with tempfile.TemporaryFile() as log:
            process, ours = _launch(log.fileno())
            writer = None
            try:
                reader, writer = await asyncio.open_connection(sock=ours, limit=_BUFFER)
                self._process, self._writer = process, writer
                while (said := await read_frame(reader)) is not None:
                    self._take(said)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(timeout=1.0)  # it closed the socket on its way out
            finally:
                self.ready = False
                process.kill()
                code = process.wait()
                (writer or ours).close()
                log.seek(0)
                why = _ended(code, log.read())
                for waiting in self._in_flight.values():
                    if not waiting.done():
                        waiting.set_exception(ProviderFailure("connection", f"the worker process that sent it ended: {why}"))
        return why

    def _take(self, said: tuple[Any, ...]) -> None:
        if said[0] == "ready":
            self.ready = True
            self._changed()
        elif said[0] == "broken":
            self.gone = f"a worker process cannot start: {said[1]}"
        else:
            word, number, *what, lag = said
            self.lag.seen.update(lag)
            waiting = self._in_flight.get(number)
            if waiting is None or waiting.done():
                return
            if word == "sent":
                waiting.set_result(what[0])
            else:
                waiting.set_exception(_error(word, what))


def _launch(log: int) -> tuple[subprocess.Popen[bytes], socket.socket]:
    """Start a process; return it and this end of the socket pair that leads to it."""
    # From the event loop's own thread: Linux ties the child's life to the thread that started it.
    ours, theirs = socket.socketpair()
    with theirs:
        try:
            process = subprocess.Popen(
                [sys.executable, "-P", "-m", "harness.models.sending_process", str(theirs.fileno())],
                env={**os.environ, "PYTHONPATH": os.pathsep.join(os.path.abspath(place) for place in sys.path)},
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=log,
                start_new_session=True,  # the terminal's Ctrl-C is for the parent, which then decides
            )
        except BaseException:
            ours.close()
            raise
    return process, ours


def _error(word: str, what: list[Any]) -> Exception:
    if word == "failed":
        kind, message, retry_after, retried, headers, overloaded, unsent = what
        return ProviderFailure(
            kind, message, retry_after=retry_after, retried=retried, headers=headers, overloaded=overloaded, unsent=unsent
        )
    if word == "refused":
        return ProviderRefusal(what[0])
    return ModelError(Fault(f"a worker process failed: {what[0]}"))


def _ended(code: int, log: bytes) -> str:
    """Say in a few words why a process ended: by which signal, or what it said last."""
    if code < 0:
        with contextlib.suppress(ValueError):
            return f"killed by {signal.Signals(-code).name}"
    said = log.decode("utf-8", "replace").strip().splitlines()
    return one_line(said[-1]) if said else f"it ended with {code}"
