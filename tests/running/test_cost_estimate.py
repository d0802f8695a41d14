"""A run's cost is told before anything is sent."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.running import Range, VariantEstimate, estimate_run, run_suite
from harness.store import Store
from tests.provider import Provider, answer
from tests.running.suites import asks, write_suite


def only(found: object) -> VariantEstimate:
    (variant,) = found.variants  # type: ignore[attr-defined]
    assert isinstance(variant, VariantEstimate)
    return variant


def test_a_worked_example(tmp_path: Path) -> None:
    fixtures = [{"id": f"f{i}", "input": f"{i}" * 400, "expected": "y" * 80} for i in range(10)]
    variant = asks("one", "http://127.0.0.1:9/v1", params={"max_tokens": 50})
    suite = write_suite(tmp_path, {"a": variant}, fixtures=fixtures, repeats=2)

    found = estimate_run(suite, Store(tmp_path / "runs"))

    v = only(found)
    assert (v.planned, v.answered, v.to_ask) == (20, 0, 20)
    assert (v.input_tokens, v.counted_by) == (20 * 100, "characters")
    assert (v.basis, v.output_tokens) == ("expected", Range(20.0, 20 * 20.0, 20 * 50.0))
    assert v.cost.low == pytest.approx(20 * (50 * 1e-6 + 1 * 2e-6)), "half the guessed input, one token out"
    assert v.cost.expected == pytest.approx(20 * (100 * 1e-6 + 20 * 2e-6))
    bytes_sent = len('{"messages": [{"role": "user", "content": ""}], "tools": []}') + 400
    assert v.cost.high == pytest.approx(20 * ((bytes_sent + 64) * 1e-6 + 50 * 2e-6))
    assert v.seconds is None and found.seconds is None
    assert not found.at_least


def test_fixed_limits_tell_the_least_time_it_takes(tmp_path: Path) -> None:
    fixtures = [{"id": f"f{i}", "input": f"{i}" * 400, "expected": "y" * 80} for i in range(10)]
    variant = asks("one", "http://127.0.0.1:9/v1", params={"max_tokens": 50})
    for limit, seconds in ({"rpm": 5}, 120.0), ({"tpm": 600}, 120.0), ({"rpm": 5, "tpm": 300}, 240.0), ({"concurrency": 3}, None):
        suite = write_suite(tmp_path, {"a": variant}, fixtures=fixtures, limits={"openai/one": limit})
        assert only(estimate_run(suite, Store(tmp_path / "runs"))).seconds == seconds


def test_after_a_run_its_answers_are_the_basis_and_only_the_rest_is_to_ask(tmp_path: Path, provider: Provider) -> None:
    provider.default = lambda request: answer("ok", input_tokens=10, output_tokens=4 if "question 0" in request.last else 6)
    store, variants = Store(tmp_path / "runs"), {"a": asks("one", provider.url, params={"max_tokens": 50})}
    suite = write_suite(tmp_path, variants, fixtures=10, concurrency=2)
    run_suite(suite, store, limit=2)
    run_suite(suite, store, limit=2)
    asked = len(provider.requests)

    v = only(estimate_run(suite, store))

    assert (v.planned, v.answered, v.to_ask, v.basis) == (10, 2, 8, "past")
    assert v.output_tokens == Range(8 * 4.0, 8 * 5.0, 8 * 50.0)
    latency = store.typical_latency("questions", "a")
    assert latency is not None and v.seconds == pytest.approx(4 * latency, rel=1e-6)
    assert only(estimate_run(suite, store, fresh=True)).to_ask == 10
    assert only(estimate_run(suite, store, limit=2)).cost == Range(0.0, 0.0, 0.0)
    assert len(provider.requests) == asked


def test_the_answers_of_another_model_under_the_same_name_tell_nothing(tmp_path: Path, provider: Provider) -> None:
    store = Store(tmp_path / "runs")
    run_suite(write_suite(tmp_path, {"a": asks("one", provider.url)}), store)
    other = write_suite(tmp_path, {"a": asks("two", provider.url)})

    assert only(estimate_run(other, store)).basis == "expected"


def test_unknown_prices_stay_unknown_and_make_the_total_a_least(tmp_path: Path) -> None:
    url = "http://127.0.0.1:9/v1"
    variants = {
        "known": asks("one", url, params={"max_tokens": 5}),
        "unpriced": asks("two", url, price=None, params={"max_tokens": 5}),
        "endless": asks("three", url),
    }
    found = estimate_run(write_suite(tmp_path, variants), Store(tmp_path / "runs"))

    known, unpriced, endless = found.variants
    assert (unpriced.price_source, unpriced.cost) == ("unknown", Range(None, None, None))
    assert endless.cost.high is None and endless.cost.expected is not None
    assert found.at_least
    assert found.cost.high == known.cost.high


def test_what_asks_no_model_costs_nothing_and_says_what_it_states(tmp_path: Path) -> None:
    variants = {
        "file": {"role": "current", "outputs": "today.jsonl"},
        "rules": {"role": "current", "callable": "rules.py:rule"},
        "floor": {"role": "floor", "method": "majority"},
        "embedded": {"role": "prompt", "model": "local/smollm2-135m-instruct", "prompt": "ask.yaml"},
    }
    files = {
        "today.jsonl": [{"id": f"f{i}", "text": "x", "cost": 0.25} for i in range(4)],
        "rules.py": "def rule(fixture):\n    return 'x'\n",
        "train.jsonl": [{"id": "t", "input": "x", "expected": "y"}],
    }
    suite = write_suite(tmp_path, variants, fixtures=6, files=files, training_data="train.jsonl")

    found = estimate_run(suite, Store(tmp_path / "runs"))

    assert all((v.cost.low, v.cost.high) == (0.0, 0.0) for v in found.variants)
    assert [v.stated for v in found.variants] == [1.0, None, None, None]
    assert not found.at_least
    assert found.seconds is not None and found.seconds > 0, "the embedded model takes time"


def test_a_question_two_variants_ask_in_the_same_words_is_counted_once(tmp_path: Path) -> None:
    same = asks("one", "http://127.0.0.1:9/v1")
    found = estimate_run(write_suite(tmp_path, {"a": same, "b": same}), Store(tmp_path / "runs"))
    assert [v.to_ask for v in found.variants] == [6, 0]


def test_without_past_or_expected_answers_the_longest_is_expected(tmp_path: Path) -> None:
    fixtures = [{"id": f"f{i}", "input": f"{i}"} for i in range(3)]
    suite = write_suite(
        tmp_path, {"a": asks("one", "http://h/v1", params={"max_tokens": 9})}, fixtures=fixtures, metrics=["length"]
    )
    v = only(estimate_run(suite, Store(tmp_path / "runs")))
    assert (v.basis, v.output_tokens) == ("max_tokens", Range(3.0, 27.0, 27.0))
