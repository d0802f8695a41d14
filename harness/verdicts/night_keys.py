"""A night as JSON: stable, versioned keys, and null wherever a number is not known."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from harness.verdicts.keys import comparison_keys, known
from harness.verdicts.night_result import SuiteNight

FORMAT = 1
"""Raised when a key changes its meaning or goes; keys may be added."""


def night_keys(night: SuiteNight) -> dict[str, Any]:
    """Return the keys ``harness nightly --json`` prints of one suite."""
    n = night
    keys = {
        "format": FORMAT,
        "suite": n.suite,
        "started_at": n.started_at,
        "run_ids": list(n.run_ids),
        "folder": n.folder,
        "outcome": n.outcome,
        "headline": n.headline,
        "exit_code": n.exit_code,
        "findings": list(n.findings),
        "retirements": list(n.retirements),
        "reference": {"runs": list(n.reference_runs), "stands_in": n.stands_in},
        "nights_before": n.nights,
        "fixtures": n.fixtures,
        "reruns": n.reruns,
        "cost": n.cost,
        "rule": {
            "alpha": n.rule.alpha,
            "suspicion": n.rule.suspicion,
            "confirmation": n.rule.confirmation,
            "most_again": n.rule.most_again,
        },
        "watched": [
            {"variant": w.variant, "metric": w.metric, "direction": w.direction, "standing": standing, "p": n.p.get(w)}
            for w, standing in n.standings.items()
        ],
        "comparisons": [
            {
                **comparison_keys(a.comparison),
                "value": a.value,
                "reference": a.mean,
                "reference_runs": list(a.reference),
                "run_to_run": a.spread,
                "p_run_to_run": a.p_runs,
            }
            for a in n.against.values()
        ],
        "trends": [{**asdict(t), "changes": [{**asdict(c), "since": t.since(c)} for c in t.changes]} for t in n.trends],
        "turned": [asdict(t) for t in n.turned],
        "flaky": {name: list(ids) for name, ids in n.flaky.items()},
        "gates": [{**asdict(gate), "passed": gate.passed} for gate in n.gates],
    }
    return {key: known(value) for key, value in keys.items()}
