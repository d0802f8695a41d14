"""How many processes send: what is given, or what pays off."""

from __future__ import annotations

import os

MANY_CALLS = 500
"""Fewer calls are made before a second process has started up: it loads litellm for seconds."""

MANY_AT_ONCE = 16
"""One process keeps up with fewer calls in flight, as a provider takes about a tenth of a second at least."""

MOST = 4
"""The most that are started unless more are asked for: each takes some 250 MB."""


def choose_workers(workers: int | None, *, hosted_calls: int, concurrency: int) -> int:
    """Return how many processes are to send to hosted models.

    Args:
        workers: What the user said; None leaves it to this function.
        hosted_calls: Calls to make.
        concurrency: Most calls in flight with one provider.

    Returns:
        As many as given; otherwise 1 where few calls are to be made or few are in flight at once, else one for each processor
        this process may use, at most four.
    """
    if workers is not None:
        return workers
    if hosted_calls < MANY_CALLS or concurrency < MANY_AT_ONCE:
        return 1
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(cores, MOST)
