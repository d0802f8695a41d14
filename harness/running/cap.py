"""Whether a cap on money can be kept, and whether it is worth beginning under it: told before anything is sent."""

from __future__ import annotations

from harness.errors import Fault, SuiteError, raise_faults
from harness.models import Budget, most_cost, resolve_price, usd
from harness.running.cost_estimate import RunEstimate, estimate_prepared
from harness.running.preparation import Preparation
from harness.store import Store
from harness.suite import Suite


def check_cap(suite: Suite, store: Store, prepared: Preparation, budget: Budget, *, slots: int = 1) -> None:
    """Refuse a run whose calls have no known upper price, or which the cap cannot see to its end at the least it may cost.

    Raises:
        SuiteError: With a fault for each variant that cannot be capped, or one that tells the estimate.
    """
    raise_faults(fault for variant in prepared.answerers for fault in unpriced(suite, prepared, variant))
    estimate = estimate_prepared(suite, store, prepared, slots=slots)
    low = estimate.cost.low or 0.0
    if low > budget.cap:
        said = f"{estimate.to_ask} answers are still to be asked for, which costs {cost_words(estimate)}"
        hint = "raise --max-cost, or ask less with --limit or --variants"
        raise SuiteError(Fault(f"the cap of {usd(budget.cap)} is below the least the run may cost: {said}", hint))


def unpriced(suite: Suite, prepared: Preparation, variant: str) -> list[Fault]:
    """Return the fault of a variant that still has calls to make and whose calls have no known upper price."""
    said = suite.variants[variant]
    if said.model is None:
        return []
    price = resolve_price(said.model, said.price)
    for planned in prepared.to_ask(variant):
        request = planned.request
        if request is None or most_cost(request, price) is not None:
            return []
        if price.source == "unknown":
            message = f"nobody knows the price of {said.model} ({variant}), so no cap can be kept"
            hint = "give the variant a price: {input_per_million: ..., output_per_million: ...}, or run without --max-cost"
        else:
            message = f"an answer of {variant} may be of any length, so no cap can be kept"
            hint = "give it params: {max_tokens: ...}, or run without --max-cost"
        return [suite.fault(message, hint, "variants", variant)]
    return []


def cost_words(estimate: RunEstimate) -> str:
    """Write an estimate's cost in one clause."""
    cost = estimate.cost
    more = " at least" if estimate.at_least else ""
    return f"{usd(cost.low)} to {usd(cost.high)}{more}, {usd(cost.expected)} expected"
