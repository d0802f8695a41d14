"""A suite's reference on disk: small, reviewable, the same bytes for the same runs, and never half of one and half of another."""

from __future__ import annotations

import json
import math
import random
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from harness.errors import StoreError
from harness.store import Reference, Score, content_hash, read_reference, write_reference
from harness.suite import Fixture


def reference(*runs: tuple[Score, ...], fixtures: int = 3) -> Reference:
    return Reference(
        suite="orders",
        run_ids=tuple(f"run{number}" for number in range(len(runs))),
        fixtures={f"f{number}": f"{number:032x}" for number in range(fixtures)},
        hashes={"prompts": {"tuned": "a" * 64}},
        variants={"tuned": {"model": "openai/x", "models": {"x-1": 6}, "fingerprints": {}}},
        metrics=("accuracy", {"f1": {"labels": ["a"]}}),
        outcomes={"tuned": {"answered": 6}},
        seeds=tuple(0 for _ in runs),
        packages={"finetune-harness": "0.1.0"},
        blessed_at="2026-11-22T00:00:00+00:00",
        blessed_by="Ada",
        runs=runs,
    )


def scores(*values: float, metric: str = "accuracy") -> tuple[Score, ...]:
    return tuple(Score(f"f{number}", "tuned", 0, metric, {"value": value}) for number, value in enumerate(values))


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    parts = (Score("f0", "tuned", 1, "f1", {"value": 0.25, "part": 1.0, "_hidden": 3.0}), Score("f1", "tuned", 0, "f1", {}))
    given = reference((*scores(1.0, 0.0, 1.0), *parts), scores(1.0, 1.0, 1 / 3))
    write_reference(tmp_path / "reference", given)
    read = read_reference(tmp_path / "reference")
    assert replace(read, runs=()) == replace(given, runs=())
    assert read.runs[1][2].columns["value"] == pytest.approx(1 / 3, rel=1e-6)
    found = {(s.fixture_id, s.repeat, s.metric): dict(s.columns) for s in read.runs[0]}
    assert found["f0", 1, "f1"] == {"value": 0.25, "part": 1.0, "_hidden": 3.0}
    assert found["f1", 0, "f1"] == {}


def test_the_same_runs_give_the_same_bytes_in_whatever_order_they_were_measured(tmp_path: Path) -> None:
    first = scores(1.0, 0.0, 0.5)
    write_reference(tmp_path / "one", reference(first, scores(0.0, 0.0, 0.0)))
    write_reference(tmp_path / "two", reference(tuple(reversed(first)), scores(0.0, 0.0, 0.0)))
    for name in ("scores.parquet", "manifest.json"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_metrics_that_measure_the_same_are_stored_once(tmp_path: Path) -> None:
    both = scores(0.5, 0.7, 0.9, metric="latency") + scores(0.5, 0.7, 0.9, metric="latency_p95")
    write_reference(tmp_path, reference(both))
    stored = duckdb.sql(f"SELECT DISTINCT metric FROM '{tmp_path}/scores.parquet'").fetchall()
    assert stored == [("latency",)]
    assert {s.metric for s in read_reference(tmp_path).runs[0]} == {"latency", "latency_p95"}


def test_a_thousand_fixtures_four_variants_five_metrics_and_five_runs_are_under_a_megabyte(tmp_path: Path) -> None:
    chance = random.Random(5)
    kinds = {"accuracy": 2, "json_schema": 2, "field_accuracy": 6, "edit_similarity": 0, "latency": 0}

    def value(levels: int) -> float:
        return chance.randrange(levels) / (levels - 1) if levels else chance.random()

    runs = tuple(
        tuple(
            Score(f"order-{at:05}", variant, 0, metric, {"value": value(levels)})
            for metric, levels in kinds.items()
            for variant in ("baseline", "rag", "tuned", "tuned_rag")
            for at in range(1000)
        )
        for _ in range(5)
    )
    given = replace(reference(*runs), fixtures={f"order-{at:05}": f"{chance.getrandbits(128):032x}" for at in range(1000)})
    write_reference(tmp_path, given)
    size = sum(path.stat().st_size for path in tmp_path.iterdir())
    print(f"reference: {size / 1000:.0f} KB")
    assert size < 1_000_000


def test_the_content_hash_tells_any_change_of_a_fixture() -> None:
    one = Fixture("a", "question", expected={"b": 1, "a": 2}, tags=("x",))
    same = Fixture("a", "question", expected={"a": 2, "b": 1}, tags=("x",))
    assert content_hash(one) == content_hash(same)
    for change in ({"input": "question?"}, {"expected": None}, {"tags": ()}, {"group": "g"}, {"weight": 2.0}, {"meta": {"k": 1}}):
        assert content_hash(replace(one, **change)) != content_hash(one)


@pytest.mark.parametrize("spoil", ["absent", "damaged", "not a record", "newer", "other scores", "without runs"])
def test_a_reference_that_cannot_be_trusted_is_refused_in_a_line(tmp_path: Path, spoil: str) -> None:
    write_reference(tmp_path, reference(scores(1.0, 0.0, math.nan)))
    path = tmp_path / "manifest.json"
    said = json.loads(path.read_text(encoding="utf-8"))
    if spoil == "absent":
        path.unlink()
    elif spoil == "damaged":
        path.write_text("{", encoding="utf-8")
    elif spoil == "not a record":
        path.write_text("[]", encoding="utf-8")
    elif spoil == "newer":
        path.write_text(json.dumps({**said, "format": 99}), encoding="utf-8")
    elif spoil == "without runs":
        del said["run_ids"]
        path.write_text(json.dumps(said), encoding="utf-8")
    else:
        write_reference(tmp_path / "other", reference(scores(0.0, 0.0, 0.0)))
        (tmp_path / "other/scores.parquet").replace(tmp_path / "scores.parquet")
    with pytest.raises(StoreError) as raised:
        read_reference(tmp_path)
    assert str(raised.value).count("\n") == 0
    assert raised.value.faults[0].hint
