"""A run is found by id, by its beginning, by path, or as the latest."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from harness.errors import StoreError
from harness.store import Store
from tests.store.writing import record, stored, write_run


def test_a_run_is_found_by_id_beginning_short_part_and_path(tmp_path: Path) -> None:
    store = Store(tmp_path)
    folder = write_run(store, [stored()])
    other = write_run(store, [stored()], minutes=61)

    assert re.fullmatch(r"20261122T061500Z-[0-9a-f]{6}", folder.name)
    for selector in (folder.name, "20261122T0615", folder.name[-6:], str(folder), str(folder / "run.json"), folder):
        assert store.find(selector) == folder
    assert store.find(other.name) == other


def test_latest_is_the_newest_run_with_a_response(tmp_path: Path) -> None:
    store = Store(tmp_path)
    write_run(store, [stored()], minutes=0)
    newest = write_run(store, [stored()], minutes=1, finished=False)
    write_run(store, [], minutes=2)
    write_run(store, [], minutes=3, finished=False)
    elsewhere = write_run(store, [stored()], suite="other", minutes=4)

    assert store.find("latest") == elsewhere
    assert store.find("latest", suite="capitals") == newest


def test_latest_tells_runs_of_one_second_apart(tmp_path: Path) -> None:
    store = Store(tmp_path)
    folders = [write_run(store, [stored()], started_at=f"2026-11-22T06:15:00.{i:06}+00:00") for i in range(5)]

    assert store.find("latest") == folders[-1]
    assert [r.run_id for r in store.list()] == [folder.name for folder in reversed(folders)]


def test_what_fits_several_runs_names_them(tmp_path: Path) -> None:
    store = Store(tmp_path)
    folders = [write_run(store, [stored()], minutes=i) for i in range(2)]

    with pytest.raises(StoreError, match="fits 2 runs") as caught:
        store.find("2026")
    assert all(folder.name in str(caught.value) for folder in folders)


@pytest.mark.parametrize("selector", ["nothing", ""])
def test_what_fits_no_run_names_those_there_are(tmp_path: Path, selector: str) -> None:
    store = Store(tmp_path)
    folder = write_run(store, [stored()])

    with pytest.raises(StoreError, match=f"there are: capitals/{folder.name}"):
        store.find(selector)


def test_an_empty_store_says_how_to_begin(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="start one with harness run"):
        Store(tmp_path / "none").find("latest")
    assert Store(tmp_path / "none").list() == []


@pytest.mark.parametrize("content", ["{ not json", "[]", '{"run_id": "x"}', '{"format": 99}', ""])
def test_a_broken_run_is_skipped_with_a_note(tmp_path: Path, content: str) -> None:
    store = Store(tmp_path)
    good = write_run(store, [stored()])
    broken = tmp_path / "capitals" / record().run_id
    broken.mkdir()
    (broken / "run.json").write_text(content)

    assert [r.run_id for r in store.list()] == [good.name]
    assert store.find("latest") == good
    assert len(store.notes) == 1
    assert broken.name in store.notes[0]
