"""From a name and options in suite.yaml to a metric."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_type_hints

from harness.errors import Fault, SuiteError
from harness.metrics.abstention import AbstentionRate, UnknownLabelRate
from harness.metrics.bleu import Bleu
from harness.metrics.brand import BrandRules
from harness.metrics.calibration import Brier, ExpectedCalibrationError
from harness.metrics.chrf import Chrf
from harness.metrics.classification import F1, BalancedAccuracy, CohenKappa, Mcc, Precision, Recall
from harness.metrics.confusion import Confusion
from harness.metrics.contract import Metric
from harness.metrics.copying import CopiedPhrases
from harness.metrics.costs import ExpectedCost
from harness.metrics.escalation import Escalation
from harness.metrics.exact import Accuracy
from harness.metrics.fields import FieldAccuracy
from harness.metrics.groundedness import Groundedness
from harness.metrics.invented import HallucinatedValues
from harness.metrics.language import Language
from harness.metrics.length import Length
from harness.metrics.operations import (
    Cost,
    CostPer1000Calls,
    InputTokens,
    Latency,
    LatencyP50,
    LatencyP90,
    LatencyP95,
    LatencyP99,
    OutputTokens,
    RefusalRate,
    Retries,
    TotalTokens,
    TruncationRate,
)
from harness.metrics.plugin import FILE, as_user_says, installed_metrics, load_installed, suite_metrics
from harness.metrics.preference import Preference
from harness.metrics.presence import ExtraFields, MissingFields
from harness.metrics.ranking import Mrr, Ndcg, PrecisionAtK, RecallAtK
from harness.metrics.readability import Readability
from harness.metrics.refusal import Refusal
from harness.metrics.rouge import RougeL
from harness.metrics.rubric import Rubric
from harness.metrics.rules import Validators
from harness.metrics.similarity import EditDistance, EditSimilarity
from harness.metrics.squad import ExactMatch, TokenF1
from harness.metrics.structure import DuplicateKeys, JsonSchema, JsonValid
from harness.metrics.tool_calls import ToolCallCorrect
from harness.suite import Fixture, SuiteDefinition, did_you_mean

if TYPE_CHECKING:
    from harness.suite import Suite

BUILT_IN: Mapping[str, type[Any]] = {
    kind.name: kind
    for kind in (
        Accuracy,
        FieldAccuracy,
        EditSimilarity,
        EditDistance,
        ExactMatch,
        TokenF1,
        Chrf,
        Bleu,
        RougeL,
        Readability,
        Length,
        BrandRules,
        Language,
        Refusal,
        Escalation,
        CopiedPhrases,
        JsonValid,
        JsonSchema,
        DuplicateKeys,
        MissingFields,
        ExtraFields,
        HallucinatedValues,
        Validators,
        ToolCallCorrect,
        RecallAtK,
        PrecisionAtK,
        Mrr,
        Ndcg,
        Groundedness,
        BalancedAccuracy,
        Precision,
        Recall,
        F1,
        Mcc,
        CohenKappa,
        Confusion,
        ExpectedCost,
        AbstentionRate,
        UnknownLabelRate,
        Brier,
        ExpectedCalibrationError,
        Rubric,
        Preference,
        Latency,
        LatencyP50,
        LatencyP90,
        LatencyP95,
        LatencyP99,
        Cost,
        CostPer1000Calls,
        InputTokens,
        OutputTokens,
        TotalTokens,
        Retries,
        TruncationRate,
        RefusalRate,
    )
}

ALWAYS = ("latency", "latency_p50", "latency_p95", "cost")
"""Measured in every run, declared or not."""

GATED = (
    "latency_p90",
    "latency_p99",
    "cost_per_1000_calls",
    "input_tokens",
    "output_tokens",
    "total_tokens",
    "retries",
    "truncation_rate",
    "refusal_rate",
)
"""Measured also where only a gate names them: what an answer takes has no options and needs no declaring."""

AS = "as"
"""The option every metric has: what the suite calls it."""


class UnknownMetricError(SuiteError):
    """No metric has that name."""


class MetricOptionError(SuiteError):
    """An option is unknown, missing or of the wrong type.

    Attributes:
        option: The option's name, None where the fault is not in a single one.
    """

    def __init__(self, fault: Fault, option: str | None = None) -> None:
        """Keep the option's name beside the fault."""
        super().__init__(fault)
        self.option = option


