"""A full disk, a deleted folder, a damaged file: one clear line each, and what was answered stays."""

from __future__ import annotations

import resource
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from harness.errors import StoreError, UnfinishedError
from harness.store import Store, journal
from tests.store.disks import mounted_disk
from tests.store.writing import FIXTURES, record, stored, write_run


@contextmanager
def no_file_over(size: int) -> Iterator[None]:
    """Let the system refuse to make any file larger, as a full disk does in the middle of a write."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A real disk of 256 kB."""
    with mounted_disk(tmp_path / "disk", 256) as place:
        yield place


def test_a_line_that_does_not_fit_is_not_half_there(tmp_path: Path) -> None:
    store = Store(tmp_path)
    with pytest.raises(UnfinishedError) as caught, store.begin(record(), FIXTURES) as run, no_file_over(10_000):
        for number in range(100):
            run.append(stored(f"h{number}", text="x" * 300))

    lines = (run.folder / "journal.jsonl").read_bytes().split(b"\n")
    assert lines[-1] == b"" and 5 < len(lines) - 1 < 100
    assert len(store.read(run.folder).responses) == len(lines) - 1
    assert str(caught.value).startswith(f"{run.folder}/journal.jsonl: cannot be written: File too large. free the place")
    assert f"{len(lines) - 1} answers are kept" in str(caught.value)
    assert caught.value.exit_code == 3
    assert store.holder(run.folder) is None


def test_a_run_that_cannot_be_completed_keeps_its_journal(tmp_path: Path) -> None:
    store, begun = Store(tmp_path), record()
    with pytest.raises(UnfinishedError, match="the journal is kept") as caught, store.begin(begun, FIXTURES) as run:
        run.append(stored())
        with no_file_over(100):
            run.finish(replace(begun, status="complete"))

    assert "Traceback" not in str(caught.value) and "{" not in str(caught.value)
    assert sorted(path.name for path in run.folder.iterdir()) == ["fixtures.parquet", "journal.jsonl", "run.json"]
    assert store.read(run.folder).responses[0].hash == "h0"
    assert set(store.answers(["h0"])) == {"h0"}


def test_a_run_that_cannot_be_begun_leaves_nothing(tmp_path: Path) -> None:
    store = Store(tmp_path / "runs")
    with pytest.raises(StoreError, match=r"cannot be written: .*free the place or name another store"), no_file_over(100):
        store.begin(record(), FIXTURES)
    assert list((store.root / "capitals").iterdir()) == []


def test_a_full_disk_is_freed_and_used_again(small_disk: Path) -> None:
    store = Store(small_disk / "runs")
    ballast = small_disk / "ballast"
    ballast.write_bytes(b"\0" * 200_000)
    with pytest.raises(UnfinishedError, match="No space left on device"), store.begin(record(), FIXTURES) as run:
        for number in range(1000):
            run.append(stored(f"h{number}", text="x" * 300))
    kept = len(store.read(run.folder).responses)
    assert kept > 10
    assert (run.folder / "journal.jsonl").read_bytes().endswith(b"\n")
    with pytest.raises(StoreError):
        write_run(store, [stored()], minutes=1)

    ballast.unlink()
    assert len(store.answers([f"h{number}" for number in range(1000)])) == kept
    assert store.read(write_run(store, [stored()], minutes=2)).record.status == "complete"


@pytest.mark.parametrize("what", ["the folder", "the store", "the journal", "the journal, and another is in its place"])
def test_what_somebody_deletes_is_put_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    monkeypatch.setattr(journal, "SYNC_EVERY", 0.0)
    store = Store(tmp_path / "runs")
    with (
        pytest.raises(UnfinishedError, match="its 3 answers have been put back") as caught,
        store.begin(record(), FIXTURES) as run,
    ):
        run.append(stored("h0"))
        run.append(stored("h1", "f1"))
        if "journal" in what:
            (run.folder / "journal.jsonl").unlink()
        else:
            shutil.rmtree(run.folder if what == "the folder" else store.root)
        if "another" in what:
            (run.folder / "journal.jsonl").write_text("{}\n")
        run.append(stored("h2", "f2"))
        run.append(stored("h3", "f2"))

    assert str(caught.value).startswith(f"{run.folder}: was deleted while the run was going on")
    assert [r.hash for r in store.read(run.folder).responses] == ["h0", "h1", "h2"]
    assert store.read(run.folder).fixtures == FIXTURES
    assert set(store.answers(["h0", "h1", "h2"])) == {"h0", "h1", "h2"}


