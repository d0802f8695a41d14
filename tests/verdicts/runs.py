"""Runs with given scores, made without asking a model: a variant is a list of values, one a fixture, None where it failed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from harness.metrics import Metric, load_metric
from harness.models import Response
from harness.store import Run, RunRecord, Score, StoredResponse
from harness.suite import Fixture

Values = Sequence[float | Sequence[float | None] | None]

ROLES: Mapping[str, Mapping[str, Any]] = {
    "rules": {"role": "current", "callable": "rules.py:answer"},
    "majority": {"role": "floor", "method": "majority"},
    "nearest": {"role": "floor", "method": "nearest"},
    "baseline": {"role": "prompt", "model": "openai/base"},
    "weak": {"role": "prompt", "model": "openai/base"},
    "rag": {"role": "rag", "model": "openai/base", "retrieval": {"corpus": "docs/*.md"}},
    "small": {"role": "cheaper", "model": "openai/small"},
    "tuned": {"role": "fine_tune", "model": "openai/ft:base::x"},
    "tuned_rag": {"role": "fine_tune", "model": "openai/ft:base::x"},
}


def metrics(*names: str) -> tuple[Metric, ...]:
    """Metrics by name."""
    return tuple(load_metric(name) for name in names)


def make_run(
    scores: Mapping[str, Mapping[str, Values]],
    *,
    gates: Sequence[Mapping[str, Any]] = (),
    groups: Sequence[str | None] | None = None,
    tags: Sequence[Sequence[str]] | None = None,
    weights: Sequence[float] | None = None,
    stopped: Mapping[str, str] | None = None,
    unasked: Mapping[str, int] | None = None,
    responses: Mapping[str, Mapping[str, Any]] | None = None,
    **definition: Any,
) -> Run:
    """Make a run from ``{metric or metric.part: {variant: values}}``.

    A fixture on which a variant's value is None has a failed response there. ``unasked`` names how many of a variant's
    last fixtures were never asked; ``responses`` gives response attributes by variant.
    """
    variants = dict.fromkeys(name for by_variant in scores.values() for name in by_variant)
    n = len(next(iter(next(iter(scores.values())).values())))
    repeats = max((len(v) for by in scores.values() for vs in by.values() for v in vs if isinstance(v, Sequence)), default=1)
    fixtures = tuple(
        Fixture(
            f"f{i:03}",
            "question",
            expected="answer",
            group=None if groups is None else groups[i],
            tags=() if tags is None else tuple(tags[i]),
            weight=1.0 if weights is None else weights[i],
        )
        for i in range(n)
    )
    stored: list[StoredResponse] = []
    measured: list[Score] = []
    for variant in variants:
        asked = n - (unasked or {}).get(variant, 0)
        for i in range(asked):
            for repeat in range(repeats):
                columns = {
                    name: value
                    for name, by_variant in scores.items()
                    if (value := _at(by_variant.get(variant), i, repeat)) is not None
                }
                given = {"text": "answer", "cost": 0.001, "latency": 1.0, **(responses or {}).get(variant, {})}
                answer = Response(**given) if columns else Response(outcome="failed", error="timed out", error_kind="timeout")
                stored.append(StoredResponse(f"{variant}{i}{repeat}", variant, fixtures[i].id, repeat, answer))
                measured += _scores(fixtures[i].id, variant, repeat, columns)
    resolved = {
        "suite": "orders",
        "fixtures": "fixtures.jsonl",
        "variants": {name: ROLES[name] for name in variants},
        "metrics": list(dict.fromkeys(name.partition(".")[0] for name in scores)),
        "gates": list(gates),
        "repeats": repeats,
        **definition,
    }
    record = RunRecord(
        run_id="20261120T140312Z-7f3a",
        suite="orders",
        started_at="2026-11-20T14:03:12+00:00",
        status="stopped" if stopped else "complete",
        seed=7,
        definition=resolved,
        suite_path="suite.yaml",
        variants={name: {**ROLES[name], "price": {"source": "suite"}} for name in variants},
        hashes={},
        selection={"variants": list(variants), "repeats": repeats, "fixtures": n},
        packages={},
        git={},
        stopped=dict(stopped or {}),
    )
    return Run("runs/orders/x", record, fixtures, tuple(stored), tuple(measured))


def shares(both: int, only_candidate: int, only_other: int, neither: int) -> tuple[list[float], list[float]]:
    """0/1 values of a candidate and another variant with the given table of agreement."""
    candidate = [1.0] * (both + only_candidate) + [0.0] * (only_other + neither)
    other = [1.0] * both + [0.0] * only_candidate + [1.0] * only_other + [0.0] * neither
    return candidate, other


def gate(name: str = "gate", metric: str = "accuracy", candidate: str = "tuned", **said: Any) -> dict[str, Any]:
    """A gate as suite.yaml gives it."""
    return {"name": name, "metric": metric, "candidate": candidate, **said}


def _at(values: Values | None, i: int, repeat: int) -> float | None:
    if values is None:
        return None
    value = values[i]
    return value[repeat] if isinstance(value, Sequence) else value


def _scores(fixture_id: str, variant: str, repeat: int, columns: Mapping[str, float]) -> list[Score]:
    by_metric: dict[str, dict[str, float]] = {}
    for name, value in columns.items():
        metric, _, part = name.partition(".")
        by_metric.setdefault(metric, {})[part or "value"] = value
    return [Score(fixture_id, variant, repeat, metric, row) for metric, row in by_metric.items()]
