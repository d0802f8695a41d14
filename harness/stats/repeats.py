"""What repeats say about reliability: the chance that one of k, or all of k, succeed."""

from __future__ import annotations

import math

from harness.stats.errors import StatisticsError


def pass_at_k(successes: int, repeats: int, k: int) -> float:
    """Unbiased chance that at least one of k responses succeeds, 1 - C(n-c, k)/C(n, k) (Chen et al. 2021, arXiv 2107.03374)."""
    check_counts(successes, repeats, k)
    return 1 - math.comb(repeats - successes, k) / math.comb(repeats, k)


def pass_hat_k(successes: int, repeats: int, k: int) -> float:
    """Unbiased chance that all of k responses succeed, C(c, k)/C(n, k) (Yao et al. 2024, tau-bench, arXiv 2406.12045)."""
    check_counts(successes, repeats, k)
    return math.comb(successes, k) / math.comb(repeats, k)


def check_counts(successes: int, repeats: int, k: int) -> None:
    """Refuse counts that do not fit together."""
    if not 0 <= successes <= repeats or not 1 <= k <= repeats:
        raise StatisticsError(f"successes={successes}, repeats={repeats}, k={k}; give successes <= repeats and 1 <= k <= repeats")
