"""The pace of one lane, by a clock that is put forward by hand."""

from __future__ import annotations

import asyncio
import itertools
import math
from bisect import bisect_right
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.models.failure import ProviderFailure
from harness.models.limit_resets import seconds_to_reset
from harness.models.pace import FIRST_WINDOW, NotSentError, Pace, TurnTooLateError
from tests.models.virtual_time import LoopClock, run_in_no_time


def pace(**settings: Any) -> Pace:
    return Pace("openai", clock=LoopClock(), **{"ceiling": 64, **settings})


def turned_away(retry_after: float | None = None) -> ProviderFailure:
    return ProviderFailure("rate_limit", "too many", retry_after=retry_after)


async def succeeds(lane: Pace, seconds: float = 1.0, sent: list[float] | None = None, **said: Any) -> None:
    async with lane.turn(**said) as turn:
        if sent is not None:
            sent.append(turn.at)
        await asyncio.sleep(seconds)
        turn.answered({}, None, None)


async def is_turned_away(lane: Pace, retry_after: float | None = None, seconds: float = 0.0) -> None:
    with pytest.raises(ProviderFailure):
        async with lane.turn():
            await asyncio.sleep(seconds)
            raise turned_away(retry_after)


class Crowded:
    """A provider that answers so many at once and turns the others away."""

    def __init__(self, room: int, latency: float = 1.0, retry_after: float | None = None) -> None:
        self.room, self.latency, self.retry_after = room, latency, retry_after
        self.at_once = self.answered = 0
        self.sent: list[float] = []

    async def ask(self, lane: Pace) -> None:
        first: float | None = None
        while True:
            try:
                async with lane.turn(first_sent=first) as turn:
                    first = turn.at if first is None else first
                    self.sent.append(turn.at)
                    if self.at_once >= self.room:
                        await asyncio.sleep(0.01)
                        raise turned_away(self.retry_after)
                    self.at_once += 1
                    try:
                        await asyncio.sleep(self.latency)
                    finally:
                        self.at_once -= 1
                    self.answered += 1
                    turn.answered({}, None, None)
                    return
            except ProviderFailure:
                continue


def test_it_starts_small_and_doubles_each_round_while_nothing_is_refused() -> None:
    async def run() -> list[int]:
        lane, windows = pace(), []
        asking = [asyncio.ensure_future(succeeds(lane)) for _ in range(300)]
        for _ in range(5):
            await asyncio.sleep(0.5)
            windows.append(lane.under_way)
            await asyncio.sleep(0.5)
        await asyncio.gather(*asking)
        return windows

    assert run_in_no_time(run()) == [8, 16, 32, 64, 64]


def test_a_low_ceiling_is_where_it_starts() -> None:
    assert run_in_no_time(_windows(pace_of=3, rounds=3)) == [3, 3, 3]


async def _windows(pace_of: int, rounds: int) -> list[int]:
    lane = pace(ceiling=pace_of)
    asking = [asyncio.ensure_future(succeeds(lane)) for _ in range(pace_of * rounds)]
    found = []
    for _ in range(rounds):
        await asyncio.sleep(0.5)
        found.append(lane.under_way)
        await asyncio.sleep(0.5)
    await asyncio.gather(*asking)
    return found


def test_a_refusal_halves_once_a_round_and_then_one_more_is_let_go_each_round() -> None:
    async def run() -> tuple[list[float], float]:
        lane = pace()
        # All eight of the first round are turned away: it is halved once, not eight times.
        await asyncio.gather(*(is_turned_away(lane, retry_after=0.0, seconds=1.0) for _ in range(8)))
        after_refusals = lane.window
        windows = []
        asking = [asyncio.ensure_future(succeeds(lane)) for _ in range(4 + 5 + 6)]
        for _ in range(3):
            await asyncio.sleep(0.5)
            windows.append(lane.under_way)
            await asyncio.sleep(0.5)
        await asyncio.gather(*asking)
        return [float(each) for each in windows], after_refusals

    windows, after_refusals = run_in_no_time(run())
    assert after_refusals == 4.0
    assert windows == pytest.approx([4, 5, 6], abs=1)


