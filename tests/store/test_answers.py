"""Answers are found by hash in every run there is."""

from __future__ import annotations

from pathlib import Path

from harness.store import Store
from tests.store.writing import stored, write_run


def test_answers_come_from_complete_and_interrupted_runs_of_all_suites(tmp_path: Path) -> None:
    store = Store(tmp_path)
    write_run(store, [stored("h0", text="complete")], suite="a")
    write_run(store, [stored("h1", text="interrupted")], suite="b", finished=False)

    found = store.answers({"h0", "h1", "h2"})

    assert {name: each.response.text for name, each in found.items()} == {"h0": "complete", "h1": "interrupted"}
    assert set(store.answers({"h0", "h1"}, suite="b")) == {"h1"}


def test_the_newest_answer_wins(tmp_path: Path) -> None:
    store = Store(tmp_path)
    write_run(store, [stored(text="new", at="2026-11-22T08:00:00")], minutes=0)
    write_run(store, [stored(text="old", at="2026-11-22T07:00:00")], minutes=5, finished=False)

    assert store.answers({"h0"})["h0"].response.text == "new"


def test_failures_are_no_answers_but_refusals_and_truncations_are(tmp_path: Path) -> None:
    store = Store(tmp_path)
    write_run(
        store,
        [
            stored("h0", "f0", outcome="failed", error="x", error_kind="server"),
            stored("h1", "f1", outcome="refused"),
            stored("h2", "f2", outcome="truncated"),
        ],
    )

    assert set(store.answers({"h0", "h1", "h2"})) == {"h1", "h2"}


def test_a_later_failure_does_not_hide_an_earlier_answer(tmp_path: Path) -> None:
    store = Store(tmp_path)
    write_run(store, [stored(text="good", at="2026-11-22T07:00:00")])
    write_run(store, [stored(at="2026-11-22T08:00:00", outcome="failed", error="x", error_kind="server")], minutes=1)

    assert store.answers({"h0"})["h0"].response.text == "good"


def test_a_damaged_run_is_skipped_with_a_note(tmp_path: Path) -> None:
    store = Store(tmp_path)
    write_run(store, [stored("h0", text="good")])
    damaged = write_run(store, [stored("h1")], minutes=1)
    (damaged / "responses.parquet").write_bytes(b"PAR1 and nothing")

    assert set(store.answers({"h0", "h1"})) == {"h0"}
    assert len(store.notes) == 1
    assert str(damaged) in store.notes[0]


def test_nothing_is_found_where_there_is_nothing(tmp_path: Path) -> None:
    assert Store(tmp_path / "nowhere").answers({"h"}) == {}
    assert Store(tmp_path).answers(()) == {}


def test_the_usual_latency_of_a_variant_is_known(tmp_path: Path) -> None:
    store = Store(tmp_path)
    write_run(store, [stored(f"h{i}", f"f{i}", latency=seconds) for i, seconds in enumerate((1.0, 2.0, 9.0))])

    assert store.typical_latency("capitals", "weak") == 2.0
    assert store.typical_latency("capitals", "strong") is None
    assert store.typical_latency("other", "weak") is None
