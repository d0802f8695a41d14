"""A litellm completion read into a Response: nothing in it is trusted, neither its shape nor its size."""

from __future__ import annotations

import json
import math
from typing import Any, NoReturn

from harness.models.failure import ProviderFailure
from harness.models.response import Outcome, Response, ToolCall

MAX_OUTPUT = 1_000_000
"""The most that is kept of one answer, in bytes of UTF-8."""

_MOST_TOKENS = 100_000_000
_MAX_NAME = 200
_MAX_TOOL_CALLS = 256


def read_completion(completion: Any, *, latency: float) -> Response:
    """Return the response a completion holds, as of a first attempt and without a cost.

    Args:
        completion: What ``litellm.acompletion`` returned.
        latency: Seconds the attempt took.

    Raises:
        ProviderFailure: malformed: there is no choice or no message in it, or neither text nor tool call in that.
    """
    choices = getattr(completion, "choices", None)
    if not isinstance(choices, list) or not choices:
        raise ProviderFailure("malformed", "the reply is not a chat completion: it holds no choices")
    choice = choices[0]
    message = getattr(choice, "message", None)
    if message is None:
        raise ProviderFailure("malformed", "the reply is not a chat completion: its choice holds no message")

    meta: dict[str, Any] = {}
    content = getattr(message, "content", None)
    text, cut = _capped(content if isinstance(content, str) else "")
    calls, calls_cut = _tool_calls(getattr(message, "tool_calls", None))
    if cut or calls_cut:
        meta["capped_at_bytes"] = MAX_OUTPUT
    finish = _finish_reason(choice)
    refusal = _extra(message).get("refusal") or getattr(message, "refusal", None)
    if refusal:
        meta["refusal"] = _capped(str(refusal))[0][:1000]
    input_tokens, output_tokens, cached_tokens = _usage(completion)
    if content is None and not (calls or refusal) and _lost(message, finish, output_tokens):
        raise ProviderFailure("malformed", "the reply holds neither a text nor a tool call")
    if cached_tokens:
        meta["cached_tokens"] = cached_tokens
    if (probability := _probability(choice)) is not None:
        meta["probability"] = probability
    return Response(
        text=text,
        outcome=_outcome(finish, bool(refusal), cut or calls_cut),
        tool_calls=calls,
        finish_reason=finish,
        model=_name(getattr(completion, "model", None)),
        fingerprint=_name(getattr(completion, "system_fingerprint", None)),
        input_tokens=input_tokens,
        output_tokens=output_tokens,
        latency=latency,
        meta=meta,
    )


def _lost(message: Any, finish: str | None, output_tokens: int | None) -> bool:
    """Whether no content means that it did not arrive, rather than that the model had nothing to say.

    A model that ends at once has made one token or none, and one that only reasoned has its reasoning to show.
    """
    silent = output_tokens in (0, 1) or bool(getattr(message, "reasoning_content", None))
    return not silent and finish not in ("length", "content_filter")


def _probability(choice: Any) -> dict[str, float] | None:
    """How probable the answer's tokens were to the model, where ``params`` ask for logprobs and the provider tells.

    Returns:
        ``first``: of the first token; ``mean``: the geometric mean over all of them. None where a token's is not told.
    """
    tokens = getattr(getattr(choice, "logprobs", None), "content", None)
    logarithms = [getattr(token, "logprob", None) for token in tokens] if isinstance(tokens, list) else []
    known = [min(float(each), 0.0) for each in logarithms if isinstance(each, int | float) and each <= 1e-6]
    if not known or len(known) < len(logarithms):
        return None
    return {"first": math.exp(known[0]), "mean": math.exp(math.fsum(known) / len(known))}


def _outcome(finish: str | None, refusal: bool, cut: bool) -> Outcome:
    if refusal or finish == "content_filter":
        return "refused"
    return "truncated" if cut or finish == "length" else "answered"


def _finish_reason(choice: Any) -> str | None:
    """The provider's own word where litellm mapped an unknown one to ``stop``."""
    own = _extra(choice).get("native_finish_reason")
    return _name(own or getattr(choice, "finish_reason", None))


def _extra(part: Any) -> dict[str, Any]:
    fields = getattr(part, "provider_specific_fields", None)
    return fields if isinstance(fields, dict) else {}


def _usage(completion: Any) -> tuple[int | None, int | None, int]:
    """Prompt, completion and cached tokens; litellm writes zeros where the provider said nothing, and no prompt has no tokens."""
    usage = getattr(completion, "usage", None)
    prompt = _count(getattr(usage, "prompt_tokens", None))
    if not prompt:
        return None, None, 0
    cached = _count(getattr(getattr(usage, "prompt_tokens_details", None), "cached_tokens", None))
    return prompt, _count(getattr(usage, "completion_tokens", None)), min(cached or 0, prompt)


def _count(value: Any) -> int | None:
    """A number of tokens there can be; None for anything else, so that no cost is reckoned from it."""
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _MOST_TOKENS else None


def _tool_calls(calls: Any) -> tuple[tuple[ToolCall, ...], bool]:
    """The calls with their arguments parsed, and whether any was cut."""
    found: list[ToolCall] = []
    cut = False
    room = MAX_OUTPUT
    for call in calls if isinstance(calls, list) else []:
        function = getattr(call, "function", None)
        raw = getattr(function, "arguments", None)
        arguments, shortened = _capped(raw if isinstance(raw, str) else "", room)
        if shortened or len(found) == _MAX_TOOL_CALLS:
            cut = True
            break
        room -= len(arguments.encode())
        found.append(ToolCall(_name(getattr(function, "name", None)) or "", _parsed(arguments), _name(getattr(call, "id", None))))
    return tuple(found), cut


def _parsed(arguments: str) -> Any:
    """The arguments as JSON; the text itself where it is no JSON, or JSON that could not be written down again."""
    try:
        value = json.loads(arguments, parse_constant=_refuse_constant)
        json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return arguments
    return value


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _capped(text: str, room: int = MAX_OUTPUT) -> tuple[str, bool]:
    """``text`` as valid UTF-8 (lone surrogates replaced) within ``room`` bytes, and whether it was cut."""
    data = text.encode("utf-8", "replace")
    return data[:room].decode("utf-8", "ignore"), len(data) > room


def _name(value: Any) -> str | None:
    return None if value is None else _capped(str(value))[0][:_MAX_NAME]
