"""What judges said is kept beside the responses: found by hash, killed at any moment, absent from old runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.errors import StoreError
from harness.models import Response
from harness.store import Store, StoredJudgement, StoredResponse
from tests.store.writing import stored, write_run


def judgement(
    name: str, text: str = "{}", *, metric: str = "rubric", number: int = 0, at: str = "2026-11-22T07:00:00", **said: object
):  # type: ignore[no-untyped-def]
    response = Response(text=text, **said)  # type: ignore[arg-type]
    return StoredJudgement(metric, number, StoredResponse(name, "weak", "f0", 0, response, finished_at=at))


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path)


def test_answers_of_judges_are_found_while_they_are_asked_and_after(store: Store) -> None:
    folder = write_run(store, [stored("r0")])
    assert store.read_judgements(folder) == ()
    assert store.judgements(["j0"]) == {}

    with store.judging(folder) as kept:
        kept.append(judgement("j0", "first"))
        kept.append(judgement("j1", outcome="failed", error="x", error_kind="timeout", number=1))
    assert (folder / "judgements.jsonl").exists()
    assert store.judgements(["j0", "j1"])["j0"].response.text == "first"
    assert set(store.judgements(["j0", "j1"])) == {"j0"}, "a failed call is no answer"

    with store.judging(folder) as kept:
        kept.append(judgement("j1", "second", number=1))
        kept.finish()
    assert not (folder / "judgements.jsonl").exists()
    assert {j.number: j.answer.response.text for j in store.read_judgements(folder)} == {0: "first", 1: "second"}
    assert store.judgements(["j1"])["j1"].response.text == "second"
    assert store.answers(["j0", "j1"]) == {}, "an answer of a judge answers no variant's request"
    assert store.judgements(["r0"]) == {}


def test_later_answers_join_those_in_the_table_and_none_is_there_twice(store: Store) -> None:
    folder = write_run(store, [stored("r0")])
    for at, text in (("1", "old"), ("2", "new")):
        with store.judging(folder) as kept:
            kept.append(judgement("j0", text, at=f"2026-11-22T07:00:0{at}"))
            kept.append(judgement(f"other{at}", metric="preference"))
            kept.finish()
    assert sorted((j.metric, j.answer.hash) for j in store.read_judgements(folder)) == [
        ("preference", "other1"),
        ("preference", "other2"),
        ("rubric", "j0"),
    ]
    assert store.judgements(["j0"])["j0"].response.text == "new"


def test_a_torn_last_line_and_a_journal_beside_the_table_are_read(store: Store) -> None:
    folder = write_run(store, [stored("r0")])
    with store.judging(folder) as kept:
        kept.append(judgement("j0"))
        kept.finish()
    with store.judging(folder) as kept:
        kept.append(judgement("j1"))
    with (folder / "judgements.jsonl").open("ab") as file:
        file.write(b'{"metric": "rubric", "hash": "j2", "outco')
    assert set(store.judgements(["j0", "j1", "j2"])) == {"j0", "j1"}
    assert {j.answer.hash for j in store.read_judgements(folder)} == {"j0", "j1"}
    with store.judging(folder) as kept:
        kept.append(judgement("j3"))
        kept.finish()
    assert {j.answer.hash for j in store.read_judgements(folder)} == {"j0", "j1", "j3"}


def test_a_damaged_table_is_one_line_and_does_not_hide_other_runs(store: Store) -> None:
    damaged, whole = write_run(store, [stored("r0")]), write_run(store, [stored("r0")], minutes=1)
    with store.judging(whole) as kept:
        kept.append(judgement("j0"))
        kept.finish()
    (damaged / "judgements.parquet").write_bytes(b"PAR1 but no more")
    assert set(store.judgements(["j0"])) == {"j0"}
    assert any("judgements cannot be read" in note for note in store.notes)
    with pytest.raises(StoreError, match=r"judgements\.parquet"):
        store.read_judgements(damaged)
