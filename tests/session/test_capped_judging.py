"""A cap holds for the answers and for the judges of them together."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import harness
from harness.errors import SuiteError
from tests.provider import Provider, answer
from tests.running.suites import asks, write_suite

COST, JUDGING = 10e-6 + 5 * 2e-6, 400e-6 + 5 * 2e-6
"""Of a call to a variant, and of one to the judge, whose prompt is long."""


def judged(folder: Path, url: str, **judge: object) -> Path:
    metric = {"model": "openai/judge", "criteria": "Is it right?", "api_base": url, "params": {"max_tokens": 20}}
    price = {"input_per_million": 1.0, "output_per_million": 2.0}
    variants = {"one": asks("one", url, params={"max_tokens": 20}), "two": asks("two", url, params={"max_tokens": 20})}
    write_suite(folder, variants, fixtures=30, metrics=[{"rubric": {**metric, "price": price, **judge}}])
    return folder


def test_answers_and_judges_together_stay_within_the_cap_and_the_next_run_judges_the_rest(
    tmp_path: Path, provider: Provider
) -> None:
    provider.default = lambda request: answer(f"{request.model}: {request.last}", input_tokens=10, output_tokens=5)
    provider.on("judge", answer(json.dumps({"score": 4}), input_tokens=400, output_tokens=5))
    suite, cap = judged(tmp_path / "suite", provider.url), 60 * COST + 20 * JUDGING

    first = harness.run(suite, store=tmp_path / "runs", max_cost=cap)

    assert 0 < len(provider.asked("judge")) <= 20
    assert len(provider.requests) == 60 + len(provider.asked("judge"))
    record = first.run.record
    assert (record.status, record.stopped, first.exit_code) == ("stopped", {}, 3)
    assert record.totals["capped"] and record.totals["cost"] + record.totals["judge_cost"] <= cap
    assert "the cap of" in record.judges["rubric"]["stopped"]

    second = harness.run(suite, store=tmp_path / "runs", max_cost=1.0)

    assert len(provider.requests) == 60 + 60
    assert (second.run.record.status, second.run.record.totals["capped"]) == ("complete", False)


def test_a_judge_of_unknown_price_cannot_be_capped(tmp_path: Path, provider: Provider) -> None:
    suite = judged(tmp_path / "suite", provider.url, price=None)
    with pytest.raises(SuiteError, match=r"suite\.yaml:\d+: nobody knows the price of openai/judge, which rubric asks"):
        harness.run(suite, store=tmp_path / "runs", max_cost=1.0)
    assert provider.requests == []


def test_a_judge_whose_replies_have_no_limit_cannot_be_capped(tmp_path: Path, provider: Provider) -> None:
    suite = judged(tmp_path / "suite", provider.url, params={})
    with pytest.raises(SuiteError, match=r"suite\.yaml:\d+: a reply of openai/judge, which rubric asks, .*max_tokens"):
        harness.run(suite, store=tmp_path / "runs", max_cost=1.0)
    assert provider.requests == []


def test_an_estimate_counts_the_calls_of_judges(tmp_path: Path, provider: Provider) -> None:
    estimate = harness.estimate(judged(tmp_path / "suite", provider.url), store=tmp_path / "runs")
    assert estimate.judge_calls == {"rubric": 60}
    assert estimate.to_dict()["judge_calls"] == {"rubric": 60}
    assert provider.requests == []
