"""What is sent: one request to one model, and the hash that names it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Request:
    """Everything that can change a model's answer, and where to send it.

    Attributes:
        model: A litellm model string or ``local/<name>``.
        messages: Rendered chat messages.
        tools: Tool definitions in OpenAI form.
        params: Sampling parameters.
        repeat: Which repeat of the same question this is, from 0.
        adapter: Path of a LoRA adapter, for local models.
        adapter_hash: SHA-256 of that file; the path itself is not part of the hash.
        weights_hash: SHA-256 of a local model's weights; None for hosted models.
        api_base: The endpoint's address (part of the hash: another endpoint may serve another model).
        api_key_env: The environment variable that holds the key; never part of the hash.
        timeout: Seconds one attempt may take; never part of the hash.
        total_timeout: Seconds from its first sending until it is given up, waits and further attempts included; likewise.
    """

    model: str
    messages: tuple[Mapping[str, Any], ...]
    tools: tuple[Mapping[str, Any], ...] = ()
    params: Mapping[str, Any] = field(default_factory=dict)
    repeat: int = 0
    adapter: str | None = None
    adapter_hash: str | None = None
    weights_hash: str | None = None
    api_base: str | None = None
    api_key_env: str | None = None
    timeout: float = 120.0
    total_timeout: float = 600.0

    @property
    def hash(self) -> str:
        """SHA-256, in hex, of what can change the answer."""
        return content_hash(
            {
                "model": self.model,
                "adapter": self.adapter_hash,
                "weights": self.weights_hash,
                "messages": [dict(m) for m in self.messages],
                "tools": [dict(t) for t in self.tools],
                "params": dict(self.params),
                "repeat": self.repeat,
                "api_base": self.api_base,
            }
        )


def content_hash(value: Any) -> str:
    """Return the SHA-256, in hex, of a JSON value, independent of key order."""
    return hashlib.sha256(canonical_json(value).encode()).hexdigest()


def canonical_json(value: Any) -> str:
    """Write a JSON value in the one form that hashes are taken of: keys in order, no spaces, ASCII alone."""
    return _CANONICAL.encode(value)


_CANONICAL = json.JSONEncoder(sort_keys=True, ensure_ascii=True, separators=(",", ":"), default=str)
