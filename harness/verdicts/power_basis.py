"""What an earlier run says of how much the fixtures of each gate vary, for planning the next one."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from statistics import NormalDist
from typing import Any

import numpy as np

from harness.metrics import Metric
from harness.store import Run
from harness.suite import Gate
from harness.verdicts.comparisons import Comparer
from harness.verdicts.estimates import Estimator
from harness.verdicts.table import Column, ScoreTable

_RESAMPLES = 1_999
_POWER = 0.8
_NORMAL = NormalDist()


def power_basis(run: Run, metrics: Sequence[Metric], gates: Sequence[Gate]) -> dict[str, Mapping[str, Any]]:
    """Find, for each gate whose variants and metric the run has, what ``datachecks.Basis`` takes.

    A 0/1 metric without groups gives the share of fixtures on which exactly one variant is right, taken as 3 in n at least,
    which is as many as may go unseen. Anything else gives the variance of an independent fixture's difference, from the
    interval of the comparison, groups included.

    Returns:
        By the gate's name: source, scale, unit, and discordant or variance, or level and spread.
    """
    table = ScoreTable(run, metrics)
    comparer = Comparer(table, seed=run.record.seed, resamples=_RESAMPLES)
    estimator = Estimator(table, seed=run.record.seed, resamples=_RESAMPLES)
    found: dict[str, Mapping[str, Any]] = {}
    for gate in gates:
        column = table.columns.get(gate.metric)
        if column is None or any(v is not None and v not in table.variants for v in (gate.candidate, gate.over)):
            continue
        known = _pair(comparer, gate, column) if gate.over is not None else _level(estimator, gate, column)
        if known is not None:
            found[gate.name] = {"source": run.record.run_id, "unit": column.metric.unit, **known}
    return found


def _pair(comparer: Comparer, gate: Gate, column: Column) -> dict[str, Any] | None:
    table = comparer.table
    compared = comparer.compare(gate.candidate, str(gate.over), column, slice=gate.slice)
    if not compared.n or compared.detectable is None or not compared.groups:
        return None
    mask = table.within(gate.slice)
    both = np.concatenate([table.means(v, column)[mask] for v in (gate.candidate, str(gate.over))])
    both = both[np.isfinite(both)]
    if column.kind == "mean" and compared.groups == compared.n and np.all((both == 0) | (both == 1)):
        differ = max(compared.wins + compared.losses, 3) / compared.n
        return {"discordant": min(1.0, differ), "scale": "difference"}
    lift = abs(math.log(compared.detectable)) if compared.scale == "ratio" else abs(compared.detectable)
    if not 0 < lift < math.inf:
        return None
    error = lift / (_NORMAL.inv_cdf(0.975) + _NORMAL.inv_cdf(_POWER))
    return {"discordant": None, "variance": error**2 * compared.groups, "scale": compared.scale}


def _level(estimator: Estimator, gate: Gate, column: Column) -> dict[str, Any] | None:
    table = estimator.table
    estimate = estimator.estimate(gate.candidate, column, slice=gate.slice)
    if estimate.value is None or estimate.low is None or estimate.high is None or not math.isfinite(estimate.high - estimate.low):
        return None
    inside = table.within(gate.slice) & table.has(gate.candidate, column)
    labels = table.groups_within(inside) or [None] * int(inside.sum())
    units = len({label for label in labels if label is not None}) + sum(label is None for label in labels)
    error = (estimate.high - estimate.low) / (2 * _NORMAL.inv_cdf((1 + estimate.confidence) / 2))
    return {"discordant": None, "level": estimate.value, "spread": error * math.sqrt(units), "scale": "difference"}
