"""The evaluation and regression harness for fine-tunes: is the lift signal or noise, and may it ship?

The names below are imported when they are first used, so that ``import harness`` costs milliseconds.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

_HOME = {
    "EvaluatedRun": "harness.session",
    "Fixture": "harness.suite",
    "HarnessError": "harness.errors",
    "Response": "harness.models",
    "Suite": "harness.suite",
    "ToolCall": "harness.models",
    "aa": "harness.session",
    "compare": "harness.session",
    "estimate": "harness.session",
    "load_run": "harness.session",
    "load_suite": "harness.session",
    "metric": "harness.metrics",
    "retry_failed": "harness.session",
    "run": "harness.session",
    "score": "harness.session",
}
_ROOMS = ("metrics", "models", "report", "retrieval", "running", "stats", "store", "suite", "testing", "verdicts")

__all__ = [
    "EvaluatedRun",
    "Fixture",
    "HarnessError",
    "Response",
    "Suite",
    "ToolCall",
    "__version__",
    "aa",
    "compare",
    "estimate",
    "load_run",
    "load_suite",
    "metric",
    "metrics",
    "models",
    "report",
    "retrieval",
    "retry_failed",
    "run",
    "running",
    "score",
    "stats",
    "store",
    "suite",
    "testing",
    "verdicts",
]

if TYPE_CHECKING:
    from harness import metrics, models, retrieval, running, stats, store, suite, testing, verdicts
    from harness.errors import HarnessError
    from harness.metrics import metric
    from harness.models import Response, ToolCall
    from harness.session import EvaluatedRun, aa, compare, estimate, load_run, load_suite, report, retry_failed, run, score
    from harness.suite import Fixture, Suite


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(import_module(_HOME[name]), name)
    if name in _ROOMS:
        return import_module(f"harness.{name}")
    raise AttributeError(f"module 'harness' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
