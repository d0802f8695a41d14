"""What pruning removes and what it keeps: running, referenced, new, and the only copy of any answer."""

from __future__ import annotations

import json
import os
import shutil
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from harness.errors import StoreError
from harness.store import PrunePlan, PruneRules, Store
from tests.store.test_judgements import judgement
from tests.store.writing import START, stored, write_run

LONG_AFTER = START + timedelta(days=100)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "runs")


def plan(store: Store, keep: int = 0, older_than: float = 1, **options: Any) -> PrunePlan:
    drop = options.pop("drop_answers", False)
    return store.plan_prune(PruneRules(keep=keep, older_than=older_than, drop_answers=drop, now=LONG_AFTER), **options)


def removed(store: Store, **options: Any) -> list[Path]:
    return [run.folder for run in plan(store, **options).remove]


def reasons(store: Store, **options: Any) -> dict[Path, str]:
    return {run.folder: reason for run, reason in plan(store, **options).keep}


def three(store: Store, **options: Any) -> list[Path]:
    """Three runs of a suite that all hold the same answer, oldest first."""
    return [write_run(store, [stored()], minutes=minutes, **options) for minutes in range(3)]


def test_of_runs_with_the_same_answers_the_newest_complete_one_stays(store: Store) -> None:
    old, middle, newest = three(store)
    others = three(store, suite="other")

    assert set(removed(store)) == {old, middle, *others[:2]}
    assert reasons(store) == dict.fromkeys((newest, others[2]), "the newest complete run of its suite")
    assert removed(store, suites={"capitals"}) == [middle, old]


def test_the_newest_few_and_the_young_stay(store: Store) -> None:
    old, middle, newest = three(store)

    assert removed(store, keep=2) == [old]
    assert reasons(store, keep=2)[middle] == "among the 2 newest of its suite"
    assert removed(store, older_than=101) == []
    assert reasons(store, older_than=101)[old] == "younger than 101 days"
    assert newest not in removed(store, keep=0)


def test_a_run_of_the_future_is_young(store: Store) -> None:
    future = write_run(store, [stored()], started_at=(LONG_AFTER + timedelta(days=9)).isoformat(), finished=False)
    write_run(store, [stored()])

    assert removed(store) == []
    assert reasons(store)[future].startswith("younger")


def test_the_only_copy_of_an_answer_stays_unless_it_is_given_up(store: Store) -> None:
    only = write_run(store, [stored("h1"), stored("h2", "f1")], minutes=0)
    write_run(store, [stored("h0")], minutes=1)

    assert reasons(store)[only] == "the only copy of 2 answers"
    assert removed(store, drop_answers=True) == [only]


def test_of_old_runs_that_share_an_answer_one_stays(store: Store) -> None:
    folders = [write_run(store, [stored("h1")], minutes=minutes) for minutes in range(3)]
    write_run(store, [stored("h0")], minutes=9)

    assert removed(store) == [folders[1], folders[0]]


def test_an_interrupted_run_goes_when_a_later_one_has_its_answers(store: Store) -> None:
    killed = write_run(store, [stored("h0")], finished=False)
    assert reasons(store)[killed] == "the only copy of 1 answer"

    write_run(store, [stored("h0"), stored("h1", "f1")], minutes=1)
    assert removed(store) == [killed]


def test_failures_and_what_costs_nothing_keep_no_run(store: Store) -> None:
    failed = stored("h1", "f1", outcome="failed", error="x", error_kind="server")
    floor = write_run(store, [failed, stored("h2", "f2", "majority")], variants={"majority": {"method": "majority"}})
    write_run(store, [stored("h0")], minutes=1)

    assert removed(store) == [floor]


def test_what_judges_said_is_an_answer_too(store: Store) -> None:
    judged, newest = write_run(store, [stored()]), write_run(store, [stored()], minutes=1)
    with store.judging(judged) as kept:
        kept.append(judgement("j0"))
        kept.finish()

    assert reasons(store)[judged] == "the only copy of 1 answer"
    assert newest.exists()


def test_runs_that_a_reference_names_stay(store: Store, tmp_path: Path) -> None:
    old, middle, _ = three(store, suite_path=str(tmp_path / "capitals/suite.yaml"))
    manifest = tmp_path / "capitals/reference/manifest.json"
    manifest.parent.mkdir(parents=True)
    manifest.write_text(json.dumps({"format": 1, "runs": [{"run_id": old.name}]}))

    assert removed(store) == [middle]
    assert reasons(store)[old] == f"{manifest} names it"

    elsewhere = tmp_path / "copy"
    shutil.move(tmp_path / "capitals", elsewhere)
    assert removed(store) == [middle, old]
    assert removed(store, folders=[elsewhere]) == [middle]


