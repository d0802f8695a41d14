"""The rungs below the candidate: would a prompt, retrieval or a smaller model meet what the candidate is held to?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from harness.suite import Gate
from harness.verdicts.gates import Ground, judge_on
from harness.verdicts.pairing import Standing, margin_on
from harness.verdicts.result import Rung

_RANKS = {"floor": 0, "current": 0, "prompt": 1, "rag": 2, "cheaper": 3, "fine_tune": 4}


def rungs(ground: Ground, others: Mapping[str, Ground | str], standing: Standing) -> tuple[Rung, ...]:
    """Hold each cheaper way to the candidate's gates, by the same function that judges the candidate.

    Args:
        ground: The run.
        others: The runs of other suites that gates name.
        standing: Who the candidate is.
    """
    who, table = standing.candidate, ground.table
    if who is None:
        return ()
    names = [n for n in table.variants if n != who and table.role(n) in ("prompt", "rag", "cheaper")]
    return tuple(_rung(name, ground, others, standing) for name in sorted(names, key=lambda n: _RANKS[table.role(n)]))


def _rung(name: str, ground: Ground, others: Mapping[str, Ground | str], standing: Standing) -> Rung:
    table, column = ground.table, standing.headline
    margin, confidence = margin_on(table, column), table.definition.confidence
    over_process = tuple(
        ground.comparer.compare(name, process, column, margin=margin, confidence=confidence)
        for process in table.with_role("current")
    )
    gates = [gate.model_copy(update={"candidate": name}) for gate in _held_to(name, ground, others, standing)]
    return Rung(name, table.role(name), tuple(judge_on(gate, ground, others) for gate in gates), over_process)


def _held_to(name: str, ground: Ground, others: Mapping[str, Ground | str], standing: Standing) -> Iterator[Gate]:
    """The candidate's gates that a lower rung can be held to."""
    table = ground.table
    for gate in table.definition.gates:
        if gate.candidate != standing.candidate or gate.over == name:
            continue
        over = table.definition.variants.get(gate.over or "")
        if over is not None and _RANKS[over.role] >= _RANKS[table.role(name)]:
            continue
        other = None if gate.suite is None else others.get(gate.suite)
        if gate.suite is not None and not (isinstance(other, Ground) and name in other.table.variants):
            continue
        yield gate