def test_a_deletion_is_noticed_at_the_end_at_the_latest(tmp_path: Path) -> None:
    store, begun = Store(tmp_path / "runs"), record()
    with pytest.raises(UnfinishedError, match="its 1 answers have been put back"), store.begin(begun, FIXTURES) as run:
        run.append(stored())
        shutil.rmtree(run.folder)
        run.finish(replace(begun, status="complete"))
    assert store.read(run.folder).responses[0].hash == "h0"


def test_what_can_be_put_back_nowhere_is_said_to_be_lost(tmp_path: Path) -> None:
    store, begun = Store(tmp_path / "runs"), record()
    with pytest.raises(UnfinishedError, match="everything answered in it is lost"), store.begin(begun, FIXTURES) as run:
        run.append(stored())
        shutil.rmtree(store.root)
        store.root.write_text("a file in the folder's place")
        run.finish(replace(begun, status="complete"))


JUNK = {
    "a garbled line": b"\xff\xfe{{{]\n",
    "nul bytes after a power cut": b"\0" * 5000 + b"\n",
    "half a line in the middle": b'{"hash": "h9", "vari\n',
    "something else": b"[1, 2]\n",
    "nothing": b"\n\n",
    "too deep": b"[" * 100_000 + b"\n",
}


@pytest.mark.parametrize("junk", JUNK.values(), ids=JUNK)
def test_a_damaged_line_costs_that_line_alone(tmp_path: Path, junk: bytes) -> None:
    store = Store(tmp_path)
    folder = write_run(store, [stored("h0"), stored("h1", "f1")], finished=False)
    first, second = (folder / "journal.jsonl").read_bytes().splitlines(keepends=True)
    (folder / "journal.jsonl").write_bytes(first + junk + second + junk[:-1])

    assert set(store.answers(["h0", "h1"])) == {"h0", "h1"}
    assert [r.hash for r in store.read(folder).responses] == ["h0", "h1"]
    assert store.listed()[0].answered == 2
    assert store.notes == []


@pytest.mark.parametrize("content", [b"", b"PAR1", b"\0" * 4096])
def test_a_damaged_table_is_passed_over_with_a_note(tmp_path: Path, content: bytes) -> None:
    store = Store(tmp_path)
    good, bad = write_run(store, [stored("h0")]), write_run(store, [stored("h1")], minutes=1)
    (bad / "responses.parquet").write_bytes(content)

    assert set(store.answers(["h0", "h1"])) == {"h0"}
    (note,) = store.notes
    assert note.startswith(f"{bad}: the run is skipped")
    assert [run.answered for run in store.listed()] in ([None, 1], [1, 1])
    with pytest.raises(StoreError, match=r"responses\.parquet: cannot be read"):
        store.read(bad)
    assert store.find("latest") == good


def test_a_store_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "runs").write_text("x")
    with pytest.raises(StoreError, match="runs: is a file"):
        Store(tmp_path / "runs")


@pytest.mark.parametrize("name", ["n" * 300, "/".join(["d" * 200] * 25)], ids=["a name too long", "a path too long"])
def test_a_path_the_system_does_not_take_is_refused_in_words(tmp_path: Path, name: str) -> None:
    with pytest.raises(StoreError, match="cannot be used: File name too long"):
        Store(tmp_path / name)
    with pytest.raises(StoreError, match="cannot be written: File name too long"):
        Store(tmp_path).begin(record(suite="n" * 300), FIXTURES)


def test_a_long_path_that_the_system_takes_works(tmp_path: Path) -> None:
    store = Store(tmp_path / "/".join(["d" * 200] * 15))
    folder = write_run(store, [stored()])
    assert store.read(folder).responses[0].hash == "h0"
    assert set(store.answers(["h0"])) == {"h0"}
    store.prune(store.plan_prune())


def test_a_clock_that_goes_backwards_breaks_nothing(tmp_path: Path) -> None:
    store = Store(tmp_path)
    future = write_run(store, [stored("h0", text="from the future", at="2099-01-01T00:00:00+00:00")], minutes=10**6)
    now = write_run(store, [stored("h0", text="now"), stored("h1", "f1")])

    assert [run.record.run_id for run in store.listed()] == [future.name, now.name]
    assert set(store.answers(["h0", "h1"])) == {"h0", "h1"}
    assert store.plan_prune().remove == ()
