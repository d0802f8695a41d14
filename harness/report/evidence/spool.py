"""Responses to some fixtures at hand, without holding those of a large run."""

from __future__ import annotations

import json
import pickle
import tempfile
from array import array
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any

from harness.models import ToolCall
from harness.report.answers import UNWRITABLE
from harness.report.evidence.limits import KEPT_CALLS, KEPT_HITS, KEPT_TEXT
from harness.retrieval import Hit
from harness.store import StoredResponse


class Held:
    """Responses that are in memory anyway, found by fixture."""

    def __init__(self) -> None:
        """Begin with none."""
        self._by_fixture: dict[str, list[StoredResponse]] = {}

    def add(self, stored: StoredResponse) -> None:
        """Take one."""
        self._by_fixture.setdefault(stored.fixture_id, []).append(stored)

    def of(self, fixture_id: str) -> Sequence[StoredResponse]:
        """The responses to a fixture, in the order they came."""
        return self._by_fixture.get(fixture_id, ())

    def beyond(self, stored: StoredResponse) -> int:
        """Characters of the text that were not kept."""
        return 0

    def close(self) -> None:
        """Let go of nothing: they are the run's."""


class Spooled:
    """Responses kept in a temporary file without a name, long ones cut; only their places are in memory."""

    def __init__(self, wanted: Collection[str]) -> None:
        """Keep the responses to the fixtures ``wanted`` names."""
        self._file = tempfile.TemporaryFile(prefix="harness-")  # noqa: SIM115  # open until it is closed
        self._places: dict[str, array[int]] = {fixture_id: array("q") for fixture_id in wanted}
        self._beyond: dict[tuple[str, str, int], int] = {}
        self._end = 0

    def add(self, stored: StoredResponse) -> None:
        """Take one; it is passed over where its fixture is not wanted."""
        places = self._places.get(stored.fixture_id)
        if places is None:
            return
        left = len(stored.response.text) - KEPT_TEXT
        if left > 0:
            self._beyond[stored.variant, stored.fixture_id, stored.repeat] = left
        places.append(self._end)
        self._end += self._file.write(pickle.dumps(_cut(stored), protocol=pickle.HIGHEST_PROTOCOL))

    def of(self, fixture_id: str) -> Sequence[StoredResponse]:
        """The responses to a fixture, in the order they came."""
        found = []
        for place in self._places.get(fixture_id, ()):
            self._file.seek(place)
            found.append(pickle.load(self._file))  # this process wrote it, into a file nobody else can open
        return found

    def beyond(self, stored: StoredResponse) -> int:
        """Characters of the text that were not kept."""
        return self._beyond.get((stored.variant, stored.fixture_id, stored.repeat), 0)

    def close(self) -> None:
        """Give the file up."""
        self._file.close()


def _cut(stored: StoredResponse) -> StoredResponse:
    r = stored.response
    calls = tuple(ToolCall(c.name[:KEPT_TEXT], _cut_arguments(c.arguments)) for c in r.tool_calls[:KEPT_CALLS])
    hits = tuple(Hit(h.id, h.text[:KEPT_TEXT], h.score) for h in stored.retrieved[:KEPT_HITS])
    response = replace(r, text=r.text[:KEPT_TEXT], tool_calls=calls, error=(r.error or "")[:KEPT_TEXT] or None, meta={})
    return replace(stored, response=response, retrieved=hits)


def _cut_arguments(arguments: Any) -> str:
    """The arguments as text, which is parsed again where it is whole."""
    if isinstance(arguments, str):
        return arguments[:KEPT_TEXT]
    try:
        return json.dumps(arguments, ensure_ascii=False, default=str)[:KEPT_TEXT]
    except (ValueError, RecursionError):
        return UNWRITABLE
