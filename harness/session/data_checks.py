"""The data checks that need more than the suite's files: power and cost of a run to come, an earlier run, production logs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.datachecks import (
    Basis,
    Drift,
    Finding,
    attributes_of,
    check_drift,
    drift_keys,
    gate_power,
    independent_in,
    power_findings,
    power_keys,
    proposed,
    values_of,
)
from harness.errors import Fault, HarnessError, StoreError
from harness.metrics import load_metrics
from harness.session.estimating import estimate
from harness.session.loading import broad_suites
from harness.session.origin import metrics_of, recorded_runs
from harness.store import DEFAULT_ROOT, Run, Store
from harness.suite import Fixture, Gate, Suite
from harness.verdicts import AttributeGap, attribute_gaps, power_basis
from harness.verdicts.pairing import gate_confidence

if TYPE_CHECKING:
    from harness.running import RunEstimate


@dataclass(frozen=True)
class PowerCheck:
    """What the gates can see, and what a run will cost.

    Attributes:
        findings: The findings.
        gates: By gate: the keys of its power.
        estimate: Of the run to come; None where it cannot be told.
    """

    findings: tuple[Finding, ...]
    gates: tuple[Mapping[str, Any], ...]
    estimate: RunEstimate | None


@dataclass(frozen=True)
class DriftCheck:
    """Production against the fixtures.

    Attributes:
        findings: The findings.
        drift: What they are made of.
        inputs: The production inputs as fixtures.
    """

    findings: tuple[Finding, ...]
    drift: Drift
    inputs: tuple[Fixture, ...]

    def to_dict(self) -> dict[str, Any]:
        """The stable keys for ``--json``."""
        return drift_keys(self.drift)

    def propose(self, count: int) -> tuple[Fixture, ...]:
        """Choose so many inputs to label next."""
        return proposed(self.drift, self.inputs, count)


def earlier_run(suite: Suite, selector: str | Path | None = None, store: str | Path | None = None) -> Run | None:
    """Find a measured run of a suite: the one asked for, else its latest, else the latest recorded with it; None without any.

    Raises:
        StoreError: When the one asked for is not there.
        HarnessError: When it is a run of another suite.
    """
    if selector is not None:
        runs = Store(store or DEFAULT_ROOT)
        found = runs.read(runs.find(selector, suite=suite.name))
        if found.record.suite != suite.name:
            said = f"{selector} is a run of the suite {found.record.suite}"
            raise HarnessError(Fault(said, f"give a run of {suite.name}"))
        return found
    for runs in (Store(store or DEFAULT_ROOT), *recorded_runs(suite.folder)):
        try:
            found = runs.read(runs.find("latest", suite=suite.name))
        except StoreError:
            continue
        if any(True for _ in found.scores):
            return found
    return None


def check_power(suite: Suite, run: Run | None = None, *, store: str | Path | None = None) -> PowerCheck:
    """Say what each gate can see with the fixtures there are, how many it needs, and what a run will cost.

    Args:
        suite: The suite.
        run: An earlier run of it, whose answers replace the guess of how much variants differ.
        store: Where runs are kept; for the estimate of the cost.
    """
    gates = suite.definition.gates
    known = {} if run is None else power_basis(run, metrics_of(run, suite.folder), [g for g in gates if g.suite is None])
    units = {metric.name: metric for metric in load_metrics(suite)}
    broad = broad_suites(suite) if any(gate.suite for gate in gates) else {}
    powers = []
    for gate in gates:
        fixtures = suite.fixtures if gate.suite is None else broad[gate.suite].fixtures
        basis = Basis(**known[gate.name]) if gate.name in known else _guess(gate, units)
        confidence = gate_confidence(gate, suite.definition.confidence)
        powers.append(gate_power(gate, independent_in(fixtures, gate.slice), basis, confidence=confidence))
    cost = _estimated(suite, store)
    dollars = None if cost is None else cost.cost.expected
    findings = power_findings(powers, cost=dollars, fixtures=len(suite.fixtures))
    if cost is not None and cost.to_ask and (dollars is None or dollars > 0):
        findings.append(_cost_finding(cost))
    return PowerCheck(tuple(findings), tuple(power_keys(power) for power in powers), cost)


def check_bias(suite: Suite, run: Run | None = None) -> tuple[Finding, ...]:
    """Hold what an earlier run measured against the attributes the fixtures state; nothing without either.

    That the expected labels go with an attribute is found by ``datachecks.check_label_bias``, which needs no run.
    """
    findings: list[Finding] = []
    attributes = attributes_of(suite)
    if run is None or not attributes:
        return ()
    by_id = {name: dict(zip((f.id for f in run.fixtures), values_of(run.fixtures, name), strict=True)) for name in attributes}
    gaps = attribute_gaps(run, metrics_of(run, suite.folder), by_id)
    for name in attributes:
        if own := [gap for gap in gaps if gap.attribute == name]:
            findings.append(_gap_finding(name, own, run.record.run_id, suite.definition.min_slice))
    return tuple(findings)


def check_against(suite: Suite, logs: Iterable[str | Path]) -> DriftCheck:
    """Compare production logs with a suite's fixtures.

    Raises:
        SuiteError: When the logs cannot be read, or hold fewer than two questions.
    """
    from harness.capture import fixtures_of, read_logs
    from harness.errors import SuiteError

    places = list(logs)
    read = read_logs(places)
    inputs = fixtures_of(read.calls)
    if min(len(inputs), len(suite.fixtures)) < 2:
        shown = ", ".join(str(place) for place in places)
        raise SuiteError(Fault("fewer than two questions cannot be compared with the fixtures", "give more logs", shown))
    answered = {call.id: call.output for call in reversed(read.calls) if call.has_output and not call.shadow}
    found, findings = check_drift(suite, inputs, [answered.get(fixture.id) for fixture in inputs])
    return DriftCheck(tuple(findings), found, inputs)


def _guess(gate: Gate, metrics: Mapping[str, Any]) -> Basis:
    """What is taken of a metric that no run has measured: only of shares is anything known beforehand."""
    metric = metrics.get(gate.metric) or metrics.get(gate.metric.partition(".")[0])
    unit = "share" if metric is None else str(metric.unit)
    is_share = unit == "share" and metric is not None and metric.quantile is None and metric.scale == "difference"
    if is_share:
        return Basis(unit=unit)
    return Basis(discordant=None, unit=unit, scale="difference" if metric is None else metric.scale)


def _estimated(suite: Suite, store: str | Path | None) -> RunEstimate | None:
    try:
        return estimate(suite, store=store)
    except HarnessError:  # no weights, no outputs: a run would say so
        return None


def _cost_finding(cost: RunEstimate) -> Finding:
    expected, high = cost.cost.expected, cost.cost.high
    money = "at a price nobody here knows" if expected is None else f"for about USD {expected:,.2f}"
    if expected is not None and high is not None:
        money += f", USD {high:,.2f} at most"
    numbers = {
        name: float(value)
        for name, value in (("calls", cost.to_ask), ("expected", expected), ("high", high))
        if value is not None
    }
    message = f"A run asks {cost.to_ask:,} questions {money}."
    return Finding("note", "power.cost", message, "harness run --dry-run has it by variant.", numbers=numbers)


def _gap_finding(name: str, gaps: list[AttributeGap], run_id: str, least: int) -> Finding:
    rows = tuple(
        {
            name: g.value, "variant": g.variant, "metric": g.metric, "fixtures": g.fixtures, "independent": g.independent,
            "mean": g.mean, "low": g.low, "high": g.high, "gap": g.gap, "gap_low": g.gap_low, "gap_high": g.gap_high,
            "judged": g.judged,
        }
        for g in gaps
    )  # fmt: skip
    told = [gap for gap in gaps if gap.signal]
    if not any(gap.judged for gap in gaps):
        message = f"{gaps[0].metric} by {name}: too few fixtures of each value to say more (min_slice is {least})."
        return Finding("note", "bias.metric", message, evidence=rows)
    if not told:
        message = f"{gaps[0].metric} is not seen to differ by {name} in the run {run_id}."
        return Finding("note", "bias.metric", message, evidence=rows)
    told.sort(key=lambda gap: -abs(gap.gap or 0.0))
    scale, unit = (100, " points") if told[0].unit == "share" else (1, "")
    said = "; ".join(
        f"{g.variant} {scale * (g.gap or 0):+.1f}{unit} in {name}:{g.value} "
        f"({scale * (g.gap_low or 0):+.1f} to {scale * (g.gap_high or 0):+.1f}, {g.fixtures:,} fixtures)"
        for g in told[:3]
    )
    more = f"; and {len(told) - 3} more" if len(told) > 3 else ""
    message = f"{told[0].metric} differs by {name} from the other fixtures in the run {run_id}: {said}{more}."
    advice = f"Look at {name}:{told[0].value} by itself: a slice, and a gate on it."
    return Finding("warning", "bias.metric", message, advice, evidence=rows, numbers={"gaps": float(len(told))})
