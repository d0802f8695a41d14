"""The seam between keeping a run's books and having its questions answered."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable, Mapping
from typing import Protocol

from harness.models import Response
from harness.running.halt import Halt
from harness.running.planned import PlannedRequest

Finished = tuple[PlannedRequest, Response]
"""A planned request and what came back; a provider's failure is a response too."""

Lanes = Mapping[str, Iterable[PlannedRequest]]
"""A stream of planned requests for each lane: those that share a provider and its limits. It is taken from as it is needed."""


class Engine(Protocol):
    """Turns planned requests into responses; that is all it does.

    What is planned, what is known, what is kept, counted and given up is decided around it. An engine takes from each
    lane as much as it can have under way there, and yields what is finished in any order. It takes nothing more once
    ``halt`` is asked, ends without waiting when it is asked a second time, and drops what is on its way to a variant that is
    given up. A variant that it finds it cannot ask at all it gives up itself, through ``halt``. What it took and does not
    yield was not answered.
    """

    def answers(self, planned: Lanes, halt: Halt) -> AsyncGenerator[Finished, None]:
        """Answer the planned requests, each once."""
        ...
