"""Gates: what a release must show, judged on intervals and explained in a sentence."""

from __future__ import annotations

from dataclasses import replace

from harness.suite import Gate
from harness.verdicts import phrases
from harness.verdicts.comparisons import Comparer
from harness.verdicts.estimates import Estimator
from harness.verdicts.pairing import gate_confidence
from harness.verdicts.result import Comparison, GateResult, GateStatus
from harness.verdicts.table import Column


def judge_gate(gate: Gate, comparer: Comparer, estimator: Estimator) -> GateResult:
    """Judge one gate.

    All intervals are two-sided; turned so that more is better they run from lo to hi, and m is the margin.

    - ``better`` (suite's confidence, 95 %): passed if the lift is signal (the interval excludes 0, p is below 1 minus
      the confidence, and enough fixtures are there and differ) and lo > m. Failed if hi <= m: the lift is shown to be
      below the margin.
    - ``no_worse`` (90 %, so one-sided 5 %): passed if lo > -m on the complete pairs *and*, where the candidate lacks
      pairs, also with each of them counted as its failure. Failed if hi <= -m with hi < 0. That no fixture differs is
      not enough by itself: in n fixtures a loss of 3/n may stay unseen, so a small margin needs many fixtures.
    - ``at_least`` and ``at_most`` (90 %): passed if the whole interval is on the good side, failed if it is wholly on
      the other.
    - Otherwise inconclusive. A claim that rests on showing a difference to be small needs an interval that may carry it
      (``Comparison.usable``).
    - Withheld if a variant was given up or not run, nothing was measured, or coverage is below ``min_coverage``.

    A release passes only if every gate passes, so no gate is corrected for the others (intersection-union test).
    """
    table = comparer.table
    confidence = gate_confidence(gate, table.definition.confidence)
    column = table.columns.get(gate.metric)
    blank = GateResult(
        name=gate.name, metric=gate.metric, candidate=gate.candidate, over=gate.over, condition=condition(gate, column),
        status="withheld", sentence="", unit="share" if column is None else column.metric.unit, confidence=confidence,
    )  # fmt: skip
    absent = _absent(gate, comparer) or (f"{gate.metric} was not measured" if column is None else None)
    if absent is not None or column is None:
        return _withheld(blank, absent or "nothing was measured")
    if gate.over is None:
        return _judge_level(gate, blank, column, estimator)
    compared = comparer.compare(gate.candidate, gate.over, column, margin=gate.margin, confidence=confidence)
    if compared.verdict is None:
        return _withheld(blank, phrases.clause(compared.withheld or "there is nothing to compare"))
    shown = replace(blank, value=compared.effect, low=compared.low, high=compared.high, scale=compared.scale)
    if gate.require == "better":
        status = _better(compared)
        return replace(
            shown, status=status, sentence=_sentence(compared, _asked(gate, column), status, _why(compared, status, gate.require))
        )
    return _judge_no_worse(gate, shown, compared, column, comparer)


def _absent(gate: Gate, comparer: Comparer) -> str | None:
    """Say which variant of a gate has not been run to its end; None where each has."""
    table = comparer.table
    for variant in (gate.candidate, gate.over):
        if variant is not None and variant not in table.variants:
            return f"{variant} was not run"
        if variant is not None and variant in table.run.record.stopped:
            return f"{variant} was given up: {table.run.record.stopped[variant].rstrip('.')}"
    return None


def condition(gate: Gate, column: Column | None) -> str:
    """Say what a gate asks for: ``better than baseline by more than 2.0 points``."""
    return _asked(gate, column, f" than {gate.over}")


def _asked(gate: Gate, column: Column | None, than: str = "") -> str:
    unit = "share" if column is None else column.metric.unit
    if gate.at_least is not None:
        return f"at least {phrases.value(gate.at_least, unit)}"
    if gate.at_most is not None:
        return f"at most {phrases.value(gate.at_most, unit)}"
    margin = phrases.margin(gate.margin, unit, "difference" if column is None else column.metric.scale)
    return ("better" if gate.require == "better" else "no worse") + than + (f" by more than {margin}" if gate.margin else "")


