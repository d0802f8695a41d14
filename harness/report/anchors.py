"""Addresses of fixtures inside the page: what a link pasted into a review points to."""

from __future__ import annotations

import hashlib
import re
from urllib.parse import quote

_PLAIN = re.compile(r"[A-Za-z0-9_.-]{1,120}")
_LONGEST = 200


def fixture_anchor(fixture_id: str) -> str:
    """Return the anchor of a fixture, safe in an attribute and an address whatever the id holds, and never very long."""
    quoted = quote(fixture_id.encode("utf-8", "backslashreplace"), safe="")
    if len(quoted) > _LONGEST:
        digest = hashlib.sha256(fixture_id.encode("utf-8", "backslashreplace")).hexdigest()
        quoted = f"{quoted[:_LONGEST].rpartition('%')[0] or quoted[:_LONGEST]}-{digest[:16]}"
    return f"fixture-{quoted}"


def is_plain(fixture_id: str) -> bool:
    """Whether the anchor is only ``fixture-`` and the id."""
    return _PLAIN.fullmatch(fixture_id) is not None
