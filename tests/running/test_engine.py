"""The engine takes planned requests by lane and yields what came back; a slow lane holds up no other."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator, Iterator, Mapping

import pytest

from harness.errors import Fault, ModelError
from harness.models import NotSentError, Response
from harness.running import AsyncioEngine, Engine, Finished, Halt, PlannedRequest
from harness.suite import Fixture


def stream(variant: str, count: int, taken: list[str] | None = None) -> Iterator[PlannedRequest]:
    for number in range(count):
        name = f"{variant}{number}"
        if taken is not None:
            taken.append(name)
        yield PlannedRequest(variant, Fixture(id=name, input="q"), 0, None, (), name)


class Answers:
    """Answers at once, but for what is told to wait."""

    def __init__(self) -> None:
        self.waiting: dict[str, asyncio.Event] = {}
        self.most: dict[str, int] = {}
        self.open: dict[str, int] = {}

    async def __call__(self, planned: PlannedRequest) -> Response:
        variant = planned.variant
        self.open[variant] = self.open.get(variant, 0) + 1
        self.most[variant] = max(self.most.get(variant, 0), self.open[variant])
        try:
            await asyncio.sleep(0)
            if variant in self.waiting:
                await self.waiting[variant].wait()
        finally:
            self.open[variant] -= 1
        return Response(text=planned.hash)


async def all_of(answers: AsyncGenerator[Finished, None]) -> list[str]:
    return [response.text async for _, response in answers]


def engine(answer: Answers, most: Mapping[str, int] | None = None, told: list[int] | None = None) -> AsyncioEngine:
    stopping = (lambda in_flight: None) if told is None else told.append
    return AsyncioEngine(answer, most or {"one": 2, "two": 3}, stopping, NotSentError)


def test_every_request_is_answered_once_and_no_lane_has_more_in_flight_than_it_may() -> None:
    answer = Answers()
    made: Engine = engine(answer)
    found = asyncio.run(all_of(made.answers({"one": stream("a", 20), "two": stream("b", 30)}, Halt())))
    assert sorted(found) == sorted([f"a{i}" for i in range(20)] + [f"b{i}" for i in range(30)])
    assert answer.most == {"a": 2, "b": 3}


def test_a_lane_that_is_paused_holds_up_no_other_and_is_not_read_ahead() -> None:
    answer, taken = Answers(), list[str]()

    async def go() -> None:
        answer.waiting["a"] = asyncio.Event()
        answers = engine(answer).answers({"one": stream("a", 50, taken), "two": stream("b", 30)}, Halt())
        found = [(await anext(answers))[1].text for _ in range(30)]
        assert found == [f"b{i}" for i in range(30)] and taken == ["a0", "a1"]
        answer.waiting["a"].set()
        assert len(await all_of(answers)) == 50

    asyncio.run(go())


def test_the_first_wish_to_stop_waits_for_what_is_in_flight_and_the_second_does_not() -> None:
    answer, told, halt = Answers(), list[int](), Halt()

    async def go() -> list[str]:
        answer.waiting["a"] = asyncio.Event()
        answers = engine(answer, told=told).answers({"one": stream("a", 9), "two": stream("b", 1)}, halt)
        found = [(await anext(answers))[1].text]
        threading.Thread(target=halt.ask).start()
        asyncio.get_running_loop().call_later(0.05, answer.waiting["a"].set)
        return found + await all_of(answers)

    assert sorted(asyncio.run(go())) == ["a0", "a1", "b0"]
    assert told == [2]

    async def twice() -> list[str]:
        answer.waiting["a"] = asyncio.Event()
        again = Halt()
        answers = engine(answer).answers({"one": stream("a", 9), "two": stream("b", 1)}, again)
        found = [(await anext(answers))[1].text]
        for delay in (0.01, 0.02):
            asyncio.get_running_loop().call_later(delay, again.ask)
        return found + await all_of(answers)

    assert asyncio.run(twice()) == ["b0"]


def test_a_variant_that_is_given_up_is_waited_for_no_longer() -> None:
    answer, halt = Answers(), Halt()

    async def go() -> list[str]:
        answer.waiting["a"] = asyncio.Event()
        answers = engine(answer).answers({"one": stream("a", 2), "two": stream("b", 3)}, halt)
        found = [(await anext(answers))[1].text]
        halt.give_up("a", "no\nkey")
        return found + await all_of(answers)

    assert asyncio.run(go()) == ["b0", "b1", "b2"]
    assert halt.given_up == {"a": "no key"}


@pytest.mark.parametrize(
    ("error", "given_up"), [(ModelError(Fault("no weights", "get them")), {"a"}), (NotSentError(Fault("stopped")), set())]
)
def test_a_variant_that_cannot_be_asked_is_given_up_and_what_was_not_sent_is_not_answered(
    error: Exception, given_up: set[str]
) -> None:
    halt, told = Halt(), list[tuple[str, str]]()
    halt.when_given_up = lambda variant, reason: told.append((variant, reason))

    async def answer(planned: PlannedRequest) -> Response:
        raise error

    made = AsyncioEngine(answer, {"one": 1}, lambda in_flight: None, NotSentError)
    assert asyncio.run(all_of(made.answers({"one": stream("a", 3)}, halt))) == []
    assert halt.given_up.keys() == given_up and {variant for variant, _ in told} == given_up
