"""The litellm callback that logs an application's calls, and asks a candidate the same in its shadow."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from litellm.integrations.custom_logger import CustomLogger

from harness.capture.call import FORMAT, plain_call
from harness.capture.corrections import FOLDER, OPEN, write_correction
from harness.capture.redacting import masked, redact_record
from harness.capture.sampling import sampled
from harness.capture.shadow import Shadow, ShadowSender
from harness.capture.writer import LOG, LogWriter

KEY = "harness"
"""The key of a call's ``metadata`` that this callback reads."""

_OF_METADATA = ("input", "prompt_version", "group")
_ASKED = ("completion", "acompletion")
_OF_EVERY_KIND = "mail a@b.co, call +49 30 1234567, card 4111 1111 1111 1111, password: hunter2"


class Capture(CustomLogger):  # type: ignore[misc]  # litellm is not followed by mypy
    """Logs calls made through litellm into a folder of JSON lines, for evaluation sets and shadow comparisons.

        litellm.callbacks = [harness.capture.Capture("logs")]
        litellm.completion(..., metadata={"harness": {"id": order_id, "variant": "baseline", "prompt_version": "v7"}})

    What ``metadata["harness"]`` may hold, all of it optional: ``id`` (the question's own id, for corrections), ``variant``,
    ``prompt_version``, ``input`` (what the prompt was made from), ``tags``, ``group``; ``skip: True`` leaves a call out.

    It never raises into the application and never waits for the disk: what cannot be logged is counted in ``counts``, and
    told once to the logger ``harness.capture``.

    Args:
        folder: Where the files go; ``$HARNESS_CAPTURE`` unless given, else ``.harness/capture``.
        sample: Share of the questions that are logged, 0 to 1. It is decided by the id alone, so that all that belongs to
            one question is logged or left out together, in every process.
        redact: Whether keys, e-mail addresses, card numbers and the like are masked before anything is written. A function
            from text to text masks in its own way.
        shadow: Candidates that are asked the same questions, unseen by anybody.
        max_bytes: Size from which a new file is begun; so it is for each day.
        waiting: Calls held in memory at most while the disk is slow.

    Raises:
        ValueError: ``sample`` is no share.
    """

    def __init__(
        self,
        folder: str | os.PathLike[str] | None = None,
        *,
        sample: float = 1.0,
        redact: bool | Callable[[str], str] = True,
        shadow: Shadow | tuple[Shadow, ...] | list[Shadow] = (),
        max_bytes: int = 64 << 20,
        waiting: int = 10_000,
    ) -> None:
        """Open nothing yet."""
        super().__init__()
        if not 0 <= sample <= 1:
            raise ValueError(f"sample is {sample}; give a share from 0 to 1")
        self.folder = os.fspath(folder or os.environ.get(FOLDER) or ".harness/capture")
        self.sample = sample
        self._redact = redact
        if redact is True:
            masked(_OF_EVERY_KIND)  # loads the rules now, and not in the middle of the traffic
        prepare = None if redact is False else lambda record: redact_record(record, redact if callable(redact) else None)
        self._writer = LogWriter(self.folder, max_bytes=max_bytes, waiting=waiting, prepare=prepare)
        shadows = (shadow,) if isinstance(shadow, Shadow) else tuple(shadow)
        self._shadow = ShadowSender(shadows, self._writer.put) if shadows else None
        self._lock = threading.Lock()
        self._counts = {"seen": 0, "captured": 0, "sampled_out": 0, "lost": 0}
        self._told: set[str] = set()
        OPEN[self.folder] = None

    @property
    def counts(self) -> Mapping[str, int]:
        """What became of the calls: seen, captured, sampled_out, lost, and of shadows: shadowed, shadow_failed, shadow_left_out.

        ``lost`` are those that could not be logged; ``shadow_left_out`` were not asked of a candidate because too many
        waited or its limit was reached.
        """
        with self._lock:
            found = dict(self._counts)
        found["lost"] += self._writer.dropped
        return found | (self._shadow.counts if self._shadow is not None else {})

    def flush(self, timeout: float = 30.0) -> bool:
        """Wait until all calls that litellm has told of are on the disk, shadows included; False where that takes longer."""
        done = self._shadow is None or self._shadow.wait(timeout)
        return self._writer.flush(timeout) and done

    def correct(self, id: str, output: Any, *, variant: str | None = None) -> None:
        """Log what an answer was corrected to; as ``harness.capture.correct``, with this capture's folder and redaction.

        Args:
            id: The question's id, litellm's call id, or the provider's id of the response.
            output: The right answer, as ``expected`` of a fixture.
            variant: Whose answer it was, where it matters.

        Raises:
            OSError: It cannot be written.
        """
        write_correction(self.folder, id, output, variant=variant, redact=self._redact)

    def log_success_event(self, kwargs: Any, response_obj: Any, start_time: Any, end_time: Any) -> None:
        """Called by litellm after a call that was answered."""
        self._log(kwargs, response_obj, start_time, end_time)

    def log_failure_event(self, kwargs: Any, response_obj: Any, start_time: Any, end_time: Any) -> None:
        """Called by litellm after a call that failed."""
        self._log(kwargs, None, start_time, end_time)

    async def async_log_success_event(self, kwargs: Any, response_obj: Any, start_time: Any, end_time: Any) -> None:
        """Called by litellm after an awaited call that was answered."""
        self._log(kwargs, response_obj, start_time, end_time)

    async def async_log_failure_event(self, kwargs: Any, response_obj: Any, start_time: Any, end_time: Any) -> None:
        """Called by litellm after an awaited call that failed."""
        self._log(kwargs, None, start_time, end_time)

    def _log(self, kwargs: Any, response: Any, start: Any, end: Any) -> None:
        try:
            if kwargs.get("call_type") not in (*_ASKED, None) or kwargs.get("messages") is None:
                return
            own = own_metadata(kwargs)
            if own.get("skip"):
                return
            self._count("seen")
            identity = str(own.get("id") or kwargs.get("litellm_call_id") or "")
            if not sampled(identity, self.sample):
                self._count("sampled_out")
                return
            record = record_of(kwargs, own, identity, response=response, start=start, end=end)
            if self._writer.put(record):
                self._count("captured")
            if self._shadow is not None and response is not None:
                self._shadow.ask(record, kwargs.get("messages") or ())
        except Exception as error:  # the application must not notice
            self._count("lost")
            said = f"{type(error).__name__}: {error}"
            if said not in self._told and len(self._told) < 20:
                self._told.add(said)
                LOG.warning("a call could not be logged: %s", said)

    def _count(self, what: str) -> None:
        with self._lock:
            self._counts[what] += 1


