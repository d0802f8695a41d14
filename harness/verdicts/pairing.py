"""Which variants are compared with which, and on what."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from harness.suite import Gate
from harness.verdicts.comparisons import Comparer, with_q
from harness.verdicts.result import Comparison
from harness.verdicts.table import Column, ScoreTable

NO_WORSE_CONFIDENCE = 0.90
"""Two-sided confidence of no_worse, at_least and at_most gates, so that each errs one time in twenty on its one side."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Who the verdict is about, and whom it is held against.

    Attributes:
        candidate: The variant the headline speaks of; None where no variant is up for release.
        baseline: The strong prompt it is held against; another rival where the run has no prompt; None without any.
        rag: The retrieval variant, None without one (or where it is the candidate).
        headline: The headline column.
    """

    candidate: str | None
    baseline: str | None
    rag: str | None
    headline: Column

    @property
    def rivals(self) -> tuple[str, ...]:
        """The baseline and the retrieval variant, as far as there are any."""
        return tuple(dict.fromkeys(name for name in (self.baseline, self.rag) if name is not None))


def standing_of(table: ScoreTable, candidate: str | None = None) -> Standing:
    """Find the main candidate and its rivals.

    The candidate is the fine-tune with the most gates, the first of equals; without a fine-tune, the variant with the
    most gates. The baseline is the prompt its gates name, on the headline metric before others, else the first prompt,
    else what its gates name, else the first variant that is no floor.
    """
    gates = table.definition.gates
    named = table.definition.headline
    columns = list(table.columns.values())
    headline = table.columns.get(named or "", columns[0])
    fine_tunes = table.with_role("fine_tune")
    if candidate is None:
        gated = {name: sum(gate.candidate == name for gate in gates) for name in table.variants}
        choices = fine_tunes or [name for name, count in gated.items() if count]
        candidate = max(choices, key=lambda name: gated[name], default=None)
    own = sorted(
        (g for g in gates if g.candidate == candidate and g.over in table.variants),
        key=lambda g: (g.suite is not None, g.metric != headline.name),
    )
    overs = [gate.over for gate in own if gate.over is not None]
    prompts = [name for name in table.with_role("prompt") if name != candidate]
    others = [name for name in table.variants if name != candidate and table.role(name) != "floor"]
    choices = [*(over for over in overs if over in prompts), *prompts, *overs, *others]
    baseline = choices[0] if choices else None
    rags = [name for name in table.with_role("rag") if name != candidate]
    return Standing(candidate, baseline, rags[0] if rags else None, headline)


def gate_confidence(gate: Gate, suite_confidence: float) -> float:
    """Two-sided confidence of the interval a gate is judged on."""
    if gate.confidence is not None:
        return gate.confidence
    return suite_confidence if gate.require == "better" else NO_WORSE_CONFIDENCE


def all_comparisons(comparer: Comparer, standing: Standing) -> tuple[Comparison, ...]:
    """Every comparison that is shown: the declared ones, the exploratory ones with their q, and those on slices."""
    table = comparer.table
    found: dict[tuple[str, str, str, str | None], Comparison] = {}
    for c in [*_declared(comparer), *_exploratory(comparer, standing), *_on_slices(comparer, standing)]:
        found.setdefault((c.candidate, c.over, c.metric, c.slice), c)
    order = {name: at for at, name in enumerate(table.columns)}
    ordered = sorted(found.values(), key=lambda c: (c.slice is not None, order[c.metric]))
    return with_q(ordered)


def pairs(table: ScoreTable, standing: Standing) -> tuple[tuple[str, str], ...]:
    """Candidate and rival, in the order they are shown.

    The candidate and every fine-tune over each variant that is none, fine-tunes over each other (the candidate first),
    and retrieval, the smaller model and today's process over the prompt baseline.
    """
    fine_tunes = table.with_role("fine_tune")
    first = [name for name in (standing.candidate,) if name is not None]
    releases = list(dict.fromkeys([*first, *fine_tunes]))
    found = [(name, over) for name in releases for over in table.variants if over not in releases]
    found += [(name, over) for at, name in enumerate(releases) for over in releases[at + 1 :]]
    prompts = table.with_role("prompt")
    base = standing.baseline if standing.baseline in prompts else (prompts[0] if prompts else None)
    found += [(name, base) for name in table.with_role("rag", "cheaper", "current") if base is not None]
    return tuple(dict.fromkeys(pair for pair in found if pair[0] != pair[1]))


def margin_on(table: ScoreTable, column: Column) -> float:
    """The margin the suite's gates declare for a column: that of a better gate first; 0 without any."""
    gates = (gate for gate in table.definition.gates if gate.suite is None and gate.slice is None)
    about = [gate for gate in gates if gate.metric == column.name and gate.require is not None]
    return next((gate.margin for gate in sorted(about, key=lambda gate: gate.require != "better")), 0.0)


def _declared(comparer: Comparer) -> Iterator[Comparison]:
    table = comparer.table
    gates = [gate for gate in table.definition.gates if gate.require is not None and gate.suite is None]
    for gate in sorted(gates, key=lambda gate: gate.require != "better"):
        if gate.metric in table.columns and gate.candidate in table.variants and gate.over in table.variants:
            yield comparer.compare(
                gate.candidate,
                gate.over,
                table.columns[gate.metric],
                slice=gate.slice,
                margin=gate.margin,
                confidence=gate_confidence(gate, table.definition.confidence),
                min_n=0 if gate.slice is None else table.definition.min_slice,
            )


def _exploratory(comparer: Comparer, standing: Standing) -> Iterator[Comparison]:
    table = comparer.table
    for column in table.columns.values():
        if not table.applies(column).any() or column.descriptive:
            continue
        is_operation = column.metric.scale == "ratio"
        margin = margin_on(table, column)
        for candidate, over in pairs(table, standing):
            if is_operation and "floor" in (table.role(candidate), table.role(over)):
                continue  # a look-up's microseconds are no rival
            c = comparer.compare(candidate, over, column, margin=margin, confidence=table.definition.confidence)
            if c.n:
                yield replace(c, exploratory=True)


def _on_slices(comparer: Comparer, standing: Standing) -> Iterator[Comparison]:
    table, definition = comparer.table, comparer.table.definition
    if standing.candidate is None:
        return
    margin = margin_on(table, standing.headline)
    for slice in definition.slices:
        for over in standing.rivals:
            c = comparer.compare(
                standing.candidate,
                over,
                standing.headline,
                slice=slice,
                margin=margin,
                confidence=definition.confidence,
                min_n=definition.min_slice,
            )
            if c.n:
                yield replace(c, exploratory=True)
