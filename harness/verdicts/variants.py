"""What each variant did: outcomes, failures, tokens and money, apart from how good it was."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from harness.store import StoredResponse
from harness.verdicts.result import VariantResult
from harness.verdicts.table import ScoreTable

OUTCOMES = ("answered", "truncated", "refused", "failed", "missing")


def variant_results(table: ScoreTable) -> dict[str, VariantResult]:
    """Count what every variant that was run did."""
    by_variant: dict[str, list[StoredResponse]] = {name: [] for name in table.variants}
    for stored in table.run.responses:
        if stored.variant in by_variant:
            by_variant[stored.variant].append(stored)
    return {name: _result(table, name, stored) for name, stored in by_variant.items()}


def _result(table: ScoreTable, name: str, stored: Sequence[StoredResponse]) -> VariantResult:
    defined = table.definition.variants[name]
    usable = [s.response for s in stored if s.response.usable]
    outcomes = Counter(str(s.response.outcome) for s in stored)
    outcomes["missing"] = max(0, table.fixtures * table.repeats - len(stored))
    costs = [r.cost for r in usable if r.cost is not None]
    known = bool(usable) and len(costs) == len(usable)
    inputs = [r.input_tokens for r in usable if r.input_tokens is not None]
    outputs = [r.output_tokens for r in usable if r.output_tokens is not None]
    return VariantResult(
        name=name,
        role=defined.role,
        model=defined.model,
        outcomes={outcome: outcomes[outcome] for outcome in OUTCOMES if outcomes[outcome]},
        failures=dict(Counter(str(s.response.error_kind or "unknown") for s in stored if not s.response.usable).most_common()),
        calls=len(stored),
        cached=sum(s.cached for s in stored),
        cost=sum(costs) if known else None,
        cost_per_call=sum(costs) / len(costs) if known else None,
        price_source=_price_source(table, name, any(costs)),
        input_tokens=sum(inputs) if inputs else None,
        output_tokens=sum(outputs) if outputs else None,
        answered_by=dict(Counter(r.model for r in usable if r.model is not None).most_common()),
    )


def _price_source(table: ScoreTable, name: str, has_cost: bool) -> str:
    """Whose price it is; answers made elsewhere may state their own cost, which is the suite's word."""
    if table.definition.variants[name].model is None:
        return "suite" if has_cost else "none"
    price = table.run.record.variants.get(name, {}).get("price") or {}
    return str(price.get("source") or "unknown")
