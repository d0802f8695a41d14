"""What a provider says of its limits in the headers of an answer, taken out of what litellm returns or raises."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_LITELLMS_PREFIX = "llm_provider-"
_LONGEST = 200


def limit_headers(headers: Mapping[str, Any]) -> dict[str, str]:
    """Return the headers that speak of limits (``retry-after``, ``x-ratelimit-remaining-requests``), names in lower case.

    Nothing in them is trusted: what is longer than 200 characters is left out.
    """
    found = {}
    for name, value in headers.items():
        lower = str(name).lower()
        if ("ratelimit" in lower or "rate-limit" in lower or lower.startswith("retry-after")) and len(str(value)) <= _LONGEST:
            found[lower] = str(value)
    return found


def headers_of(completion: Any) -> dict[str, str]:
    """Return the headers about limits that a completion came with; empty where litellm kept none."""
    kept = getattr(completion, "_hidden_params", None)
    headers = kept.get("additional_headers") if isinstance(kept, dict) else None
    if not isinstance(headers, dict):
        return {}
    return limit_headers({str(name).removeprefix(_LITELLMS_PREFIX): value for name, value in headers.items()})
