"""Gates: what a release must show, judged on intervals and explained in a sentence."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from harness.suite import Gate
from harness.verdicts import phrases
from harness.verdicts.comparisons import Comparer
from harness.verdicts.estimates import Estimator
from harness.verdicts.pairing import gate_confidence
from harness.verdicts.result import Comparison, GateResult, GateStatus
from harness.verdicts.table import Column, ScoreTable


@dataclass(frozen=True, slots=True)
class Ground:
    """What a gate is judged on: the comparisons and estimates of one run."""

    comparer: Comparer
    estimator: Estimator

    @property
    def table(self) -> ScoreTable:
        """The run's scores."""
        return self.comparer.table


def judge_gates(gates: Sequence[Gate], ground: Ground, others: Mapping[str, Ground | str]) -> tuple[GateResult, ...]:
    """Judge gates, those over another suite on that suite's run.

    Args:
        gates: The gates.
        ground: The run.
        others: For each other suite a gate names: its run, or why there is none.
    """
    return tuple(judge_on(gate, ground, others) for gate in gates)


def judge_on(gate: Gate, ground: Ground, others: Mapping[str, Ground | str]) -> GateResult:
    """Judge one gate on the run it is about."""
    if gate.suite is None:
        return judge_gate(gate, ground.comparer, ground.estimator)
    other = others.get(gate.suite, f"{gate.suite} was not run")
    if isinstance(other, str):
        return _withheld(_blank(gate, ground.table, None), other)
    return judge_gate(gate, other.comparer, other.estimator)


def judge_gate(gate: Gate, comparer: Comparer, estimator: Estimator) -> GateResult:
    """Judge one gate.

    All intervals are two-sided; turned so that more is better they run from lo to hi, and m is the margin.

    - ``better`` (suite's confidence, 95 %): passed if the lift is signal (the interval excludes 0, p is below 1 minus
      the confidence, and enough fixtures are there and differ) and lo > m. Failed if hi <= m: the lift is shown to be
      below the margin.
    - ``no_worse`` (90 %, so one-sided 5 %): passed if lo > -m on the complete pairs *and*, where the candidate lacks
      pairs, also with each of them counted as its failure. Failed if hi <= -m with hi < 0. That no fixture differs is
      not enough by itself: in n fixtures a loss of 3/n may stay unseen, so a small margin needs many fixtures.
    - ``equivalent`` (90 %, two one-sided tests of 5 %): passed if -m < lo and hi < m, and lo > -m also with the pairs
      that the candidate lacks counted as its failures. Failed if hi <= -m or lo >= m.
    - ``at_least`` and ``at_most`` (90 %): passed if the whole interval is on the good side, failed if it is wholly on
      the other.
    - Otherwise inconclusive. A claim that rests on showing a difference to be small needs an interval that may carry it
      (``Comparison.usable``). So is a gate on a slice of fewer than ``min_slice`` fixtures, whatever they show.
    - Withheld if a variant was given up or not run, nothing was measured, a price is unknown, or coverage is below
      ``min_coverage``.

    A release passes only if every gate passes, so no gate is corrected for the others (intersection-union test).
    """
    table = comparer.table
    column = table.columns.get(gate.metric)
    blank = _blank(gate, table, column)
    absent = _absent(gate, table) or (f"{gate.metric} was not measured" if column is None else _unpriced(gate, table, column))
    if absent is not None or column is None:
        return _withheld(blank, absent or "nothing was measured")
    if gate.slice is not None:
        inside = int((table.applies(column) & table.within(gate.slice)).sum())
        if inside < table.definition.min_slice:
            return _too_small(gate, blank, column, inside, table.definition.min_slice)
    if gate.over is None:
        return _judge_level(gate, blank, column, estimator)
    compared = comparer.compare(
        gate.candidate, gate.over, column, slice=gate.slice, margin=gate.margin, confidence=blank.confidence
    )
    if compared.verdict is None:
        return _withheld(blank, phrases.clause(compared.withheld or "there is nothing to compare"))
    shown = replace(blank, value=compared.effect, low=compared.low, high=compared.high, scale=compared.scale)
    if gate.require == "better":
        shown = replace(shown, status=_better(compared))
        return _answered(gate, shown, compared, column, _why(compared, shown.status, gate.require))
    return _judge_within(gate, shown, compared, column, comparer)


def condition(gate: Gate, column: Column | None) -> str:
    """Say what a gate asks for: ``better than baseline by more than 2.0 points``."""
    return _asked(gate, column, gate.over) + _where(gate)


def standing(c: Comparison, where: str = "") -> str:
    """Say how a candidate stands over another variant: ``a is +3.1 points (95 % interval ..) over b on accuracy``."""
    if c.scale == "ratio":
        return f"{c.metric} of {c.candidate} is {phrases.measured(c)} that of {c.over}{where}"
    return f"{c.candidate} is {phrases.measured(c)} over {c.over} on {c.metric}{where}"


