"""Ctrl-C and SIGTERM: the first waits for what is in flight, the second does not; everything answered is kept."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
import time
from pathlib import Path

import pytest

from harness.running import Halt, interrupts, run_suite
from harness.store import Store
from tests.provider import Provider, Received, Reply, answer, hangs
from tests.running.suites import Remembering, asks, write_suite


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_the_first_interrupt_stops_the_sending_and_keeps_what_comes(
    tmp_path: Path, provider: Provider, number: signal.Signals
) -> None:
    def interrupting(request: Received) -> Reply:
        if len(provider.requests) == 10:
            os.kill(os.getpid(), number)
        return answer("ok", delay=0.05)

    provider.default = interrupting
    before = signal.getsignal(number)
    suite = write_suite(tmp_path, {"a": asks("one", provider.url), "b": asks("two", provider.url)}, fixtures=40, concurrency=4)
    store, progress = Store(tmp_path / "runs"), Remembering()

    outcome = run_suite(suite, store, progress=progress)

    run = store.read(outcome.folder)
    assert outcome.interrupted
    assert outcome.stopped == {}
    assert (run.record.status, run.record.totals["interrupted"]) == ("stopped", True)
    assert 10 <= len(provider.requests) <= 14
    assert len(run.responses) == len(provider.requests), "every request sent has its answer kept"
    assert any(note.startswith("stopping: waiting for ") for note in progress.notes)
    assert progress.closed
    assert signal.getsignal(number) is before

    provider.default = "ok"
    sent = len(provider.requests)
    whole = run_suite(suite, store)
    assert not whole.interrupted
    assert len(provider.requests) - sent == 80 - sent


@pytest.mark.filterwarnings("ignore:coroutine '.*completion' was never awaited:RuntimeWarning")  # litellm's, when abandoned
def test_the_second_interrupt_stops_at_once(tmp_path: Path, provider: Provider) -> None:
    def interrupting(request: Received) -> Reply:
        if request.last != "question 5":
            return answer("ok")
        threading.Thread(target=twice).start()
        return hangs()

    def twice() -> None:
        for _ in range(2):
            time.sleep(0.2)
            os.kill(os.getpid(), signal.SIGINT)

    provider.default = interrupting
    suite = write_suite(tmp_path, {"a": asks("one", provider.url)}, fixtures=20, concurrency=1)
    store = Store(tmp_path / "runs")

    started = time.monotonic()
    outcome = run_suite(suite, store)

    assert time.monotonic() - started < 20
    assert outcome.interrupted
    assert len(store.read(outcome.folder).responses) == 5


def test_an_interrupt_is_heard_where_an_event_loop_runs(tmp_path: Path, provider: Provider) -> None:
    def interrupting(request: Received) -> Reply:
        if len(provider.requests) == 3:
            os.kill(os.getpid(), signal.SIGINT)
        return answer("ok", delay=0.05)

    provider.default = interrupting
    suite = write_suite(tmp_path, {"a": asks("one", provider.url)}, fixtures=40, concurrency=1)

    async def notebook() -> bool:
        return run_suite(suite, Store(tmp_path / "runs")).interrupted

    assert asyncio.run(notebook())
    assert len(provider.requests) <= 5


def test_asked_again_when_nothing_is_in_flight_it_ends_here_and_now() -> None:
    halt = Halt()
    halt.ask()
    with pytest.raises(KeyboardInterrupt):
        halt.ask()


def test_a_signal_that_is_ignored_stays_ignored() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    heard: list[int] = []
    try:
        with interrupts(lambda: heard.append(1)):
            os.kill(os.getpid(), signal.SIGHUP)
            os.kill(os.getpid(), signal.SIGTERM)
        assert heard == [1]
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)
