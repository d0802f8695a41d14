"""Power of gates, against simulation with the intervals the gates are judged on, exact sums, and statsmodels."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest
from scipy import stats as scipy_stats
from statsmodels.stats.power import TTestPower

from harness.datachecks import Basis, gate_power, independent_in, power_findings
from harness.datachecks.power import share_passing
from harness.stats import paired_proportions_interval, proportion_interval
from harness.suite import Fixture, Gate


def gate(**keys: Any) -> Gate:
    return Gate.model_validate({"name": "g", "metric": "accuracy", "candidate": "tuned", **keys})


def better(margin: float) -> Gate:
    return gate(over="baseline", require="better", margin=margin)


@cache
def tango(wins: int, losses: int, n: int, confidence: float) -> tuple[float, float]:
    return paired_proportions_interval(wins, losses, n, method="tango", confidence=confidence)


def rate(n: int, lift: float, discordant: float, confidence: float, *, passes: Any, trials: int = 1500) -> float:
    """How often a gate passes where ``discordant`` of the fixtures differ and the true lift is as said."""
    rng = np.random.default_rng(0)
    psi = max(discordant, abs(lift))
    drawn = rng.multinomial(n, [(psi + lift) / 2, (psi - lift) / 2, 1 - psi], size=trials)
    return float(np.mean([passes(*tango(int(w), int(lost), n, confidence)) for w, lost, _ in drawn]))


@pytest.mark.parametrize(("n", "discordant", "margin"), [(200, 0.2, 0.02), (500, 0.1, 0.0), (1000, 0.3, 0.05)])
def test_a_better_gate_passes_four_times_in_five_from_the_lift_that_is_said(n: int, discordant: float, margin: float) -> None:
    found = gate_power(better(margin), n, Basis(discordant=discordant))
    assert found.passes_from is not None
    passed = rate(n, found.passes_from, discordant, 0.95, passes=lambda low, high: low > margin)
    print(f"n {n}, psi {discordant}, margin {margin}: passes from {found.passes_from:.4f}, simulated {passed:.3f}")
    assert passed == pytest.approx(0.8, abs=0.04)


@pytest.mark.parametrize(("discordant", "margin"), [(0.2, 0.05), (0.1, 0.03)])
def test_the_fixtures_needed_see_the_margin_four_times_in_five(discordant: float, margin: float) -> None:
    needed = gate_power(better(margin), 10, Basis(discordant=discordant)).needed
    assert needed is not None
    seen = rate(needed, margin, discordant, 0.95, passes=lambda low, high: low > 0)
    no_worse = gate_power(gate(over="b", require="no_worse", margin=margin), 10, Basis(discordant=discordant), confidence=0.9)
    kept = rate(no_worse.needed or 0, 0.0, discordant, 0.9, passes=lambda low, high: low > -margin)
    alike = gate_power(gate(over="b", require="equivalent", margin=margin), 10, Basis(discordant=discordant), confidence=0.9)
    shown = rate(alike.needed or 0, 0.0, discordant, 0.9, passes=lambda low, high: -margin < low and high < margin)
    print(f"psi {discordant}, margin {margin}: n {needed}, {no_worse.needed}, {alike.needed}: {seen:.3f} {kept:.3f} {shown:.3f}")
    assert [seen, kept, shown] == pytest.approx([0.8, 0.8, 0.8], abs=0.04)


@pytest.mark.parametrize("n", [100, 400])
def test_with_a_variance_the_lift_is_that_of_statsmodels(n: int) -> None:
    found = gate_power(better(0.01), n, Basis(discordant=None, variance=0.09))
    assert found.sees is not None
    assert TTestPower().power(found.sees / 0.3, n, 0.05) == pytest.approx(0.8, abs=0.01)
    assert found.needed == pytest.approx(TTestPower().solve_power(0.01 / 0.3, power=0.8, alpha=0.05), rel=0.001)


@pytest.mark.parametrize(("n", "limit"), [(200, 0.9), (500, 0.98), (60, 0.5)])
def test_a_level_is_shown_from_the_share_that_exact_sums_give(n: int, limit: float) -> None:
    share = share_passing(n, limit, 0.9)
    assert share is not None
    passing = [k for k in range(n + 1) if proportion_interval(k, n, confidence=0.9)[0] >= limit]
    assert scipy_stats.binom.sf(passing[0] - 1, n, share) == pytest.approx(0.8, abs=1e-6)


def test_a_level_that_even_a_perfect_candidate_cannot_show_is_told_with_what_it_needs() -> None:
    found = gate_power(gate(at_least=0.98), 60, Basis(), confidence=0.9)
    assert (found.enough, found.passes_from) == (False, None)
    n = found.needed
    assert n is not None
    assert proportion_interval(n, n, confidence=0.9)[0] >= 0.98 > proportion_interval(n - 1, n - 1, confidence=0.9)[0]
    mirrored = gate_power(gate(at_most=0.02), 60, Basis(), confidence=0.9)
    assert (mirrored.enough, mirrored.needed) == (False, n)
    (warning, note) = power_findings([found])
    assert warning.severity == "warning"
    assert f"not even a perfect candidate shows at least 98.0%. It needs {n}" in warning.message
    assert note.evidence[0]["needed"] == n


def test_what_is_no_share_is_not_guessed_and_what_has_no_margin_is_said() -> None:
    unknown = gate_power(better(0.1), 100, Basis(discordant=None, unit="seconds", scale="ratio"))
    assert (unknown.sees, unknown.needed, unknown.enough) == (None, None, None)
    none = gate_power(gate(over="b", require="no_worse"), 100, Basis(), confidence=0.9)
    assert none.enough is False
    warnings = [f for f in power_findings([unknown, none]) if f.severity == "warning"]
    assert [f.name for f in warnings] == ["power.no_margin"]


def test_a_ratio_is_planned_on_its_logarithm() -> None:
    found = gate_power(better(0.1), 50, Basis(discordant=None, variance=0.04, scale="ratio", unit="seconds"))
    # (1.95996 + 0.84162) sqrt(.04 / 50) = .07924 on the logarithm, 8.25 % as a ratio.
    assert found.sees == pytest.approx(0.0825, abs=0.0001)
    assert found.enough


def test_groups_count_once_and_a_dearer_set_is_priced() -> None:
    fixtures = tuple(Fixture(str(n), input="x", group=f"g{n % 10}" if n < 40 else None, tags=("t",) * (n < 5)) for n in range(60))
    assert independent_in(fixtures, None) == 30
    assert independent_in(fixtures, "tag:t") == 5
    found = gate_power(better(0.05), 30, Basis())
    (warning, _) = power_findings([found], cost=3.0, fixtures=60)
    assert f"It needs about {found.needed:,}, about USD {3.0 * (found.needed or 0) / 30:,.2f} a run" in warning.message
