"""A question that several places ask alike is sent once, and sent for others where it failed for one."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.running import run_suite
from harness.store import Store
from tests.provider import Provider, Received, Reply, answer, refuses_key
from tests.running.suites import asks, write_suite


@pytest.fixture
def two_keys(provider: Provider, monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    """Two variants that ask the same model the same, of which the first has a key that is refused."""
    monkeypatch.setenv("BAD_KEY", "sk-bad")
    monkeypatch.setenv("GOOD_KEY", "sk-good")

    def knows_one_key(request: Received) -> Reply:
        return answer("ok") if request.headers["authorization"] == "Bearer sk-good" else refuses_key()

    provider.default = knows_one_key
    keys = {"refused": "BAD_KEY", "good": "GOOD_KEY"}
    return {name: asks("one", provider.url, api_key_env=key) for name, key in keys.items()}


def test_what_a_variant_was_given_up_before_is_asked_by_the_one_that_can(
    tmp_path: Path, provider: Provider, two_keys: dict[str, object]
) -> None:
    store = Store(tmp_path / "runs")
    outcome = run_suite(write_suite(tmp_path, two_keys, fixtures=12, concurrency=2), store)

    assert set(outcome.stopped) == {"refused"}
    answered = {r.fixture_id for r in store.read(outcome.folder).responses if r.variant == "good" and r.response.usable}
    assert answered == {f"f{i}" for i in range(12)}
    sent = [r.last for r in provider.requests if r.headers["authorization"] == "Bearer sk-good"]
    assert len(sent) == len(set(sent)) == 12


def test_an_answer_is_used_for_every_place_that_asks_the_same(tmp_path: Path, provider: Provider) -> None:
    fixtures = [{"id": f"f{i}", "input": f"question {i % 2}"} for i in range(5)]
    variants = {name: asks("one", provider.url) for name in ("a", "b")}
    store = Store(tmp_path / "runs")
    run = store.read(run_suite(write_suite(tmp_path, variants, fixtures=fixtures), store).folder)

    assert sorted(r.last for r in provider.requests) == ["question 0", "question 1"]
    assert [(r.variant, r.fixture_id) for r in run.responses] == [(v, f"f{i}") for v in "ab" for i in range(5)]
    assert [r.cached for r in run.responses].count(False) == 2
    totals = run.record.totals
    assert (totals["asked"], totals["cached"], totals["cost"]) == (2, 8, totals["cost_at_first_asking"])
