"""A run's tables as files for other programs, read back by those programs' libraries."""

from __future__ import annotations

import csv
import json
import math
from dataclasses import replace
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from harness.errors import StoreError
from harness.models import Response, ToolCall
from harness.store import RunRecord, Score, Store, StoredResponse, TableForm
from harness.suite import Fixture

FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1+1", "\uff1d1+1", '=cmd|"/c calc"!A0']
PLAIN = ["1-1", "a=b", '"quoted", with a comma', "two\nlines", "e@mail", "'", ""]
ODD = "nul\x00 and \u202e bidi and \U0001f600"


def read_parquet(path: Path) -> pd.DataFrame:
    return duckdb.sql(f"SELECT * FROM read_parquet('{path}')").df()


def record() -> RunRecord:
    variants = {"plain": {"role": "prompt", "model": "m"}, "-tuned": {"role": "fine_tune", "model": "m"}}
    return RunRecord(
        run_id="20261122T061500Z-3f9a2c", suite="orders", started_at="2026-11-22T06:15:00+00:00", status="running", seed=0,
        definition={"variants": variants}, suite_path="suite.yaml", variants=variants, hashes={}, selection={}, packages={},
        git={},
    )  # fmt: skip


def write(root: Path, texts: list[str], *, finished: bool = True) -> tuple[Store, Path]:
    """A run in which each variant answers each fixture with a text."""
    store = Store(root)
    fixtures = [
        Fixture(f"f{i}", {"asked": i} if i % 2 else f"question {i}", expected="=answer", tags=("=tag", "edge"), group="g1")
        for i in range(len(texts))
    ]
    done = record()
    with store.begin(done, fixtures) as run:
        for variant in ("-tuned", "plain"):
            for fixture, text in zip(fixtures, texts, strict=True):
                response = Response(text=text, cost=-0.5, latency=1.25, tool_calls=(ToolCall("look", {"x": 1}),))
                run.append(StoredResponse(f"{variant}{fixture.id}", variant, fixture.id, 0, response, finished_at="now"))
        if finished:
            run.finish(replace(done, status="complete"))
        folder = run.folder
    values = [-1.0, math.nan, math.inf, 0.1]
    scores = [
        Score(fixture.id, variant, 0, "accuracy", {"value": values[i % 4], "=part": 1.0})
        for i, fixture in enumerate(fixtures)
        for variant in ("-tuned", "plain")
    ]
    store.write_scores(folder, scores)
    return store, folder


def exported(root: Path, texts: list[str], table: str, form: TableForm, **said: bool) -> Path:
    store, folder = write(root / "runs", texts, **said)
    target = root / f"out/{table}.{form}"
    rows = store.export(folder, "scores" if table == "scores" else "responses", form, target)
    assert rows == len(texts) * (4 if table == "scores" else 2)
    return target


def test_a_text_that_a_spreadsheet_takes_for_a_formula_gets_an_apostrophe_in_csv(tmp_path: Path) -> None:
    texts = [*FORMULAS, *PLAIN]
    target = exported(tmp_path, texts, "responses", "csv")
    with target.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["variant"] == "plain"]
    assert [row["text"] for row in rows] == [f"'{text}" for text in FORMULAS] + PLAIN
    assert {row["expected"] for row in rows} == {"'=answer"}
    assert {row["tags"] for row in rows} == {"'=tag; edge"}
    assert {row["cost"] for row in rows} == {"-0.5"}  # a number stays one


def test_no_cell_of_a_csv_begins_as_a_formula_does_whatever_names_a_user_gave(tmp_path: Path) -> None:
    for table in ("scores", "responses"):
        target = exported(tmp_path / table, [*FORMULAS, ODD], table, "csv")
        frame = pd.read_csv(target, dtype=str, keep_default_na=False)
        numbers = {"value", "cost", "latency", "repeat", "weight", "retries", "input_tokens", "output_tokens"}
        for column in set(frame) - numbers:
            assert not frame[column].str.match(r"[=+\-@\t\r\n]").any(), column
        assert set(frame["variant"]) == {"plain", "'-tuned"}
        assert b"\x00" not in target.read_bytes()


