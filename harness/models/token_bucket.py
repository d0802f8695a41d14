"""A rate kept evenly: a bucket that fills at so much a minute and holds little."""

from __future__ import annotations

_ROUNDING = 1e-9


class TokenBucket:
    """A fixed rate.

    In any 60 seconds no more is taken than ``per_minute`` and the depth together, besides what one weight above the depth is
    ahead by: such a weight is let through when the bucket is full, and leaves a debt that the following ones wait out.

    Of kept libraries none fits: aiolimiter takes no weight above its depth, gives nothing back and its waiters cannot be
    paused; pyrate-limiter counts in sliding windows of whole numbers, which lets a whole window's worth go at once;
    token-throttle needs Python 3.12.

    Args:
        per_minute: What may be taken in a minute, above 0.
        now: The time in seconds.
        depth: What it holds, and so what may go at once after a rest.
        level: What it holds at first; all it can unless given.
    """

    def __init__(self, per_minute: float, now: float, *, depth: float, level: float | None = None) -> None:
        """Begin to fill."""
        self.per_second = per_minute / 60.0
        self.depth = depth
        self._level = depth if level is None else level
        self._at = now

    def wait(self, weight: float, now: float) -> float:
        """Return the seconds until ``weight`` may be taken; 0 where it may be now."""
        self._fill(now)
        lacking = min(weight, self.depth) - self._level
        return 0.0 if lacking <= _ROUNDING else lacking / self.per_second

    def take(self, weight: float, now: float) -> None:
        """Take ``weight``; what is taken beyond the level is owed."""
        self._fill(now)
        self._level -= weight

    def give_back(self, weight: float, now: float) -> None:
        """Correct what was taken by an estimate; a negative weight takes more."""
        self._fill(now)
        self._level = min(self.depth, self._level + weight)

    def _fill(self, now: float) -> None:
        self._level = min(self.depth, self._level + max(0.0, now - self._at) * self.per_second)
        self._at = max(self._at, now)
