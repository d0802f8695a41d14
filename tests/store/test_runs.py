"""What is written is read back, from the folder alone."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from harness.errors import StoreError
from harness.models import Response, ToolCall
from harness.retrieval import Hit
from harness.store import Score, Store, StoredResponse
from harness.suite import Fixture
from tests.store.writing import FIXTURES, record, stored, write_run

FULL = StoredResponse(
    hash="h",
    variant="weak",
    fixture_id="f1",
    repeat=2,
    response=Response(
        text='nul \x00, newline \n, quote ", emoji 🦆, separator \u2028',
        outcome="truncated",
        tool_calls=(ToolCall("order", {"sku": "a", "n": [1, 2.5, None]}, "call_1"), ToolCall("odd", "not {json")),
        finish_reason="length",
        model="m-2026",
        fingerprint="fp",
        input_tokens=12,
        output_tokens=3,
        cost=0.1 + 0.2,
        latency=1 / 3,
        retries=2,
        meta={"refusal": "no"},
    ),
    retrieved=(Hit("a.md#b", "text\nof it", 1.25),),
    cached=True,
    finished_at="2026-11-22T06:15:01.000001+00:00",
)
FAILED = stored("x", "f0", outcome="failed", error="connection refused", error_kind="connection")


@pytest.mark.parametrize("finished", [True, False])
def test_a_run_is_read_back_as_it_was_written(tmp_path: Path, finished: bool) -> None:
    store = Store(tmp_path)
    folder = write_run(store, [FULL, FAILED], finished=finished)

    run = store.read(folder)

    assert run.fixtures == FIXTURES
    assert set(map(repr, run.responses)) == {repr(FULL), repr(FAILED)}
    assert run.record.status == ("complete" if finished else "running")
    assert (folder / "journal.jsonl").exists() is not finished
    assert (folder / "responses.parquet").exists() is finished


def test_every_kind_of_fixture_survives(tmp_path: Path) -> None:
    fixtures = (
        Fixture(id="b", input={"q": "x", "n": 1}, expected={"a": [1, None]}, tags=("t",), group="g", weight=2.0, meta={"k": 1}),
        Fixture(
            id="a", messages=({"role": "user", "content": "hi 🦆"},), tools=({"type": "function", "function": {"name": "f"}},)
        ),
    )
    with Store(tmp_path).begin(record(), fixtures) as run:
        pass

    assert Store(tmp_path).read(run.folder).fixtures == fixtures
    tagged = f"SELECT id, \"group\" FROM read_parquet('{run.folder}/fixtures.parquet') WHERE list_contains(tags, 't')"
    assert duckdb.connect().execute(tagged).fetchall() == [("b", "g")]


def test_responses_are_ordered_by_variant_fixture_and_repeat_however_they_finished(tmp_path: Path) -> None:
    answers = [stored(f"{v}{f}{r}", f, v, repeat=r) for v in ("weak", "strong") for f in ("f0", "f1", "f2") for r in (0, 1)]
    one, other = (write_run(Store(tmp_path), order, suite=name) for name, order in (("a", answers), ("b", answers[::-1])))

    assert Store(tmp_path).read(one).responses == Store(tmp_path).read(other).responses == tuple(answers)


def test_a_lone_surrogate_in_an_answer_loses_no_line(tmp_path: Path) -> None:
    folder = write_run(Store(tmp_path), [stored(text="half \ud83d a pair"), stored("h1", "f1", text="next")])

    assert [r.response.text for r in Store(tmp_path).read(folder).responses] == ["half ? a pair", "next"]


def test_scores_are_read_back_with_their_columns_in_order(tmp_path: Path) -> None:
    store = Store(tmp_path)
    folder = write_run(store, [stored()])
    scores = (
        Score("f0", "weak", 0, "fields", {"value": 0.5, "sku": 1.0, "a": 0.0}),
        Score("f0", "weak", 0, "nothing", {}),
        Score("f1", "weak", 1, "fields", {"value": 1.0}),
    )
    store.write_scores(folder, scores)
    assert store.read(folder).scores == scores

    query = f"SELECT avg(value) FROM read_parquet('{folder}/scores.parquet') WHERE metric = 'fields' AND \"column\" = 'value'"
    assert duckdb.connect().execute(query).fetchone() == (0.75,)

    store.write_scores(folder, ())
    assert store.read(folder).scores == ()


def test_a_score_that_is_no_number_stays_none(tmp_path: Path) -> None:
    store = Store(tmp_path)
    folder = write_run(store, [stored()])
    store.write_scores(folder, [Score("f0", "weak", 0, "m", {"value": float("nan")})])

    value = store.read(folder).scores[0].columns["value"]
    assert math.isnan(value)


def test_an_exception_keeps_what_was_answered(tmp_path: Path) -> None:
    store = Store(tmp_path)
    with pytest.raises(RuntimeError), store.begin(record(), FIXTURES) as run:
        run.append(stored(text="kept"))
        raise RuntimeError("the sky fell")

    assert [r.response.text for r in store.read(run.folder).responses] == ["kept"]


def test_a_newer_format_is_refused(tmp_path: Path) -> None:
    store = Store(tmp_path)
    folder = write_run(store, [stored()])
    (folder / "run.json").write_text(json.dumps(json.loads((folder / "run.json").read_text()) | {"format": 99}))

    with pytest.raises(StoreError, match=r"format 99; this version reads up to 1\. upgrade"):
        store.read(folder)


def test_a_damaged_table_is_a_fault_with_its_file(tmp_path: Path) -> None:
    store = Store(tmp_path)
    folder = write_run(store, [stored()])
    (folder / "responses.parquet").write_bytes(b"PAR1 and nothing")

    with pytest.raises(StoreError, match=r"responses\.parquet: cannot be read"):
        store.read(folder)


def test_a_line_that_cannot_be_read_back_keeps_the_journal(tmp_path: Path) -> None:
    store = Store(tmp_path)
    begun = record()
    with store.begin(begun, FIXTURES) as run:
        run.append(stored())
        run.append(stored("h1", "f1"))
        journal = run.folder / "journal.jsonl"
        journal.write_bytes(journal.read_bytes()[:-10])
        with pytest.raises(StoreError, match="1 of 2 lines cannot be read back"):
            run.finish(replace(begun, status="complete"))

    assert journal.exists()


def test_a_remote_root_is_refused_in_words() -> None:
    with pytest.raises(StoreError, match="name a local folder"):
        Store("s3://bucket/runs")


def test_a_quote_in_a_path_harms_nothing(tmp_path: Path) -> None:
    store = Store(tmp_path / "it's")
    folder = write_run(store, [stored()])
    store.write_scores(folder, [Score("f0", "weak", 0, "m", {"value": 1.0})])

    assert store.read(folder).scores
    assert store.answers({"h0"})
