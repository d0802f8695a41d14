"""Text nobody here wrote: made visible where it hides, and capped where it floods.

Model output, fixtures and even names are treated alike. Escaping is the template engine's work; this file takes care
of what escaping leaves: characters that reorder, hide or cannot be encoded, and sheer size.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

CAP = 4_000
"""Characters of one text that are shown where it stands in full view."""

_JOINERS = {"\u200c", "\u200d"}  # part of ordinary Persian, Hindi and emoji; without them those cannot be read
_SUSPECT = re.compile(r"[^\n\t\x20-\x7e\u00a1-\u00ac\u00ae-\u02ff]")
_HIDING = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


@dataclass(frozen=True, slots=True)
class Capped:
    """A text cut to size.

    Attributes:
        text: What is shown.
        rest: A plain word about what is not; empty where all is shown.
    """

    text: str
    rest: str = ""


def visible(text: str) -> str:
    """Replace control, bidi and other hiding characters by a marker such as ``[U+202E]``.

    Newlines and tabs stay; lone surrogates, which no file can hold, are marked as well.
    """
    return _SUSPECT.sub(_marker, text.replace("\r\n", "\n"))


def capped(text: str, limit: int = CAP, beyond: int = 0) -> Capped:
    """Cut a text to ``limit`` characters, before anything else is done with it.

    Args:
        text: The text.
        limit: Characters kept.
        beyond: Characters that followed the text and were cut before.
    """
    left = max(len(text) - limit, 0) + beyond
    return Capped(text[:limit], f"{left:,} more characters are in the run folder." if left else "")


def brief(text: str, limit: int) -> str:
    """Return the text on one line, cut to ``limit`` characters with three dots."""
    line = " ".join(text[: limit * 4].split())
    return line if len(line) <= limit and len(text) <= limit * 4 else line[: max(limit - 3, 1)] + "..."


def _marker(match: re.Match[str]) -> str:
    character = match.group()
    if character in _JOINERS or unicodedata.category(character) not in _HIDING:
        return character
    return f"[U+{ord(character):04X}]"
