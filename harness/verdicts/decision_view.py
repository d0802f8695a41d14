"""A judged run as the decision reads it: the comparisons, gates and rungs of the judgement, and no number of its own."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Literal

from harness.suite import SuiteDefinition
from harness.verdicts import phrases
from harness.verdicts.headline import lead
from harness.verdicts.result import Comparison, GateResult, Judgement, Rung

Reading = Literal["worth", "small", "perhaps", "none", "noise", "unknown"]
"""A lift: worth having, real and too small, real and perhaps worth having, excluded, noise, or not judged."""

MOST_TIMES = 10
"""More than so many times the fixtures there are is not something to wait for."""


class View:
    """One judgement with its definition."""

    def __init__(self, judgement: Judgement, definition: SuiteDefinition) -> None:
        """Keep both."""
        self.judgement = judgement
        self.definition = definition
        self.metric = judgement.headline_metric

    def lift(self, over: str | None, candidate: str | None = None, metric: str | None = None) -> Comparison | None:
        """A comparison of the judgement over all fixtures; the candidate's on the headline metric unless others are named."""
        who = candidate or self.judgement.candidate
        return None if who is None or over is None else self.judgement.comparison(who, over, metric or self.metric)

    def with_role(self, *roles: str) -> tuple[str, ...]:
        """Variants that were run in one of these roles."""
        return tuple(name for name, variant in self.judgement.variants.items() if variant.role in roles)

    def rungs(self, *roles: str) -> tuple[Rung, ...]:
        """Rungs below the candidate of these roles."""
        return tuple(rung for rung in self.judgement.rungs if rung.role in roles)

    def gates(self, *statuses: str) -> tuple[GateResult, ...]:
        """The suite's gates with one of these statuses."""
        return tuple(gate for gate in self.judgement.gates if gate.status in statuses)

    def worse_than_process(self, name: str) -> Comparison | None:
        """The comparison that shows a variant to be worse than today's process; None where none does."""
        return next((c for c in self.over_process(name) if c.verdict == "worse"), None)

    def over_process(self, name: str) -> tuple[Comparison, ...]:
        """A variant's headline comparisons over today's process."""
        own = next((rung.over_process for rung in self.judgement.rungs if rung.variant == name), None)
        if own is not None:
            return own
        lifts = (self.lift(process, candidate=name) for process in self.with_role("current"))
        return tuple(c for c in lifts if c is not None)


def reading(c: Comparison | None) -> Reading:
    """Read a lift against the margin it is judged with; the verdict is the comparison's own."""
    if c is None or c.verdict is None or c.turned is None:
        return "unknown"
    if c.verdict == "better":
        return (
            "worth" if c.worth_it or c.turned[0] > c.turned_margin else "small" if c.turned[1] <= c.turned_margin else "perhaps"
        )
    if c.verdict in ("worse", "equivalent") or (c.usable and c.margin > 0 and c.turned[1] <= c.turned_margin):
        return "none"
    return "noise"


def would_have_been_seen(c: Comparison) -> bool:
    """Whether this set could have seen a lift of the size of the margin, so that noise means that there is none."""
    if c.detectable is None or not c.margin:
        return False
    detectable = abs(math.log(c.detectable)) if c.scale == "ratio" and c.detectable > 0 else abs(c.detectable)
    return detectable <= c.turned_margin


def seen_upwards(c: Comparison) -> bool:
    """Whether the lift, as far as it was seen, is in the direction that is good."""
    if c.effect is None:
        return False
    effect = c.effect - 1 if c.scale == "ratio" else c.effect
    return (effect if c.higher_is_better else -effect) > 0


def feasible(needed: int | None, n: int) -> bool:
    """Whether so many fixtures are something to wait for."""
    return needed is not None and needed <= MOST_TIMES * max(n, 1)


def named(gates: Iterable[GateResult]) -> str:
    """Name gates with their status: ``'fast enough' failed and 'beats the prompt' is inconclusive``."""
    said = [f"{gate.name!r} {'is ' if gate.status in ('inconclusive', 'withheld') else ''}{gate.status}" for gate in gates]
    return phrases.listed(said)


def said(c: Comparison) -> str:
    """A comparison in the words of the report's headline."""
    text = lead(c)
    return text[:1].upper() + text[1:] if text.startswith(("the ", "no ")) else text
