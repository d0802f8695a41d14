"""Suites on disk whose answers are files, so that a whole test session takes a second."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

BEATS = {"name": "beats the prompt", "metric": "accuracy", "candidate": "tuned", "over": "baseline", "require": "better"}
ENOUGH = {"name": "right often enough", "metric": "accuracy", "candidate": "tuned", "at_least": 0.95}
UNSURE = {"name": "no worse than the prompt", "metric": "accuracy", "candidate": "tuned", "over": "close", "require": "no_worse"}


def write_suite(folder: Path, gates: Sequence[Mapping[str, Any]] = (BEATS, ENOUGH), fixtures: int = 60, **keys: Any) -> Path:
    """Write a suite: baseline is right on a third, tuned on nine tenths, close on one fixture fewer than tuned."""
    folder.mkdir(parents=True, exist_ok=True)
    questions = [
        {"id": f"f{i:02}", "input": f"question {i}", "expected": f"answer {i}", "tags": ["even" if i % 2 == 0 else "odd"]}
        for i in range(fixtures)
    ]
    _lines(folder / "fixtures.jsonl", questions)
    wrongs = {
        "baseline": lambda i: i % 3 != 0,
        "tuned": lambda i: i % 10 == 0,
        "close": lambda i: i % 10 == 0 or i == 5,
    }
    for name, wrong in wrongs.items():
        said = ((i, "no " if wrong(i) else "") for i in range(fixtures))
        _lines(folder / f"{name}.jsonl", [{"id": f"f{i:02}", "text": f"{no}answer {i}"} for i, no in said])
    suite = {
        "suite": folder.name,
        "fixtures": "fixtures.jsonl",
        "variants": {
            "baseline": {"role": "prompt", "outputs": "baseline.jsonl"},
            "close": {"role": "cheaper", "outputs": "close.jsonl"},
            "tuned": {"role": "fine_tune", "outputs": "tuned.jsonl"},
        },
        "metrics": ["accuracy"],
        "gates": [dict(gate) for gate in gates],
        **keys,
    }
    (folder / "suite.yaml").write_text(json.dumps(suite, indent=2), encoding="utf-8")
    return folder / "suite.yaml"


def _lines(path: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