@pytest.mark.parametrize("form", ["parquet", "json", "jsonl"])
def test_the_other_forms_hold_every_text_as_it_is(tmp_path: Path, form: TableForm) -> None:
    texts = [*FORMULAS, *PLAIN, ODD]
    target = exported(tmp_path, texts, "responses", form)
    frame = read_parquet(target) if form == "parquet" else pd.read_json(target, lines=form == "jsonl")
    assert list(frame["text"]) == texts * 2
    assert list(frame["variant"]) == ["plain"] * len(texts) + ["-tuned"] * len(texts)  # as the record has them
    assert list(frame["role"].unique()) == ["prompt", "fine_tune"]
    assert list(frame["input"][:2]) == ["question 0", '{"asked":1}']
    assert json.loads(frame["tool_calls"][0]) == [{"name": "look", "arguments": {"x": 1}, "id": None}]
    assert list(frame["tags"][0]) == ["=tag", "edge"]
    assert set(frame["latency"]) == {1.25}


@pytest.mark.parametrize("form", ["csv", "parquet", "json", "jsonl"])
def test_scores_are_long_with_a_row_a_measured_column(tmp_path: Path, form: TableForm) -> None:
    target = exported(tmp_path, ["a"] * 4, "scores", form)
    reads = {"csv": pd.read_csv, "parquet": read_parquet, "json": pd.read_json, "jsonl": lambda p: pd.read_json(p, lines=True)}
    frame = reads[form](target)
    values = frame[(frame["column"] == "value") & (frame["variant"] == "plain")]
    assert list(values["fixture_id"]) == ["f0", "f1", "f2", "f3"]
    assert values["value"].iloc[0] == -1 and math.isnan(values["value"].iloc[1]) and values["value"].iloc[3] == 0.1
    if not form.startswith("json"):  # JSON has no infinity: it is null there
        assert values["value"].iloc[2] == math.inf
    assert set(frame["run_id"]) == {"20261122T061500Z-3f9a2c"}
    assert set(frame["group"]) == {"g1"}


def test_json_is_json_and_not_more(tmp_path: Path) -> None:
    def refuse(constant: str) -> None:
        raise AssertionError(constant)

    target = exported(tmp_path, ["a"] * 4, "scores", "json")
    assert len(json.loads(target.read_text(encoding="utf-8"), parse_constant=refuse)) == 16


def test_the_same_run_gives_the_same_bytes(tmp_path: Path) -> None:
    store, folder = write(tmp_path / "runs", PLAIN)
    for form in ("csv", "json"):
        for table in ("scores", "responses"):
            once, twice = tmp_path / "once", tmp_path / "twice"
            store.export(folder, table, form, once)  # type: ignore[arg-type]
            store.export(folder, table, form, twice)  # type: ignore[arg-type]
            assert once.read_bytes() == twice.read_bytes()


def test_the_answers_of_a_run_that_was_killed_are_exported_too(tmp_path: Path) -> None:
    target = exported(tmp_path, PLAIN, "responses", "jsonl", finished=False)
    assert [json.loads(line)["text"] for line in target.read_text(encoding="utf-8").splitlines()] == PLAIN * 2


def test_what_cannot_be_exported_is_said(tmp_path: Path) -> None:
    store, folder = write(tmp_path / "runs", ["a"])
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match=r"file/x\.csv: cannot be written: (Not a directory|File exists)"):
        store.export(folder, "scores", "csv", tmp_path / "file/x.csv")
    (folder / "scores.parquet").write_bytes(b"no parquet")
    with pytest.raises(StoreError, match=r"scores\.parquet: cannot be read"):
        store.export(folder, "scores", "csv", tmp_path / "x.csv")
    (folder / "scores.parquet").unlink()
    with pytest.raises(StoreError, match=r"has no scores\. measure it: harness score RUN --save"):
        store.export(folder, "scores", "csv", tmp_path / "x.csv")
    assert not (tmp_path / "x.csv").exists()
    assert [p.name for p in tmp_path.iterdir() if p.name.endswith(".tmp")] == []
