"""Text of others inside Markdown: nothing in it is markup, a link, a mention or HTML, wherever the Markdown is shown."""

from __future__ import annotations

import re

from harness.report.hostile import brief, visible

_SIGNS = re.compile(r"[\\`*_<>\[\]#|~&$!]")
_BREAK = "\u200b"
"""A space of no width: what is taken for a mention, an issue or an address is none with this in it."""

_REACHING = (
    (re.compile(r"@(?=\w)"), f"@{_BREAK}"),
    (re.compile(r"(\\#)(?=\d)"), rf"\1{_BREAK}"),
    (re.compile(r"\b([Gg][Hh]-)(?=\d)"), rf"\1{_BREAK}"),
    (re.compile(r":(?=//)"), f":{_BREAK}"),
    (re.compile(r"\b([Ww]{3})(?=\.)"), rf"\1{_BREAK}"),
    (re.compile(r"\b(mailto|xmpp)(?=:)", re.IGNORECASE), rf"\1{_BREAK}"),
)
_BEGINS_A_LIST = re.compile(r"^(\d{1,9})([.)])(?=\s|$)")
_BEGINS_A_BLOCK = re.compile(r"^([-+])(?=\s|$)|^([-=])(?=[-=\s]*$)")
_TICKS = re.compile(r"`+")


def inline(text: str, limit: int = 400) -> str:
    """Write text on one line in which nothing is markup, and nothing calls anybody or leads anywhere."""
    line = _SIGNS.sub(r"\\\g<0>", brief(visible(text), limit))
    for pattern, instead in _REACHING:
        line = pattern.sub(instead, line)
    return _BEGINS_A_LIST.sub(r"\1\\\2", _BEGINS_A_BLOCK.sub(r"\\\g<0>", line))


def code(text: str, limit: int = 120) -> str:
    """Write a name as code, which nothing inside can end; safe in a table too."""
    line = brief(visible(text), limit).replace("|", "\u2502") or "(empty)"
    ticks = "`" * (max((len(run) for run in _TICKS.findall(line)), default=0) + 1)
    pad = " " if line.startswith(("`", " ")) or line.endswith(("`", " ")) else ""
    return f"{ticks}{pad}{line}{pad}{ticks}"


def fenced(text: str, limit: int = 4_000) -> str:
    """Write text as a code block, which nothing inside can end; what is beyond the limit is counted."""
    shown = visible(text[:limit])
    left = len(text) - limit
    fence = "`" * max(3, max((len(run) for run in _TICKS.findall(shown)), default=0) + 1)
    more = f"\n*{left:,} more characters are in the run folder.*\n" if left > 0 else ""
    return f"{fence}text\n{shown}\n{fence}\n{more}"


def folded(summary: str, body: str) -> str:
    """Write a part that is shown when its summary is pressed; the summary is plain text of ours."""
    return f"<details><summary>{summary}</summary>\n\n{body.rstrip()}\n\n</details>\n"
