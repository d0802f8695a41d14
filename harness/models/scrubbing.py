"""Error text a user may see: one line, short, free of keys."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable

MAX_ERROR = 300
"""The longest error text kept, in characters."""

_SECRET_NAME = re.compile(r"_(KEY|TOKEN|SECRET|PASSWORD|CREDENTIALS)$", re.IGNORECASE)
_SHORTEST_SECRET = 6  # a shorter value would blot out ordinary words
_HIDDEN = "[hidden]"
_SHAPES = tuple(
    re.compile(pattern, flags)
    for pattern, flags in (
        (r"\b(?:sk|pk|rk|gsk|xai|hf|ghp|gho|pplx|r8|nvapi)[-_][A-Za-z0-9_\-*.]{4,}", 0),
        (r"\bAIza[0-9A-Za-z_\-]{16,}", 0),
        (r"\bA(?:KIA|SIA)[0-9A-Z]{12,}", 0),
        (r"\beyJ[A-Za-z0-9_\-]{8,}\.[A-Za-z0-9_\-.]+", 0),
        (r"(?<=bearer )[^\s'\",;]+", re.IGNORECASE),
        (r"(?<=://)[^/@\s]+(?=@)", 0),
        (r"(?<=[?&])(?:api[-_]?key|key|token|access_token|sig|signature)=[^&\s'\"]+", re.IGNORECASE),
        (r"(?:x-)?api[-_]key['\"]?\s*[:=]\s*['\"]?[^\s'\",;&]{6,}", re.IGNORECASE),
    )
)
_LITELLM_PREFIX = re.compile(r"^(?:(?:litellm\.)?\w*(?:Error|Exception|Timeout)(?: Error)?(?::| -)\s*)+")


def scrub(text: str, secrets: Iterable[str] = ()) -> str:
    """Return ``text`` without keys: the values of secret environment variables, ``secrets``, and whatever has a key's shape."""
    values = {value for name, value in os.environ.items() if _SECRET_NAME.search(name)} | set(secrets)
    for value in sorted(values, key=len, reverse=True):
        if len(value) >= _SHORTEST_SECRET:
            text = text.replace(value, _HIDDEN)
    for shape in _SHAPES:
        text = shape.sub(_HIDDEN, text)
    return text


def one_line(text: str, secrets: Iterable[str] = ()) -> str:
    """Return a provider's or library's error text scrubbed, on one line, without litellm's prefixes, at most 300 characters."""
    text = text.split("Traceback (most recent call last)", maxsplit=1)[0]
    text = " ".join("".join(c if c.isprintable() else " " for c in scrub(text, secrets)).split())
    text = _LITELLM_PREFIX.sub("", text)
    return text if len(text) <= MAX_ERROR else text[: MAX_ERROR - 1].rstrip() + "…"
