"""Metrics named for a run that is there already: a YAML list, a suite.yaml, or names and options from Python."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness.errors import Fault, SuiteError, raise_faults
from harness.metrics import Metric, UnknownMetricError, for_fixtures, load_metric
from harness.suite import Fixture, YamlFile, did_you_mean, read_yaml

Named = str | Mapping[str, Mapping[str, Any]] | Metric
"""A metric's name, its name with its options, or a metric."""

HOW = "write a list such as: - accuracy, or - json_schema: {schema: order.schema.json}"


@dataclass(frozen=True, slots=True)
class Entry:
    """One metric named.

    Attributes:
        kind: The metric's own name.
        options: Its options, ``as`` among them.
        metric: The metric itself, where one was given ready-made.
        file: The file it is named in, and its position there; None where it was named in Python.
    """

    kind: str
    options: Mapping[str, Any] = field(default_factory=dict)
    metric: Metric | None = None
    file: tuple[YamlFile, tuple[Any, ...]] | None = None

    @property
    def name(self) -> str:
        """What it is called."""
        return str(self.options.get("as", self.kind))

    @property
    def definition(self) -> str | dict[str, dict[str, Any]]:
        """The entry as suite.yaml writes it."""
        return {self.kind: dict(self.options)} if self.options else self.kind

    def placed(self, fault: Fault) -> Fault:
        """Give a fault without a place the place of this entry."""
        if fault.file is not None or self.file is None:
            return fault
        document, keys = self.file
        return document.fault(fault.message, fault.hint, *keys)


def read_metric_list(metrics: str | os.PathLike[str] | Sequence[Named]) -> tuple[tuple[Entry, ...], Path | None]:
    """Read which metrics are meant.

    Args:
        metrics: A file, which holds a YAML list as suite.yaml has it under ``metrics``, or is a suite.yaml; or such a list.

    Returns:
        The entries, and the folder of the file.

    Raises:
        SuiteError: The file cannot be read, or an entry is none; all faults at once.
    """
    if not isinstance(metrics, str | os.PathLike):
        return _distinct([_entry(each, None) for each in metrics], []), None
    path = Path(metrics)
    path = path / "suite.yaml" if path.is_dir() else path
    try:
        document, faults = read_yaml(path.read_bytes(), str(path))
    except OSError as error:
        raise SuiteError(
            Fault(f"cannot be read: {error.strerror or error}", "name a file with a list of metrics", str(path))
        ) from None
    if document is None:
        raise SuiteError(*faults)
    keys: tuple[Any, ...] = ()
    listed = document.value
    if isinstance(listed, Mapping) and "metrics" in listed:
        keys, listed = ("metrics",), listed["metrics"]
    if not isinstance(listed, list) or not listed:
        raise SuiteError(*faults, document.fault("there is no list of metrics", HOW, *keys))
    read = [_entry(each, (document, (*keys, position))) for position, each in enumerate(listed)]
    return _distinct(read, faults), path.parent


def make_metrics(
    entries: Sequence[Entry], folders: Sequence[Path | None], fixtures: Sequence[Fixture], variants: Iterable[str]
) -> tuple[Metric, ...]:
    """Make the metrics, ready to measure those fixtures.

    Args:
        entries: The metrics named.
        folders: Where files and the ``metrics.py`` they name are looked for, the first that has them.
        fixtures: The run's fixtures.
        variants: The run's variants.

    Raises:
        SuiteError: With every fault found.
    """
    made: list[Metric] = []
    faults: list[Fault] = []
    known = list(variants)
    for entry in entries:
        try:
            metric = entry.metric if entry.metric is not None else _made(entry, folders)
        except SuiteError as error:
            faults += [entry.placed(fault) for fault in error.faults]
            continue
        made.append(for_fixtures(metric, fixtures))
        faults += [entry.placed(fault) for fault in getattr(metric, "faults", lambda fixtures: ())(fixtures)]
        for option, variant in getattr(metric, "named_variants", dict)().items():
            if variant not in known:
                said = f"{entry.name}: {option} names the variant {variant!r}, which the run does not have"
                faults.append(entry.placed(Fault(said, did_you_mean(variant, known))))
    raise_faults(dict.fromkeys(faults))
    return tuple(made)


def _made(entry: Entry, folders: Sequence[Path | None]) -> Metric:
    errors: list[SuiteError] = []
    for folder in folders or (None,):
        try:
            return load_metric(entry.kind, folder=folder, **entry.options)
        except SuiteError as error:
            errors.append(error)
    raise next((error for error in errors if not isinstance(error, UnknownMetricError)), errors[0])


def _entry(said: Any, file: tuple[YamlFile, tuple[Any, ...]] | None) -> Entry | Fault:
    if isinstance(said, str):
        return Entry(said, file=file)
    if isinstance(said, Mapping) and len(said) == 1:
        ((name, options),) = said.items()
        options = {} if options is None else options
        if isinstance(name, str) and isinstance(options, Mapping) and all(isinstance(option, str) for option in options):
            return Entry(name, options, file=file)
    elif not isinstance(said, Mapping) and callable(getattr(said, "measure", None)):
        return Entry(said.name, metric=said)
    fault = Fault(f"{said!r:.60} is no metric with its options", HOW)
    return fault if file is None else file[0].fault(fault.message, fault.hint, *file[1])


def _distinct(read: Sequence[Entry | Fault], faults: Sequence[Fault]) -> tuple[Entry, ...]:
    """The entries, where there are some, none is at fault and none has another's name."""
    entries: dict[str, Entry] = {}
    found = list(faults)
    for each in read:
        if isinstance(each, Fault):
            found.append(each)
        elif each.name in entries:
            hint = f"keep one, or give one another name: {each.kind}: {{as: ...}}"
            found.append(each.placed(Fault(f"the metric {each.name} is named twice", hint)))
        else:
            entries[each.name] = each
    raise_faults(found)
    if not entries:
        raise SuiteError(Fault("no metric is named", HOW))
    return tuple(entries.values())
