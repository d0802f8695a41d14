"""How long the embedded model will take, told before it starts."""

from __future__ import annotations

from collections.abc import Mapping

from harness.models import embedded_servers
from harness.store import Store
from harness.suite import Suite

UNSEEN = 2.0
"""Seconds a call takes on one core where nothing was measured yet: a short prompt to a model of some 100 million weights."""


def local_estimate(suite: Suite, store: Store, pending: Mapping[str, int], slots: int) -> str | None:
    """Estimate the time the calls to the embedded model take.

    Args:
        suite: The suite.
        store: Earlier runs, for the latencies measured in them.
        pending: Requests still to be asked, by variant.
        slots: Requests worked on at once.

    Returns:
        One line, or None where no call goes to the embedded model.
    """
    seconds, calls, measured = 0.0, 0, True
    for name, count in pending.items():
        if not count or not (suite.variants[name].model or "").startswith("local/"):
            continue
        latency = store.typical_latency(suite.name, name)
        measured = measured and latency is not None
        seconds += local_seconds(count, latency, slots)
        calls += count
    if not calls:
        return None
    basis = "by earlier runs" if measured else "a guess; nothing like it was measured here yet"
    return f"{calls} calls to the embedded model: about {duration(seconds)} ({basis})"


def local_seconds(calls: int, latency: float | None, slots: int) -> float:
    """Seconds that calls to the embedded model take; a guess where no latency was measured."""
    # Slots of one server share the same cores: a call takes longer, so that more of them gain little.
    return calls * (UNSEEN if latency is None else latency) / (embedded_servers(slots) if slots == 1 else 1.5)


def duration(seconds: float) -> str:
    """Write seconds in the unit a person would."""
    if seconds < 90:
        return f"{max(seconds, 1):.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
