"""Processes that ask the same things at the same time: each request is somebody's, and answers are taken over."""

from __future__ import annotations

import hashlib
import multiprocessing
import shutil
import time
from collections.abc import Callable, Iterator
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import pytest

from harness.store import BUSY, Claims, Store, StoredResponse
from tests.store.test_judgements import judgement
from tests.store.writing import FIXTURES, record, stored

NAMES = [hashlib.sha256(bytes([number])).hexdigest() for number in range(8)]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "runs")


@pytest.fixture
def elsewhere() -> Iterator[Callable[..., BaseProcess]]:
    """Do something in another process, which is killed at the end."""
    started: list[BaseProcess] = []

    def start(does: Callable[..., None], *arguments: Any) -> BaseProcess:
        process = multiprocessing.get_context("spawn").Process(target=does, args=arguments)
        process.start()
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.join()


def hold_claim(root: Path, name: str) -> None:
    claims = Store(root).claims("capitals")
    assert claims.take(name) is None
    (root / "claimed").touch()
    time.sleep(60)


def answer_some(root: Path, names: list[str]) -> None:
    with Store(root).begin(record(), FIXTURES) as run:
        for name in names:
            run.append(stored(name, text=f"answer to {name}"))
        (root / "answered").touch()
        time.sleep(60)


def wait_for(path: Path) -> None:
    until = time.monotonic() + 60
    while not path.exists():
        assert time.monotonic() < until
        time.sleep(0.01)


def text(found: StoredResponse | str | None) -> str:
    assert isinstance(found, StoredResponse)
    return found.response.text


def test_a_claim_is_one_process_s_until_it_lets_go_or_dies(store: Store, elsewhere: Callable[..., BaseProcess]) -> None:
    other = elsewhere(hold_claim, store.root, NAMES[0])
    with store.claims("capitals") as claims:
        wait_for(store.root / "claimed")
        assert claims.take(NAMES[0]) == BUSY
        assert claims.take(NAMES[1]) is None
        other.kill()
        other.join()
        assert claims.take(NAMES[0]) is None


def test_two_runs_in_one_process_do_not_take_the_same(store: Store) -> None:
    with store.claims("capitals") as one:
        with store.claims("capitals") as other:
            assert one.take(NAMES[0]) is None
            assert other.take(NAMES[0]) == BUSY
            assert other.take(NAMES[1]) is None
        assert one.take(NAMES[1]) is None, "the other's claims ended with it"
        one.done(NAMES[0])
        with store.claims("capitals") as third:
            assert third.take(NAMES[0]) is None
    with store.claims("capitals") as last:
        assert [last.take(name) for name in NAMES] == [None] * len(NAMES)


def test_what_another_process_answers_meanwhile_is_taken_over_also_after_its_death(
    store: Store, elsewhere: Callable[..., BaseProcess]
) -> None:
    with store.claims("capitals") as claims:
        assert claims.others == []
        other = elsewhere(answer_some, store.root, NAMES[:4])
        wait_for(store.root / "answered")
        assert text(claims.take(NAMES[0])) == f"answer to {NAMES[0]}"
        assert [holder.pid for holder in claims.others] == [other.pid]
        other.kill()
        other.join()
        assert text(claims.take(NAMES[3])) == f"answer to {NAMES[3]}"
        assert claims.take(NAMES[4]) is None


def test_an_answer_is_taken_over_however_its_run_ended(store: Store) -> None:
    with store.claims("capitals") as claims:
        begun = record()
        with store.begin(begun, FIXTURES) as run:
            run.append(stored(NAMES[0], text="in the journal"))
            assert text(claims.take(NAMES[0])) == "in the journal"
            run.append(stored(NAMES[1], text="later"))
            run.finish(begun)
        assert text(claims.take(NAMES[1])) == "later", "its journal is gone by now"

        begun = record()
        with store.begin(begun, FIXTURES) as run:
            run.append(stored(NAMES[2], text="between two looks"))
            run.finish(begun)
        assert text(claims.take(NAMES[2])) == "between two looks"


def test_failures_torn_lines_and_what_was_there_before_are_not_taken_over(store: Store) -> None:
    with store.begin(record(), FIXTURES) as run:
        run.append(stored(NAMES[0], text="before"))
        with store.claims("capitals") as claims:
            run.append(stored(NAMES[1], outcome="failed", error="x", error_kind="server"))
            run.append(stored(NAMES[2], text="after"))
            journal = (run.folder / "journal.jsonl").open("ab", buffering=0)
            journal.write(b'{"hash": "' + NAMES[3].encode() + b'", "outcome": "answ')
            assert claims.take(NAMES[0]) is None, "that was to be looked up after the claims were begun"
            assert claims.take(NAMES[1]) is None
            assert text(claims.take(NAMES[2])) == "after"
            assert claims.take(NAMES[3]) is None
            claims.done(NAMES[3])
            journal.write(b'ered"}\n[1]\n\0\0\n')
            journal.close()
            run.append(stored(NAMES[4], text="whole"))
            assert text(claims.take(NAMES[4])) == "whole"


def test_one_s_own_run_is_not_another_s(store: Store) -> None:
    with store.claims("capitals") as claims, store.begin(record(), FIXTURES) as run:
        claims.leave_out(run.folder)
        run.append(stored(NAMES[0]))
        assert claims.take(NAMES[0]) is None
        assert claims.others == []


def test_judges_are_claimed_apart_from_variants(store: Store) -> None:
    begun = record()
    with store.begin(begun, FIXTURES) as run:
        run.append(stored(NAMES[0]))
        run.finish(begun)
    with store.claims("capitals", judges=True) as claims, store.hold(run.folder):
        with store.judging(run.folder) as kept:
            kept.append(judgement(NAMES[1], "good"))
            kept.finish()
        assert claims.take(NAMES[0]) is None


def test_a_deleted_folder_is_no_reason_to_stop(store: Store) -> None:
    with store.claims("capitals") as claims:
        shutil.rmtree(store.root)
        assert claims.take(NAMES[0]) is None


def test_watching_costs_microseconds_when_nobody_else_is_there(store: Store) -> None:
    with store.claims("capitals") as claims:
        time.sleep(0.15)
        started = time.perf_counter()
        for number in range(2_000):
            assert claims.take(f"{number:064x}"[::-1]) is None
            claims.done(f"{number:064x}"[::-1])
        assert (time.perf_counter() - started) / 2_000 < 0.001


def test_claims_are_closed_once(store: Store) -> None:
    claims = store.claims("capitals")
    assert isinstance(claims, Claims)
    with claims:
        assert claims.take(NAMES[0]) is None
    with store.claims("capitals") as again:
        assert again.take(NAMES[0]) is None
