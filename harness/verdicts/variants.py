"""What each variant did: outcomes, failures, tokens and money, apart from how good it was."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from harness.models import Response
from harness.store import StoredResponse
from harness.verdicts.result import VariantResult
from harness.verdicts.table import ScoreTable

OUTCOMES = ("answered", "truncated", "refused", "failed", "missing")


def variant_results(table: ScoreTable) -> dict[str, VariantResult]:
    """Count what every variant that was run did, response by response; none is held."""
    tallies = {name: _Tally() for name in table.variants}
    for stored in table.run.responses:
        if stored.variant in tallies:
            tallies[stored.variant].count(stored)
    return {name: _result(table, name, tally) for name, tally in tallies.items()}


@dataclass(slots=True)
class _Sum:
    """A sum of numbers of which some may be unknown."""

    total: float = 0
    known: int = 0

    def add(self, number: float | None) -> None:
        if number is not None:
            self.total += number
            self.known += 1

    @property
    def whole(self) -> int | None:
        return int(self.total) if self.known else None


@dataclass(slots=True)
class _Tally:
    """What one variant's responses come to."""

    outcomes: Counter[str] = field(default_factory=Counter)
    failures: Counter[str] = field(default_factory=Counter)
    answered_by: Counter[str] = field(default_factory=Counter)
    cached: int = 0
    cost: _Sum = field(default_factory=_Sum)
    input_tokens: _Sum = field(default_factory=_Sum)
    output_tokens: _Sum = field(default_factory=_Sum)

    def count(self, stored: StoredResponse) -> None:
        response: Response = stored.response
        self.outcomes[str(response.outcome)] += 1
        self.cached += stored.cached
        if not response.usable:
            self.failures[str(response.error_kind or "unknown")] += 1
            return
        self.cost.add(response.cost)
        self.input_tokens.add(response.input_tokens)
        self.output_tokens.add(response.output_tokens)
        if response.model is not None:
            self.answered_by[response.model] += 1


def _result(table: ScoreTable, name: str, tally: _Tally) -> VariantResult:
    defined = table.definition.variants[name]
    calls = tally.outcomes.total()
    usable = calls - tally.failures.total()
    outcomes = tally.outcomes | Counter(missing=max(0, table.fixtures * table.repeats - calls))
    cost, priced = tally.cost.total, tally.cost.known
    known = usable > 0 and priced == usable
    return VariantResult(
        name=name,
        role=defined.role,
        model=defined.model,
        outcomes={outcome: outcomes[outcome] for outcome in OUTCOMES if outcomes[outcome]},
        failures=dict(tally.failures.most_common()),
        calls=calls,
        cached=tally.cached,
        cost=cost if known else None,
        cost_per_call=cost / priced if known else None,
        price_source=_price_source(table, name, cost > 0),
        input_tokens=tally.input_tokens.whole,
        output_tokens=tally.output_tokens.whole,
        answered_by=dict(tally.answered_by.most_common()),
    )


def _price_source(table: ScoreTable, name: str, has_cost: bool) -> str:
    """Whose price it is; answers made elsewhere may state their own cost, which is the suite's word."""
    if table.definition.variants[name].model is None:
        return "suite" if has_cost else "none"
    price = table.run.record.variants.get(name, {}).get("price") or {}
    return str(price.get("source") or "unknown")