def _blank(gate: Gate, table: ScoreTable, column: Column | None) -> GateResult:
    """What is known of a gate before it is judged."""
    return GateResult(
        name=gate.name, metric=gate.metric, candidate=gate.candidate, over=gate.over, condition=condition(gate, column),
        status="withheld", sentence="", unit="share" if column is None else column.metric.unit,
        confidence=gate_confidence(gate, table.definition.confidence), slice=gate.slice, suite=gate.suite, require=gate.require,
    )  # fmt: skip


def _where(gate: Gate) -> str:
    """Say where a gate is judged, where that is not the whole suite: `` (general, tag:edge)``."""
    places = [place for place in (gate.suite, gate.slice) if place is not None]
    return f" ({', '.join(places)})" if places else ""


def _absent(gate: Gate, table: ScoreTable) -> str | None:
    """Say which variant of a gate has not been run to its end; None where each has."""
    for variant in (gate.candidate, gate.over):
        if variant is not None and variant not in table.variants:
            return f"{variant} was not run"
        if variant is not None and variant in table.run.record.stopped:
            return f"{variant} was given up: {table.run.record.stopped[variant].rstrip('.')}"
    return None


def _unpriced(gate: Gate, table: ScoreTable, column: Column) -> str | None:
    """Say why a gate about money cannot be judged; None where it can, or is about something else."""
    if column.metric.unit != "USD":
        return None
    for variant in (gate.candidate, gate.over):
        if variant is None or not table.usable[variant].any():
            continue
        inside = table.usable[variant] & table.within(gate.slice)
        lacking = int((inside & ~table.has(variant, column)).sum())
        if lacking <= (1 - table.definition.min_coverage) * inside.sum():
            continue
        price = table.run.record.variants.get(variant, {}).get("price") or {}
        if table.definition.variants[variant].model is None:
            return f"nothing states what an answer of {variant} costs"
        if price.get("source", "unknown") == "unknown":
            return f"the price of {variant} is unknown, which is not nothing; give it a price: in the suite"
        return f"the provider told no tokens for {lacking:,} of {phrases.counted(int(inside.sum()), 'answer')} of {variant}"
    return None


def _asked(gate: Gate, column: Column | None, over: str | None = None) -> str:
    unit = "share" if column is None else column.metric.unit
    if gate.at_least is not None:
        return f"at least {phrases.value(gate.at_least, unit)}"
    if gate.at_most is not None:
        return f"at most {phrases.value(gate.at_most, unit)}"
    margin = phrases.margin(gate.margin, unit, "difference" if column is None else column.metric.scale)
    if gate.require == "equivalent":
        return "equivalent" + (f" to {over}" if over else "") + f" within {margin}"
    words = "better" if gate.require == "better" else "no worse"
    return words + (f" than {over}" if over else "") + (f" by more than {margin}" if gate.margin else "")


def _too_small(gate: Gate, blank: GateResult, column: Column, inside: int, least: int) -> GateResult:
    only = "No fixture" if inside == 0 else f"Only {phrases.counted(inside, 'fixture')}"
    verb = "is" if inside < 2 else "are"
    sentence = (
        f"{only} of the run {verb} in {gate.slice}, and a slice is judged from {least} on; "
        f"{_asked(gate, column)} was asked of {gate.candidate} on {gate.metric}{_where(gate)}: inconclusive."
    )
    return replace(blank, status="inconclusive", sentence=sentence, needed=least)


def _better(c: Comparison) -> GateStatus:
    turned = c.turned
    if turned is None:
        return "inconclusive"
    if c.verdict == "better" and turned[0] > c.turned_margin:
        return "passed"
    return "failed" if turned[1] <= c.turned_margin and _is_shown(c) else "inconclusive"


def _no_worse(c: Comparison) -> GateStatus:
    if c.turned is None:
        return "inconclusive"
    low, high = c.turned
    if high < 0 and high <= -c.turned_margin:
        return "failed" if _is_shown(c) else "inconclusive"
    return "passed" if c.usable and low > -c.turned_margin else "inconclusive"


def _equivalent(c: Comparison) -> GateStatus:
    if c.turned is None:
        return "inconclusive"
    low, high = c.turned
    if high <= -c.turned_margin or low >= c.turned_margin:
        return "failed" if _is_shown(c) else "inconclusive"
    return "passed" if c.usable and -c.turned_margin < low and high < c.turned_margin else "inconclusive"


def _is_shown(c: Comparison) -> bool:
    """Whether the interval may carry a no: enough fixtures differ, or the p value says so too."""
    return c.usable or (c.p is not None and c.p < 1 - c.confidence)


