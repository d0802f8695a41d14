"""Suites on disk for the tests of running, and a progress that remembers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from harness.models import Gateway
from harness.store import StoredResponse
from harness.suite import Suite, load_suite
from tests.provider import Received


def echo(request: Received) -> str:
    """A model that answers with the question."""
    return f"{request.model} says {request.last}"


def asks(model: str, url: str, **said: Any) -> dict[str, Any]:
    """A variant that asks a hosted model."""
    price = {"input_per_million": 1.0, "output_per_million": 2.0}
    return {"role": "prompt", "model": f"openai/{model}", "prompt": "ask.yaml", "api_base": url, "price": price, **said}


def write_suite(
    folder: Path, variants: Mapping[str, Any], *, fixtures: int | list[Any] = 6, files: Any = None, **said: Any
) -> Suite:
    """Write a suite of numbered questions and load it."""
    folder.mkdir(parents=True, exist_ok=True)
    if isinstance(fixtures, int):
        fixtures = [{"id": f"f{i}", "input": f"question {i}", "expected": f"{i}"} for i in range(fixtures)]
    written: dict[str, Any] = {
        "fixtures.jsonl": fixtures,
        "ask.yaml": "- {role: user, content: '{{ input }}'}\n",
        **(files or {}),
    }
    for name, content in written.items():
        text = content if isinstance(content, str) else "".join(json.dumps(line) + "\n" for line in content)
        (folder / name).write_text(text, encoding="utf-8")
    suite = {
        "suite": "questions",
        "fixtures": "fixtures.jsonl",
        "variants": variants,
        "metrics": ["accuracy"],
        "floors": False,
        **said,
    }
    (folder / "suite.yaml").write_text(json.dumps(suite), encoding="utf-8")
    return load_suite(folder)


def quicken(monkeypatch: pytest.MonkeyPatch, **seconds: float) -> None:
    """Shorten the waits a gateway has unless it is told otherwise: ``first_wait``, ``longest_wait``, ``outage``."""
    defaults = Gateway.__init__.__kwdefaults__
    assert defaults is not None
    for name, wait in seconds.items():
        monkeypatch.setitem(defaults, name, wait)


class Remembering:
    """A progress that keeps what it is told."""

    def __init__(self) -> None:
        self.total = self.cached = 0
        self.finished_ones: list[StoredResponse] = []
        self.notes: list[str] = []
        self.closed = False

    def started(self, total: int, cached: int) -> None:
        self.total, self.cached = total, cached

    def finished(self, stored: StoredResponse) -> None:
        self.finished_ones.append(stored)

    def note(self, text: str) -> None:
        self.notes.append(text)

    def close(self) -> None:
        self.closed = True
