"""The disk fills up or somebody deletes the store in the middle of a run: it ends with one line, and is gone on with."""

from __future__ import annotations

import resource
import shutil
from collections import Counter
from pathlib import Path

import pytest

from harness.errors import UnfinishedError
from harness.running import run_suite
from harness.store import Store
from tests.provider import Provider, Received
from tests.running.suites import Remembering, asks, echo, write_suite

CONCURRENCY = 2


def test_a_disk_that_fills_up_ends_the_run_and_the_next_one_goes_on(tmp_path: Path, provider: Provider) -> None:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)

    def filling(request: Received) -> str:
        if len(provider.requests) == 30:
            (journal,) = (tmp_path / "runs").glob("*/*/journal.jsonl")
            resource.setrlimit(resource.RLIMIT_FSIZE, (journal.stat().st_size + 1000, before[1]))
        return echo(request)

    provider.default = filling
    suite = write_suite(tmp_path / "suite", {"a": asks("one", provider.url)}, fixtures=100, concurrency=CONCURRENCY)
    store, progress = Store(tmp_path / "runs"), Remembering()
    try:
        with pytest.raises(UnfinishedError, match=r"journal\.jsonl: cannot be written: File too large"):
            run_suite(suite, store, progress=progress)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)

    assert progress.closed
    sent, (left,) = len(provider.requests), store.listed()
    assert left.status == "unfinished" and left.answered is not None
    assert left.answered >= 30 - CONCURRENCY and sent - left.answered <= 2 * CONCURRENCY
    run = store.read(run_suite(suite, store).folder)
    assert run.record.totals["cached"] == left.answered
    assert len(provider.requests) - sent == 100 - left.answered
    assert len(run.responses) == 100


def test_a_store_that_is_deleted_comes_back_with_all_that_the_run_knew(tmp_path: Path, provider: Provider) -> None:
    variants = {"a": asks("one", provider.url)}
    store = Store(tmp_path / "runs")
    run_suite(write_suite(tmp_path / "suite", variants, fixtures=20), store)

    def deleting(request: Received) -> str:
        if len(provider.requests) == 40:
            shutil.rmtree(store.root)
        return echo(request)

    provider.default = deleting
    suite = write_suite(tmp_path / "suite", variants, fixtures=60, concurrency=CONCURRENCY)
    with pytest.raises(UnfinishedError, match=r"was deleted while the run was going on; its \d+ answers have been put back"):
        run_suite(suite, store)

    sent = len(provider.requests)
    assert len(store.listed()) == 1
    run = store.read(run_suite(suite, store).folder)
    assert len(run.responses) == 60
    twice = sum(count - 1 for count in Counter(request.last for request in provider.requests).values())
    assert twice <= CONCURRENCY, "nothing is asked again but what was in flight"
    assert run.record.totals["asked"] == len(provider.requests) - sent
