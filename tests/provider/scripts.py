"""Scripts that go wrong at times: by a seeded draw, by the number of the call, or by the clock."""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Callable, Sequence

from tests.provider.replies import Reply
from tests.provider.server import Received, Script

Choosing = Callable[[Received], "Reply | str"]


def choose(script: Script, request: Received) -> Reply | str:
    """What a script answers to a request."""
    return script(request) if callable(script) else script


def now_and_then(share: float, bad: Script | Sequence[Script], good: Script, *, seed: int = 0) -> Choosing:
    """A share of the calls go wrong, by a draw for each question and each time it is asked; of several faults one is drawn.

    The draws do not depend on the order in which questions arrive, so that a test sees the same faults each time.
    """
    faults = list(bad) if isinstance(bad, Sequence) and not isinstance(bad, str) else [bad]
    asked: Counter[str] = Counter()
    lock = threading.Lock()

    def script(request: Received) -> Reply | str:
        with lock:
            asked[request.last] += 1
            draw = random.Random(f"{seed} {request.last} {asked[request.last]}")
        return choose(draw.choice(faults) if draw.random() < share else good, request)

    return script


def from_call(number: int, bad: Script, good: Script) -> Choosing:
    """The first ``number`` calls are answered, all later ones go wrong."""
    count, lock = iter(range(1_000_000_000)), threading.Lock()

    def script(request: Received) -> Reply | str:
        with lock:
            at = next(count)
        return choose(good if at < number else bad, request)

    return script


def in_bursts(bad: Sequence[Script], good: Script, *, calm: float, burst: float, seed: int = 0) -> Choosing:
    """Calm and burst by turns, in seconds from the first call: in a burst everything goes wrong, in one of several ways."""
    draws, lock, began = random.Random(seed), threading.Lock(), [0.0]

    def script(request: Received) -> Reply | str:
        with lock:
            began[0] = began[0] or request.at
            fault = draws.choice(list(bad))
        return choose(good if (request.at - began[0]) % (calm + burst) < calm else fault, request)

    return script


def on_questions(wrong: Callable[[int], bool], bad: Script, good: Script) -> Choosing:
    """Certain questions always go wrong, told by the number they end with."""

    def script(request: Received) -> Reply | str:
        return choose(bad if wrong(int(request.last.rsplit(maxsplit=1)[-1])) else good, request)

    return script
