"""Alarms of a nightly run: which gates fail after looking at all of them, by Holm."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from harness import stats
from harness.metrics import Metric
from harness.store import Run
from harness.suite import Gate
from harness.verdicts.estimates import RESAMPLES
from harness.verdicts.gates import Ground, judge_on
from harness.verdicts.judging import Other, ground_of, other_ground
from harness.verdicts.result import GateResult

ALPHA = 0.05
"""The chance, at most, that any gate of a suite alarms in a night in which every gate's condition holds."""

_WIDEST = 0.9
"""Two-sided level from which on an interval says nothing: p is then taken to be 1."""
_STEPS = 12
"""Halvings of the logarithm of the level: p is found to a part in a thousand."""


@dataclass(frozen=True, slots=True)
class GateAlarm:
    """What one gate says in a family of gates of which any may alarm.

    Attributes:
        gate: The gate, judged as ever at its own confidence.
        p: One-sided p value of its condition: the smallest level at which the interval it is judged on lies wholly on the
            wrong side of its limit. 1 where it does not even at 90 %; None where the gate is withheld.
        adjusted: The p value after Holm over the suite's gates; None where p is.
        alarmed: Whether adjusted is below alpha.
    """

    gate: GateResult
    p: float | None
    adjusted: float | None
    alarmed: bool


def gate_alarms(
    run: Run,
    metrics: Sequence[Metric],
    *,
    others: Mapping[str, Other] | None = None,
    alpha: float = ALPHA,
    resamples: int = RESAMPLES,
) -> tuple[GateAlarm, ...]:
    """Tell which gates alarm: fail, after correcting for the number of gates that could have.

    A release passes only if every gate passes, so there no gate is corrected (intersection-union). A nightly run alarms
    if any gate fails, so its p values are adjusted (Holm 1979), and the chance of any false alarm stays below alpha. The
    p values are those of the gates' own intervals, so an alarm of a single gate is a failed gate at that level.

    Args:
        run: A run with its scores.
        metrics: The metrics it was measured with.
        others: As for ``judge``: for each other suite that a gate names, its run or why there is none.
        alpha: One-sided, over all gates together.
        resamples: Resamples of every bootstrap; they bound p from below by about 1 / resamples.

    Returns:
        One alarm a gate, in the suite's order.
    """
    ground = ground_of(run, metrics, resamples=resamples)
    grounds = {name: other_ground(other, resamples) for name, other in (others or {}).items()}
    gates = ground.table.definition.gates
    judged = [judge_on(gate, ground, grounds) for gate in gates]
    smallest = 2.2 / (resamples + 1)
    p = [
        None if result.status == "withheld" else _p_value(gate, ground, grounds, smallest)
        for gate, result in zip(gates, judged, strict=True)
    ]
    adjusted: Sequence[float] = list(stats.holm([math.nan if each is None else each for each in p])) if p else []
    return tuple(
        GateAlarm(result, each, None if each is None else float(q), each is not None and bool(q < alpha))
        for result, each, q in zip(judged, p, adjusted, strict=True)
    )


def _p_value(gate: Gate, ground: Ground, others: Mapping[str, Ground | str], smallest: float) -> float:
    """Half the smallest two-sided level at which the gate fails; bisection, since a wider interval fails less."""

    def fails(level: float) -> bool:
        asked = gate.model_copy(update={"confidence": 1 - level})
        return judge_on(asked, ground, others).status == "failed"

    if not fails(_WIDEST):
        return 1.0
    if fails(smallest):
        return smallest / 2
    low, high = math.log(smallest), math.log(_WIDEST)
    for _ in range(_STEPS):
        middle = (low + high) / 2
        low, high = (low, middle) if fails(math.exp(middle)) else (middle, high)
    return math.exp(high) / 2
