"""When a variant is given up: a provider that is down for good is not asked thousands of times more."""

from __future__ import annotations

from dataclasses import dataclass

from harness.models import Response

FOR_GOOD = frozenset({"auth", "not_found", "quota"})
"""Failures no waiting mends: the first one is enough where nothing has succeeded, and a few in a row where something has."""

WAITED_FOR = frozenset({"rate_limit"})
"""Failures of requests that have waited for all the time they had: a few in a row are enough."""

WITHOUT_SUCCESS = frozenset({"connection", "bad_request", "timeout"})
"""Failures that are for good when they are all there is."""

IN_A_ROW = 5
AFTER_SUCCESS = 25
"""Failures of the provider's of any kind, in a row, after which even one that did answer is taken to be gone."""

NOT_THE_PROVIDER = frozenset({"callable", "missing", "context_window"})


@dataclass
class Patience:
    """What one variant has been like in this run; counts are of failures since its last success."""

    succeeded: int = 0
    in_a_row: int = 0
    hopeless: int = 0
    unreachable: int = 0

    def exhausted_by(self, response: Response) -> bool:
        """Take note of a response; say whether the variant is to be given up."""
        if response.usable:
            self.succeeded += 1
            self.in_a_row = self.hopeless = self.unreachable = 0
            return False
        kind = response.error_kind
        if kind in NOT_THE_PROVIDER:
            return False
        self.in_a_row += 1
        self.hopeless = self.hopeless + 1 if kind in FOR_GOOD | WAITED_FOR else 0
        self.unreachable = self.unreachable + 1 if kind in WITHOUT_SUCCESS else 0
        if self.in_a_row >= AFTER_SUCCESS or self.hopeless >= IN_A_ROW:
            return True
        return not self.succeeded and (kind in FOR_GOOD or self.unreachable >= IN_A_ROW)
