"""Which requests share a pace: those to one provider, at one address, with one key."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from harness.models.clock import Clock
from harness.models.pace import Pace
from harness.models.request import Request
from harness.models.scrubbing import scrub
from harness.models.weights import LOCAL

if TYPE_CHECKING:
    from harness.suite import Limit

LOCAL_LANE = "local"
"""The lane of everything that is embedded."""

_WAITING = 8


def lane_of(request: Request, limits: Mapping[str, Limit] | None = None) -> str:
    """Return the name of the lane a request goes by.

    It is the provider (``openai``), with the address where ``api_base`` gives one and the key's variable where one is named:
    ``openai at http://127.0.0.1:8000/v1``. A model with limits of its own has a lane of its own, which starts with its name.

    Args:
        request: The request.
        limits: ``limits`` of suite.yaml.
    """
    if request.model.startswith(LOCAL):
        return LOCAL_LANE
    named = _named(request, limits)
    name = named if named is not None and "/" in named else request.model.split("/", 1)[0]
    if request.api_base is not None:
        name += f" at {scrub(request.api_base)}"
    if request.api_key_env is not None:
        name += f" with {request.api_key_env}"
    return name


def most_at_once(request: Request, concurrency: int, limits: Mapping[str, Limit] | None = None) -> int:
    """Return how many requests of this one's lane may be under way at once: its limit's ``concurrency``, else the suite's.

    For embedded models it is how many may wait: their servers take them one by one.
    """
    if request.model.startswith(LOCAL):
        return max(concurrency, _WAITING)
    limit = limit_of(request, limits or {})
    return concurrency if limit is None or limit.concurrency is None else limit.concurrency


class Lanes:
    """The paces of one gateway, by lane.

    Args:
        concurrency: Requests of one lane under way at once, at most, where no limit says otherwise.
        embedded: The same for embedded models.
        limits: ``limits`` of suite.yaml.
        clock: What they wait by.
        first_wait: The longest first pause, in seconds, where a provider does not say how long.
        longest_wait: The longest pause.
        note: Told of long pauses.
    """

    def __init__(
        self,
        *,
        concurrency: int,
        embedded: int,
        limits: Mapping[str, Limit],
        clock: Clock,
        first_wait: float,
        longest_wait: float,
        note: Callable[[str], None] | None,
    ) -> None:
        """Begin without any."""
        self._concurrency, self._embedded, self._limits = concurrency, embedded, limits
        self._clock, self._first_wait, self._longest_wait, self._note = clock, first_wait, longest_wait, note
        self._paces: dict[str, Pace] = {}
        self._names: dict[tuple[str, str | None, str | None], str] = {}
        self._stopped = False

    def pace(self, request: Request) -> Pace:
        """Return the pace of a request's lane."""
        what = (request.model, request.api_base, request.api_key_env)  # a name takes half a millisecond to work out
        name = self._names[what] = self._names.get(what) or lane_of(request, self._limits)
        if name not in self._paces:
            limit = limit_of(request, self._limits)
            ceiling = self._embedded if name == LOCAL_LANE else most_at_once(request, self._concurrency, self._limits)
            self._paces[name] = Pace(
                name,
                clock=self._clock,
                ceiling=ceiling,
                rpm=None if limit is None else limit.rpm,
                tpm=None if limit is None else limit.tpm,
                first_wait=self._first_wait,
                longest_wait=self._longest_wait,
                note=self._note,
            )
            if self._stopped:
                self._paces[name].stop()
        return self._paces[name]

    def stop(self) -> None:
        """Give no further turns in any lane."""
        self._stopped = True
        for pace in self._paces.values():
            pace.stop()

    async def close(self) -> None:
        """End every timer."""
        for pace in self._paces.values():
            await pace.close()

    def facts(self) -> dict[str, Any]:
        """Return ``lanes``: what each was like; empty where nothing was sent."""
        found = {name: pace.facts() for name, pace in self._paces.items() if pace.facts()["sent"]}
        return {"lanes": found} if found else {}


def limit_of(request: Request, limits: Mapping[str, Limit]) -> Limit | None:
    """Return the fixed limits that count for a request; None where none do."""
    named = _named(request, limits)
    return None if named is None else limits[named]


def _named(request: Request, limits: Mapping[str, Limit] | None) -> str | None:
    if not limits or request.model.startswith(LOCAL):
        return None
    from harness.suite import limit_name

    return limit_name(request.model, limits)