def own_metadata(kwargs: Mapping[str, Any]) -> Mapping[str, Any]:
    """What the application says of a call under ``metadata["harness"]``, also where a litellm proxy passed it on."""
    params = kwargs.get("litellm_params") or {}
    metadata = params.get("metadata") or {}
    for place in (metadata, metadata.get("requester_metadata") or {}, params.get("litellm_metadata") or {}):
        if isinstance(place, Mapping) and isinstance(own := place.get(KEY), Mapping):
            return own
    return {}


def record_of(
    kwargs: Mapping[str, Any], own: Mapping[str, Any], identity: str, *, response: Any, start: Any, end: Any
) -> dict[str, Any]:
    """One call as the line that is written; nothing in it changes when the application goes on with its messages."""
    asked = f"{kwargs.get('custom_llm_provider')}/{kwargs.get('model')}" if kwargs.get("custom_llm_provider") else None
    model = str(asked or kwargs.get("model") or "")
    record: dict[str, Any] = {
        "format": FORMAT,
        "id": identity,
        "variant": str(own.get("variant") or model),
        "model": model,
        "messages": [dict(message) if isinstance(message, Mapping) else message for message in kwargs.get("messages") or ()],
        "call_id": kwargs.get("litellm_call_id"),
        "at": start.astimezone().isoformat() if isinstance(start, datetime) else None,
    }
    record |= {key: own[key] for key in _OF_METADATA if own.get(key) is not None}
    if isinstance(tags := own.get("tags"), list | tuple):
        record["tags"] = [str(tag) for tag in tags]
    if tools := (kwargs.get("optional_params") or {}).get("tools"):
        record["tools"] = list(tools)
    if isinstance(start, datetime) and isinstance(end, datetime):
        record["latency"] = (end - start).total_seconds()
    if response is None:
        record["error"] = type(kwargs.get("exception")).__name__ if kwargs.get("exception") is not None else "failed"
        return record
    whole = kwargs.get("async_complete_streaming_response") or kwargs.get("complete_streaming_response") or response
    return record | answer_of(whole) | {"cost": cost_of(kwargs.get("response_cost"))}


def answer_of(response: Any) -> dict[str, Any]:
    """The answer in a litellm response, as keys of a line."""
    choice = response.choices[0]
    message = choice.message
    usage = getattr(response, "usage", None)
    found: dict[str, Any] = {
        "output": message.content or "",
        "finish_reason": choice.finish_reason,
        "served_model": getattr(response, "model", None),
        "response_id": getattr(response, "id", None),
        "input_tokens": getattr(usage, "prompt_tokens", None),
        "output_tokens": getattr(usage, "completion_tokens", None),
    }
    if message.tool_calls:
        calls = [{"name": c.function.name, "arguments": c.function.arguments} for c in message.tool_calls]
        found["tool_calls"] = [plain_call(call) for call in calls]
    return found


def cost_of(cost: Any) -> float | None:
    """US dollars; None where litellm knows no price."""
    return float(cost) if isinstance(cost, int | float) and not isinstance(cost, bool) else None
