"""Measuring in several processes: chunks go out, outcomes come back in order, and a process that dies loses nothing else."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection, wait
from types import TracebackType
from typing import Any

from harness.metrics.rows import Broken
from harness.metrics.sending import Sent
from harness.metrics.worker import Chunk, Outcome, pack

GIVEN_UP_AFTER = 3
"""Processes a metric may end before no further response is measured with it."""

_START = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[2]); from harness.metrics.worker import serve; serve(int(sys.argv[1]))"
)


class NoCrewError(Exception):
    """No process could be started that has the metrics; they are then measured with in this one."""


class Crew:
    """A few processes that measure with the same metrics. A context manager: leaving it ends them.

    They are plain interpreters rather than ``multiprocessing`` children, so that the user's own script is never run again
    in them and needs no ``if __name__ == "__main__"``.
    """

    def __init__(self, sent: Sequence[Sent], names: Sequence[str], size: int) -> None:
        """Start the processes.

        Args:
            sent: The metrics, taken apart.
            names: Their names.
            size: How many processes.

        Raises:
            NoCrewError: None can be started, or the metrics cannot be made in them.
        """
        self._sent, self._names = list(sent), names
        self._ended = [0] * len(names)
        self._said: dict[int, str] = {}
        self._workers: list[_Worker] = []
        self._careful: _Worker | None = None
        try:
            for _ in range(size):
                self._workers.append(_Worker(self._sent))
            for worker in self._workers:
                worker.wait_until_ready()
        except NoCrewError:
            self.close()
            raise

    def measure(self, chunks: Iterator[Chunk]) -> Iterator[tuple[Chunk, list[Outcome]]]:
        """Measure chunk by chunk; outcomes come in the order of the chunks, and only a few chunks are held at a time.

        Raises:
            NoCrewError: A process ended and another cannot be started.
        """
        ahead = 3 * len(self._workers)
        busy: dict[int, tuple[int, Chunk]] = {}
        done: dict[int, tuple[Chunk, list[Outcome] | None]] = {}
        given = told = 0
        exhausted = False
        while True:
            for place, worker in enumerate(self._workers):
                if place in busy or exhausted or given - told >= ahead:
                    continue
                chunk = next(chunks, None)
                if chunk is None:
                    exhausted = True
                    break
                busy[place] = (given, chunk)
                given += 1
                worker.ask(chunk, set(self._said))
            if not busy:
                return
            ready = wait([self._workers[place].connection for place in busy])
            for place in [place for place in busy if self._workers[place].connection in ready]:
                number, chunk = busy.pop(place)
                done[number] = (chunk, self._workers[place].answer())
                if done[number][1] is None:
                    self._replace(place)
            while told in done:
                chunk, outcomes = done.pop(told)
                yield chunk, self._settled(chunk, outcomes)
                told += 1

    def _settled(self, chunk: Chunk, outcomes: list[Outcome] | None) -> list[Outcome]:
        """Outcomes without the metrics given up before; of a chunk that ended its process, found out one by one.

        This happens in the order of the chunks, so that it does not depend on which process was faster.
        """
        said = dict(self._said)
        settled = self._one_by_one(chunk) if outcomes is None else outcomes
        for row in settled:
            for n, why in said.items():
                row[n] = Broken(self._names[n], self._sent[n].file, None, why)
        return settled

    def _one_by_one(self, chunk: Chunk) -> list[Outcome]:
        """Measure a chunk again, a response and a metric at a time, to find out which it was that ended the process."""
        outcomes: list[Outcome] = []
        for pair in chunk:
            row: Outcome = [None] * len(self._names)
            for n, name in enumerate(self._names):
                if n in self._said:
                    row[n] = Broken(name, self._sent[n].file, None, self._said[n])
                    continue
                if self._careful is None:
                    self._careful = _Worker(self._sent)
                    self._careful.wait_until_ready()
                self._careful.ask([pair], {other for other in range(len(self._names)) if other != n})
                answer = self._careful.answer()
                if answer is not None:
                    row[n] = answer[0][n]
                    continue
                said = f"it ended its process, {self._careful.close()}"
                self._careful = None
                row[n] = Broken(name, self._sent[n].file, None, said)
                self._ended[n] += 1
                if self._ended[n] >= GIVEN_UP_AFTER:
                    self._said[n] = said
            outcomes.append(row)
        return outcomes

    def _replace(self, place: int) -> None:
        self._workers[place].close()
        self._workers[place] = _Worker(self._sent)
        self._workers[place].wait_until_ready()

    def close(self) -> None:
        """End the processes."""
        for worker in [*self._workers, *([self._careful] if self._careful else [])]:
            worker.close()
        self._workers, self._careful = [], None

    def __enter__(self) -> Crew:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


class _Worker:
    """One process and the connection to it."""

    def __init__(self, sent: list[Sent]) -> None:
        ours, theirs = socket.socketpair()
        path = json.dumps([each or os.getcwd() for each in sys.path])
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-c", _START, str(theirs.fileno()), path],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
            )
        except OSError as error:
            ours.close()
            raise NoCrewError(str(error)) from None
        finally:
            theirs.close()
        self.connection = Connection(ours.detach())
        self._send(sent)

    def wait_until_ready(self) -> None:
        try:
            said = self.connection.recv()
        except (EOFError, OSError):
            said = f"a process ended as it began, {self.close()}"
        if said is not None:
            raise NoCrewError(said)

    def ask(self, chunk: Chunk, left_out: set[int]) -> None:
        self._send((pack(chunk), left_out))

    def answer(self) -> list[Outcome] | None:
        """The outcomes asked for last; None where the process ended over them."""
        try:
            return self.connection.recv()  # type: ignore[no-any-return]
        except (EOFError, OSError):
            return None

    def close(self) -> str:
        """End the process and say how it ended."""
        self.connection.close()
        try:
            code = self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            code = self._process.wait()
        return f"exit code {code}" if code >= 0 else f"killed by {signal.Signals(-code).name}"

    def _send(self, message: Any) -> None:
        with suppress(OSError):  # an ended process is noticed where its answer is read
            self.connection.send(message)