def test_it_does_not_grow_while_it_is_not_used() -> None:
    async def run() -> float:
        lane = pace()
        for _ in range(100):
            await succeeds(lane)
        return lane.window

    assert run_in_no_time(run()) == FIRST_WINDOW


def test_the_whole_lane_pauses_until_retry_after() -> None:
    async def run() -> tuple[list[float], float]:
        lane, sent = pace(), []
        await is_turned_away(lane, retry_after=30)
        await asyncio.gather(*(succeeds(lane, sent=sent) for _ in range(3)))
        return sent, lane.facts()["paused_seconds"]

    assert run_in_no_time(run()) == ([30.0] * 3, 30.0)


def test_no_wait_is_longer_than_the_longest() -> None:
    async def run() -> list[float]:
        lane, sent = pace(), []
        await is_turned_away(lane, retry_after=86_400)
        await succeeds(lane, sent=sent)
        return sent

    assert run_in_no_time(run()) == [60.0]


def test_without_retry_after_pauses_grow_to_twice_as_long_each_time_and_are_drawn_anew() -> None:
    async def run() -> list[float]:
        lane = pace()
        pauses = []
        for _ in range(9):
            now = asyncio.get_running_loop().time()
            await is_turned_away(lane)
            pauses.append(lane.paused_until - max(now, 0.0))
            await asyncio.sleep(max(0.0, lane.paused_until - asyncio.get_running_loop().time()))
        return pauses

    drawn = [run_in_no_time(run()) for _ in range(200)]
    for number, longest in enumerate([1, 2, 4, 8, 16, 32, 60, 60, 60]):
        these = [pauses[number] for pauses in drawn]
        assert max(these) <= longest + 1e-6
        assert sum(these) / len(these) == pytest.approx(longest / 2, rel=0.25), "even from 0 to the longest"


def test_a_retry_after_of_nothing_is_not_believed_for_ever() -> None:
    async def run() -> float:
        lane = pace()
        for _ in range(20):
            await is_turned_away(lane, retry_after=0)
        return asyncio.get_running_loop().time()

    assert run_in_no_time(run()) > 60


def test_failures_that_say_nothing_of_the_rate_change_nothing() -> None:
    async def run() -> tuple[float, float]:
        lane = pace()
        for failure in (ProviderFailure("server", "500"), ProviderFailure("timeout", "t"), ProviderFailure("auth", "a")):
            with pytest.raises(ProviderFailure):
                async with lane.turn():
                    raise failure
        return lane.window, asyncio.get_running_loop().time()

    assert run_in_no_time(run()) == (FIRST_WINDOW, 0.0)


