"""A provider that is down for good costs a handful of requests, however many fixtures there are; one that restarts costs none."""

from __future__ import annotations

import socket
import threading
import time
from pathlib import Path

import pytest

from harness.running import run_suite
from harness.store import Store
from tests.provider import Provider, Received, Reply, answer, knows_no_model, quota_spent, redirects, refuses_key
from tests.running.suites import Remembering, asks, quicken, write_suite

MANY = 10_000
CONCURRENCY = 8
HANDFUL = 5 + CONCURRENCY
"""Failures that are waited for, and what is in flight when they come."""

RULES = "def answer(fixture):\n    return fixture.input.split()[-1]\n"


@pytest.fixture(autouse=True)
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """A clock twenty times as quick: 1 s stands for a restart of 20 s, 4.5 s for an outage of 90 s."""
    quicken(monkeypatch, first_wait=0.05, longest_wait=3.0, outage=4.5)


def dead_port() -> int:
    """A port nobody listens at."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.mark.filterwarnings("ignore:coroutine '.*completion' was never awaited:RuntimeWarning")  # litellm's, when abandoned
def test_ten_thousand_fixtures_cost_a_provider_that_is_down_a_handful_of_requests(tmp_path: Path, provider: Provider) -> None:
    faults: dict[str, Reply] = {
        "refused": refuses_key(),
        "unknown": knows_no_model("unknown"),
        "unpaid": quota_spent(),
        "moved": redirects("http://elsewhere.invalid/v1/chat/completions"),
    }
    for model, reply in faults.items():
        provider.on(model, reply)
    port = dead_port()
    addresses = {
        "deaf": f"http://127.0.0.1:{port}/v1",
        "nowhere": "http://no-such-host.invalid/v1",
        "secure": f"https{provider.url.removeprefix('http')}",
    }
    variants = {name: asks(name, provider.url) for name in faults} | {name: asks(name, url) for name, url in addresses.items()}
    rules = {"role": "current", "callable": "rules.py:answer"}
    suite = write_suite(tmp_path, {**variants, "rules": rules}, fixtures=MANY, files={"rules.py": RULES}, concurrency=CONCURRENCY)
    store, progress = Store(tmp_path / "runs"), Remembering()

    outcome = run_suite(suite, store, progress=progress)

    run = store.read(outcome.folder)
    sent = {name: len(provider.asked(name)) for name in faults}
    assert all(1 <= count <= HANDFUL for count in sent.values()), sent
    lanes = run.record.engine["lanes"]
    attempts = {name: lanes[f"openai at {url}"]["sent"] for name, url in addresses.items()}
    assert attempts["secure"] <= HANDFUL and attempts["deaf"] <= 5 * HANDFUL and attempts["nowhere"] <= 5 * HANDFUL, attempts
    assert set(outcome.stopped) == {*faults, *addresses}
    kinds = {name: line.split(":")[0] for name, line in outcome.stopped.items()}
    assert kinds == {
        "refused": "auth", "unknown": "not_found", "unpaid": "quota", "moved": "bad_request",
        "deaf": "connection", "nowhere": "connection", "secure": "connection",
    }  # fmt: skip
    for name, line in outcome.stopped.items():
        failed = sum(each.variant == name for each in run.responses)
        assert line.endswith(f"{MANY - failed} of {MANY} not asked") and "\n" not in line
        assert len([note for note in progress.notes if note.startswith(f"{name} is given up")]) == 1
    right = [each.response.text for each in run.responses if each.variant == "rules"]
    assert len(right) == MANY and right[-1] == str(MANY - 1)
    assert run.record.status == "stopped"


class Crashing:
    """Answers, and brings its provider down at a certain call; up again after some seconds, if at all."""

    def __init__(self, provider: Provider, at: int, seconds: float | None) -> None:
        self._provider, self._at, self._seconds = provider, at, seconds
        self._calls = 0
        self._lock = threading.Lock()
        self.ended = threading.Event()

    def __call__(self, request: Received) -> Reply:
        with self._lock:
            self._calls += 1
            if self._calls == self._at:
                threading.Thread(target=self._crash, daemon=True).start()
        return answer(request.last.rsplit(maxsplit=1)[-1], delay=0.05)

    def _crash(self) -> None:
        self._provider.die()
        if self._seconds is not None:
            time.sleep(self._seconds)
            self._provider.come_back()
        self.ended.set()


def test_an_endpoint_that_dies_and_comes_back_loses_nothing(tmp_path: Path, provider: Provider) -> None:
    crashing = provider.default = Crashing(provider, at=60, seconds=1.0)
    suite = write_suite(tmp_path, {"a": asks("one", provider.url)}, fixtures=150, concurrency=CONCURRENCY)
    store, progress = Store(tmp_path / "runs"), Remembering()

    outcome = run_suite(suite, store, progress=progress)

    run = store.read(outcome.folder)
    assert crashing.ended.is_set()
    assert (outcome.stopped, run.record.status, run.record.totals["failed"]) == ({}, "complete", 0)
    assert [each.response.text for each in run.responses] == [str(question) for question in range(150)]
    assert sum(each.response.retries > 0 for each in run.responses) >= 1, "those in flight when it died"
    assert all((each.response.latency or 9) < 0.9 for each in run.responses), "what the outage took is no latency"


def test_an_endpoint_that_dies_for_good_half_way_ends_its_variant_soon(tmp_path: Path, provider: Provider) -> None:
    provider.default = Crashing(provider, at=60, seconds=None)
    suite = write_suite(tmp_path, {"a": asks("one", provider.url)}, fixtures=MANY, concurrency=CONCURRENCY)
    store = Store(tmp_path / "runs")

    began = time.monotonic()
    outcome = run_suite(suite, store)

    run = store.read(outcome.folder)
    failed = [each.response for each in run.responses if not each.response.usable]
    assert outcome.stopped["a"].startswith("connection: nothing answers at")
    assert 25 <= len(failed) <= 25 + CONCURRENCY and {each.error_kind for each in failed} == {"connection"}
    assert 50 <= sum(each.response.usable for each in run.responses) <= 60
    assert time.monotonic() - began < 60
    assert run.record.engine["lanes"][f"openai at {provider.url}"]["sent"] < 60 + 60 * CONCURRENCY
