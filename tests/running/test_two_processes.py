"""Two processes run the same suite at the same time: every answer is paid for once, and both runs are whole."""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path

import pytest

from harness.running import run_suite
from harness.store import Store
from tests.provider import Provider, Received, Reply, answer, fails
from tests.running.suites import Remembering, asks, echo, write_suite
from tests.running.test_killed import Scripted, table

CONCURRENCY = 4


@pytest.mark.parametrize("processes", [2, 3])
def test_each_request_is_sent_by_one_of_them(tmp_path: Path, provider: Provider, processes: int) -> None:
    from tests.running.process import start_run

    provider.default = script = Scripted(faulty=True)
    variants = {"a": asks("one", provider.url), "b": asks("two", provider.url)}
    suite = write_suite(tmp_path / "suite", variants, fixtures=60, concurrency=CONCURRENCY)
    store = Store(tmp_path / "runs")

    started = [start_run(suite.folder, store.root) for _ in range(processes)]
    for process in started:
        process.join(120)

    assert [process.exitcode for process in started] == [0] * processes
    assert len(script.answered) == 120
    assert [key for key, count in script.answered.items() if count > 1] == []
    listed = store.listed()
    assert [(run.status, run.answered, run.failed) for run in listed] == [("complete", 120, 0)] * processes
    assert sum(run.record.totals["asked"] for run in listed) == 120
    uninterrupted = table(run_suite(suite, Store(tmp_path / "other")).folder)
    assert all(table(run.folder) == uninterrupted for run in listed)
    costs = [run.record.totals["cost"] for run in listed]
    first = {round(run.record.totals["cost_at_first_asking"], 9) for run in listed}
    assert {round(sum(costs), 9)} == first, "together they paid once for all"


def test_one_may_be_killed_and_the_other_goes_on_with_what_it_left(tmp_path: Path, provider: Provider) -> None:
    from tests.running.process import start_run

    provider.default = script = Scripted(faulty=False)
    suite = write_suite(tmp_path / "suite", {"a": asks("one", provider.url)}, fixtures=150, concurrency=CONCURRENCY)
    store = Store(tmp_path / "runs")
    one, other = start_run(suite.folder, store.root), start_run(suite.folder, store.root)
    while len(provider.requests) < 60:
        time.sleep(0.001)
    one.kill()
    other.join(120)

    assert other.exitcode == 0
    assert sum(count - 1 for count in script.answered.values()) <= CONCURRENCY
    complete = store.find("latest") if store.listed()[0].status == "complete" else store.listed()[1].folder
    assert len(store.read(complete).responses) == 150


def test_the_second_says_that_there_is_a_first_and_asks_only_what_that_does_not(tmp_path: Path, provider: Provider) -> None:
    from tests.running.process import start_run

    provider.default = lambda request: answer(echo(request), delay=0.05)
    suite = write_suite(tmp_path / "suite", {"a": asks("one", provider.url)}, fixtures=60, concurrency=CONCURRENCY)
    store, progress = Store(tmp_path / "runs"), Remembering()
    first = start_run(suite.folder, store.root)
    while len(provider.requests) < 10:
        time.sleep(0.001)

    run_suite(suite, store, progress=progress)
    first.join(60)

    (note,) = [note for note in progress.notes if note.startswith("another run")]
    assert f"process {first.pid}, since 20" in note
    assert max(Counter(request.last for request in provider.requests).values()) == 1


def test_what_failed_elsewhere_is_asked_here(tmp_path: Path, provider: Provider) -> None:
    from tests.running.process import start_run

    def once(request: Received) -> Reply:
        seen = [r for r in provider.requests if r.last == request.last]
        return fails(400, "too odd") if request.last == "question 3" and len(seen) == 1 else answer("fine", delay=0.05)

    provider.default = once
    suite = write_suite(tmp_path / "suite", {"a": asks("one", provider.url)}, fixtures=40, concurrency=1)
    store = Store(tmp_path / "runs")
    started = [start_run(suite.folder, store.root) for _ in range(2)]
    for process in started:
        process.join(60)

    assert sorted(run.failed for run in store.listed() if run.failed is not None) in ([0, 0], [0, 1])
    assert Counter(r.last for r in provider.requests)["question 3"] == 2
    assert len(provider.requests) == 41


def test_asking_afresh_shares_nothing(tmp_path: Path, provider: Provider) -> None:
    from tests.running.process import start_run

    provider.default = lambda request: answer(echo(request), delay=0.02)
    suite = write_suite(tmp_path / "suite", {"a": asks("one", provider.url)}, fixtures=20, concurrency=CONCURRENCY)
    started = [start_run(suite.folder, tmp_path / "runs", fresh=True) for _ in range(2)]
    for process in started:
        process.join(60)

    assert len(provider.requests) == 40
