"""Two runs compared, as JSON: stable, versioned keys, and null wherever a number is not known."""

from __future__ import annotations

import dataclasses
from typing import Any

from harness.verdicts.keys import comparison_keys, estimate_keys, known
from harness.verdicts.two_runs_result import Change, TwoRuns

FORMAT = 1
"""Raised when a key changes its meaning or goes; keys may be added."""


def two_runs_keys(two: TwoRuns) -> dict[str, Any]:
    """Return the keys that ``harness compare RUN RUN --json`` prints."""
    keys = {
        "format": FORMAT,
        "suite": two.after.record.suite,
        "before": _run(two, 0),
        "after": _run(two, 1),
        "headline": two.headline,
        "headline_metric": two.metric,
        "slice": two.slice,
        "findings": list(two.findings),
        "fixtures": {
            "compared": len(two.fixtures.common),
            "added": list(two.fixtures.added),
            "removed": list(two.fixtures.removed),
            "changed": list(two.fixtures.changed),
        },
        "differences": [dataclasses.asdict(each) for each in two.differences],
        "metrics_defined_otherwise": list(two.redefined),
        "metrics_of_one_run": list(two.absent),
        "changes": [_change(change) for change in two.changes],
        "flips": {variant: [dataclasses.asdict(flip) for flip in flips] for variant, flips in two.flips.items()},
        "same_answers": {variant: {"same": same, "of": total} for variant, (same, total) in two.shared.items()},
        "worse": [f"{c.variant}/{c.metric}" for c in two.worse],
        "better": [f"{c.variant}/{c.metric}" for c in two.better],
        "exit_code": two.exit_code,
    }
    return {key: known(value) for key, value in keys.items()}


def _run(two: TwoRuns, at: int) -> dict[str, Any]:
    record = (two.before, two.after)[at].record
    return {
        "run_id": record.run_id,
        "started_at": record.started_at,
        "status": record.status,
        "variants": {name: _spent(result) for name, result in two.spent[at].items()},
    }


def _spent(result: Any) -> dict[str, Any]:
    said = dataclasses.asdict(result)
    del said["name"]
    return said


def _change(change: Change) -> dict[str, Any]:
    c = change.comparison
    return {
        "variant": change.variant,
        "was": change.was,
        "metric": change.metric,
        "before": estimate_keys(change.before),
        "after": estimate_keys(change.after),
        "judged": change.judged,
        "signal": change.signal,
        "p_worse": change.p("worse"),
        "p_better": change.p("better"),
        **{key: value for key, value in comparison_keys(c).items() if key not in ("candidate", "over", "metric")},
    }
