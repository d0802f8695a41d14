"""Which variants fail more often than others: then what both answered may not be what they were asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from harness import stats
from harness.verdicts.pairing import Standing, pairs
from harness.verdicts.result import Comparison
from harness.verdicts.table import Floats, Mask, ScoreTable

METRIC = "failed"
"""The name such a comparison has in place of a metric's."""

ALPHA = 0.05


def failed(table: ScoreTable, variant: str) -> Floats:
    """What failed: 1 for a failed response, 0 for a usable one, NaN where nothing was asked; shape (n, repeats)."""
    found = np.full((table.fixtures, table.repeats), np.nan)
    rows = {fixture.id: row for row, fixture in enumerate(table.run.fixtures)}
    for stored in table.run.responses:
        if stored.variant == variant and stored.fixture_id in rows:
            found[rows[stored.fixture_id], stored.repeat] = float(not stored.response.usable)
    return found


def unequal_failures(table: ScoreTable, standing: Standing, *, seed: int, resamples: int) -> tuple[Comparison, ...]:
    """Compare how often variants failed, paired by fixture; return the pairs on which it is signal.

    The pairs are those of the verdicts, without floors, which cannot fail, and without variants that were given up, of which
    that is said. The route is that of any 0/1 metric (for one answer a fixture Tango's interval and mid-p McNemar; groups are
    respected). The p values of a run are adjusted together (Holm), so that a run in which nobody fails more often than another
    has a finding in at most one case of twenty, whatever the number of its variants.

    Args:
        table: The run.
        standing: Who is held against whom.
        seed: Of every draw.
        resamples: Of a bootstrap, where there is one.

    Returns:
        Comparisons of the shares that failed, ``higher_is_better`` False; ``q`` is the adjusted p value.
    """
    floors = table.with_role("floor")
    left_out = {*floors, *table.run.record.stopped}
    shares = {name: failed(table, name) for name in table.variants if name not in left_out}
    held = [pair for pair in pairs(table, standing) if shares.keys() >= set(pair)]
    held = [pair for pair in held if any((shares[name] == 1.0).any() for name in pair)]
    compared = [_compare(table, shares, *pair, seed=seed, resamples=resamples) for pair in held]
    return adjusted(compared)


def adjusted(comparisons: Sequence[Comparison]) -> tuple[Comparison, ...]:
    """Those that are signal, and stay so after looking at all of them (Holm); their ``q`` is the adjusted p value."""
    known = [c for c in comparisons if c.p is not None]
    q = stats.holm([c.p for c in known if c.p is not None])
    return tuple(replace(c, q=float(each)) for c, each in zip(known, q, strict=True) if c.signal and each < ALPHA)


def _compare(table: ScoreTable, shares: dict[str, Floats], candidate: str, over: str, *, seed: int, resamples: int) -> Comparison:
    found = stats.compare(
        shares[candidate],
        shares[over],
        groups=table.groups,
        confidence=1 - ALPHA,
        seed=seed,
        resamples=resamples,
        higher_is_better=False,
        shares=True,
    )
    ours: Mask = np.any(np.isfinite(shares[candidate]), axis=1)
    theirs: Mask = np.any(np.isfinite(shares[over]), axis=1)
    return Comparison(
        candidate=candidate,
        over=over,
        metric=METRIC,
        effect=found.effect,
        low=found.low,
        high=found.high,
        p=found.p_value,
        verdict=found.verdict if found.effect is not None else None,
        route=found.route,
        n=int((ours & theirs).sum()),
        coverage=float((ours & theirs).sum() / table.fixtures) if table.fixtures else 0.0,
        confidence=1 - ALPHA,
        higher_is_better=False,
        withheld=found.withheld,
        wins=found.wins,
        losses=found.losses,
        ties=found.ties,
        groups=found.groups,
        detectable=found.detectable_effect,
        usable=found.usable,
        note=found.note,
    )
