"""The pace of one lane: how many requests are under way at once, when the next one may go, and when none may.

The window is TCP's (RFC 5681): slow start until the first refusal, then one more a round of successes; a refusal halves it, once
for each round, since the answers to what was sent before the halving tell nothing of the pace after it. It grows only while it
is used (RFC 7661).
"""

from __future__ import annotations

import asyncio
import heapq
import math
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from harness.errors import Fault, HarnessError
from harness.models.backoff import backoff
from harness.models.clock import Clock
from harness.models.failure import ProviderFailure
from harness.models.limit_resets import seconds_to_reset
from harness.models.token_bucket import TokenBucket

FIRST_WINDOW = 8
"""Requests under way at once before anything is known of a provider."""

FREE_REFUSALS = 3
"""Refusals in a row after which a Retry-After below the backoff is no longer believed."""

_NOT_SENT = "a request to {} was not sent: the run is being stopped"
_UNKNOWN_OUTPUT = 256.0
_TOLD_FROM = 5.0
_TOLD_EVERY = 30.0
_SHORTEST_SLEEP = 0.001
_LATENESS = 0.05  # seconds that a busy event loop may be late without the rate falling behind


class NotSentError(HarnessError):
    """A request was not sent, or not sent again, because the gateway was stopped."""

    exit_code = 130


class TurnTooLateError(Exception):
    """A request's time ran out while it waited for its turn."""


@dataclass(slots=True)
class Turn:
    """The right to send one request now.

    Attributes:
        number: Counts the lane's turns, from 1.
        at: When it was given, by the lane's clock.
        tokens: What was taken from the rate of tokens for it.
    """

    number: int
    at: float
    tokens: float
    answer: tuple[Mapping[str, str], int | None, int | None] | None = None

    def answered(self, headers: Mapping[str, str], input_tokens: int | None, output_tokens: int | None) -> None:
        """Tell what came back: the provider's headers about its limits, and how many tokens it counted, if it did."""
        self.answer = (headers, input_tokens, output_tokens)


@dataclass(order=True, slots=True)
class _Waiting:
    """A request that waits; those sent before go first, in the order in which they were first sent."""

    first_sent: float
    number: int
    tokens: float = field(compare=False)
    until: float = field(compare=False)
    turn: asyncio.Future[Turn] = field(init=False, compare=False)


