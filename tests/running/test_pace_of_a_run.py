"""What suite.yaml says of pace and timeouts reaches the provider, and run.json says how it went."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from harness.running import run_suite
from harness.store import Store
from tests.provider import Provider, answer, fails
from tests.running.suites import Remembering, asks, write_suite


def test_a_limit_sets_how_many_are_under_way_and_the_record_tells_of_each_lane(tmp_path: Path, provider: Provider) -> None:
    provider.on("one", fails(429, retry_after=0.05), answer("ok", delay=0.3))
    suite = write_suite(
        tmp_path, {"a": asks("one", provider.url)}, fixtures=24, concurrency=2, limits={"openai": {"concurrency": 6}}
    )
    store = Store(tmp_path / "runs")

    run = store.read(run_suite(suite, store).folder)

    assert 2 < provider.most_at_once <= 6
    lane = run.record.engine["lanes"][f"openai at {provider.url}"]
    assert (lane["sent"], lane["retried"], lane["rate_limited"], lane["most_at_once"]) == (25, 1, 1, 6)
    assert lane["lowest_limit"] == 3 and lane["paused_seconds"] > 0
    assert run.record.status == "complete" and len(run.responses) == 24


def test_fixed_requests_a_minute_pace_a_run_and_change_no_request(tmp_path: Path, provider: Provider) -> None:
    store = Store(tmp_path / "runs")
    limited = write_suite(tmp_path, {"a": asks("one", provider.url)}, fixtures=13, limits={"openai/one": {"rpm": 300}})
    began = time.monotonic()
    run_suite(limited, store)
    assert time.monotonic() - began >= 11 / 5, "one each fifth of a second"
    assert len(provider.requests) == 13

    without = write_suite(tmp_path, {"a": asks("one", provider.url, total_timeout=5, timeout=3)}, fixtures=13)
    run_suite(without, store)
    assert len(provider.requests) == 13, "answers stay valid"


@pytest.mark.filterwarnings("ignore:coroutine '.*completion' was never awaited:RuntimeWarning")  # litellm's, when abandoned
def test_a_provider_that_only_limits_the_rate_ends_its_variant_after_the_total_timeout(
    tmp_path: Path, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider.on("full", fails(429, retry_after=0.2))
    variants = {
        "full": asks("full", provider.url, total_timeout=1.5),
        "other": asks("other", provider.url, api_key_env="OTHER_PROVIDERS_KEY"),
    }
    suite = write_suite(tmp_path, variants, fixtures=40, concurrency=8)
    store, progress = Store(tmp_path / "runs"), Remembering()
    monkeypatch.setenv("OTHER_PROVIDERS_KEY", "a-key-of-the-other")

    outcome = run_suite(suite, store, progress=progress)

    assert list(outcome.stopped) == ["full"]
    assert outcome.stopped["full"].startswith("rate_limit: given up after 1.5 s: the provider limits the rate (429)")
    run = store.read(outcome.folder)
    assert sum(r.variant == "other" and r.response.usable for r in run.responses) == 40
    assert not any(r.response.usable for r in run.responses if r.variant == "full")
