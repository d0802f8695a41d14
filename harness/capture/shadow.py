"""A candidate asked the same questions as the application's model, in threads of its own: its answers are only logged."""

from __future__ import annotations

import os
import queue
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from harness.capture.sampling import sampled
from harness.capture.writer import LOG

Messages = Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Shadow:
    """A candidate that answers production traffic unseen.

    Attributes:
        variant: What its answers are logged under.
        model: A litellm model string.
        prompt: From the messages of the application to those the candidate is sent, such as its own shorter system turn;
            the same messages unless given.
        prompt_version: Which prompt that is, as it is to be logged.
        params: Further arguments of ``litellm.completion``: temperature, max_tokens, api_base.
        api_key_env: The environment variable that holds its key.
        share: Share of the logged questions it is asked, 0 to 1, by their ids.
        max_calls: Calls it is asked at most in this process.
        max_cost: US dollars from which it is asked no more in this process; with a model whose price is unknown it is asked
            once.
        timeout: Seconds a call may take.
    """

    variant: str
    model: str
    prompt: Callable[[Messages], Messages] | None = None
    prompt_version: str | None = None
    params: Mapping[str, Any] = field(default_factory=dict)
    api_key_env: str | None = None
    share: float = 1.0
    max_calls: int | None = None
    max_cost: float | None = None
    timeout: float = 60.0


class ShadowSender:
    """Asks the candidates: a few threads, a bounded number of questions that wait, no second attempt.

    Args:
        shadows: The candidates.
        put: Where answers are logged.
        workers: Calls under way at once.
        waiting: Questions that wait at most; what comes beyond that is left out and counted.
    """

    def __init__(
        self, shadows: Sequence[Shadow], put: Callable[[Mapping[str, Any]], bool], *, workers: int = 4, waiting: int = 200
    ) -> None:
        """Start no thread yet."""
        self._shadows = tuple(shadows)
        self._put = put
        self._workers = workers
        self._waiting = waiting
        self._begin()
        os.register_at_fork(after_in_child=self._begin)

    def _begin(self) -> None:
        self._queue: queue.Queue[tuple[Shadow, dict[str, Any], list[Any]]] = queue.Queue(self._waiting)
        self._lock = threading.Lock()
        self._started = False
        self._asked = {shadow.variant: 0 for shadow in self._shadows}
        self._spent = {shadow.variant: 0.0 for shadow in self._shadows}
        self._counts = {"shadowed": 0, "shadow_failed": 0, "shadow_left_out": 0}

    @property
    def counts(self) -> dict[str, int]:
        """Answered, failed and left out."""
        with self._lock:
            return dict(self._counts)

    def ask(self, record: Mapping[str, Any], messages: Messages) -> None:
        """Have every candidate asked what the application asked; returns at once."""
        for shadow in self._shadows:
            if not sampled(f"shadow {record['id']}", shadow.share):
                continue
            if not self._may(shadow):
                self._count("shadow_left_out")
                continue
            if not self._started:
                self._start()
            try:
                self._queue.put_nowait((shadow, dict(record), [dict(message) for message in messages]))
            except queue.Full:
                self._count("shadow_left_out")

    def wait(self, timeout: float) -> bool:
        """Wait until nothing is asked any more; False where that takes longer."""
        end = time.monotonic() + timeout
        while self._queue.unfinished_tasks:
            if time.monotonic() > end:
                return False
            time.sleep(0.01)
        return True

    def _may(self, shadow: Shadow) -> bool:
        with self._lock:
            asked, spent = self._asked[shadow.variant], self._spent[shadow.variant]
            if shadow.max_calls is not None and asked >= shadow.max_calls:
                return False
            if shadow.max_cost is not None and spent >= shadow.max_cost:
                return False
            self._asked[shadow.variant] += 1
            return True

    def _start(self) -> None:
        with self._lock:
            if not self._started:
                self._started = True
                for number in range(self._workers):
                    threading.Thread(target=self._work, name=f"harness-shadow-{number}", daemon=True).start()

    def _work(self) -> None:
        while True:
            shadow, record, messages = self._queue.get()
            try:
                self._put(self._answer(shadow, record, messages))
            except Exception as error:  # this thread must go on whatever happens
                self._count("shadow_failed")
                LOG.warning("a shadow call could not be logged: %s", type(error).__name__)
            finally:
                self._queue.task_done()

    def _answer(self, shadow: Shadow, record: dict[str, Any], messages: list[Any]) -> dict[str, Any]:
        import litellm

        from harness.capture.callback import KEY, answer_of, cost_of

        kept: dict[str, Any] = {key: record[key] for key in ("format", "id", "input", "tags", "group", "tools") if key in record}
        kept |= {"variant": shadow.variant, "model": shadow.model, "prompt_version": shadow.prompt_version, "shadow": True}
        kept |= {"messages": record["messages"], "at": datetime.now(UTC).isoformat()}
        options: dict[str, Any] = {"timeout": shadow.timeout, "num_retries": 0, "max_retries": 0, **shadow.params}
        if shadow.api_key_env is not None:
            options["api_key"] = os.environ.get(shadow.api_key_env)
        if "tools" in record:
            options.setdefault("tools", record["tools"])
        try:
            sent = list(messages if shadow.prompt is None else shadow.prompt(messages))
            began = time.monotonic()
            response = litellm.completion(model=shadow.model, messages=sent, metadata={KEY: {"skip": True}}, **options)
            cost = cost_of((getattr(response, "_hidden_params", None) or {}).get("response_cost"))
            answer = answer_of(response) | {"latency": time.monotonic() - began, "cost": cost}
        except Exception as error:  # whatever a provider does
            self._count("shadow_failed")
            return kept | {"error": type(error).__name__}
        with self._lock:
            self._spent[shadow.variant] += cost if cost is not None else float("inf") if shadow.max_cost is not None else 0.0
        self._count("shadowed")
        return kept | answer

    def _count(self, what: str) -> None:
        with self._lock:
            self._counts[what] += 1
