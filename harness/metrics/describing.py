"""Telling a user which metrics there are, what each measures and what options it takes."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.metrics.registry import metric_class, metric_names


@dataclass(frozen=True, slots=True)
class Description:
    """One metric in words.

    Attributes:
        name: What suite.yaml calls it.
        summary: Its first sentence.
        text: The whole explanation.
        options: Options and how their values are written when nothing is said; ``required`` where one must be given.
        unit: What a value is counted in.
        higher_is_better: The direction that is good.
    """

    name: str
    summary: str
    text: str
    options: Mapping[str, str]
    unit: str
    higher_is_better: bool


def describe_metrics(name: str | None = None, folder: Path | None = None) -> tuple[Description, ...]:
    """Describe every metric that can be used, or the one with that name.

    Args:
        name: One metric; all of them unless given.
        folder: A suite's folder, whose own metrics.py counts too.

    Raises:
        UnknownMetricError: No metric has that name; the hint has the nearest one.
    """
    names = metric_names(folder) if name is None else (name,)
    return tuple(_described(metric_class(each, folder)) for each in names)


def _described(kind: type[Any]) -> Description:
    text = inspect.cleandoc(kind.__doc__ or "No description.")
    options: dict[str, str] = {}
    for field in dataclasses.fields(kind) if dataclasses.is_dataclass(kind) else ():
        if not field.init or field.name == "folder":
            continue
        if field.default is not dataclasses.MISSING:
            options[field.name] = repr(field.default)
        else:
            options[field.name] = "required" if field.default_factory is dataclasses.MISSING else repr(field.default_factory())
    summary = text.split("\n\n")[0].replace("\n", " ")
    return Description(kind.name, summary, text, options, kind.unit, kind.higher_is_better)
