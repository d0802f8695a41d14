"""What the headers of a provider's answer say of its rate limits: how long nothing more may be sent."""

from __future__ import annotations

import math
import re
import time
from collections.abc import Mapping
from datetime import datetime

_PREFIX = "llm_provider-"
_PAIRS = (
    ("x-ratelimit-remaining-requests", "x-ratelimit-reset-requests"),
    ("x-ratelimit-remaining-tokens", "x-ratelimit-reset-tokens"),
    ("anthropic-ratelimit-requests-remaining", "anthropic-ratelimit-requests-reset"),
    ("anthropic-ratelimit-tokens-remaining", "anthropic-ratelimit-tokens-reset"),
    ("anthropic-ratelimit-input-tokens-remaining", "anthropic-ratelimit-input-tokens-reset"),
    ("anthropic-ratelimit-output-tokens-remaining", "anthropic-ratelimit-output-tokens-reset"),
)
_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|us|µs|ns|d|h|m|s)")
_SECONDS = {"d": 86400.0, "h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}
_LONGEST_TEXT = 64


def seconds_to_reset(headers: Mapping[str, str], now: float | None = None) -> float:
    """Return the seconds until more may be sent: until the reset of whatever has nothing remaining, 0 where all have.

    Read are OpenAI's ``x-ratelimit-remaining-requests`` and ``-tokens`` with ``x-ratelimit-reset-...`` (``6m0s``, ``1s``,
    ``20ms``), which many others send as well, and Anthropic's ``anthropic-ratelimit-...-remaining`` with ``...-reset``
    (RFC 3339); both also with litellm's ``llm_provider-`` in front. What cannot be read is passed over.

    Args:
        headers: Names in lower case.
        now: Seconds since 1970, for resets given as a time of day; the system's clock unless given.
    """
    if not headers:
        return 0.0
    longest = 0.0
    for remaining, reset in _PAIRS:
        for prefix in ("", _PREFIX):
            if _is_nothing(headers.get(prefix + remaining)):
                seconds = _until(str(headers.get(prefix + reset, "")), time.time() if now is None else now)
                longest = max(longest, seconds or 0.0)
    return longest


def _is_nothing(text: str | None) -> bool:
    try:
        return text is not None and float(text) <= 0
    except ValueError:
        return False


def _until(text: str, now: float) -> float | None:
    """Seconds until a reset: a duration such as 6m0s, bare seconds, or a time by RFC 3339; None where it is none of them."""
    text = text.strip()[:_LONGEST_TEXT]
    try:
        seconds = float(text)
    except ValueError:
        parts = _PART.findall(text)
        if parts and "".join(number + unit for number, unit in parts) == text:
            return sum(float(number) * _SECONDS[unit] for number, unit in parts)
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            return None
        return None if moment.tzinfo is None else max(0.0, moment.timestamp() - now)
    return max(0.0, seconds) if math.isfinite(seconds) else None
