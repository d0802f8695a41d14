"""A suite that has been read: its definition, fixtures, training data and prompts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness.errors import Fault
from harness.suite.definition import SuiteDefinition, Variant
from harness.suite.files import shown_name
from harness.suite.fixture import Fixture
from harness.suite.prompt import Prompt
from harness.suite.yaml_file import KeyPath, nearest_line


@dataclass(frozen=True, slots=True)
class MetricEntry:
    """One item under ``metrics``.

    Attributes:
        kind: The metric's own name.
        options: Its options, ``as`` among them.
        line: Its line in suite.yaml.
    """

    kind: str
    options: Mapping[str, Any] = field(default_factory=dict)
    line: int | None = None

    @property
    def name(self) -> str:
        """What the suite calls it: the option ``as``, so that one kind can be measured twice, or else the metric's own name."""
        return str(self.options.get("as", self.kind))


@dataclass(frozen=True)
class Suite:
    """Everything a run needs to know of what is asked.

    Attributes:
        name: The suite's name.
        path: Its suite.yaml, absolute.
        folder: The folder that holds it; the paths in suite.yaml start there.
        definition: What suite.yaml says, with the floors that were added.
        fixtures: In file order.
        training: The fine-tune's training data, never run.
        prompts: By variant, for every variant that asks a model.
        hashes: SHA-256, in hex: ``suite``, ``fixtures``, ``training`` (or None), and by variant ``prompts``,
            ``adapters`` and ``corpora``.
        sources: For each fixture id, the ``file:line`` it stands on.
        training_sources: Likewise for each item of ``training``, in its order.
        lines: For each key path of suite.yaml, its line.
    """

    name: str
    path: Path
    folder: Path
    definition: SuiteDefinition
    fixtures: tuple[Fixture, ...] = field(repr=False)
    training: tuple[Fixture, ...] = field(default=(), repr=False)
    prompts: Mapping[str, Prompt] = field(default_factory=dict, repr=False)
    hashes: Mapping[str, Any] = field(default_factory=dict, repr=False)
    sources: Mapping[str, str] = field(default_factory=dict, repr=False)
    training_sources: tuple[str, ...] = field(default=(), repr=False)
    lines: Mapping[KeyPath, int] = field(default_factory=dict, repr=False)

    @property
    def variants(self) -> Mapping[str, Variant]:
        """The variants by name, in the order they are declared; added floors come last."""
        return self.definition.variants

    @property
    def metric_entries(self) -> tuple[MetricEntry, ...]:
        """The declared metrics, each with its options and line."""
        entries = []
        for position, entry in enumerate(self.definition.metrics):
            name, options = (entry, {}) if isinstance(entry, str) else next(iter(entry.items()))
            entries.append(MetricEntry(name, options, self.line_of("metrics", position)))
        return tuple(entries)

    def line_of(self, *keys: Any) -> int | None:
        """Line in suite.yaml of a nested key, or of the nearest key above it.

        Args:
            keys: The keys from the top; list positions count from 0: ``line_of("gates", 2, "metric")``.
        """
        return nearest_line(self.lines, keys)

    def fault(self, message: str, hint: str = "", *keys: Any) -> Fault:
        """Make a fault about a place in suite.yaml; ``keys`` as for :meth:`line_of`."""
        return Fault(message, hint, shown_name(self.path), self.line_of(*keys))


def in_slice(fixture: Fixture, slice_name: str) -> bool:
    """Whether a fixture belongs to a slice: ``tag:<tag>`` or ``group:<group>``.

    Raises:
        ValueError: The name is of neither form.
    """
    kind, _, value = slice_name.partition(":")
    if kind == "tag" and value:
        return value in fixture.tags
    if kind == "group" and value:
        return value == fixture.group
    raise ValueError(f"{slice_name} is no slice; write tag:<tag> or group:<group>")
