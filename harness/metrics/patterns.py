"""Regular expressions from suite.yaml against text from a model: the one is trusted, the other is not, so the time is bounded."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

SECONDS = 0.2
"""How long one search may take, in seconds of this process's time, for each million characters begun."""


class TookTooLongError(ValueError):
    """A search was given up; the answer then has no score on the metric, and the user is told which pattern it was."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """A regular expression that gives up a search that takes too long. Made by ``compile_pattern``.

    Attributes:
        text: The expression.
        ignore_case: Whether upper and lower case are one.
    """

    text: str
    ignore_case: bool = False

    def found(self, text: str) -> bool:
        """Whether the pattern matches anywhere in the text; ``^`` and ``$`` tie it to the ends.

        Raises:
            TookTooLongError: The search was given up.
        """
        try:
            return _compiled(self.text, self.ignore_case).search(text, timeout=_seconds(text)) is not None
        except TimeoutError:
            raise self._too_long(text) from None

    def count(self, text: str) -> int:
        """How often the pattern matches, matches not overlapping.

        Raises:
            TookTooLongError: The search was given up.
        """
        try:
            return sum(1 for _ in _compiled(self.text, self.ignore_case).finditer(text, timeout=_seconds(text)))
        except TimeoutError:
            raise self._too_long(text) from None

    def _too_long(self, text: str) -> TookTooLongError:
        said = f"the pattern {self.text!r:.80} took longer than {_seconds(text):g} s on a text of {len(text):,} characters"
        return TookTooLongError(f"{said}; write it so that it can match in one way only")


def compile_pattern(text: str, *, ignore_case: bool = False) -> Pattern:
    """Compile a regular expression in the syntax of Python's ``re``, as the package ``regex`` reads it.

    Args:
        text: The expression.
        ignore_case: Take upper and lower case as one.

    Raises:
        ValueError: It is not a regular expression; the message says where.
    """
    _compiled(text, ignore_case)
    return Pattern(text, ignore_case)


@lru_cache(maxsize=512)
def _compiled(text: str, ignore_case: bool) -> Any:
    import regex

    try:
        return regex.compile(text, regex.VERSION0 | (regex.IGNORECASE if ignore_case else 0))
    except (regex.error, OverflowError, RecursionError) as error:
        raise ValueError(f"{text!r:.80} is not a regular expression: {error}") from None


def _seconds(text: str) -> float:
    return SECONDS * (1 + len(text) // 1_000_000)
