"""Everything else that a report shows, as JSON: what was run, what stands beside it, and every fixture's values."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from harness.store import Run, Score

if TYPE_CHECKING:
    from harness.report import Beside

_OF_RECORD = (
    "started_at", "finished_at", "suite_path", "variants", "hashes", "selection", "packages", "git", "engine", "definition",
    "format",
)  # fmt: skip


def whole_keys(run: Run, beside: Beside) -> dict[str, Any]:
    """Return the keys by which the JSON of a report exceeds what ``--json`` prints; NaN and infinity are null.

    ``record`` is what was run, ``beside`` the prompts, data checks, noise floor and nights, and ``values`` each fixture's mean
    over its repeats, by metric (or part of one) and variant.
    """
    return {
        "record": _known({name: getattr(run.record, name) for name in _OF_RECORD}),
        "beside": _known(_beside(beside)),
        "values": _values(run.scores),
    }


def _beside(beside: Beside) -> dict[str, Any]:
    return {
        "prompts": {name: dataclasses.asdict(prompt) for name, prompt in beside.prompts.items()},
        "prompts_note": beside.prompts_note,
        "checks": None if beside.checks is None else [finding.to_dict() for finding in beside.checks],
        "checks_note": beside.checks_note,
        "noise": None if beside.noise is None else dataclasses.asdict(beside.noise),
        "trends": [dataclasses.asdict(trend) for trend in beside.trends],
    }


def _values(scores: Iterable[Score]) -> dict[str, dict[str, dict[str, float]]]:
    sums: dict[tuple[str, str, str], tuple[float, int]] = {}
    for score in scores:
        for column, value in score.columns.items():
            if not column.startswith("_") and math.isfinite(value):
                name = score.metric if column == "value" else f"{score.metric}.{column}"
                total, count = sums.get((name, score.variant, score.fixture_id), (0.0, 0))
                sums[name, score.variant, score.fixture_id] = (total + value, count + 1)
    found: dict[str, dict[str, dict[str, float]]] = {}
    for (name, variant, fixture), (total, count) in sums.items():
        found.setdefault(name, {}).setdefault(variant, {})[fixture] = total / count
    return found


def _known(value: Any) -> Any:
    """The same as JSON has it, at any depth."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {str(key): _known(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_known(inner) for inner in value]
    return value if value is None or isinstance(value, (str, int, bool)) else str(value)
