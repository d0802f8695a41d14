"""What the provider may answer: one frozen reply, and a word for each usual kind of it."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

Fault = Literal["reset", "break_off", "hang", "drip", "endless", "old"]


@dataclass(frozen=True)
class Reply:
    """One HTTP answer; ``fault`` says how its delivery goes wrong, ``delay`` how long it takes to start.

    ``reset``: the connection is reset before a byte of the answer. ``break_off``: half-way through the body. ``hang``: nothing
    ever comes. ``drip``: a byte every 50 ms. ``endless``: the body never ends. ``old``: HTTP/1.0 without a length, the end of
    the connection is the end of the body.
    """

    body: bytes
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str = "application/json"
    delay: float = 0.0
    fault: Fault | None = None


def answer(
    text: str | None = "ok",
    *,
    tool_calls: Sequence[Mapping[str, Any]] = (),
    finish_reason: str = "stop",
    refusal: str | None = None,
    input_tokens: int = 12,
    output_tokens: int = 3,
    cached_tokens: int | None = None,
    usage: Any = True,
    model: str = "served-model-2026-01-01",
    fingerprint: str | None = "fp_test",
    delay: float = 0.0,
    **fields: Any,
) -> Reply:
    """A chat completion; ``fields`` replace top-level fields of it, and what is no bool stands for its usage."""
    message: dict[str, Any] = {"role": "assistant", "content": text}
    if refusal is not None:
        message["refusal"] = refusal
    if tool_calls:
        message["tool_calls"] = [dict(call) for call in tool_calls]
    body: dict[str, Any] = {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1_700_000_000,
        "model": model,
        "choices": [{"index": 0, "message": message, "finish_reason": finish_reason}],
    }
    if fingerprint is not None:
        body["system_fingerprint"] = fingerprint
    if usage is not True and usage is not False:
        body["usage"] = usage
    elif usage:
        counts: dict[str, Any] = {
            "prompt_tokens": input_tokens,
            "completion_tokens": output_tokens,
            "total_tokens": input_tokens + output_tokens,
        }
        if cached_tokens is not None:
            counts["prompt_tokens_details"] = {"cached_tokens": cached_tokens}
        body["usage"] = counts
    return Reply(json.dumps(body | fields).encode(), delay=delay)


def calls_tools(*calls: tuple[str, Any]) -> Reply:
    """A completion of tool calls; arguments given as text go out as they are, also where they are not JSON."""
    return answer(
        None,
        finish_reason="tool_calls",
        tool_calls=[
            {
                "id": f"call_{number}",
                "type": "function",
                "function": {"name": name, "arguments": arguments if isinstance(arguments, str) else json.dumps(arguments)},
            }
            for number, (name, arguments) in enumerate(calls)
        ],
    )


def refuses(words: str = "I cannot help with that.") -> Reply:
    """The model declines, in the field made for it."""
    return answer(None, refusal=words)


def cut_off(text: str = "half an ans") -> Reply:
    """The answer ran into max_tokens."""
    return answer(text, finish_reason="length")


def fails(
    status: int, message: str = "", *, code: str | None = None, kind: str = "error", retry_after: float | None = None
) -> Reply:
    """An error as OpenAI words it."""
    said = message or {429: "Rate limit reached", 500: "The server had an error", 503: "Overloaded"}.get(status, "No")
    headers = {} if retry_after is None else {"Retry-After": f"{retry_after:g}"}
    return Reply(json.dumps({"error": {"message": said, "type": kind, "param": None, "code": code}}).encode(), status, headers)


def refuses_key(key: str = "sk-****") -> Reply:
    """401 as OpenAI words it, the key quoted back."""
    return fails(401, f"Incorrect API key provided: {key}.", code="invalid_api_key", kind="invalid_request_error")


def knows_no_model(model: str) -> Reply:
    """404 as OpenAI words it."""
    said = f"The model `{model}` does not exist or you do not have access to it."
    return fails(404, said, code="model_not_found", kind="invalid_request_error")


def replies_with(body: str | bytes, *, content_type: str = "application/json", status: int = 200) -> Reply:
    """Any bytes at all: invalid JSON, a login page, nothing."""
    return Reply(body.encode() if isinstance(body, str) else body, status, content_type=content_type)


def resets() -> Reply:
    """The request is read and the connection reset before any header."""
    return Reply(b"", fault="reset")


def breaks_off() -> Reply:
    """The connection is reset half-way through the body."""
    return Reply(answer("never wholly sent").body, fault="break_off")


def hangs() -> Reply:
    """The request is read and nothing ever comes."""
    return Reply(b"", fault="hang")


def drips() -> Reply:
    """A good answer, one byte every 50 ms."""
    return Reply(answer("too slow").body, fault="drip")


def never_ends() -> Reply:
    """A JSON text that goes on and on, 64 KB every 10 ms."""
    return Reply(b'{"choices": [{"message": {"content": "', fault="endless")


def old_fashioned(text: str = "ok") -> Reply:
    """A good answer over HTTP/1.0, which ends with the connection."""
    return Reply(answer(text).body, fault="old")


def redirects(to: str, status: int = 307) -> Reply:
    """The request is to be sent somewhere else."""
    return Reply(b"", status, {"Location": to})


def wants_login() -> Reply:
    """A proxy's login page, with 200."""
    page = "<!doctype html><html><title>Sign in</title><body><form>please log in</form></body></html>"
    return replies_with(page, content_type="text/html")


def quota_spent() -> Reply:
    """429 as OpenAI words it where money has run out and no waiting helps."""
    said = "You exceeded your current quota, please check your plan and billing details."
    return fails(429, said, code="insufficient_quota", kind="insufficient_quota")


def prompt_too_long() -> Reply:
    """400 as OpenAI words it where the prompt does not fit the model."""
    said = "This model's maximum context length is 4096 tokens. However, your messages resulted in 9000 tokens."
    return fails(400, said, code="context_length_exceeded", kind="invalid_request_error")


def garbled() -> Reply:
    """A body that says it is gzip and is none after its first bytes."""
    packed = gzip.compress(answer("never unpacked").body)
    return Reply(packed[:20] + b"\x00garbage" * 20, headers={"Content-Encoding": "gzip"})


def in_parts(*texts: str) -> Reply:
    """The content as a list of parts, as some providers give it."""
    message = {"role": "assistant", "content": [{"type": "text", "text": text} for text in texts]}
    return answer(choices=[{"index": 0, "message": message, "finish_reason": "stop"}])
