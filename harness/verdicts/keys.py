"""A judgement as JSON: stable, versioned keys, and null wherever a number is not known."""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING, Any

from harness.verdicts.result import Comparison, Estimate, Flip, GateResult, Judgement, VariantResult

if TYPE_CHECKING:
    from harness.verdicts.decision_result import Decision

FORMAT = 1
"""Raised when a key changes its meaning or goes; keys may be added."""


def judgement_keys(judgement: Judgement) -> dict[str, Any]:
    """Return the keys ``--json`` prints; every value is JSON, and NaN and infinity are null."""
    j = judgement
    keys = {
        "format": FORMAT,
        "run_id": j.run_id,
        "suite": j.suite,
        "headline": j.headline,
        "headline_metric": j.headline_metric,
        "candidate": j.candidate,
        "baseline": j.baseline,
        "reasons": list(j.reasons),
        "findings": list(j.findings),
        "fixtures": j.fixtures,
        "groups": j.groups,
        "seed": j.seed,
        "resamples": j.resamples,
        "variants": {name: _variant(v, j) for name, v in j.variants.items()},
        "comparisons": [_comparison(c) for c in j.comparisons if c.slice is None],
        "unequal_failures": [_comparison(c) for c in j.unequal_failures],
        "gates": [_gate(g) for g in j.gates],
        "slices": _slices(j),
        "flips": [_flip(f) for f in j.flips],
        "answer": j.answer,
        "families": [dataclasses.asdict(family) for family in j.families],
        "fourfolds": [dataclasses.asdict(fourfold) for fourfold in j.fourfolds],
        "seeing": [dataclasses.asdict(seen) for seen in j.seeing],
        "labels": [dataclasses.asdict(labels) for labels in j.labels],
        "decision": None if j.decision is None else _decided(j.decision),
        "exit_code": j.exit_code,
    }
    return {key: known(value) for key, value in keys.items()}


def comparison_keys(comparison: Comparison) -> dict[str, Any]:
    """Return the keys of one comparison; every value is JSON, and NaN and infinity are null."""
    return {key: known(value) for key, value in _comparison(comparison).items()}


def estimate_keys(estimate: Estimate) -> dict[str, Any]:
    """Return the keys of one estimate; every value is JSON, and NaN and infinity are null."""
    return {key: known(value) for key, value in _estimate(estimate).items()}


def _variant(variant: VariantResult, judgement: Judgement) -> dict[str, Any]:
    own = [e for e in judgement.estimates if e.variant == variant.name and e.slice is None]
    fields = dataclasses.asdict(variant)
    del fields["name"]
    return {**fields, "metrics": {e.metric: _estimate(e) for e in own}}


def _estimate(estimate: Estimate) -> dict[str, Any]:
    names = ("value", "low", "high", "n", "coverage", "unit", "higher_is_better", "confidence", "route", "note")
    return {name: getattr(estimate, name) for name in names}


def _comparison(comparison: Comparison) -> dict[str, Any]:
    return dataclasses.asdict(comparison)


def _decided(decision: Decision) -> dict[str, Any]:
    """The recommendation alone; ``harness decide --json`` has what it rests on."""
    return {"recommendation": decision.recommendation, "variant": decision.variant, "headline": decision.headline}


def _gate(gate: GateResult) -> dict[str, Any]:
    return {**dataclasses.asdict(gate), "passed": gate.passed}


def _slices(judgement: Judgement) -> dict[str, Any]:
    names = dict.fromkeys(e.slice for e in judgement.estimates if e.slice is not None)
    found: dict[str, Any] = {}
    for name in names:
        variants: dict[str, dict[str, Any]] = {}
        for e in judgement.estimates:
            if e.slice == name:
                variants.setdefault(e.variant, {})[e.metric] = _estimate(e)
        found[name] = {"variants": variants, "comparisons": [_comparison(c) for c in judgement.comparisons if c.slice == name]}
    return found


def _flip(flip: Flip) -> dict[str, Any]:
    return dataclasses.asdict(flip)


def known(value: Any) -> Any:
    """Replace what JSON has no number for by null, at any depth."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {str(key): known(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [known(inner) for inner in value]
    return value
