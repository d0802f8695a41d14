"""Quality against cost: the front, and what is known of a price."""

from __future__ import annotations

from dataclasses import replace

from harness.verdicts import Judgement, pareto_front, price_of
from tests.report.building import build


def priced(**costs: float | None) -> Judgement:
    """A judgement with values 70, 80, 90 % of baseline, rag and tuned, at costs given."""
    _, judgement = build(24)
    values = {"baseline": 0.7, "rag": 0.8, "tuned": 0.9}
    variants = {
        name: replace(
            judgement.variants[name], cost_per_call=costs[name], price_source="suite" if costs[name] is not None else "unknown"
        )
        for name in values
    }
    kept = tuple(
        replace(e, value=values[e.variant]) if e.metric == "field_accuracy" else e
        for e in judgement.estimates
        if e.variant in values
    )
    return replace(judgement, variants=variants, estimates=kept)


def test_what_is_dearer_and_no_better_is_not_on_the_front() -> None:
    assert pareto_front(priced(baseline=0.001, rag=0.003, tuned=0.002)) == ("baseline", "tuned")
    assert pareto_front(priced(baseline=0.001, rag=0.002, tuned=0.003)) == ("baseline", "rag", "tuned")
    assert pareto_front(priced(baseline=0.003, rag=0.002, tuned=0.001)) == ("tuned",)


def test_an_unknown_cost_is_never_nothing_and_never_on_the_front() -> None:
    judgement = priced(baseline=0.001, rag=0.002, tuned=None)
    assert price_of(judgement) == ("cost", {"baseline": 0.001, "rag": 0.002, "tuned": None})
    assert pareto_front(judgement) == ("baseline", "rag")


def test_where_no_two_prices_differ_time_stands_in() -> None:
    what, prices = price_of(priced(baseline=0.0, rag=0.0, tuned=0.0))
    assert what == "latency_p95" and prices["rag"] == 1.10 * 1.7


def test_a_process_of_today_that_states_no_cost_is_unknown() -> None:
    _, judgement = build(24)
    assert price_of(judgement)[1]["rules"] is None and price_of(judgement)[1]["nearest"] == 0.0
