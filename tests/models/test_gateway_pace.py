"""Pace, retries and timeouts, against a real provider over HTTP."""

from __future__ import annotations

import asyncio
import random
import statistics
import threading
import time
from collections.abc import Callable
from dataclasses import replace

import pytest

from harness.models import Gateway, NotSentError, Request, Response, lane_of, most_at_once
from harness.suite import Limit
from tests.models.asking import Clock, ask, ask_all, request
from tests.provider import Provider, Received, Reply, answer, fails, hangs


class Room:
    """Answers so many at once, and 429 above that."""

    def __init__(self, room: int, latency: float, retry_after: float | None = None) -> None:
        self.room, self.latency, self.retry_after = room, latency, retry_after
        self.turned_away = 0
        self._lock, self._until = threading.Lock(), []

    def __call__(self, received: Received) -> Reply:
        with self._lock:
            now = time.monotonic()
            self._until = [until for until in self._until if until > now]
            if len(self._until) >= self.room:
                self.turned_away += 1
                return fails(429, retry_after=self.retry_after)
            self._until.append(now + self.latency)
        return answer("ok", delay=self.latency)


def through(work: Callable[[Gateway], object], **settings: object) -> object:
    async def run() -> object:
        async with Gateway(**settings) as gateway:  # type: ignore[arg-type]  # each test gives what it needs
            return await work(gateway)  # type: ignore[misc]

    return asyncio.run(run())


def test_a_run_settles_near_what_the_provider_takes_at_once(provider: Provider, capsys: pytest.CaptureFixture[str]) -> None:
    room, latency, calls = 10, 0.25, 240
    busy = Room(room, latency)
    provider.on("m", busy)
    ask(request(provider, "openai/other"))  # litellm's slow first call

    async def work(gateway: Gateway) -> tuple[list[Response], float]:
        began = time.monotonic()
        answers = await asyncio.gather(*(gateway.ask(request(provider)) for _ in range(calls)))
        return answers, time.monotonic() - began

    answers, seconds = through(work, first_wait=0.5)  # type: ignore[misc]
    ideal = calls * latency / room
    with capsys.disabled():
        refused = busy.turned_away / calls
        print(f"\n  {room} at once allowed: {calls} calls in {seconds:.1f} s, ideal {ideal:.1f} s, {refused:.1%} refused", end="")
    assert [each.text for each in answers] == ["ok"] * calls
    assert statistics.median(each.latency or 0.0 for each in answers) < seconds / 4, "turns are not in the latency"
    assert busy.turned_away < 0.25 * calls
    assert seconds < 5 * ideal, "on a busy machine; test_pace.py holds it to 2 without one"


def test_thirty_percent_429_with_retry_after_end_in_answers_alone(provider: Provider) -> None:
    dice, lock = random.Random(5), threading.Lock()

    def sometimes(received: Received) -> Reply:
        with lock:
            return fails(429, retry_after=0.02) if dice.random() < 0.3 else answer("ok")

    provider.on("m", sometimes)

    async def work(gateway: Gateway) -> tuple[list[Response], dict[str, float]]:
        answers = await asyncio.gather(*(gateway.ask(request(provider)) for _ in range(150)))
        return answers, gateway.engine_facts()["lanes"][f"openai at {provider.url}"]

    answers, facts = through(work)  # type: ignore[misc]
    assert [each.outcome for each in answers] == ["answered"] * 150
    turned_away = len(provider.asked("m")) - 150
    assert turned_away > 20
    assert (facts["sent"], facts["retried"], facts["rate_limited"]) == (150 + turned_away, turned_away, turned_away)
    assert sum(each.retries for each in answers) == turned_away
    assert 1 <= facts["lowest_limit"] < 8 and facts["paused_seconds"] > 0


def test_fixed_requests_a_minute_are_kept_evenly(provider: Provider) -> None:
    limits = {"openai": Limit(rpm=600)}  # ten a second
    ask(request(provider, "openai/other"))
    began = time.monotonic()
    answers = through(lambda gateway: asyncio.gather(*(gateway.ask(request(provider)) for _ in range(31))), limits=limits)
    assert [each.text for each in answers] == ["ok"] * 31  # type: ignore[attr-defined]
    at = [received.at - began for received in provider.asked("m")]
    assert 2.8 <= at[-1] < 12, "one each tenth of a second"
    assert all(sum(each <= second for each in at) <= 2 + 10 * second for second in (0.5, 1.0, 1.5, 2.0, 2.5))


