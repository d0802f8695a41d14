"""Suites of any size on disk, and stores that know their answers."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from harness.running import select
from harness.running.answerer import prepare
from harness.running.naming import Written
from harness.running.provenance import new_record
from harness.store import Store, layout, tables
from harness.suite import Suite, load_suite

WORDS = 150
"""Words of a fixture: some 200 tokens."""

BATCH = 1_000
SHORT = "- {role: user, content: '{{ input }}'}\n"
STRONG = (
    f"- {{role: system, content: 'You are a careful clerk. {'Answer with one word. ' * 30}'}}\n"
    "- {role: user, content: an example}\n- {role: assistant, content: refund}\n"
    "- {role: user, content: 'Message: {{ input }} (case {{ id }})'}\n"
)


def write_suite(folder: Path, fixtures: int, variants: dict[str, Any], **said: Any) -> Suite:
    """Write a suite of fixtures that differ, and load it."""
    folder.mkdir(parents=True, exist_ok=True)
    draw = random.Random(20261122)
    words = ["".join(draw.choices("abcdefghijklmnopqrstuvwxyz", k=draw.randint(2, 9))) for _ in range(3_000)]
    with (folder / "fixtures.jsonl").open("w", encoding="utf-8") as file:
        for number in range(fixtures):
            text = f"question {number}: {' '.join(draw.choices(words, k=WORDS))}"
            file.write(json.dumps({"id": f"f{number}", "input": text, "expected": "refund"}) + "\n")
    (folder / "short.yaml").write_text(SHORT, encoding="utf-8")
    (folder / "strong.yaml").write_text(STRONG, encoding="utf-8")
    definition: dict[str, Any] = {
        "suite": "many", "fixtures": "fixtures.jsonl", "variants": variants, "metrics": ["accuracy"], "floors": False, **said,
    }  # fmt: skip
    (folder / "suite.yaml").write_text(json.dumps(definition), encoding="utf-8")
    return load_suite(folder)


def asking(url: str | None = None) -> dict[str, Any]:
    """Four variants that ask two models with two prompts."""
    price = {"input_per_million": 1, "output_per_million": 2}
    shared = {"role": "prompt", "params": {"temperature": 0, "max_tokens": 64}, "price": price}
    shared |= {} if url is None else {"api_base": url}
    return {
        f"{prompt}_{model}": {**shared, "model": f"openai/{model}", "prompt": f"{prompt}.yaml"}
        for model in ("one", "two")
        for prompt in ("short", "strong")
    }


def from_files(folder: Path, fixtures: int) -> dict[str, Any]:
    """Four variants whose answers are in files."""
    folder.mkdir(parents=True, exist_ok=True)
    variants = {}
    for name in "abcd":
        with (folder / f"{name}.jsonl").open("w", encoding="utf-8") as file:
            for number in range(fixtures):
                said = "refund" if number % 7 else f"{name} says {'something else ' * 20}"
                file.write(json.dumps({"id": f"f{number}", "text": said, "latency": 0.5, "cost": 0.001}) + "\n")
        variants[name] = {"role": "current" if name == "a" else "prompt", "outputs": f"{name}.jsonl"}
    return variants


def redirect(folder: Path, url: str) -> None:
    """Have a suite's models asked at another address."""
    path = folder / "suite.yaml"
    definition = json.loads(path.read_text(encoding="utf-8"))
    for variant in definition["variants"].values():
        variant["api_base"] = url
    path.write_text(json.dumps(definition), encoding="utf-8")


def write_answers(suite: Suite, store: Store, repeats: int, limit: int) -> None:
    """Make a complete run that answers everything a suite asks, without asking: a paragraph each."""
    selection = select(suite, limit=limit, repeats=repeats)
    answerers, _ = prepare(suite, selection.variants)
    now = datetime.now(UTC)
    record = new_record(suite, selection, now, {})
    with store.begin(record, selection.fixtures) as run:
        folder = run.folder
    (folder / layout.JOURNAL).unlink()
    with tables.spilling() as db:
        db.execute("CREATE TABLE named (place BIGINT, hash VARCHAR, variant VARCHAR, fixture_id VARCHAR, repeat INTEGER)")
        place = 0
        for variant, answerer in answerers.items():
            for first in range(0, len(selection.fixtures), BATCH):
                batch = selection.fixtures[first : first + BATCH]
                hexes = answerer.names(batch, repeats, Written()).digests.hex()
                rows = {
                    "place": np.arange(place, place + len(batch) * repeats),
                    "hash": np.array([hexes[at : at + 64] for at in range(0, len(hexes), 64)], dtype=object),
                    "fixture_id": np.array([fixture.id for fixture in batch for _ in range(repeats)], dtype=object),
                    "repeat": np.tile(np.arange(repeats, dtype=np.int32), len(batch)),
                }
                db.register("batch", rows)
                db.execute(f"INSERT INTO named SELECT place, hash, '{variant}', fixture_id, repeat FROM batch")
                db.unregister("batch")
                place += len(batch) * repeats
        answered = (
            "SELECT hash, variant, fixture_id, repeat, 'answered' AS outcome, "
            "'The answer to this question is ' || hash || repeat(md5(hash), 5) AS text, '[]' AS tool_calls, "
            "'stop' AS finish_reason, 'model' AS model, NULL::VARCHAR AS fingerprint, 200::BIGINT AS input_tokens, "
            "60::BIGINT AS output_tokens, 0.00032::DOUBLE AS cost, 0.5 + random() AS latency, 0::INTEGER AS retries, "
            "NULL::VARCHAR AS error, NULL::VARCHAR AS error_kind, '[]' AS retrieved, '{}' AS meta, false AS cached, "
            f"'{now.isoformat(timespec='microseconds')}' AS finished_at FROM named ORDER BY place"
        )
        tables.copy_to_parquet(db, answered, folder / layout.RESPONSES)
    layout.write_record(folder, replace(record, status="complete"))