def _judge_within(gate: Gate, shown: GateResult, c: Comparison, column: Column, comparer: Comparer) -> GateResult:
    """Judge no_worse and equivalent, which must hold also where every pair the candidate lacks is its failure."""
    status = _no_worse(c) if gate.require == "no_worse" else _equivalent(c)
    lacking = comparer.lacking(c.candidate, column, gate.slice)
    worst, why = None, _why(c, status, gate.require)
    if lacking:
        pairs = phrases.counted(lacking, "pair")
        held = comparer.worst_case(c.candidate, c.over, column, slice=gate.slice, margin=gate.margin, confidence=c.confidence)
        if held is None or held.worst is None or held.worst.turned is None:
            status = "inconclusive" if status == "passed" else status
            why = f"; {c.candidate} lacks {pairs}, and no worst case can be formed for {column.name}"
        else:
            worst = held.worst_case
            within = held.worst.usable and held.worst.turned[0] > -c.turned_margin
            status = "inconclusive" if status == "passed" and not within else status
            limit = "unknown" if worst is None else phrases.lift(worst, c.unit, c.scale)
            why += f"; with the {pairs} that {c.candidate} lacks counted as its failures the bound is {limit}"
    return _answered(gate, replace(shown, status=status, worst_case=worst), c, column, why)


def _answered(gate: Gate, shown: GateResult, c: Comparison, column: Column, why: str) -> GateResult:
    sentence = f"{standing(c, _where(gate))}; {_asked(gate, column)} was asked: {shown.status}{why}."
    needed = None
    if shown.status == "inconclusive":
        needed = _needed_to_pass(gate, c) if c.needed is None else c.needed
    return replace(shown, sentence=sentence, needed=needed)


def _needed_to_pass(gate: Gate, c: Comparison) -> int | None:
    """Fixtures whose interval would end at the margin; None where the effect lies beyond it."""
    if c.turned is None or c.effect is None:
        return None
    effect = math.log(c.effect) if c.scale == "ratio" and c.effect > 0 else c.effect
    effect = effect if c.higher_is_better else -effect
    (low, high), margin = c.turned, c.turned_margin
    limits = {"better": [(low, margin)], "no_worse": [(low, -margin)], "equivalent": [(low, -margin), (high, margin)]}
    ends = [(end, limit) for end, limit in limits[str(gate.require)] if (effect - limit) * (end - limit) <= 0]
    found = [needed_to_reach(effect, end, limit, c.n) for end, limit in ends]
    known = [each for each in found if each is not None]
    return max(known) if known and len(known) == len(found) else None


def needed_to_reach(value: float, end: float, limit: float, n: int) -> int | None:
    """Fixtures whose interval, if the value stays as it is, would end at the limit: width shrinks with the root of n.

    None where the value does not lie on the side of the limit that the end does not, so that more would not help.
    """
    if not math.isfinite(end) or (value - limit) * (end - limit) > 0 or value == limit:
        return None
    return max(math.ceil(n * ((value - end) / (value - limit)) ** 2), n + 1)


def _judge_level(gate: Gate, blank: GateResult, column: Column, estimator: Estimator) -> GateResult:
    table = estimator.table
    e = estimator.estimate(gate.candidate, column, slice=gate.slice, confidence=blank.confidence)
    if e.value is None:
        return _withheld(blank, f"{column.name} could not be measured for {gate.candidate}")
    if e.coverage < table.definition.min_coverage:
        share = phrases.confidence(int(e.coverage * 1000) / 1000)
        least = phrases.confidence(table.definition.min_coverage)
        return _withheld(blank, f"only {share} of the fixtures have a usable response, and a verdict needs {least}")
    good, bad = (e.low, e.high) if gate.at_least is not None else (e.high, e.low)
    limit = gate.at_least if gate.at_least is not None else gate.at_most
    status: GateStatus = "inconclusive"
    if good is not None and bad is not None and limit is not None:
        sign = 1 if gate.at_least is not None else -1
        status = "passed" if sign * good >= sign * limit else "failed" if sign * bad < sign * limit else "inconclusive"
    right = good is not None and limit is not None and (e.value >= limit if gate.at_least is not None else e.value <= limit)
    needed = None
    if status == "inconclusive" and right and good is not None and limit is not None:
        needed = needed_to_reach(e.value, good, limit, e.n)
    why = ""
    if status == "inconclusive" and e.low is None:
        why = "; it has no interval"
    elif status == "inconclusive":
        why = "; the interval reaches across the limit" + (
            f", and about {needed:,} fixtures would settle it" if needed is not None else ""
        )
    where = _where(gate)
    sentence = f"{column.name} of {gate.candidate}{where} is {phrases.level(e)}; {_asked(gate, column)} was asked: {status}{why}."
    return replace(blank, status=status, sentence=sentence, value=e.value, low=e.low, high=e.high, needed=needed)


def _why(c: Comparison, status: str, asked: str | None) -> str:
    if status == "failed":
        turned = c.turned or (0, 0)
        if asked == "equivalent":
            return "; the difference is beyond the margin"
        return "; the lift is below what was asked with that confidence" if turned[1] > 0 else ""
    if status != "inconclusive":
        return ""
    if c.withheld is not None and (asked == "better" or not c.usable):
        return "; " + phrases.clause(c.withheld)
    needed = f", and about {c.needed:,} fixtures would settle it" if c.needed is not None else ""
    return f"; the interval reaches across the margin{needed}" if c.low is not None else "; no interval can be formed"


def _withheld(blank: GateResult, why: str) -> GateResult:
    return replace(blank, sentence=f"No verdict on {blank.metric} ({blank.condition}): {why}.")
