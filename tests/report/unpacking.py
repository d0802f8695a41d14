"""Reading back what a page has packed, with the standard library alone."""

from __future__ import annotations

import base64
import json
import re
import zlib
from typing import Any


def unpacked(page: str) -> dict[str, Any]:
    """Every packed block of a page by its name."""
    found = re.findall(r'<script type="application/vnd\.harness\.deflate" id="packed-([\w-]+)">([A-Za-z0-9+/=]*)</script>', page)
    return {name: json.loads(zlib.decompress(base64.b64decode(text, validate=True))) for name, text in found}


def fixtures_in(page: str) -> dict[str, dict[str, Any]]:
    """Every packed fixture by the id shown."""
    blocks = unpacked(page)
    contents = blocks["contents"]
    places = zip(contents["ids"], contents["place"]["block"], contents["place"]["at"], strict=True)
    return {name: blocks[f"text-{block}"][at] for name, block, at in places if block >= 0}
