"""What a suite is watched for: the variants and metrics of its gates."""

from __future__ import annotations

from collections.abc import Sequence

from harness.metrics import Metric
from harness.store import Run
from harness.verdicts.night_rule import Watched
from harness.verdicts.pairing import standing_of
from harness.verdicts.table import ScoreTable


def watched_in(run: Run, metrics: Sequence[Metric]) -> tuple[Watched, ...]:
    """List what is watched: each gate's candidate for the worse, and what it is compared with for the better.

    Without gates it is every model on the headline metric, and the strong prompt for the better. Variants that ask no model
    cannot change by themselves. Latency and cost are left out: they move with the provider's load from night to night, are
    shown, and are for gates to limit.

    Args:
        run: A run with all variants.
        metrics: The metrics it was measured with.
    """
    table = ScoreTable(run, metrics)
    variants = {name for name in table.variants if table.definition.variants[name].model is not None}
    columns = {name for name, column in table.columns.items() if column.metric.scale != "ratio" and not column.descriptive}
    found: dict[Watched, None] = {}
    gates = [gate for gate in table.definition.gates if gate.suite is None and gate.metric in columns]
    for gate in gates:
        if gate.candidate in variants:
            found[Watched(gate.candidate, gate.metric, "worse")] = None
    for gate in gates:
        if gate.over in variants and gate.require is not None:
            found[Watched(gate.over or "", gate.metric, "better")] = None
    if not found:
        standing = standing_of(table)
        if standing.headline.name in columns:
            found |= {Watched(name, standing.headline.name, "worse"): None for name in table.variants if name in variants}
            if standing.baseline in variants and standing.candidate is not None:
                found[Watched(standing.baseline or "", standing.headline.name, "better")] = None
    return tuple(found)
