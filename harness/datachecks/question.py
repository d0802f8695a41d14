"""When two questions are the same: equal once case, spacing, punctuation and Unicode forms are set aside."""

from __future__ import annotations

import json
import re
import unicodedata
from typing import Any

from harness.suite import Fixture, Message

_NOT_WORDS = re.compile(r"[\W_]+")


def normalised(text: str) -> str:
    """Return text in Unicode form NFKC, case-folded, with every run of white space and punctuation as one space.

    A text of punctuation alone is kept as it is, so that ``?`` and ``!`` stay different questions.
    """
    folded = unicodedata.normalize("NFKC", text).casefold()
    return _NOT_WORDS.sub(" ", folded).strip() or folded.strip()


def question_key(fixture: Fixture) -> str:
    """Return what two fixtures share if they ask the same: the normalised input, or every turn of the conversation.

    System turns are left out: they say how to answer, not what is asked. A conversation of a single user turn has the
    key of its text alone.
    """
    if fixture.messages is None:
        return normalised(fixture.question)
    turns = [m for m in fixture.messages if m.get("role") not in ("system", "developer")]
    if len(turns) == 1 and turns[0].get("role") == "user":
        return normalised(content_text(turns[0]))
    return normalised("\n".join(f"{m.get('role')}: {content_text(m)} {_calls(m)}" for m in turns))


def content_text(message: Message) -> str:
    """Return the words of a message's content, from all its parts."""
    content: Any = message.get("content")
    if isinstance(content, list):
        return "\n".join(str(part.get("text", "")) for part in content)
    return str(content or "")


def _calls(message: Message) -> str:
    calls = message.get("tool_calls")
    return json.dumps(calls, sort_keys=True, default=str) if calls else ""