def load_metric(name: str, /, *, folder: Path | None = None, **options: Any) -> Metric:
    """Make the metric with that name from its options.

    Looks among the built-in metrics, the ``metrics.py`` of ``folder``, and installed packages.

    Args:
        name: What suite.yaml calls it.
        folder: The suite's folder, against which file names in the options are read.
        **options: The metric's fields.

    Raises:
        UnknownMetricError: No metric has that name; the hint has the nearest one.
        MetricOptionError: An option is unknown, missing or of the wrong type.
        SuiteError: Something the options name cannot be used, such as a schema file.
    """
    return _ready(make_metric(metric_class(name, folder), options, folder))


def load_metrics(suite: Suite) -> tuple[Metric, ...]:
    """Make a suite's metrics in the order declared, and after them those that every run has.

    Raises:
        SuiteError: With every fault found; ``check_metrics`` finds the same with their lines.
    """
    pairs = [(entry.kind, entry.options) for entry in suite.metric_entries]
    made = _make_all(
        pairs, suite.folder, _ready, also=_gated(gate.metric for gate in suite.definition.gates if gate.suite is None)
    )
    return tuple(for_fixtures(each, suite.fixtures) for each in made)


def metrics_from_definition(definition: SuiteDefinition | Mapping[str, Any], folder: Path | str | None) -> tuple[Metric, ...]:
    """Make the metrics of a stored run's definition, to judge its scores by; ``folder`` is where the suite's files are.

    They are not made ready to measure, so files they would measure with, such as a schema, may be gone by now.

    Raises:
        SuiteError: With every fault found.
    """
    if isinstance(definition, SuiteDefinition):
        entries, gates = definition.metrics, [gate.metric for gate in definition.gates if gate.suite is None]
    else:
        entries = definition["metrics"]
        gates = [gate["metric"] for gate in definition.get("gates") or () if gate.get("suite") is None]
    pairs = [(e, {}) if isinstance(e, str) else next(iter(e.items())) for e in entries]
    return _make_all(pairs, None if folder is None else Path(folder), also=_gated(gates))


def metric_class(name: str, folder: Path | None = None) -> type[Any]:
    """Find a metric's class by name.

    Raises:
        UnknownMetricError: No metric has that name.
        SuiteError: The suite's metrics.py or an installed metric cannot be imported, or takes a built-in name.
    """
    own = suite_metrics(folder)
    if shadowed := sorted(set(own) & set(BUILT_IN)):
        place = as_user_says(str((folder or Path()) / FILE))
        raise SuiteError(Fault(f"{shadowed[0]} is the name of a built-in metric", "give it another name", place))
    if name in own:
        return own[name]
    if name in BUILT_IN:
        return BUILT_IN[name]
    installed = installed_metrics()
    if name in installed:
        return load_installed(installed[name])
    raise UnknownMetricError(Fault(f"there is no metric {name!r}", did_you_mean(name, [*own, *BUILT_IN, *installed])))


def metric_names(folder: Path | None = None) -> tuple[str, ...]:
    """Names of all metrics that can be used: built in, the folder's own, installed."""
    return tuple(dict.fromkeys([*BUILT_IN, *suite_metrics(folder), *installed_metrics()]))


def make_metric(kind: type[Any], options: Mapping[str, Any], folder: Path | None = None) -> Metric:
    """Check options against the fields of a metric class and make the metric.

    Every metric has the option ``as``, another name, so that a suite can have two of a kind.

    Raises:
        MetricOptionError: An option is unknown, missing or of the wrong type.
        SuiteError: Something the options name cannot be used.
    """
    name = kind.name
    fields = option_fields(kind)
    given = {"folder": folder} if "folder" in fields else {}
    choices = [f for f in fields if f != "folder"]
    for option in options:
        if option not in choices and option != AS:
            hint = did_you_mean(option, choices) if choices else f"its one option is {AS}, another name for it"
            raise MetricOptionError(Fault(f"{name} has no option {option!r}", hint), option)
    for option, field in fields.items():
        needed = field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
        if needed and option not in options and option not in given:
            raise MetricOptionError(Fault(f"{name} needs the option {option!r}", f"write {name}: {{{option}: ...}}"))
    own = {option: value for option, value in options.items() if option != AS}
    typed = {fields[option].name: _typed(kind, option, fields[option].name, value) for option, value in own.items()}
    try:
        made = kind(**given, **typed)
    except SuiteError:
        raise
    except (ValueError, TypeError) as error:
        raise MetricOptionError(Fault(f"{name}: {error}", "correct its options")) from None
    if AS in options:
        _check_name(name, options[AS], folder)
        made = _called(made, options[AS])
    return made  # type: ignore[no-any-return]


