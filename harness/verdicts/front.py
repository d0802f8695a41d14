"""Quality against what a call takes: which variants nothing else beats on both."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from harness.verdicts.result import Judgement

Price = Literal["cost", "latency_p95"]


def price_of(judgement: Judgement) -> tuple[Price, Mapping[str, float | None]]:
    """Return what a variant's call takes: US dollars, or where all known costs are equal the 95th percentile of latency.

    None is unknown, never nothing: a model without a price, and a process of today that states no cost. A floor costs nothing.
    """
    costs = {name: _cost(judgement, name) for name in judgement.variants}
    if len({cost for name, cost in costs.items() if cost is not None and judgement.variants[name].role != "floor"}) > 1:
        return "cost", costs
    found = ((name, judgement.estimate(name, "latency_p95")) for name in judgement.variants)
    seconds = {name: None if estimate is None else estimate.value for name, estimate in found}
    if len({s for s in seconds.values() if s is not None}) > 1:
        return "latency_p95", seconds
    return "cost", costs


def pareto_front(judgement: Judgement) -> tuple[str, ...]:
    """Return the variants of known price that no other is both as good as and as cheap as, and better in one; cheapest first.

    Floors and what has no value on the headline metric stand outside.
    """
    _, prices = price_of(judgement)
    known: dict[str, tuple[float, float]] = {}
    for name, price in prices.items():
        estimate = judgement.estimate(name, judgement.headline_metric)
        if price is None or estimate is None or estimate.value is None or judgement.variants[name].role == "floor":
            continue
        known[name] = price, estimate.value if estimate.higher_is_better else -estimate.value
    front = [name for name, own in known.items() if not any(_beats(other, own) for other in known.values())]
    return tuple(sorted(front, key=lambda name: known[name]))


def _beats(one: tuple[float, float], other: tuple[float, float]) -> bool:
    return one[0] <= other[0] and one[1] >= other[1] and one != other


def _cost(judgement: Judgement, name: str) -> float | None:
    variant = judgement.variants[name]
    if variant.price_source != "none":
        return variant.cost_per_call
    return 0.0 if variant.role == "floor" else None
