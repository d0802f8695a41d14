"""How long to wait before the next attempt."""

from __future__ import annotations


def backoff(attempt: int, *, first: float, longest: float) -> float:
    """Return seconds to wait after the ``attempt``-th failure: exponential with full jitter, by tenacity.

    Drawn evenly from 0 to ``first * 2 ** (attempt - 1)``, at most ``longest``: many clients that failed together do not come
    back together (Brooker, Exponential Backoff And Jitter, AWS Architecture Blog, 2015).

    Args:
        attempt: From 1.
        first: The longest first wait, in seconds.
        longest: The longest wait of all, in seconds.
    """
    from tenacity import RetryCallState, Retrying, wait_random_exponential

    state = RetryCallState(Retrying(), None, (), {})
    state.attempt_number = attempt
    return float(wait_random_exponential(multiplier=first, max=longest)(state))