def option_fields(kind: type[Any]) -> dict[str, dataclasses.Field[Any]]:
    """The fields of a metric class by the name of their option: their own, unless their metadata says ``option``."""
    if not dataclasses.is_dataclass(kind):
        return {}
    return {str(f.metadata.get("option", f.name)): f for f in dataclasses.fields(kind) if f.init}


def for_fixtures(metric: Metric, fixtures: Iterable[Fixture]) -> Metric:
    """The metric to measure a set of fixtures with, where it has to know all of them first; else the metric itself."""
    fill: Callable[[Iterable[Fixture]], Metric] = getattr(metric, "for_fixtures", lambda _: metric)
    filled = fill(fixtures)
    return filled if filled is metric or filled.name == metric.name else _called(filled, metric.name)


def part_names(metric: Metric) -> tuple[str, ...] | None:
    """The parts a metric always has; None where only measuring tells."""
    named = getattr(metric, "parts", None)
    return None if named is None else named()


def _check_name(kind: str, name: Any, folder: Path | None) -> None:
    """Refuse a name that would be read as something else."""
    if not isinstance(name, str) or not name or "." in name:
        said = f"{kind}: {AS} is {name!r:.80}, which is no name for a metric"
        raise MetricOptionError(Fault(said, "give a text without a dot"), AS)
    if name != kind and name in metric_names(folder):
        said = f"{kind}: {AS} is {name!r}, the name of another metric"
        raise MetricOptionError(Fault(said, "give a name of your own"), AS)


def _called(metric: Metric, name: str) -> Metric:
    """The metric under another name."""
    try:
        object.__setattr__(metric, "name", name)  # a frozen dataclass; the class keeps its own
    except AttributeError:
        said = f"{metric.name} cannot be given another name"
        raise MetricOptionError(Fault(said, "make its class a dataclass without slots"), AS) from None
    return metric


def _ready(metric: Metric) -> Metric:
    """Let a metric that reads files before it can measure do so now."""
    getattr(metric, "ready", lambda: None)()
    return metric


def _gated(named: Iterable[str]) -> tuple[str, ...]:
    """Those of ``GATED`` that gates name."""
    wanted = set(named)
    return tuple(name for name in GATED if name in wanted)


def _make_all(
    pairs: Sequence[tuple[str, Mapping[str, Any]]],
    folder: Path | None,
    finish: Callable[[Metric], Metric] = lambda m: m,
    also: Sequence[str] = (),
) -> tuple[Metric, ...]:
    faults: list[Fault] = []
    made: list[Metric] = []
    declared = {(options or {}).get("as", name) for name, options in pairs}
    for name, options in [*pairs, *((name, {}) for name in (*ALWAYS, *also) if name not in declared)]:
        try:
            made.append(finish(make_metric(metric_class(name, folder), options or {}, folder)))
        except SuiteError as error:
            faults += [fault for fault in error.faults if fault not in faults]
    if faults:
        raise SuiteError(*faults)
    return tuple(made)


def _typed(kind: type[Any], option: str, field: str, value: Any) -> Any:
    """Check one option's value against its field's type, strictly, as JSON: a list may fill a tuple, "1" is no number."""
    from pydantic import TypeAdapter, ValidationError

    try:
        wanted = get_type_hints(kind)[field]
    except (NameError, TypeError, KeyError):
        return value
    if isinstance(value, Path):
        value = str(value)
    try:
        adapter = TypeAdapter(wanted)
        return adapter.validate_json(json.dumps(value, default=str), strict=True)
    except ValidationError as error:
        said = "; ".join(dict.fromkeys(e["msg"] for e in error.errors()))
        raise MetricOptionError(
            Fault(f"{kind.name}: the option {option!r} is {value!r:.80}, which will not do", said[:1].lower() + said[1:]), option
        ) from None
