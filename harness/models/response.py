"""What came back: one response to one request, whoever answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Outcome = Literal["answered", "truncated", "refused", "failed"]
"""answered, truncated and refused are the model's doing and are scored; failed is the provider's and never is."""

FailureKind = Literal[
    "auth",
    "quota",
    "not_found",
    "rate_limit",
    "timeout",
    "connection",
    "server",
    "bad_request",
    "context_window",
    "malformed",
    "callable",
    "missing",
]


@dataclass(frozen=True, slots=True)
class ToolCall:
    """One tool call: the name and the parsed arguments (the raw text where they do not parse)."""

    name: str
    arguments: Any
    id: str | None = None


@dataclass(frozen=True, slots=True)
class Response:
    """An answer with everything measured about it.

    Attributes:
        text: The answer's text, empty where the model only called tools.
        outcome: Whether it is the model's answer, and which kind, or the provider's failure.
        latency: Seconds from sending the successful attempt to its last byte; queueing is not in it. None if unknown.
        cost: US dollars; None where the price is unknown, 0.0 only where it is known to be nothing.
        input_tokens: Prompt tokens as the provider counted them; None if it did not say.
        output_tokens: Completion tokens, likewise.
        model: The model id the provider says answered.
        fingerprint: The provider's system fingerprint.
        retries: Attempts before the one recorded.
        error: For failed: one line that says what happened, free of keys.
        error_kind: For failed: its family.
        meta: What else is known: ``cached_tokens``; ``refusal``; ``capped_at_bytes``; ``probability``, the model's own of
            the answer's tokens (``first`` and geometric ``mean``), where logprobs were asked for.
    """

    text: str = ""
    outcome: Outcome = "answered"
    tool_calls: tuple[ToolCall, ...] = ()
    finish_reason: str | None = None
    model: str | None = None
    fingerprint: str | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    cost: float | None = None
    latency: float | None = None
    retries: int = 0
    error: str | None = None
    error_kind: FailureKind | None = None
    meta: Mapping[str, Any] = field(default_factory=dict)

    @property
    def usable(self) -> bool:
        """Whether the response is the model's own doing and so may be scored."""
        return self.outcome != "failed"
