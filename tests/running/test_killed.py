"""Killed at any moment, a run loses what was in flight and nothing else."""

from __future__ import annotations

import random
import time
from pathlib import Path

import duckdb

from harness.running import plan, run_suite
from harness.store import Store
from tests.provider import Provider, Received, Reply, answer
from tests.running.suites import asks, echo, write_suite

CONCURRENCY = 4


def slowly(request: Received) -> Reply:
    return answer(echo(request), delay=0.01)


def table(folder: Path) -> list[tuple[object, ...]]:
    """All columns but those a clock writes and the one that says where an answer came from."""
    query = f"SELECT * EXCLUDE (latency, finished_at, cached) FROM read_parquet('{folder}/responses.parquet')"
    return duckdb.connect().execute(query).fetchall()


def test_a_killed_run_is_taken_up_where_it_was(tmp_path: Path, provider: Provider) -> None:
    from tests.running.process import start_run

    provider.default = slowly
    variants = {"a": asks("one", provider.url), "b": asks("two", provider.url)}
    suite = write_suite(tmp_path / "suite", variants, fixtures=80, concurrency=CONCURRENCY)
    hashes = {p.hash: (p.variant, p.fixture.id) for p in plan(suite)}
    store = Store(tmp_path / "runs")
    moments = random.Random(20261122)

    for kills in range(1, 5):
        seen = len(provider.requests) + moments.randint(1, 35)
        process = start_run(suite.folder, store.root)
        while len(provider.requests) < seen:
            assert process.is_alive(), "it ended before it could be killed"
            time.sleep(0.001)
        time.sleep(moments.random() * 0.02)
        process.kill()
        process.join()
        time.sleep(0.1)  # what was on the wire arrives
        known = store.answers(hashes)
        assert len(store.list()) == kills
        assert 0 <= len(provider.requests) - len(known) <= kills * CONCURRENCY

    before = len(provider.requests)
    taken_up = run_suite(suite, store).folder

    asked = {(request.model, request.last) for request in provider.requests[before:]}
    lacking = {hashes[name] for name in hashes.keys() - known.keys()}
    assert asked == {({"a": "one", "b": "two"}[variant], f"question {fixture[1:]}") for variant, fixture in lacking}
    assert len(provider.requests) - before == len(lacking) > 0
    assert store.read(taken_up).record.status == "complete"

    uninterrupted = run_suite(suite, Store(tmp_path / "other")).folder
    assert table(taken_up) == table(uninterrupted)
    assert len(table(taken_up)) == 160

    asked_in_all = len(provider.requests)
    run_suite(suite, store)
    assert len(provider.requests) == asked_in_all
