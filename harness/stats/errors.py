"""The one error of this room: numbers that cannot be judged as they were given."""

from __future__ import annotations


class StatisticsError(ValueError):
    """The arrays or options cannot be used; the message says what is wrong and what to do."""