def test_an_overloaded_provider_is_given_room_as_one_that_limits_the_rate() -> None:
    async def run() -> tuple[float, float]:
        lane = pace()
        with pytest.raises(ProviderFailure):
            async with lane.turn():
                raise ProviderFailure("server", "503", overloaded=True, retry_after=7)
        return lane.window, lane.paused_until

    assert run_in_no_time(run()) == (4.0, 7.0)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "6m0s"}, 360.0),
        ({"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "1s"}, 1.0),
        ({"x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "20ms"}, 0.02),
        ({"x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "2m59.56s"}, 179.56),
        ({"x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "1h2m3s"}, 3723.0),
        ({"x-ratelimit-remaining-tokens": "-3", "x-ratelimit-reset-tokens": "12"}, 12.0),
        ({"llm_provider-x-ratelimit-remaining-requests": "0", "llm_provider-x-ratelimit-reset-requests": "3s"}, 3.0),
        ({"anthropic-ratelimit-requests-remaining": "0", "anthropic-ratelimit-requests-reset": "2026-01-01T00:00:30Z"}, 30.0),
        ({"anthropic-ratelimit-tokens-remaining": "0", "anthropic-ratelimit-tokens-reset": "2026-01-01T01:00:09+01:00"}, 9.0),
        ({"anthropic-ratelimit-tokens-remaining": "0", "anthropic-ratelimit-tokens-reset": "2025-12-31T23:59:00Z"}, 0.0),
        (
            {
                "x-ratelimit-remaining-requests": "0",
                "x-ratelimit-reset-requests": "1s",
                "x-ratelimit-remaining-tokens": "0",
                "x-ratelimit-reset-tokens": "5s",
            },
            5.0,
        ),
        ({"x-ratelimit-remaining-requests": "1", "x-ratelimit-reset-requests": "6m0s"}, 0.0),
        ({"x-ratelimit-remaining-requests": "0"}, 0.0),
        ({"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "soon"}, 0.0),
        ({"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "inf"}, 0.0),
        ({"x-ratelimit-remaining-requests": "nan", "x-ratelimit-reset-requests": "1s"}, 0.0),
        ({"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "1s and a bit"}, 0.0),
        ({"anthropic-ratelimit-requests-remaining": "0", "anthropic-ratelimit-requests-reset": "2026-01-01T00:00:30"}, 0.0),
        ({}, 0.0),
    ],
)
def test_headers_tell_how_long_nothing_more_may_be_sent(headers: dict[str, str], seconds: float) -> None:
    new_year = 1_767_225_600.0  # 2026-01-01T00:00:00Z
    assert seconds_to_reset(headers, new_year) == pytest.approx(seconds)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=80), st.text(max_size=80))
def test_no_header_can_break_it(remaining: str, reset: str) -> None:
    said = {"x-ratelimit-remaining-tokens": remaining, "x-ratelimit-reset-tokens": reset}
    assert seconds_to_reset(said) >= 0
    assert 0 <= seconds_to_reset({**said, "x-ratelimit-remaining-tokens": "0"}) < math.inf


def test_nothing_is_sent_after_an_answer_that_says_nothing_remains() -> None:
    async def run() -> list[float]:
        lane, sent = pace(), []
        async with lane.turn() as turn:
            turn.answered({"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "12s"}, 5, 5)
        await asyncio.gather(*(succeeds(lane, sent=sent) for _ in range(2)))
        assert lane.window == FIRST_WINDOW, "nothing was refused"
        return sent

    assert run_in_no_time(run()) == [12.0, 12.0]


def test_those_sent_before_go_first() -> None:
    async def run() -> list[str]:
        lane, order = pace(ceiling=1), []

        async def ask(name: str, first_sent: float | None) -> None:
            async with lane.turn(first_sent=first_sent) as turn:
                order.append(name)
                await asyncio.sleep(1)
                turn.answered({}, None, None)

        names = {"new": None, "newer": None, "tried at 5": 5.0, "tried at 2": 2.0}
        await asyncio.gather(ask("running", None), *(ask(name, first) for name, first in names.items()))
        return order

    assert run_in_no_time(run()) == ["running", "tried at 2", "tried at 5", "new", "newer"]


def test_a_wait_ends_when_its_time_is_up_and_leaves_its_place_to_others() -> None:
    async def run() -> tuple[float, list[float]]:
        lane, sent = pace(), []
        await is_turned_away(lane, retry_after=50)
        waiting = asyncio.ensure_future(succeeds(lane, first_sent=0.0, until=20.0))
        others = [asyncio.ensure_future(succeeds(lane, sent=sent)) for _ in range(2)]
        with pytest.raises(TurnTooLateError):
            await waiting
        gave_up = asyncio.get_running_loop().time()
        await asyncio.gather(*others)
        return gave_up, sent

    assert run_in_no_time(run()) == (20.0, [50.0, 50.0])


def test_stopping_ends_who_waits_and_leaves_what_is_under_way() -> None:
    async def run() -> tuple[list[str], float]:
        lane = pace(ceiling=2)
        asking = [asyncio.ensure_future(succeeds(lane, seconds=10)) for _ in range(5)]
        await asyncio.sleep(1)
        lane.stop()
        ended = await asyncio.gather(*asking, return_exceptions=True)
        with pytest.raises(NotSentError, match="openai"):
            await succeeds(lane)
        return [type(each).__name__ for each in ended], asyncio.get_running_loop().time()

    assert run_in_no_time(run()) == (["NoneType"] * 2 + ["NotSentError"] * 3, 10.0)


def test_whoever_is_cancelled_takes_no_place_with_it() -> None:
    async def run() -> int:
        lane, sent = pace(ceiling=2), []
        running = [asyncio.ensure_future(succeeds(lane, seconds=100)) for _ in range(2)]
        waiting = [asyncio.ensure_future(succeeds(lane)) for _ in range(5)]
        await asyncio.sleep(1)
        for each in [*running, *waiting[::2]]:
            each.cancel()
        await asyncio.gather(*running, *waiting, return_exceptions=True)
        await asyncio.gather(*(succeeds(lane, sent=sent) for _ in range(4)))
        assert lane.under_way == 0
        return len(sent)

    assert run_in_no_time(run()) == 4


def test_long_pauses_are_told_in_one_line_and_not_too_often() -> None:
    async def run() -> list[tuple[float, str]]:
        notes: list[tuple[float, str]] = []
        lane = pace(note=lambda text: notes.append((asyncio.get_running_loop().time(), text)))
        for asked in (3, 30, 10, 20, 20):
            await is_turned_away(lane, retry_after=asked)
            await succeeds(lane, seconds=0)
        return notes

    # Not told: 3 s, which are short; and 20 s that begin 10 s after the last note.
    assert run_in_no_time(run()) == [
        (3.0, "openai limits the rate: waiting 30 s"),
        (33.0, "openai limits the rate: waiting 10 s"),
        (63.0, "openai limits the rate: waiting 20 s"),
    ]


def test_facts_tell_what_the_lane_was_like() -> None:
    async def run() -> dict[str, Any]:
        lane = pace(ceiling=20)
        await asyncio.gather(*(is_turned_away(lane, retry_after=2) for _ in range(8)))
        await asyncio.gather(*(succeeds(lane, first_sent=0.0) for _ in range(3)))
        return lane.facts()

    assert run_in_no_time(run()) == {
        "sent": 11,
        "retried": 3,
        "rate_limited": 8,
        "most_at_once": 8,
        "lowest_limit": 4,
        "paused_seconds": 2.0,
    }


def _most_in_a_minute(times: Iterable[float], weights: Iterable[float] | None = None) -> float:
    """The most that falls in any 60 seconds that begin with a sending."""
    at = sorted(times)
    by = list(weights) if weights is not None else [1.0] * len(at)
    return max((sum(by[i : bisect_right(at, begin + 60.0 - 1e-9)]) for i, begin in enumerate(at)), default=0.0)


@settings(max_examples=40, deadline=None)
@given(rpm=st.integers(1, 3000), count=st.integers(1, 300), latency=st.floats(0.01, 20))
def test_no_minute_holds_more_than_the_rate_and_the_buckets_depth(rpm: int, count: int, latency: float) -> None:
    async def run() -> list[float]:
        lane, sent = pace(ceiling=1000, rpm=rpm), []
        await asyncio.gather(*(succeeds(lane, latency, sent) for _ in range(count)))
        return sent

    sent = run_in_no_time(run())
    depth = 1 + rpm / 60 * 0.05
    assert len(sent) == count
    assert _most_in_a_minute(sent) <= rpm + depth
    for begin, end in itertools.pairwise(sent):
        assert end - begin >= (60 / rpm) * (2 - depth) - 1e-3, "nothing like a minute's worth at once"


def test_requests_go_out_one_after_the_other_and_the_rate_is_used() -> None:
    async def run() -> list[float]:
        lane, sent = pace(rpm=600), []
        await asyncio.gather(*(succeeds(lane, 0.5, sent) for _ in range(101)))
        return sent

    sent = run_in_no_time(run())
    assert [round(b - a, 2) for a, b in itertools.pairwise(sent)] == [0.1] * 100
    assert sent[0] == 0.0 and sent[-1] == pytest.approx(10, rel=0.01)


@settings(max_examples=40, deadline=None)
@given(tpm=st.integers(100, 100_000), weights=st.lists(st.integers(1, 5000), min_size=1, max_size=80))
def test_no_minute_holds_more_tokens_than_the_rate_and_one_request_over_it(tpm: int, weights: list[int]) -> None:
    async def run() -> list[tuple[float, int]]:
        lane, sent = pace(ceiling=1000, tpm=tpm), []

        async def ask(tokens: int) -> None:
            async with lane.turn(tokens=tokens) as turn:
                sent.append((turn.at, tokens))

        await asyncio.gather(*(ask(each) for each in weights))
        return sent

    sent = run_in_no_time(run())
    assert len(sent) == len(weights)
    depth = max(1.0, tpm / 60)
    most = _most_in_a_minute([at for at, _ in sent], [tokens for _, tokens in sent])
    assert most <= tpm + depth + max(weights)


def test_tokens_taken_by_an_estimate_are_corrected_by_what_was_counted() -> None:
    async def seconds(counted: int) -> float:
        lane = pace(tpm=60_000)  # 1,000 a second
        for _ in range(11):
            async with lane.turn(tokens=5_000) as turn:
                await asyncio.sleep(0.1)
                turn.answered({}, counted // 2, counted // 2)
        return asyncio.get_running_loop().time()

    assert run_in_no_time(seconds(5_000)) == pytest.approx(50, rel=0.05)
    assert run_in_no_time(seconds(500)) == pytest.approx(5, rel=0.25)
    assert run_in_no_time(seconds(10_000)) == pytest.approx(100, rel=0.05)


@settings(max_examples=60, deadline=None)
@given(
    ceiling=st.integers(1, 100),
    fates=st.lists(st.sampled_from(["ok", "ok", "ok", "429", "429 later", "500"]), min_size=1, max_size=150),
    latencies=st.lists(st.floats(0.01, 5), min_size=1, max_size=10),
)
def test_the_window_keeps_its_bounds_and_nothing_is_sent_in_a_pause(
    ceiling: int, fates: list[str], latencies: list[float]
) -> None:
    async def run() -> int:
        lane = pace(ceiling=ceiling)
        finished = 0

        async def ask(number: int) -> None:
            nonlocal finished
            first: float | None = None
            for fate in [fates[number % len(fates)], "ok"]:
                try:
                    async with lane.turn(first_sent=first) as turn:
                        first = turn.at
                        assert turn.at >= lane.paused_until, "sent in a pause"
                        assert lane.under_way <= int(lane.window) <= ceiling
                        await asyncio.sleep(latencies[number % len(latencies)])
                        if fate == "500":
                            raise ProviderFailure("server", "500")
                        if fate != "ok":
                            raise turned_away(3.0 if fate == "429 later" else None)
                        turn.answered({}, 1, 1)
                        finished += 1
                        return
                except ProviderFailure:
                    assert 1.0 <= lane.window <= ceiling

        await asyncio.gather(*(ask(number) for number in range(len(fates))))
        facts = lane.facts()
        assert facts["lowest_limit"] >= 1 and facts["most_at_once"] <= ceiling
        assert lane.under_way == 0
        return finished

    assert run_in_no_time(run()) == len(fates)


@pytest.mark.parametrize("room", [1, 3, 10, 40])
def test_it_settles_near_what_a_provider_takes_at_once(room: int, capsys: pytest.CaptureFixture[str]) -> None:
    calls = room * 60

    async def run() -> tuple[float, int]:
        lane, provider = pace(), Crowded(room)
        await asyncio.gather(*(provider.ask(lane) for _ in range(calls)))
        assert provider.answered == calls
        return asyncio.get_running_loop().time(), len(provider.sent)

    seconds, sent = run_in_no_time(run())
    with capsys.disabled():
        print(f"\n  {room} at once: {seconds / 60:.2f} times the ideal time, {sent / calls - 1:.1%} refused", end="")
    assert seconds <= 2.0 * 60
    assert sent <= 1.5 * calls + 10
