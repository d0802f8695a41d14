"""A cap on money is never passed, stops a run cleanly, and leaves a run that can be gone on with."""

from __future__ import annotations

import random
import threading
from pathlib import Path

import pytest

from harness.errors import SuiteError
from harness.models import Budget
from harness.running import estimate_run, run_suite
from harness.store import Run, Store
from harness.suite import Suite
from tests.provider import Provider, Received, Reply, answer, fails, hangs
from tests.running.suites import Remembering, asks, write_suite

MOST = 50
"""max_tokens in these suites; an input token costs a millionth of a dollar, an output token two."""


class Billing:
    """A provider that bills answers of any length within max_tokens, and failures too, as some do."""

    def __init__(self, seed: int, failing: float) -> None:
        self.random = random.Random(seed)
        self.failing = failing
        self.lock = threading.Lock()
        self.billed = self.reported = 0.0
        self.answered: list[tuple[str, str]] = []

    def __call__(self, request: Received) -> Reply:
        with self.lock:
            tokens = (
                self.random.randint(1, sum(len(m["content"]) for m in request.messages)),
                self.random.choice([1, 5, MOST, self.random.randint(1, MOST)]),
            )
            cost = tokens[0] * 1e-6 + tokens[1] * 2e-6
            fails_now, delay = self.random.random() < self.failing, self.random.random() * 0.02
            if fails_now and self.random.random() < 0.5:
                return fails(429, retry_after=0)  # turned away, not billed
            self.billed += cost
            if fails_now:
                return fails(500)
            self.reported += cost
            self.answered.append((request.model, request.last))
        return answer("ok", input_tokens=tokens[0], output_tokens=tokens[1], delay=delay)


def two_models(folder: Path, provider: Provider, fixtures: int = 60, **said: object) -> Suite:
    variants = {name: asks(name, provider.url, params={"max_tokens": MOST}) for name in ("one", "two")}
    return write_suite(folder, variants, fixtures=fixtures, concurrency=8, **said)


@pytest.mark.parametrize("seed", range(6))
def test_no_cap_is_ever_passed_and_a_new_cap_pays_only_for_what_is_missing(tmp_path: Path, provider: Provider, seed: int) -> None:
    suite, store = two_models(tmp_path, provider), Store(tmp_path / "runs")
    bill = Billing(seed, failing=0.0 if seed < 3 else 0.05)
    provider.default = bill
    estimate = estimate_run(suite, store).cost
    assert estimate.low is not None and estimate.high is not None
    cap = random.Random(seed).uniform(estimate.low, estimate.high / 2)

    first = store.read(run_suite(suite, store, budget=Budget(cap)).folder)

    assert bill.billed <= cap + 1e-12
    assert first.record.totals["cost"] == pytest.approx(bill.reported)
    assert bill.billed <= first.record.totals["cost"] + first.record.totals["cost_presumed"] + 1e-12
    held = sum(r.response.usable for r in first.responses)
    assert held == len(bill.answered)
    assert first.record.status == ("complete" if not first.record.stopped else "stopped")
    assert bool(first.record.stopped) == first.record.totals["capped"]

    before, paid = list(bill.answered), bill.billed
    second = store.read(run_suite(suite, store, budget=Budget(10.0)).folder)

    assert len(bill.answered) == len(set(bill.answered)) == 120, "nothing was paid for twice"
    assert second.record.status == "complete"
    assert second.record.totals["cached"] == len(before)
    assert second.record.totals["cost"] <= bill.billed - paid + 1e-12
    assert second.record.totals["cost_at_first_asking"] == pytest.approx(bill.reported)


def test_a_cap_of_the_high_estimate_is_always_enough(tmp_path: Path, provider: Provider) -> None:
    suite, store = two_models(tmp_path, provider, fixtures=20), Store(tmp_path / "runs")
    provider.default = lambda request: answer("ok", input_tokens=len(request.last.encode()) + 60, output_tokens=MOST)
    high = estimate_run(suite, store).cost.high
    assert high is not None

    run = store.read(run_suite(suite, store, budget=Budget(high)).folder)

    assert (run.record.status, run.record.totals["capped"]) == ("complete", False)
    assert run.record.totals["cost"] <= high


def test_what_is_in_flight_is_counted_at_the_most_it_may_cost(tmp_path: Path, provider: Provider) -> None:
    suite, store = two_models(tmp_path, provider, fixtures=8), Store(tmp_path / "runs")
    provider.default = answer("ok", input_tokens=120, output_tokens=MOST, delay=0.05)
    high = estimate_run(suite, store).cost.high
    assert high is not None

    run_suite(suite, store, budget=Budget(3.5 * high / 16))

    assert len(provider.requests) == 3, "each costs all but the most it may: three fit, whatever the concurrency"


def test_calls_far_below_their_estimate_leave_room_for_more(tmp_path: Path, provider: Provider) -> None:
    suite, store = two_models(tmp_path, provider, fixtures=20), Store(tmp_path / "runs")
    provider.default = answer("ok", input_tokens=10, output_tokens=1)
    high = estimate_run(suite, store).cost.high
    assert high is not None

    run = store.read(run_suite(suite, store, budget=Budget(high / 10)).folder)

    assert run.record.status == "complete"
    assert run.record.totals["cost"] == pytest.approx(40 * 12e-6)