class Pace:
    """The turns of one lane.

    Args:
        name: The lane's name, as notes show it.
        clock: What it waits by.
        ceiling: Requests under way at once, at most.
        rpm: Requests a minute, at most; None for no such limit.
        tpm: Tokens a minute, at most, prompts and answers together.
        first_wait: The longest first pause, in seconds, where the provider does not say how long.
        longest_wait: The longest pause, also where the provider asks for more.
        note: Told when the lane pauses for long.

    Attributes:
        window: Requests that may be under way at once, now; a fraction counts towards the next whole one.
        under_way: Requests that are.
        paused_until: Nothing is sent before this time of the clock.
        last_answered: When the last answer came, by the clock; None before the first.
        newest_answered: When the newest request that was answered had been sent, likewise.
        counts_tokens: Whether the rate of tokens is limited, so that turns should say how many they need.
        typical_output: Tokens an answer has on average.
    """

    def __init__(
        self,
        name: str,
        *,
        clock: Clock,
        ceiling: int,
        rpm: float | None = None,
        tpm: float | None = None,
        first_wait: float = 1.0,
        longest_wait: float = 60.0,
        note: Callable[[str], None] | None = None,
    ) -> None:
        """Begin with a small window that grows fast."""
        self.name, self.ceiling = name, ceiling
        self.window = float(min(FIRST_WINDOW, ceiling))
        self.under_way = 0
        self.paused_until = -math.inf
        self.last_answered: float | None = None
        self.newest_answered: float | None = None
        self.counts_tokens = tpm is not None
        self.typical_output = _UNKNOWN_OUTPUT
        self._counted_answers = 0
        self._clock, self._note = clock, note
        self._first_wait, self._longest_wait = first_wait, longest_wait
        self._requests = None if rpm is None else _even_requests(rpm, clock.now())
        self._tokens = None if tpm is None else TokenBucket(tpm, clock.now(), depth=max(1.0, tpm / 60.0))
        self._slow_start = True
        self._halved_at = 0
        self._refused_rounds = 0
        self._waiting: list[_Waiting] = []
        self._timed: dict[int, _Waiting] = {}  # those of them that will not wait for ever
        self._turns = self._asked = 0
        self._timer: asyncio.Task[None] | None = None
        self._timer_at = math.inf
        self._stopped = False
        self._told_at = -math.inf
        self._sent = self._sent_again = self._refusals = self._most_at_once = 0
        self._lowest_window = self.window
        self._paused_seconds = 0.0

    @asynccontextmanager
    async def turn(self, *, tokens: float = 0.0, first_sent: float | None = None, until: float = math.inf) -> AsyncIterator[Turn]:
        """Wait for a turn, hold it while the request is under way, and learn from how it ends.

        Inside, ``turn.answered`` is to be called with what came back; a ProviderFailure that passes through is read as well.

        Args:
            tokens: What prompt and answer may have together, as far as known.
            first_sent: When the request was first sent, by the clock; it then goes before those that never were.
            until: When to give up waiting, by the clock.

        Raises:
            NotSentError: The lane was stopped.
            TurnTooLateError: No turn came in time.
        """
        turn = await self._next_turn(tokens, first_sent, until)
        try:
            yield turn
        except ProviderFailure as failure:
            if failure.limits:
                self._refused(turn, failure)
            else:
                self._hold(seconds_to_reset(failure.headers))
            raise
        finally:
            if turn.answer is not None:
                self._answered(turn, *turn.answer)
            self.under_way -= 1
            self._let_go()

    def check(self) -> None:
        """Raise NotSentError where the lane was stopped."""
        if self._stopped:
            raise NotSentError(Fault(_NOT_SENT.format(self.name)))

    def stop(self) -> None:
        """Give no further turns: whoever waits for one ends with NotSentError. What is under way goes on."""
        self._stopped = True
        waiting, self._waiting = self._waiting, []
        self._timed.clear()
        for each in waiting:
            if not each.turn.done():
                each.turn.set_exception(NotSentError(Fault(_NOT_SENT.format(self.name))))
        self._wake_at(math.inf)

    async def close(self) -> None:
        """End the timer; for when nobody waits any more."""
        timer = self._timer
        self._wake_at(math.inf)
        if timer is not None:
            with suppress(asyncio.CancelledError):
                await timer

    def facts(self) -> dict[str, Any]:
        """Return what the lane was like: counts of attempts, windows, seconds of pauses."""
        return {
            "sent": self._sent,
            "retried": self._sent_again,
            "rate_limited": self._refusals,
            "most_at_once": self._most_at_once,
            "lowest_limit": int(self._lowest_window),
            "paused_seconds": round(self._paused_seconds, 3),
        }

    async def _next_turn(self, tokens: float, first_sent: float | None, until: float) -> Turn:
        self._asked += 1
        waiting = _Waiting(math.inf if first_sent is None else first_sent, self._asked, tokens, until)
        while True:
            turn = await self._wait_for(waiting)
            if not self._stopped and turn.at >= self.paused_until:
                break
            self._take_back(turn)  # while it was on its way, a refusal came
        self._sent += 1
        self._sent_again += first_sent is not None
        self._most_at_once = max(self._most_at_once, self.under_way)
        return turn

    async def _wait_for(self, waiting: _Waiting) -> Turn:
        self.check()
        waiting.turn = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, waiting)
        if waiting.until < math.inf:
            self._timed[waiting.number] = waiting
        self._let_go()
        try:
            return await waiting.turn
        except asyncio.CancelledError:
            self._timed.pop(waiting.number, None)
            if waiting.turn.done() and not waiting.turn.cancelled() and waiting.turn.exception() is None:
                self._take_back(waiting.turn.result())
            self._let_go()
            raise

    def _let_go(self) -> None:
        """Give turns to as many as may go now, and see to it that the next look comes when another may."""
        now = self._clock.now()
        self._drop_late(now)
        look_again = math.inf
        while self._waiting and self.under_way < int(self.window):
            first = self._waiting[0]
            if not first.turn.done():  # else it is late, or was cancelled
                wait = self._wait(first.tokens, now)
                if wait > 0.0:
                    look_again = now + max(wait, _SHORTEST_SLEEP)
                    break
                self._timed.pop(first.number, None)
                first.turn.set_result(self._given(first, now))
            heapq.heappop(self._waiting)
        self._wake_at(min([look_again, *(each.until for each in self._timed.values())]))

    def _drop_late(self, now: float) -> None:
        """End the waiting of those whose time is up."""
        for late in [each for each in self._timed.values() if each.until <= now]:
            del self._timed[late.number]
            if not late.turn.done():
                late.turn.set_exception(TurnTooLateError)

    def _wait(self, tokens: float, now: float) -> float:
        """Seconds until a request may go that finds room in the window."""
        waits = [self.paused_until - now]
        if self._requests is not None:
            waits.append(self._requests.wait(1.0, now))
        if self._tokens is not None:
            waits.append(self._tokens.wait(tokens, now))
        return max(waits)

    def _given(self, waiting: _Waiting, now: float) -> Turn:
        if self._requests is not None:
            self._requests.take(1.0, now)
        if self._tokens is not None:
            self._tokens.take(waiting.tokens, now)
        self._turns += 1
        self.under_way += 1
        return Turn(self._turns, now, waiting.tokens)

    def _take_back(self, turn: Turn) -> None:
        """Undo a turn that nobody used."""
        now = self._clock.now()
        if self._requests is not None:
            self._requests.give_back(1.0, now)
        if self._tokens is not None:
            self._tokens.give_back(turn.tokens, now)
        self.under_way -= 1

    def _answered(self, turn: Turn, headers: Mapping[str, str], input_tokens: int | None, output_tokens: int | None) -> None:
        self.last_answered = self._clock.now()
        self.newest_answered = max(turn.at, self.newest_answered or turn.at)
        if input_tokens is not None and output_tokens is not None:
            self._counted_answers += 1
            self.typical_output += (output_tokens - self.typical_output) / self._counted_answers
            if self._tokens is not None:
                self._tokens.give_back(turn.tokens - input_tokens - output_tokens, self.last_answered)
        if turn.number > self._halved_at:
            self._refused_rounds = 0
            if self.under_way >= int(self.window):
                self.window = min(float(self.ceiling), self.window + (1.0 if self._slow_start else 1.0 / self.window))
        self._hold(seconds_to_reset(headers))

    def _refused(self, turn: Turn, failure: ProviderFailure) -> None:
        self._refusals += 1
        asked = failure.retry_after if failure.retry_after is not None else seconds_to_reset(failure.headers) or None
        if turn.number > self._halved_at:
            self._slow_start = False
            self._halved_at = self._turns
            self._refused_rounds += 1
            self.window = max(1.0, self.window / 2.0)
            self._lowest_window = min(self._lowest_window, self.window)
            if asked is None or self._refused_rounds > FREE_REFUSALS:
                own = backoff(self._refused_rounds, first=self._first_wait, longest=self._longest_wait)
                asked = max(asked or 0.0, own)
        if asked is not None:
            self._pause(asked, "limits the rate" if failure.kind == "rate_limit" else "is overloaded")

    def _hold(self, seconds: float) -> None:
        """Wait for the reset where headers say that nothing remains."""
        if seconds > 0.0:
            self._pause(seconds, "limits the rate")

    def _pause(self, seconds: float, why: str) -> None:
        now = self._clock.now()
        until = now + min(seconds, self._longest_wait)
        if until <= self.paused_until:
            return
        self._paused_seconds += until - max(now, self.paused_until)
        self.paused_until = until
        if self._note is not None and until - now > _TOLD_FROM and now - self._told_at >= _TOLD_EVERY and not self._stopped:
            self._told_at = now
            self._note(f"{self.name} {why}: waiting {until - now:.0f} s")

    def _wake_at(self, when: float) -> None:
        """Look again at that time; infinity for never."""
        if when == self._timer_at:
            return
        if self._timer is not None:
            self._timer.cancel()
        self._timer_at = when
        self._timer = None if when == math.inf else asyncio.ensure_future(self._look_at(when))

    async def _look_at(self, when: float) -> None:
        await self._clock.sleep(max(0.0, when - self._clock.now()))
        self._timer, self._timer_at = None, math.inf
        self._let_go()


def _even_requests(rpm: float, now: float) -> TokenBucket:
    """One request after the other, which the strictest provider takes; one that comes late lets the next one come sooner."""
    return TokenBucket(rpm, now, depth=1.0 + _LATENESS * rpm / 60.0, level=1.0)
