"""Trying ``stats.compare`` on one cell: how often it cries wolf, and how often its interval holds the truth."""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np
from designs import Cell

from harness import stats
from harness.stats.routes import TABLE

RESAMPLES = 999
"""B in a simulation; the level does not depend on it, since p = (1+k)/(B+1) at any B."""

SEEDS = 16
"""Simulations take turns with so many draws, so that no single draw decides a cell."""

LEAST_CHANCE = 1e-7
"""Outcomes of a 0/1 cell less likely than this are left out of the enumeration."""


@dataclass(frozen=True)
class Seen:
    """What one data set led to; ``weight`` is its probability, or 1 for each of several simulations."""

    weight: float
    judged: bool
    signal: bool
    held: bool | None
    route: str


@dataclass(frozen=True)
class Rate:
    """A share with its Monte-Carlo standard error, 0 where it was enumerated; None where there was nothing to count."""

    share: float
    error: float


@dataclass(frozen=True)
class Found:
    """A cell's results.

    Attributes:
        judged: Share of data sets on which a verdict was allowed.
        alarms: Share of all data sets without a lift that were called better or worse.
        alarms_judged: The same among those judged.
        coverage: Share of usable intervals that hold 0, where nothing differs.
        coverage_lift: Share that hold the true lift, where there is one.
        route: The route taken most often.
        simulations: Data sets without a lift; None where they were enumerated.
    """

    family: str
    design: str
    size: str
    judged: float
    alarms: Rate
    alarms_judged: Rate | None
    coverage: Rate | None
    coverage_lift: Rate | None
    route: str
    simulations: int | None


def try_cell(cell: Cell, simulations: int) -> Found:
    """Try a cell without a lift, and with one on half as many data sets."""
    if cell.shares is not None:
        without, with_lift = list(enumerated(cell, False)), list(enumerated(cell, True))
    else:
        without, with_lift = list(simulated(cell, simulations, False)), list(simulated(cell, simulations // 2, True))
    exact = cell.shares is not None
    judged = [s for s in without if s.judged]
    routes = Counter()
    for s in without:
        routes[s.route] += s.weight
    return Found(
        cell.family,
        cell.design,
        cell.size,
        judged=sum(s.weight for s in judged) / sum(s.weight for s in without),
        alarms=rate([(s.weight, s.signal) for s in without], exact) or Rate(0.0, 0.0),
        alarms_judged=rate([(s.weight, s.signal) for s in judged], exact),
        coverage=rate([(s.weight, s.held) for s in without if s.held is not None], exact),
        coverage_lift=rate([(s.weight, s.held) for s in with_lift if s.held is not None], exact),
        route=routes.most_common(1)[0][0],
        simulations=None if exact else simulations,
    )


def rate(seen: list[tuple[float, bool | None]], exact: bool) -> Rate | None:
    """A weighted share; None where fewer than 1 in 1,000 data sets count."""
    total = sum(weight for weight, _ in seen)
    if total < (1e-3 if exact else 20):
        return None
    share = sum(weight for weight, holds in seen if holds) / total
    return Rate(share, 0.0 if exact else float(np.sqrt(max(share * (1 - share), 1e-9) / total)))


def simulated(cell: Cell, simulations: int, lift: bool) -> Iterator[Seen]:
    """Draw data sets and compare."""
    assert cell.draw is not None
    rng = np.random.default_rng(zlib.crc32(f"{cell.name} {lift}".encode()))
    truth = cell.truth[lift]
    shown = float(np.exp(truth)) if cell.scale == "ratio" else truth
    for number in range(simulations):
        a, b = cell.draw(rng, lift)
        result = stats.compare(a, b, groups=cell.groups, scale=cell.scale, seed=number % SEEDS, resamples=RESAMPLES)
        yield seen(result, 1.0, shown)


def enumerated(cell: Cell, lift: bool) -> Iterator[Seen]:
    """Every number of wins and losses with its probability."""
    from scipy.stats import multinomial

    assert cell.shares is not None
    n, (win, loss) = cell.shares[0], cell.shares[1 + lift]
    wins, losses = np.divmod(np.arange((n + 1) ** 2), n + 1)
    middle, reach = n * np.array([win, loss]), 6.5 * np.sqrt(n * np.array([win, loss])) + 8
    near = (np.abs(wins - middle[0]) <= reach[0]) & (np.abs(losses - middle[1]) <= reach[1]) & (wins + losses <= n)
    wins, losses = wins[near], losses[near]
    chances = multinomial.pmf(np.column_stack([wins, losses, n - wins - losses]), n, [win, loss, 1 - win - loss])
    for b, c, chance in zip(wins.tolist(), losses.tolist(), chances.tolist(), strict=True):
        if chance > LEAST_CHANCE:
            found, truth = of_counts(max(b, c), min(b, c), n), cell.truth[lift]
            yield seen(found, chance, truth if b >= c else -truth)  # swapping the sides mirrors the interval


@cache
def of_counts(wins: int, losses: int, n: int) -> stats.Comparison:
    """The comparison of n 0/1 pairs."""
    ties = np.ones(n - wins - losses)
    return stats.compare(np.r_[np.ones(wins), np.zeros(losses), ties], np.r_[np.zeros(wins), np.ones(losses), ties])


def seen(result: stats.Comparison, weight: float, truth: float) -> Seen:
    """What matters of a comparison."""
    held = None
    if result.usable and result.low is not None and result.high is not None:
        held = result.low <= truth <= result.high
    route = next((r.name for r in TABLE if str(r) == result.route), result.route)
    return Seen(weight, result.withheld is None, result.signal, held, route)