def test_a_stopped_run_says_why_and_the_progress_does_too(tmp_path: Path, provider: Provider) -> None:
    suite, store, progress = two_models(tmp_path, provider), Store(tmp_path / "runs"), Remembering()
    provider.default = answer("ok", input_tokens=20, output_tokens=MOST)

    record = store.read(run_suite(suite, store, budget=Budget(0.004), progress=progress).folder).record

    assert record.status == "stopped"
    assert set(record.stopped) == {"one", "two"}
    assert "the cap of $0.004 is reached" in record.stopped["one"]
    assert record.stopped["two"].endswith("60 of 60 not asked")
    assert any(note.startswith("one stops: the cap of $0.004 is reached") for note in progress.notes)
    assert record.selection["max_cost"] == 0.004
    assert provider.asked("two") == [], "once the money is gone nothing is sent"


def test_what_costs_nothing_is_answered_also_when_the_money_is_gone(tmp_path: Path, provider: Provider) -> None:
    free = {"input_per_million": 0, "output_per_million": 0}
    variants = {
        "paid": asks("one", provider.url, params={"max_tokens": MOST}),
        "free": asks("two", provider.url, price=free),
        "file": {"role": "current", "outputs": "today.jsonl"},
    }
    files = {"today.jsonl": [{"id": f"f{i}", "text": "x"} for i in range(30)]}
    suite, store = write_suite(tmp_path, variants, fixtures=30, files=files), Store(tmp_path / "runs")
    provider.default = answer("ok", input_tokens=20, output_tokens=MOST)

    run = store.read(run_suite(suite, store, budget=Budget(0.001)).folder)

    assert set(run.record.stopped) == {"paid"}
    assert {name: sum(r.variant == name for r in run.responses) for name in ("free", "file")} == {"free": 30, "file": 30}


def test_an_answer_without_usage_and_one_that_never_came_count_as_the_most(tmp_path: Path, provider: Provider) -> None:
    store = Store(tmp_path / "runs")
    variants = {
        "silent": asks("silent", provider.url, params={"max_tokens": MOST}),
        "hanging": asks("hanging", provider.url, params={"max_tokens": MOST}, timeout=0.2),
    }
    suite = write_suite(tmp_path, variants, fixtures=1)
    provider.on("silent", answer("ok", usage=False))
    provider.on("hanging", hangs(), answer("ok", input_tokens=10, output_tokens=1))
    each = estimate_run(suite, store, variants=["silent"]).cost.high
    assert each is not None

    totals = store.read(run_suite(suite, store, budget=Budget(1.0)).folder).record.totals

    assert totals["cost_presumed"] == pytest.approx(2 * each)
    assert totals["cost"] is None, "of one answer nobody knows the cost"


def test_a_provider_that_counts_more_than_was_sent_is_held_at_that_from_then_on(tmp_path: Path, provider: Provider) -> None:
    suite, store = two_models(tmp_path, provider, fixtures=100), Store(tmp_path / "runs")
    provider.default = answer("ok", input_tokens=5000, output_tokens=MOST)
    cap = 0.1

    run = store.read(run_suite(suite, store, budget=Budget(cap)).folder)

    assert run.record.totals["cost"] <= cap, "known after the first answers, long before the end"
    assert run.record.status == "stopped"


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"price": None}, r"suite\.yaml:\d+: nobody knows the price of openai/one \(a\).*price:"),
        ({"params": {}}, r"suite\.yaml:\d+: an answer of a may be of any length.*max_tokens"),
    ],
)
def test_a_variant_whose_calls_have_no_highest_price_is_refused_before_anything_is_sent(
    tmp_path: Path, provider: Provider, said: dict[str, object], told: str
) -> None:
    suite = write_suite(tmp_path, {"a": asks("one", provider.url, **{"params": {"max_tokens": 5}, **said})})
    store = Store(tmp_path / "runs")

    with pytest.raises(SuiteError, match=told):
        run_suite(suite, store, budget=Budget(1.0))
    assert provider.requests == [] and store.list() == []


def test_a_cap_below_the_least_is_refused_with_the_estimate_unless_nothing_is_left_to_ask(
    tmp_path: Path, provider: Provider
) -> None:
    suite, store = two_models(tmp_path, provider, fixtures=10), Store(tmp_path / "runs")

    with pytest.raises(SuiteError, match=r"below the least the run may cost: 20 answers .*\$.* to \$.* expected"):
        run_suite(suite, store, budget=Budget(1e-6))
    assert provider.requests == [] and store.list() == []

    run_suite(suite, store)
    again: Run = store.read(run_suite(suite, store, budget=Budget(0.0)).folder)
    assert (again.record.status, again.record.totals["cost"], again.record.totals["asked"]) == ("complete", 0.0, 0)
    assert again.record.totals["cost_at_first_asking"] == pytest.approx(20 * 18e-6)


def test_a_cap_that_is_no_money_is_refused() -> None:
    for cap in (-1.0, float("nan"), float("inf")):
        with pytest.raises(SuiteError, match="no amount of money"):
            Budget(cap)