def _better(c: Comparison) -> GateStatus:
    turned = c.turned
    if turned is None:
        return "inconclusive"
    if c.verdict == "better" and turned[0] > c.turned_margin:
        return "passed"
    shown = c.usable or (c.p is not None and c.p < 1 - c.confidence)
    return "failed" if turned[1] <= c.turned_margin and shown else "inconclusive"


def _judge_no_worse(gate: Gate, shown: GateResult, c: Comparison, column: Column, comparer: Comparer) -> GateResult:
    status = _no_worse(c)
    lacking = comparer.lacking(c.candidate, column)
    worst, why = None, _why(c, status, gate.require)
    if lacking:
        pairs = phrases.counted(lacking, "pair")
        held = comparer.worst_case(c.candidate, c.over, column, margin=gate.margin, confidence=c.confidence)
        if held is None or held.worst is None or held.worst.turned is None:
            status = "inconclusive" if status == "passed" else status
            why = f"; {c.candidate} lacks {pairs}, and no worst case can be formed for {column.name}"
        else:
            worst = held.worst_case
            within = held.worst.usable and held.worst.turned[0] > -c.turned_margin
            status = "inconclusive" if status == "passed" and not within else status
            limit = "unknown" if worst is None else phrases.lift(worst, c.unit, c.scale)
            why += f"; with the {pairs} that {c.candidate} lacks counted as its failures the bound is {limit}"
    return replace(shown, status=status, worst_case=worst, sentence=_sentence(c, _asked(gate, column), status, why))


def _no_worse(c: Comparison) -> GateStatus:
    if c.turned is None:
        return "inconclusive"
    low, high = c.turned
    if high < 0 and high <= -c.turned_margin:
        return "failed" if c.usable or (c.p is not None and c.p < 1 - c.confidence) else "inconclusive"
    return "passed" if c.usable and low > -c.turned_margin else "inconclusive"


def _judge_level(gate: Gate, blank: GateResult, column: Column, estimator: Estimator) -> GateResult:
    table = estimator.table
    e = estimator.estimate(gate.candidate, column, confidence=blank.confidence)
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
    why = (
        ""
        if status != "inconclusive"
        else "; the interval reaches across the limit"
        if e.low is not None
        else "; it has no interval"
    )
    sentence = f"{column.name} of {gate.candidate} is {phrases.level(e)}; {blank.condition} was asked: {status}{why}."
    return replace(blank, status=status, sentence=sentence, value=e.value, low=e.low, high=e.high)


def _sentence(c: Comparison, asked: str, status: str, why: str) -> str:
    return f"{standing(c)}; {asked} was asked: {status}{why}."


def standing(c: Comparison) -> str:
    """Say how a candidate stands over another variant: ``a is +3.1 points (95 % interval ..) over b on accuracy``."""
    if c.scale == "ratio":
        return f"{c.metric} of {c.candidate} is {phrases.measured(c)} that of {c.over}"
    return f"{c.candidate} is {phrases.measured(c)} over {c.over} on {c.metric}"


def _why(c: Comparison, status: str, asked: str | None) -> str:
    if status == "failed":
        return "; the lift is below what was asked with that confidence" if (c.turned or (0, 0))[1] > 0 else ""
    if status != "inconclusive":
        return ""
    if c.withheld is not None and (asked == "better" or not c.usable):
        return "; " + phrases.clause(c.withheld)
    needed = f", and about {c.needed:,} fixtures would settle it" if c.needed is not None else ""
    return f"; the interval reaches across the margin{needed}" if c.low is not None else "; no interval can be formed"


def _withheld(blank: GateResult, why: str) -> GateResult:
    return replace(blank, sentence=f"No verdict on {blank.metric} ({blank.condition}): {why}.")