def test_an_answer_after_which_nothing_remains_holds_the_next_one(provider: Provider) -> None:
    nothing_left = {"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "700ms"}
    provider.on("m", replace(answer("last"), headers=nothing_left), "next")
    provider.on("full", Reply(fails(429).body, 429, {**nothing_left, "x-ratelimit-reset-requests": "1m30s"}), "later")
    ask(request(provider, "openai/other"))

    async def work(gateway: Gateway) -> list[str]:
        return [(await gateway.ask(request(provider))).text for _ in range(2)]

    assert through(work) == ["last", "next"]
    first, second = provider.asked("m")
    assert 0.65 <= second.at - first.at < 3
    clock = Clock()
    assert ask(request(provider, "openai/full"), clock=clock).text == "later"
    assert clock.now() == 60, "until the reset, a minute at most"


def test_fixed_tokens_a_minute_are_kept(provider: Provider) -> None:
    provider.on("m", answer("ok", input_tokens=100, output_tokens=100))
    ask(request(provider, "openai/other"))
    asked = [request(provider, text="x" * 400, params={"max_tokens": 100}) for _ in range(16)]
    began = time.monotonic()
    answers = through(
        lambda gateway: asyncio.gather(*(gateway.ask(each) for each in asked)), limits={"openai": Limit(tpm=60_000)}
    )
    assert all(each.usable for each in answers)  # type: ignore[attr-defined]
    assert 2.0 <= time.monotonic() - began <= 4.5, "16 x 200 tokens at 1,000 a second, the first second's worth at once"


def test_a_provider_that_always_limits_the_rate_is_asked_until_the_total_timeout(provider: Provider) -> None:
    provider.on("m", fails(429))
    clock = Clock()
    response = ask(request(provider, total_timeout=300.0), clock=clock)
    assert (response.outcome, response.error_kind) == ("failed", "rate_limit")
    assert str(response.error).startswith("given up after 300 s: the provider limits the rate (429)")
    assert clock.now() == pytest.approx(300)
    assert len(provider.requests) == response.retries + 1 > 6, "more than five attempts"


def test_503_with_retry_after_uses_up_no_attempts(provider: Provider) -> None:
    provider.on("m", *[fails(503, retry_after=1)] * 9, "at last")
    response = ask(request(provider))
    assert (response.text, response.retries) == ("at last", 9)


def test_the_total_timeout_ends_a_real_wait_and_a_real_attempt(provider: Provider) -> None:
    provider.on("limited", fails(429, retry_after=30))
    provider.on("hangs", hangs())
    ask(request(provider, "openai/other"))
    began = time.monotonic()
    limited = through(lambda gateway: gateway.ask(request(provider, "openai/limited", total_timeout=1.0)))
    hanging = through(lambda gateway: gateway.ask(request(provider, "openai/hangs", total_timeout=1.0, timeout=60)))
    assert (limited.error_kind, limited.retries) == ("rate_limit", 0)  # type: ignore[attr-defined]
    assert (hanging.error_kind, hanging.retries) == ("timeout", 0)  # type: ignore[attr-defined]
    assert 2.0 <= time.monotonic() - began < 4


def test_the_time_of_attempts_that_fail_counts_towards_the_total_timeout(provider: Provider) -> None:
    provider.on("m", hangs())
    began = time.monotonic()
    response = through(lambda gateway: gateway.ask(request(provider, timeout=0.4, total_timeout=1.0)), first_wait=0.01)
    assert 0.9 <= time.monotonic() - began < 3.5
    assert response.error_kind == "timeout" and 1 <= response.retries <= 2  # type: ignore[attr-defined]
    assert response.error == "given up after 1 s: no answer within 0.4 s"  # type: ignore[attr-defined]


def test_waiting_for_a_turn_before_the_first_sending_is_no_part_of_the_total_timeout(provider: Provider) -> None:
    provider.on("m", answer("ok", delay=0.3))
    answers = through(
        lambda gateway: asyncio.gather(*(gateway.ask(request(provider, total_timeout=0.9)) for _ in range(6))), concurrency=1
    )
    assert [each.text for each in answers] == ["ok"] * 6  # type: ignore[attr-defined]
    assert all(each.latency < 0.6 for each in answers)  # type: ignore[attr-defined]


def test_no_more_are_under_way_than_concurrency_says(provider: Provider) -> None:
    provider.on("m", answer("ok", delay=0.05))
    through(lambda gateway: asyncio.gather(*(gateway.ask(request(provider)) for _ in range(30))), concurrency=3)
    assert provider.most_at_once == 3


def test_stopping_ends_waiters_and_leaves_what_is_on_the_wire(provider: Provider) -> None:
    provider.on("slow", answer("whole", delay=0.6))
    provider.on("limited", fails(429, retry_after=60))
    provider.on("down", fails(500))
    ask(request(provider, "openai/other"))

    async def work(gateway: Gateway) -> list[object]:
        keys = {"limited": "A_KEY", "down": "B_KEY"}
        asking = [asyncio.ensure_future(gateway.ask(request(provider, "openai/slow"))) for _ in range(4)]
        asking += [asyncio.ensure_future(gateway.ask(request(provider, f"openai/{m}", api_key_env=keys[m]))) for m in keys]
        await asyncio.sleep(0.35)
        gateway.stop()
        began = time.monotonic()
        ended = await asyncio.gather(*asking, return_exceptions=True)
        assert time.monotonic() - began < 1.5
        with pytest.raises(NotSentError):
            await gateway.ask(request(provider))
        return ended

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("A_KEY", "one-key-of-two")
        patch.setenv("B_KEY", "two-keys-of-two")
        ended = through(work, concurrency=2, first_wait=60.0)
    assert [getattr(each, "text", type(each).__name__) for each in ended] == [  # type: ignore[attr-defined]
        "whole", "whole", "NotSentError", "NotSentError", "NotSentError", "NotSentError",
    ]  # fmt: skip


def test_a_restart_of_the_provider_is_waited_out_by_those_that_it_meets(provider: Provider) -> None:
    provider.on("m", "ok", *[fails(502)] * 7, "back again")
    first, second = _one_after_the_other(provider, 2)
    assert (first.text, second.text, second.retries) == ("ok", "back again", 7)


def test_a_provider_that_never_answered_gets_five_attempts_and_so_does_one_prompt_that_always_fails(provider: Provider) -> None:
    provider.on("m", fails(502))
    assert [each.retries for each in _one_after_the_other(provider, 2)] == [4, 4]

    def by_prompt(received: Received) -> Reply:
        return fails(500) if received.last == "bad" else answer("ok", delay=0.02)

    provider.on("m", by_prompt)

    async def work(gateway: Gateway) -> Response:
        bad = asyncio.ensure_future(gateway.ask(request(provider, text="bad")))
        while not bad.done():
            await gateway.ask(request(provider, text="good"))
        return bad.result()

    assert through(work, first_wait=0.02).retries == 4  # type: ignore[attr-defined]


def _one_after_the_other(provider: Provider, count: int) -> list[Response]:
    async def run() -> list[Response]:
        async with Gateway(clock=Clock()) as gateway:
            return [await gateway.ask(request(provider)) for _ in range(count)]

    return asyncio.run(run())


def test_one_lane_that_pauses_does_not_hold_up_another(provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTHER_KEY", "other-key-of-two")
    provider.on("limited", fails(429, retry_after=20))
    notes: list[str] = []

    async def work(gateway: Gateway) -> float:
        limited = asyncio.ensure_future(gateway.ask(request(provider, "openai/limited")))
        await asyncio.sleep(0.2)
        began = time.monotonic()
        await asyncio.gather(*(gateway.ask(request(provider, "openai/free", api_key_env="OTHER_KEY")) for _ in range(5)))
        seconds = time.monotonic() - began
        limited.cancel()
        await asyncio.gather(limited, return_exceptions=True)
        return seconds

    ask(request(provider, "openai/other"))
    assert through(work, note=notes.append) < 5  # type: ignore[operator]
    assert notes == [f"openai at {provider.url} limits the rate: waiting 20 s"]


def test_a_lane_is_a_provider_at_an_address_with_a_key() -> None:
    def named(model: str, **fields: str) -> str:
        return lane_of(Request(model, (), **fields), limits)  # type: ignore[arg-type]

    limits = {"openai": Limit(rpm=10, concurrency=32), "openai/gpt-4o-mini": Limit(rpm=20)}
    assert named("openai/gpt-4o") == named("openai/ft:gpt-4o-mini:acme::x1") == "openai"
    assert named("openai/gpt-4o-mini") == "openai/gpt-4o-mini"
    assert named("anthropic/claude-haiku-4-5", api_key_env="ACME_KEY") == "anthropic with ACME_KEY"
    assert named("openai/x", api_base="http://127.0.0.1:8000/v1") == "openai at http://127.0.0.1:8000/v1"
    assert named("local/smollm2-135m-instruct") == "local"
    assert "secret" not in named("openai/x", api_base="http://user:secret-word@host/v1")
    assert most_at_once(Request("openai/gpt-4o", ()), 8, limits) == 32
    assert most_at_once(Request("openai/gpt-4o-mini", ()), 8, limits) == 8
    assert most_at_once(Request("anthropic/x", ()), 8, limits) == 8


def test_timeouts_are_no_part_of_what_a_request_is_known_by() -> None:
    assert Request("m", (), timeout=1.0, total_timeout=2.0).hash == Request("m", ()).hash


def test_a_cap_is_not_charged_for_what_was_not_sent(provider: Provider) -> None:
    from harness.models import Budget, ResolvedPrice

    provider.on("m", fails(429, retry_after=50))
    budget = Budget(1.0)
    asked = request(provider, total_timeout=120.0, params={"max_tokens": 10})
    ask_all([asked], ResolvedPrice(1e-6, 1e-6, source="suite"), budget=budget)
    assert (budget.spent, budget.presumed) == (0.0, 0.0)
    assert budget.left == 1.0
