"""What has been tried of one request, and whether to try again."""

from __future__ import annotations

import math
from dataclasses import dataclass

from harness.models.failure import ProviderFailure
from harness.models.pace import Pace
from harness.models.prices import ResolvedPrice
from harness.models.request import Request
from harness.models.response import FailureKind

ATTEMPTS = 5
"""How often a request is sent at most, not counting the times it was only told to come back later."""

OUTAGE = 90.0
"""Seconds for which a provider that has answered may be gone, as in a restart, before the attempts are counted."""

_OF_AN_OUTAGE: frozenset[FailureKind] = frozenset({"connection", "server"})


@dataclass
class Attempts:
    """The attempts at one request.

    Attributes:
        request: The request.
        price: What its tokens cost.
        pace: The pace of its lane.
        first_sent: When it was first sent, by the clock of its pace; None before.
        first_failed: When its first failure came, likewise.
        sent: How often it was sent.
        counted: How often it failed, apart from being told to come back later.
        last: The last failure.
    """

    request: Request
    price: ResolvedPrice | None
    pace: Pace
    first_sent: float | None = None
    first_failed: float | None = None
    sent: int = 0
    counted: int = 0
    last: ProviderFailure | None = None

    @property
    def until(self) -> float:
        """When it is given up, by the clock; infinity where it was never sent."""
        return math.inf if self.first_sent is None else self.first_sent + self.request.total_timeout

    @property
    def retries(self) -> int:
        """Attempts before the last one."""
        return max(self.sent - 1, 0)

    def sending(self, now: float) -> float:
        """Count one more attempt; return the seconds it may take at most."""
        if self.first_sent is None:
            self.first_sent = now
        self.sent += 1
        return self.until - now

    def goes_on_after(self, failure: ProviderFailure, now: float, outage: float) -> bool:
        """Take note of a failure; say whether another attempt is due.

        A failure is tried again while fewer than five counted, and beyond that for as long as the provider seems to be
        restarting: it has answered before, but nothing that was sent since this request first failed, and it is not gone for
        longer than ``outage``.
        """
        if self.first_failed is None:
            self.first_failed = now
        if failure.kind == "timeout" and now >= self.until and self.last is not None:
            return False  # the rest of the time was too short for it: what went before tells more
        self.last = failure
        if not failure.retried or now >= self.until:
            return False
        if failure.only_waits:
            return True
        self.counted += 1
        return self.counted < ATTEMPTS or (failure.kind in _OF_AN_OUTAGE and self._in_outage(now, outage))

    def given_up(self, now: float) -> str:
        """Say what the request failed of."""
        said = str(self.last)
        return f"given up after {self.request.total_timeout:g} s: {said}" if now >= self.until else said

    def _in_outage(self, now: float, outage: float) -> bool:
        answered, newest, first = self.pace.last_answered, self.pace.newest_answered, self.first_failed
        if answered is None or newest is None or first is None:
            return False
        return newest <= first and now - answered < outage
