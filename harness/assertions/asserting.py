"""Assertions about a run, with the verdicts and the words of gates."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from harness.metrics import Metric
from harness.report import Evidence, failed_gate_text
from harness.session import EvaluatedRun
from harness.store import Run
from harness.suite import Gate
from harness.verdicts import GateResult, RunJudge

_KEPT = 4
"""Runs whose tables are kept from one assertion to the next."""

_judges: dict[int, tuple[Run, RunJudge]] = {}


def assert_better(
    run: EvaluatedRun,
    candidate: str,
    *,
    over: str,
    metric: str | None = None,
    margin: float = 0.0,
    slice: str | None = None,
    confidence: float | None = None,
) -> GateResult:
    """Assert that a candidate's lift is signal and larger than the margin, as a gate ``require: better`` does.

    Args:
        run: The run.
        candidate: The variant that is to be better.
        over: The variant it is compared with.
        metric: A metric, or a part of one such as ``field_accuracy.sku``; the headline metric unless given.
        margin: The smallest lift worth having, in the metric's unit.
        slice: Judge on these fixtures only: ``tag:<tag>`` or ``group:<group>``.
        confidence: Of the interval judged; that of a gate of this kind unless given.

    Returns:
        The gate as judged, for its numbers.

    Raises:
        AssertionError: It is not, or the data do not say; the message has the numbers and the fixtures behind them.
        HarnessError: The run has no such variant or metric.
    """
    __tracebackhide__ = True
    return _assert(run, candidate, metric, over=over, require="better", margin=margin, slice=slice, confidence=confidence)


def assert_no_worse(
    run: EvaluatedRun,
    candidate: str,
    *,
    over: str,
    metric: str | None = None,
    margin: float = 0.0,
    slice: str | None = None,
    confidence: float | None = None,
) -> GateResult:
    """Assert that a candidate's loss stays within the margin; arguments and errors as for ``assert_better``."""
    __tracebackhide__ = True
    return _assert(run, candidate, metric, over=over, require="no_worse", margin=margin, slice=slice, confidence=confidence)


def assert_equivalent(
    run: EvaluatedRun,
    candidate: str,
    *,
    over: str,
    margin: float,
    metric: str | None = None,
    slice: str | None = None,
    confidence: float | None = None,
) -> GateResult:
    """Assert that lift and loss both stay within the margin; arguments and errors as for ``assert_better``."""
    __tracebackhide__ = True
    return _assert(run, candidate, metric, over=over, require="equivalent", margin=margin, slice=slice, confidence=confidence)


def assert_at_least(
    run: EvaluatedRun,
    candidate: str,
    least: float,
    *,
    metric: str | None = None,
    slice: str | None = None,
    confidence: float | None = None,
) -> GateResult:
    """Assert that a variant's own value is not below ``least``, the whole interval; otherwise as ``assert_better``."""
    __tracebackhide__ = True
    return _assert(run, candidate, metric, at_least=least, slice=slice, confidence=confidence)


def assert_at_most(
    run: EvaluatedRun,
    candidate: str,
    most: float,
    *,
    metric: str | None = None,
    slice: str | None = None,
    confidence: float | None = None,
) -> GateResult:
    """Assert that a variant's own value is not above ``most``, the whole interval; otherwise as ``assert_better``."""
    __tracebackhide__ = True
    return _assert(run, candidate, metric, at_most=most, slice=slice, confidence=confidence)


def gate_text(run: EvaluatedRun, gate: GateResult, report: str | None = None) -> str:
    """Tell of a gate that did not pass: its sentence, the fixtures behind it with what differs, the run and the report."""
    stored, metrics = run.run, run.metrics
    if gate.suite is not None:
        other = run.others.get(gate.suite, "")
        if isinstance(other, str):
            return failed_gate_text(stored, gate, Evidence(), report)
        stored, metrics = other[0], tuple(other[1])
    judge = _judge(stored, metrics)
    if gate.status == "withheld" or gate.metric not in judge.metrics:
        evidence = Evidence()
    elif gate.over is not None:
        evidence = Evidence(flips=judge.flips(gate.candidate, gate.over, gate.metric, gate.slice))
    else:
        evidence = Evidence(lowest=judge.lowest(gate.candidate, gate.metric, 3, gate.slice))
    return failed_gate_text(stored, gate, evidence, report)


def _assert(run: EvaluatedRun, candidate: str, metric: str | None, **asked: Any) -> GateResult:
    __tracebackhide__ = True
    said = {key: value for key, value in asked.items() if value is not None}
    measured = metric or run.judgement.headline_metric
    gate = Gate(name=_name(candidate, measured, asked), metric=measured, candidate=candidate, **said)
    result = _judge(run.run, run.metrics).gate(gate)
    if not result.passed:
        raise AssertionError(gate_text(run, result))
    return result


def _name(candidate: str, metric: str, asked: dict[str, Any]) -> str:
    if not asked.get("require"):
        return f"{candidate} on {metric}"
    joined = "equivalent to" if asked["require"] == "equivalent" else f"{asked['require'].replace('_', ' ')} than"
    return f"{candidate} {joined} {asked['over']} on {metric}"


def _judge(run: Run, metrics: Sequence[Metric]) -> RunJudge:
    known = _judges.get(id(run))
    if known is None:
        while len(_judges) >= _KEPT:
            _judges.pop(next(iter(_judges)))
        known = _judges[id(run)] = (run, RunJudge(run, metrics))
    return known[1]
