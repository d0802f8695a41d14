"""Runs written in a test's few words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from harness.models import Response
from harness.store import RunRecord, Store, StoredResponse, new_run_id
from harness.suite import Fixture

FIXTURES = tuple(Fixture(id=f"f{i}", input=f"question {i}", expected=f"{i}") for i in range(3))
START = datetime(2026, 11, 22, 6, 15, tzinfo=UTC)


def record(suite: str = "capitals", *, minutes: int = 0, **fields: Any) -> RunRecord:
    started = START + timedelta(minutes=minutes)
    said: dict[str, Any] = {
        "run_id": new_run_id(started),
        "suite": suite,
        "started_at": started.isoformat(),
        "status": "running",
        "seed": 0,
        "definition": {},
        "suite_path": "suite.yaml",
        "variants": {"weak": {}, "strong": {}},
        "hashes": {},
        "selection": {},
        "packages": {},
        "git": {},
    }
    return RunRecord(**said | fields)


def stored(
    name: str = "h0", fixture: str = "f0", variant: str = "weak", *, at: str = "2026-11-22T06:15:01", **said: Any
) -> StoredResponse:
    return StoredResponse(name, variant, fixture, said.pop("repeat", 0), Response(**said), finished_at=at)


def write_run(store: Store, responses: Iterable[StoredResponse], *, finished: bool = True, **fields: Any) -> Path:
    begun = record(**fields)
    with store.begin(begun, FIXTURES) as run:
        for response in responses:
            run.append(response)
        if finished:
            run.finish(replace(begun, status="complete"))
    return run.folder
