"""The plan as a table: what is known in any run is found, copied and not asked; what is asked twice is asked once."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

import duckdb
import pytest

from harness.store import PlanTable, Store, StoredResponse, tables
from tests.store.writing import FIXTURES, record, stored, write_run

IDS = [fixture.id for fixture in FIXTURES]


def name(of: str) -> str:
    return hashlib.sha256(of.encode()).hexdigest()


def planned(*variants: tuple[str, Iterable[str]], repeats: int = 1) -> PlanTable:
    """A plan of some variants, each with what its requests are made of."""
    table = PlanTable([variant for variant, _ in variants], IDS, repeats)
    for variant, made_of in variants:
        table.add(variant, 0, b"".join(hashlib.sha256(each.encode()).digest() for each in made_of))
    return table


def answer(of: str, text: str = "known", **said: object) -> StoredResponse:
    return stored(name(of), text=text, **said)  # type: ignore[arg-type]


def rows(file: Path) -> list[tuple[object, ...]]:
    query = f"SELECT variant, fixture_id, repeat, text, retrieved, cached, hash FROM read_parquet('{file}')"
    return duckdb.connect().execute(query).fetchall()


@pytest.mark.parametrize("finished", [True, False])
def test_what_any_run_knows_is_copied_in_order_with_the_variants_own_places(tmp_path: Path, finished: bool) -> None:
    store = Store(tmp_path / "runs")
    write_run(store, [answer("b0", "B"), answer("a2", "A", fixture="elsewhere", variant="strong")], suite="x", finished=finished)
    with planned(("weak", ["a0", "a1", "a2"]), ("strong", ["b0", "a2", "b2"])) as table:
        table.add_retrieved("strong", 1, ['[{"id": "own"}]'])
        store.look_up(table)
        table.settle()

        assert table.known() == {"weak": 1, "strong": 2}
        assert table.copy_known(tmp_path / "known.parquet") == 3
        assert rows(tmp_path / "known.parquet") == [
            ("weak", "f2", 0, "A", "[]", True, name("a2")),
            ("strong", "f0", 0, "B", "[]", True, name("b0")),
            ("strong", "f1", 0, "A", '[{"id": "own"}]', True, name("a2")),
        ]
        assert [each.place for variant in table.variants for each in table.asked(variant)] == [0, 1, 5]
        assert list(table.missing(["weak"])) == [("weak", 0), ("weak", 1)]


def test_the_newest_usable_answer_wins_wherever_it_lies(tmp_path: Path) -> None:
    store = Store(tmp_path / "runs")
    write_run(store, [answer("a0", "new", at="2026-11-22T08:00:00+00:00")])
    write_run(store, [answer("a0", "old", at="2026-11-22T07:00:00.5+00:00")], minutes=5, finished=False)
    failed = answer("a0", at="2026-11-22T10:00:00+00:00", outcome="failed", error="x", error_kind="server")
    write_run(store, [failed], minutes=6)
    with planned(("weak", ["a0", "a1", "a2"])) as table:
        store.look_up(table)
        table.copy_known(tmp_path / "known.parquet")
        assert [row[3] for row in rows(tmp_path / "known.parquet")] == ["new"]


def test_the_first_store_comes_before_further_ones(tmp_path: Path) -> None:
    first, further = Store(tmp_path / "first"), Store(tmp_path / "further")
    write_run(first, [answer("a0", "first", at="2026-11-22T07:00:00+00:00")], finished=False)
    write_run(further, [answer("a0", "further", at="2026-11-22T08:00:00+00:00"), answer("a1", "more")], finished=False)
    with planned(("weak", ["a0", "a1", "a2"])) as table:
        first.look_up(table)
        further.look_up(table)
        table.copy_known(tmp_path / "known.parquet")
        assert [row[3] for row in rows(tmp_path / "known.parquet")] == ["first", "more"]


def test_a_damaged_run_is_told_of_and_the_others_are_read(tmp_path: Path) -> None:
    store = Store(tmp_path / "runs")
    write_run(store, [answer("a0")])
    damaged = write_run(store, [answer("a1")], minutes=1)
    whole = (damaged / "responses.parquet").read_bytes()
    (damaged / "responses.parquet").write_bytes(whole[:200] + bytes(400) + whole[600:])
    with planned(("weak", ["a0", "a1", "a2"])) as table:
        store.look_up(table)
        table.settle()
        assert table.copy_known(tmp_path / "known.parquet") == 1
        assert (table.known(), table.to_ask()) == ({"weak": 1}, {"weak": 2})
    assert len(store.notes) == 1 and str(damaged) in store.notes[0]


def test_what_is_asked_alike_is_asked_once_and_again_by_others_where_that_is_left(tmp_path: Path) -> None:
    with planned(("a", ["x", "x", "y"]), ("b", ["x", "y", "z"])) as table:
        table.settle()
        assert [(each.place, each.group) for each in table.asked("a")] == [(0, 0), (2, 2)]
        assert [(each.place, each.group) for each in table.asked("b")] == [(5, None)]
        assert table.same(0) == [0, 1, 3] and table.same(2) == [2, 4]
        assert (table.to_ask(), table.unknown()) == ({"a": 2, "b": 1}, {"a": 3, "b": 3})

        there = bytearray([1, 1, 0, 1, 0, 1])  # x was answered for all; a was given up before y
        assert table.ask_rest(there, {"b"})
        assert list(table.asked("a")) == [] and [(each.place, each.group) for each in table.asked("b")] == [(4, 2)]
        assert not table.ask_rest(bytearray([1] * 6), {"a", "b"})
        assert table.where(5) == ("b", 2, 0)


def test_pages_of_what_is_to_be_asked_join_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.store.plan_table.PAGE", 2)
    with planned(("a", "abcdefghi"), ("b", "jklmnopqr"), repeats=3) as table:
        table.settle()
        assert [each.place for each in table.asked("b")] == list(range(9, 18))
        assert [table.where(place)[1:] for place in range(9, 13)] == [(0, 0), (0, 1), (0, 2), (1, 0)]


def test_what_answers_cost_at_first_counts_each_request_once(tmp_path: Path) -> None:
    store = Store(tmp_path / "runs")
    write_run(store, [answer("x", cost=0.5), answer("y", fixture="f1", cost=0.25), answer("z", fixture="f2")])
    with planned(("a", ["x", "y", "n"]), ("b", ["x", "z", "m"])) as table:
        store.look_up(table)
        table.copy_known(tmp_path / "known.parquet")
        assert table.first_cost(tmp_path / "known.parquet", ["a"]) == 0.75
        assert table.first_cost(tmp_path / "known.parquet", ["a", "b"]) is None, "what z cost nobody knows"


def test_a_run_is_held_against_what_is_planned_now(tmp_path: Path) -> None:
    store = Store(tmp_path / "runs")
    said = {"outcome": "failed", "error": "x", "error_kind": "server"}
    folder = write_run(store, [answer("a0", fixture="f0"), stored(name("old"), "f1", **said)])
    with planned(("weak", ["a0", "a1", "a2"])) as table:
        assert table.held_against(folder) == (2, 1, 1, 1)


def test_an_unfinished_run_is_read_with_what_it_knew_and_finished_without_that_file(tmp_path: Path) -> None:
    store = Store(tmp_path / "runs")
    write_run(store, [answer("a1", "known", fixture="f1")])
    begun = record(minutes=1)
    with planned(("weak", ["a0", "a1", "a2"])) as table, store.begin(begun, FIXTURES) as run:
        store.look_up(table)
        assert run.keep_known(table) == 1
        run.append(answer("a2", "asked", fixture="f2"))
        run.append(answer("a0", "asked", fixture="f0"))
        assert {r.fixture_id: r.response.text for r in store.read(run.folder).responses} == {
            "f0": "asked", "f1": "known", "f2": "asked",
        }  # fmt: skip
        assert set(store.answers([name("a0"), name("a1")])) == {name("a0"), name("a1")}
        run.finish(begun)
    assert not (run.folder / "known.parquet").exists() and not (run.folder / "journal.jsonl").exists()
    assert [r.fixture_id for r in store.read(run.folder).responses] == IDS


def test_what_an_unfinished_run_knew_is_known_when_the_run_it_came_from_is_gone(tmp_path: Path) -> None:
    store = Store(tmp_path / "runs")
    first = write_run(store, [answer("a1", "known", fixture="f1")])
    with planned(("weak", ["a0", "a1", "a2"])) as table, store.begin(record(minutes=1), FIXTURES) as run:
        store.look_up(table)
        run.keep_known(table)
    for file in first.iterdir():
        file.unlink()
    first.rmdir()
    assert store.find("latest") == run.folder
    with planned(("weak", ["a0", "a1", "a2"])) as again:
        store.look_up(again)
        assert again.known() == {"weak": 1}


def test_a_query_that_needs_more_memory_gets_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "MEMORY", 16)
    with tables.spilling() as db:
        made = "SELECT length(string_agg(x::VARCHAR, '')) > 0 FROM range(8000000) t(x)"
        with pytest.raises(duckdb.OutOfMemoryException):
            db.execute(made)
        assert tables.with_room(db, lambda: db.execute(made).fetchone()) == (True,)
