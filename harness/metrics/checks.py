"""Everything wrong with the metrics a suite names, in its metrics, gates and headline, at once."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from typing import TYPE_CHECKING

from harness.errors import Fault, SuiteError
from harness.metrics.contract import Metric
from harness.metrics.fixture_checks import check_gold, check_tool_fixtures
from harness.metrics.ranking import Ranked
from harness.metrics.registry import (
    ALWAYS,
    BUILT_IN,
    GATED,
    MetricOptionError,
    UnknownMetricError,
    for_fixtures,
    load_metric,
    load_metrics,
    part_names,
)
from harness.suite import did_you_mean

if TYPE_CHECKING:
    from harness.suite import Suite


def check_metrics(suite: Suite) -> list[Fault]:
    """Find unknown metrics and options, schemas that cannot be used, and gates or a headline about no metric there is.

    Returns:
        The faults, each with the file and the line it is on; a plugin's or a schema's own file where it lies there.
    """
    faults: list[Fault] = []
    usable: dict[str, Metric | None] = {}
    meant: set[str] = set()
    for position, entry in enumerate(suite.metric_entries):
        if entry.name in usable:
            hint = f"keep one, or give one another name: {entry.kind}: {{as: ...}}"
            faults.append(suite.fault(f"the metric {entry.name} is named twice", hint, "metrics", position))
            continue
        usable[entry.name] = None  # known by name, whatever is wrong with it: its gates are judged on that alone
        try:
            metric = load_metric(entry.kind, folder=suite.folder, **entry.options)
        except SuiteError as error:
            option = error.option if isinstance(error, MetricOptionError) else None
            keys = ("metrics", position, entry.kind, *([option] if option else []))
            placed = [f if f.file is not None else suite.fault(f.message, f.hint, *keys) for f in error.faults]
            faults += [fault for fault in placed if fault not in faults]
            if isinstance(error, UnknownMetricError):  # its gates mean the metric it was meant to be
                meant.update(get_close_matches(entry.kind, BUILT_IN, n=1))
            continue
        usable[entry.name] = for_fixtures(metric, suite.fixtures)
        for fault in getattr(metric, "faults", lambda fixtures: ())(suite.fixtures):
            faults.append(suite.fault(fault.message, fault.hint, "metrics", position, entry.kind))
        for option, variant in getattr(metric, "named_variants", dict)().items():
            if variant not in suite.variants:
                about = f"{entry.name} is about the variant {variant!r}, which the suite does not have"
                faults.append(suite.fault(about, did_you_mean(variant, suite.variants), "metrics", position, entry.kind, option))
    faults += check_tool_fixtures(suite)
    if any(isinstance(metric, Ranked) for metric in usable.values()):
        faults += check_gold(suite)
    usable = {**dict.fromkeys(meant), **usable}
    for name in ALWAYS:
        usable.setdefault(name, load_metric(name))
    headline = suite.definition.headline
    if headline is not None and (said := _unusable(headline, usable)) is not None:
        faults.append(suite.fault(f"the headline {said[0]}", said[1], "headline"))
    for position, (message, hint) in _unusable_gates(suite, usable).items():
        faults.append(suite.fault(message, hint, "gates", position, "metric"))
    return faults


def unusable_gates(suite: Suite) -> dict[int, tuple[str, str]]:
    """Say of gates that are about no metric of the suite why, with a hint, by their position.

    Raises:
        SuiteError: A metric of the suite cannot be used.
    """
    return _unusable_gates(suite, {metric.name: metric for metric in load_metrics(suite)})


def _unusable_gates(suite: Suite, usable: Mapping[str, Metric | None]) -> dict[int, tuple[str, str]]:
    known = {**{name: load_metric(name) for name in GATED}, **usable}
    found = {}
    for position, gate in enumerate(suite.definition.gates):
        if gate.suite is None and (said := _unusable(gate.metric, known)) is not None:
            found[position] = f"the gate {gate.name!r} {said[0]}", said[1]
    return found


def _unusable(name: str, usable: Mapping[str, Metric | None]) -> tuple[str, str] | None:
    """Say why ``metric`` or ``metric.part`` cannot be spoken of in this suite, with a hint; None where it can."""
    metric_name, dot, part = name.partition(".")
    if metric_name not in usable:
        if metric_name in BUILT_IN:
            return f"is about {metric_name}, which is not among the suite's metrics", f"add {metric_name} to metrics"
        return f"is about {metric_name!r}, which is no metric of the suite", did_you_mean(metric_name, usable)
    metric = usable[metric_name]
    if not dot or metric is None:
        return None
    parts = part_names(metric)
    if parts is None or part in parts:
        return None
    if not parts:
        return f"is about {name!r}, but {metric_name} has no parts", f"write {metric_name}"
    return f"is about {name!r}, but {metric_name} has no part {part!r}", did_you_mean(part, parts)
