"""Suites of numbered questions at the scripted provider: which numbers a model gets right decides everything."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import harness
from harness.suite import Suite
from tests.provider import Provider, Received, answer
from tests.running.suites import asks, write_suite


def knows(provider: Provider, model: str, right: Collection[int], *, tokens: int = 10, context: Collection[int] = ()) -> None:
    """Let a model answer with the number it is asked about where it knows it; ``context``: also these, once retrieved."""
    known, looked_up = frozenset(right), frozenset(context)

    def reply(request: Received) -> Any:
        number = int(request.last.split()[-1])
        found = "Notes:" in request.last and number in looked_up
        return answer(f"{number}" if number in known or found else "no idea", input_tokens=100, output_tokens=tokens)

    provider.on(model, reply)


def variant(provider: Provider, model: str, role: str = "prompt", **said: Any) -> dict[str, Any]:
    """A variant of a role that asks a scripted model."""
    return asks(model, provider.url, role=role, **said)


def gate(name: str, candidate: str = "tuned", metric: str = "accuracy", **said: Any) -> dict[str, Any]:
    """A gate as suite.yaml has it."""
    return {"name": name, "metric": metric, "candidate": candidate, **said}


def suite_of(folder: Path, variants: Mapping[str, Any], n: int, gates: Sequence[Mapping[str, Any]] = (), **said: Any) -> Suite:
    """Write a suite of n questions and load it with every check."""
    write_suite(folder, variants, fixtures=n, suite=folder.name, **said)
    path = folder / "suite.yaml"  # a gate over another suite can only be checked by the session's own loading
    path.write_text(json.dumps({**json.loads(path.read_text(encoding="utf-8")), "gates": list(gates)}), encoding="utf-8")
    return harness.load_suite(folder)
