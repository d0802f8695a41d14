"""What the gates of a suite can see before anything is spent, and how many fixtures their margins need."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import Literal

from harness.stats import minimum_detectable_effect, proportion_interval, required_fixtures
from harness.suite import Fixture, Gate, in_slice

POWER = 0.8
"""The chance with which a gate is to see what it asks about."""

DISCORDANT = 0.2
"""The share of fixtures on which two variants are taken to differ where no run says."""

_MOST = 10_000_000


@dataclass(frozen=True, slots=True)
class Basis:
    """What is known of how much a gate's fixtures vary.

    Attributes:
        source: The id of the run it comes from; None for a guess.
        discordant: Share of fixtures on which exactly one of the two variants is right (0/1 metrics, or a guess).
        variance: Variance of the difference of one independent fixture, on the scale where differences add up; in place of
            ``discordant``.
        level: What the candidate itself has come to; for ``at_least`` and ``at_most``.
        spread: Standard deviation of one independent fixture around it.
        scale: ``ratio`` where lifts are ratios, and margins shares of what is compared with.
        unit: The metric's unit.
    """

    source: str | None = None
    discordant: float | None = DISCORDANT
    variance: float | None = None
    level: float | None = None
    spread: float | None = None
    scale: Literal["difference", "ratio"] = "difference"
    unit: str = "share"


@dataclass(frozen=True, slots=True)
class GatePower:
    """What one gate can see.

    Attributes:
        gate: The gate.
        n: Independent fixtures it is judged on.
        sees: For ``better``: the smallest true lift that is told from noise; for ``no_worse`` and ``equivalent``: the smallest
            margin that can be shown where the two are truly alike. On the ratio scale a share (.1 is 10 %). None where no
            lift can be seen at all, or nothing is known.
        passes_from: The true lift (or level, for ``at_least`` and ``at_most``) from which the gate passes four times in five.
        needed: Independent fixtures that its margin needs; for a level, those with which a perfect candidate could pass, or,
            where a run says what the candidate has come to, those with which that would pass. None where no number would do
            or nothing is known.
        enough: Whether n is enough; None where it cannot be said.
        basis: What it rests on.
    """

    gate: Gate
    n: int
    sees: float | None
    passes_from: float | None
    needed: int | None
    enough: bool | None
    basis: Basis


def independent_in(fixtures: tuple[Fixture, ...], slice: str | None) -> int:
    """Independent fixtures, of a slice: each group once, and each fixture without one."""
    inside = [fixture for fixture in fixtures if slice is None or in_slice(fixture, slice)]
    return len({fixture.group for fixture in inside if fixture.group is not None}) + sum(f.group is None for f in inside)


def gate_power(gate: Gate, n: int, basis: Basis, *, confidence: float = 0.95) -> GatePower:
    """Say what a gate can see with n independent fixtures.

    ``better``: McNemar's sample size, Miettinen 1968 (Biometrics 24:339), or Miller 2024, equation 9. ``no_worse``: Liu et al.
    2002 (Stat Med 21:231) with a true difference of 0. ``equivalent``: both one-sided tests, so the chance of missing is shared
    between them. ``at_least`` and ``at_most``: the exact chance that Wilson's limit of a binomial share is on the good side.

    Args:
        gate: The gate.
        n: Independent fixtures.
        basis: How much they vary.
        confidence: Two-sided, of the interval it is judged on.
    """
    if gate.require is None:
        return _level(gate, n, basis, confidence)
    if basis.discordant is None and basis.variance is None:
        return GatePower(gate, n, None, None, None, None, basis)
    margin = math.log1p(gate.margin) if basis.scale == "ratio" else gate.margin
    if gate.require == "better":
        return _better(gate, n, basis, 1 - confidence, margin)
    alpha = (1 - confidence) / 2
    power = POWER if gate.require == "no_worse" else (1 + POWER) / 2
    variance = basis.variance if basis.variance is not None else basis.discordant or 0.0
    sees = _quantiles(alpha, power) * math.sqrt(variance / n) if n else None
    needed = math.ceil(_quantiles(alpha, power) ** 2 * variance / margin**2) if margin > 0 else None
    return GatePower(gate, n, _shown(sees, basis), None, _within(needed), margin > 0 and (needed or 0) <= n, basis)


def _better(gate: Gate, n: int, basis: Basis, alpha: float, margin: float) -> GatePower:
    spread = {"discordant": basis.discordant} if basis.variance is None else {"variance": basis.variance}
    sees = minimum_detectable_effect(n, **spread, alpha=alpha, power=POWER) if n else None
    if basis.variance is None and sees is not None:
        passes = _share_passes_from(n, basis.discordant or 0.0, alpha, margin)
    else:
        passes = None if sees is None else margin + sees
    needed = None
    if margin > 0:
        at = {"discordant": max(basis.discordant or 0.0, min(1.0, margin))} if basis.variance is None else spread
        needed = required_fixtures(min(margin, 1.0) if basis.variance is None else margin, **at, alpha=alpha, power=POWER)
    enough = None if needed is None else n >= needed
    return GatePower(gate, n, _shown(sees, basis), _shown(passes, basis), _within(needed), enough, basis)


def _share_passes_from(n: int, discordant: float, alpha: float, margin: float) -> float | None:
    """The lift of shares whose interval lies above the margin with the power asked; None where none within 1 does."""
    za, zb = _normal(1 - alpha / 2), _normal(POWER)

    def misses(lift: float) -> bool:
        psi = max(lift, discordant)
        error = za * math.sqrt(max(0.0, psi - margin**2)) + zb * math.sqrt(max(0.0, psi - lift**2))
        return (lift - margin) * math.sqrt(n) < error

    if margin >= 1 or misses(1.0):
        return None
    low, high = margin, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if misses(middle) else (low, middle)
    return high


def _level(gate: Gate, n: int, basis: Basis, confidence: float) -> GatePower:
    limit = gate.at_least if gate.at_least is not None else gate.at_most
    assert limit is not None
    if basis.spread is not None and basis.level is not None:
        away = basis.level - limit if gate.at_least is not None else limit - basis.level
        sum_of = _quantiles((1 - confidence) / 2, POWER)
        reach = sum_of * basis.spread / math.sqrt(n) if n else None
        sign = 1 if gate.at_least is not None else -1
        needed = math.ceil((sum_of * basis.spread / away) ** 2) if away > 0 and basis.spread > 0 else None
        passes = None if reach is None else limit + sign * reach
        if basis.unit != "share" or (passes is not None and 0 <= passes <= 1 and basis.spread > 0):
            return GatePower(gate, n, None, passes, _within(needed), None if needed is None else n >= needed, basis)
    if basis.unit != "share":
        return GatePower(gate, n, None, None, None, None, basis)
    share = limit if gate.at_least is not None else 1 - limit
    if not 0 < share < 1:
        return GatePower(gate, n, None, None, None, share <= 0, basis)
    passes = share_passing(n, share, confidence) if n else None
    needed = n if passes is not None else _perfect(share, confidence)
    shown = passes if passes is None or gate.at_least is not None else 1 - passes
    return GatePower(gate, n, None, shown, needed if passes is None else None, passes is not None, basis)


def share_passing(n: int, limit: float, confidence: float, power: float = POWER) -> float | None:
    """The true share from which the lower limit of n observations is at least ``limit`` with this power.

    None where even n of n would not do.
    """
    from scipy import special

    if proportion_interval(n, n, confidence=confidence)[0] < limit:
        return None
    low, high = 0, n
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if proportion_interval(middle, n, confidence=confidence)[0] >= limit else (middle + 1, high)
    return float(special.betaincinv(low, n - low + 1, power)) if low else 0.0


def _perfect(limit: float, confidence: float) -> int:
    """Observations with which a perfect candidate passes: Wilson's lower limit of n of n is n / (n + z^2)."""
    z = _normal((1 + confidence) / 2)
    return math.ceil(limit * z * z / (1 - limit) - 1e-9)


def _normal(share: float) -> float:
    return NormalDist().inv_cdf(share)


def _quantiles(alpha: float, power: float) -> float:
    """Z of a one-sided level and of the power, together."""
    return _normal(1 - alpha) + _normal(power)


def _shown(lift: float | None, basis: Basis) -> float | None:
    """A lift as the gate states margins: on the ratio scale a share."""
    return lift if lift is None or basis.scale == "difference" else math.expm1(min(lift, 700.0))


def _within(needed: int | None) -> int | None:
    return needed if needed is None or needed <= _MOST else None
