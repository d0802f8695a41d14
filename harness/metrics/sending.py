"""Sending a metric to another process: where its class is found there, and what it holds."""

from __future__ import annotations

import importlib
import pickle
import sys
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from harness.metrics.contract import Metric
from harness.metrics.function import MARK
from harness.metrics.plugin import run_file


@dataclass(frozen=True, slots=True)
class Sent:
    """A metric taken apart so that it can be put together in another process.

    Attributes:
        module: The module of its class.
        file: The suite's metrics.py, where that is the module.
        name: What the module calls the class, or the function it was made of.
        state: The metric's attributes, pickled.
    """

    module: str
    file: str | None
    name: str
    state: bytes


def take_apart(metric: Metric) -> Sent | None:
    """Take a metric apart; None where it can be measured with in this process alone."""
    kind = type(metric)
    module = sys.modules.get(kind.__module__)
    if (
        module is None
        or kind.__module__ == "__main__"
        or getattr(metric, "one_process", False)
        or not hasattr(metric, "__dict__")
    ):
        return None
    name = kind.__name__
    if getattr(module, name, None) is not kind:
        name = getattr(getattr(kind, "function", None), "__name__", "")
        if getattr(getattr(module, name, None), MARK, None) is not kind:
            return None
    kept = {key: value for key, value in vars(metric).items() if not isinstance(_found(kind, key), cached_property)}
    try:
        state = pickle.dumps(kept)
    except Exception:
        return None
    file = getattr(module, "__file__", None) if kind.__module__.startswith("harness_suite_metrics_") else None
    return Sent(kind.__module__, file, name, state)


def put_together(sent: Sent) -> Metric:
    """Make the metric again, ready to measure."""
    if sent.file is not None:
        path = Path(sent.file)
        run_file(path, path.read_bytes())
    found = getattr(importlib.import_module(sent.module), sent.name)
    kind: Any = found if isinstance(found, type) else getattr(found, MARK)
    metric: Metric = object.__new__(kind)
    vars(metric).update(pickle.loads(sent.state))
    getattr(metric, "ready", lambda: None)()
    return metric


def _found(kind: type[Any], name: str) -> Any:
    return next((vars(each)[name] for each in kind.__mro__ if name in vars(each)), None)