@pytest.mark.parametrize("content", ["{ torn", "", "[" * 100_000])
def test_a_reference_that_cannot_be_read_stops_the_pruning(store: Store, tmp_path: Path, content: str) -> None:
    three(store, suite_path=str(tmp_path / "suite.yaml"))
    (tmp_path / "reference").mkdir()
    (tmp_path / "reference/manifest.json").write_text(content)

    with pytest.raises(StoreError, match=r"manifest\.json: cannot be read, so which runs it needs is not known"):
        plan(store)


def test_nothing_of_a_suite_goes_while_a_run_of_it_goes_on(store: Store) -> None:
    folders = three(store)
    others = three(store, suite="other")
    with store.hold(folders[0]):
        assert removed(store) == [others[1], others[0]]
        kept = reasons(store)
        assert kept[folders[0]].startswith(f"process {os.getpid()}")
        assert kept[folders[1]] == "a run of its suite is going on"
    assert len(removed(store)) == 4


def test_a_run_that_is_taken_up_after_the_plan_was_made_is_left(store: Store) -> None:
    old, middle, _ = three(store)
    planned = plan(store)
    with store.hold(old):
        left = store.prune(planned)

    assert [run.folder for run in left] == [old]
    assert old.exists() and not middle.exists()


def test_what_is_removed_is_gone_and_the_rest_answers_as_before(store: Store) -> None:
    old, middle, newest = three(store)
    planned = plan(store)
    assert planned.size == sum(f.stat().st_size for folder in (old, middle) for f in folder.iterdir())

    assert store.prune(planned) == ()

    assert sorted(store.root.rglob("*")) == sorted([newest.parent, newest, *newest.iterdir()])
    assert set(store.answers(["h0"])) == {"h0"}
    assert plan(store).remove == ()


def test_a_half_removed_run_is_no_run_for_anybody_and_goes_the_next_time(store: Store) -> None:
    three(store)
    half = write_run(store, [stored("gone")], minutes=5)
    half.rename(store.root / f".removing-capitals-{half.name}")

    assert len(store.list()) == 3
    assert store.answers(["gone"]) == {}
    found = duckdb.sql(f"SELECT DISTINCT hash FROM read_parquet('{store.root}/*/*/responses.parquet')").fetchall()
    assert found == [("h0",)]

    store.prune(plan(store))
    assert not list(store.root.glob(".removing-*"))


def test_what_killed_processes_left_goes_when_it_is_old(store: Store) -> None:
    folder = write_run(store, [stored()])
    (folder / ".responses.parquet.123.tmp").write_bytes(b"PAR1")
    half_made = folder.parent / "20261122T061500Z-abcdef"
    half_made.mkdir()
    (half_made / "fixtures.parquet").write_bytes(b"")
    kept = folder.parent / "20261122T061500Z-fedcba"
    kept.mkdir()
    (kept / "journal.jsonl").write_text("{}\n")
    (folder.parent / "my notes").mkdir()

    now = PruneRules()
    assert store.plan_prune(now).leftovers == ()
    long_ago = time.time() - 7200
    for path in (half_made, folder / ".responses.parquet.123.tmp", kept, folder.parent / "my notes"):
        os.utime(path, (long_ago, long_ago))
    planned = store.plan_prune(now)
    assert set(planned.leftovers) == {half_made, folder / ".responses.parquet.123.tmp"}
    store.prune(planned)
    assert not half_made.exists()
    assert kept.exists() and (folder.parent / "my notes").exists()
    assert store.read(folder).responses


def test_a_damaged_run_stays_and_counts_for_nothing(store: Store) -> None:
    good, damaged = write_run(store, [stored()]), write_run(store, [stored()], minutes=1, finished=False)
    (damaged / "responses.parquet").write_bytes(b"PAR1 and nothing")
    broken = write_run(store, [stored()], minutes=2)
    (broken / "run.json").write_text("{ torn")

    assert removed(store, drop_answers=True) == []
    assert reasons(store)[damaged] == "what it holds cannot be read"
    assert reasons(store)[good] == "the newest complete run of its suite"
    store.prune(plan(store))
    assert broken.exists()
