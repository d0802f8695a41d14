"""A torn last line is overlooked when reading and cut off only when writing goes on."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.store import OpenRun, Store
from tests.store.writing import stored, write_run


@pytest.fixture
def torn(tmp_path: Path) -> Path:
    folder = write_run(Store(tmp_path), [stored("h0", text="whole"), stored("h1", "f1", text="torn")], finished=False)
    journal = folder / "journal.jsonl"
    journal.write_bytes(journal.read_bytes()[:-25])
    return folder


def test_reading_leaves_a_torn_line_out_and_the_file_alone(tmp_path: Path, torn: Path) -> None:
    before = (torn / "journal.jsonl").read_bytes()

    assert [r.response.text for r in Store(tmp_path).read(torn).responses] == ["whole"]
    assert set(Store(tmp_path).answers({"h0", "h1"})) == {"h0"}
    assert (torn / "journal.jsonl").read_bytes() == before


def test_writing_on_cuts_the_torn_line_off(tmp_path: Path, torn: Path) -> None:
    with OpenRun(torn) as run:
        run.append(stored("h2", "f2", text="after"))

    assert [r.response.text for r in Store(tmp_path).read(torn).responses] == ["whole", "after"]


def test_every_place_a_line_may_be_torn_at_is_harmless(tmp_path: Path) -> None:
    folder = write_run(Store(tmp_path), [stored("h0", text="first"), stored("h1", "f1", text="é 🦆")], finished=False)
    journal = folder / "journal.jsonl"
    whole = journal.read_bytes()
    first = whole.index(b"\n") + 1
    for length in range(first, len(whole), 29):
        journal.write_bytes(whole[:length])
        assert [r.hash for r in Store(tmp_path).read(folder).responses] in (["h0"], ["h0", "h1"])
