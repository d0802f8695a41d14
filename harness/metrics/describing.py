"""Telling a user which metrics there are, what each measures and what options it takes."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path
from typing import Any

from harness.metrics.plugin import OWN_MODULE
from harness.metrics.registry import metric_class, metric_names, option_fields

FAMILIES: Mapping[str, tuple[str, ...]] = {
    "Right answers": ("exact", "fields", "squad"),
    "Classification": ("classification", "confusion", "costs", "abstention", "calibration"),
    "Structured output": ("structure", "presence", "invented", "rules"),
    "Text": ("similarity", "chrf", "bleu", "rouge", "readability", "length"),
    "Style and conduct": ("brand", "language", "refusal", "escalation", "copying"),
    "Tool calls": ("tool_calls",),
    "Retrieval": ("ranking", "groundedness"),
    "Judges": ("rubric", "preference"),
    "Operations": ("operations",),
}
"""The families of the built-in metrics, in the order they are listed, with the modules they are in."""

OTHER = "Other"
OWN = "The suite's own"
INSTALLED = "Installed"


@dataclass(frozen=True, slots=True)
class Description:
    """One metric in words.

    Attributes:
        name: What suite.yaml calls it.
        family: The metrics it belongs with.
        summary: Its first sentence.
        text: The whole explanation.
        options: Options and how their values are written when nothing is said; ``required`` where one must be given.
        unit: What a value is counted in.
        higher_is_better: The direction that is good.
    """

    name: str
    family: str
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
    described = [_described(metric_class(each, folder)) for each in names]
    order = [*FAMILIES, OTHER, OWN, INSTALLED]
    return tuple(sorted(described, key=lambda each: order.index(each.family) if each.family in order else len(order)))


def family_of(kind: type[Any]) -> str:
    """Name the family of a metric class; one that is not built in may say it in a class attribute ``family``."""
    room, _, module = kind.__module__.rpartition(".")
    if room == "harness.metrics":
        return next((family for family, modules in FAMILIES.items() if module in modules), OTHER)
    return str(getattr(kind, "family", OWN if kind.__module__.startswith(OWN_MODULE) else INSTALLED))


def _described(kind: type[Any]) -> Description:
    text = inspect.cleandoc(kind.__doc__ or "No description.")
    options: dict[str, str] = {}
    for option, field in option_fields(kind).items():
        if option == "folder":
            continue
        if field.default is not dataclasses.MISSING:
            options[option] = repr(field.default)
        else:
            options[option] = "required" if field.default_factory is dataclasses.MISSING else repr(field.default_factory())
    summary = text.split("\n\n")[0].replace("\n", " ")
    return Description(
        kind.name, family_of(kind), summary, text + _shared_options(kind), options, kind.unit, kind.higher_is_better
    )


def _shared_options(kind: type[Any]) -> str:
    """What the classes a metric inherits options from say of those options, as a section of its own."""
    found: list[str] = []
    for base in kind.__mro__[1:]:
        if dataclasses.is_dataclass(base):
            _, named, rest = inspect.cleandoc(base.__dict__.get("__doc__") or "").partition("\nAttributes:\n")
            found += takewhile(str.strip, rest.split("\n")) if named else ()
    return "\n".join(["\n\nOptions it shares with others of its family:", *found]) if found else ""
