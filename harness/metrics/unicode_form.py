"""One Unicode form for texts that are compared, in time that grows with the text and not with its square."""

from __future__ import annotations

import unicodedata
from functools import cache
from typing import Any

LONGEST_RUN = 30
"""Combining marks kept in a row: the bound of Unicode's Stream-Safe Text Format (UAX #15, section 13)."""

_SHORT = 1_000


def nfkc(text: str) -> str:
    """Bring a text into the form NFKC; of a run of more than 30 combining marks in a long text, the first 30.

    ``unicodedata.normalize`` sorts each run of marks in time that grows with its square: a fifth of a megabyte takes a minute.
    """
    if len(text) > _SHORT and not text.isascii():
        text = _runs().sub(r"\1", text)
    return unicodedata.normalize("NFKC", text)


@cache
def _runs() -> Any:
    import regex

    return regex.compile(rf"(\p{{M}}{{{LONGEST_RUN}}})\p{{M}}+")
