"""Tokens, retries, truncation and refusal, and how they compare where there are zeros."""

from __future__ import annotations

from typing import Any

import pytest

from harness.metrics import load_metric
from harness.models import Response
from harness.suite import Fixture
from harness.verdicts import Comparison, compare_variants
from tests.verdicts.runs import make_run, metrics

OPERATIONS = (
    "input_tokens",
    "output_tokens",
    "total_tokens",
    "retries",
    "truncation_rate",
    "refusal_rate",
    "cost_per_1000_calls",
)


def measured(**said: Any) -> dict[str, float | None]:
    return {name: load_metric(name).measure(Fixture(id="a"), Response(**said)).get("value") for name in OPERATIONS}


def test_what_the_response_says_is_measured() -> None:
    said = measured(input_tokens=40, output_tokens=2, retries=3, cost=0.002)
    assert said == dict(zip(OPERATIONS, (40.0, 2.0, 42.0, 3.0, 0.0, 0.0, 2.0), strict=True))


def test_what_nobody_said_is_left_out_and_never_0() -> None:
    assert measured() == dict(zip(OPERATIONS, (None, None, None, 0.0, 0.0, 0.0, None), strict=True))
    assert measured(input_tokens=40)["total_tokens"] is None
    assert measured(output_tokens=0)["output_tokens"] == 0.0


def test_truncation_and_refusal_are_the_outcomes_of_that_name() -> None:
    rates = {outcome: measured(outcome=outcome) for outcome in ("answered", "truncated", "refused")}
    assert [rates[outcome]["truncation_rate"] for outcome in rates] == [0.0, 1.0, 0.0]
    assert [rates[outcome]["refusal_rate"] for outcome in rates] == [0.0, 0.0, 1.0]


def test_less_is_better_in_all_of_them() -> None:
    assert not any(load_metric(name).higher_is_better for name in OPERATIONS)
    assert [load_metric(name).scale for name in OPERATIONS] == ["ratio"] * 3 + ["difference"] * 3 + ["ratio"]


def compared(name: str, tuned: list[float], baseline: list[float]) -> Comparison:
    return compare_variants(make_run({name: {"tuned": tuned, "baseline": baseline}}), metrics(name), "tuned", "baseline")


@pytest.mark.parametrize(
    ("name", "tuned", "baseline", "wanted"),
    [
        ("output_tokens", [5, 6] * 20, [10, 12] * 20, ("ratio", 0.5, "better")),
        ("output_tokens", [0, 6] * 20, [10, 12] * 20, ("difference", -8, "better")),
        ("cost", [0.0] * 40, [0.001, 0.003] * 20, ("difference", -0.002, "better")),
        ("cost", [0.0] * 40, [0.0] * 40, ("difference", 0.0, "inconclusive")),
        ("retries", [0] * 40, [0, 0, 0, 2] * 10, ("difference", -0.5, "better")),
        ("retries", [0] * 40, [0] * 40, ("difference", 0.0, "inconclusive")),
        ("truncation_rate", [0] * 40, [0, 1] * 20, ("difference", -0.5, "better")),
        ("refusal_rate", [1] * 40, [0, 1] * 20, ("difference", 0.5, "worse")),
    ],
)
def test_zeros_are_compared_by_the_difference(
    name: str, tuned: list[float], baseline: list[float], wanted: tuple[str, float, str]
) -> None:
    found = compared(name, tuned, baseline)
    assert (found.scale, found.effect, found.verdict) == (wanted[0], pytest.approx(wanted[1]), wanted[2])
