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
    "bless": "harness.session",
    "compare": "harness.session",
    "compare_runs": "harness.session",
    "compare_with_reference": "harness.session",
    "decide": "harness.session",
    "estimate": "harness.session",
    "export": "harness.session",
    "load_run": "harness.session",
    "load_suite": "harness.session",
    "metric": "harness.metrics",
    "nightly": "harness.session",
    "migrate": "harness.session",
    "retry_failed": "harness.session",
    "run": "harness.session",
    "score": "harness.session",
    "sign_off": "harness.session",
    "verify_sign_off": "harness.session",
    "without_leaks": "harness.session",
}
_ROOMS = (
    "assertions",
    "capture",
    "metrics",
    "models",
    "report",
    "retrieval",
    "running",
    "stats",
    "store",
    "suite",
    "testing",
    "verdicts",
)

__all__ = [
    "EvaluatedRun",
    "Fixture",
    "HarnessError",
    "Response",
    "Suite",
    "ToolCall",
    "__version__",
    "aa",
    "assertions",
    "bless",
    "capture",
    "compare",
    "compare_runs",
    "compare_with_reference",
    "decide",
    "estimate",
    "export",
    "load_run",
    "load_suite",
    "metric",
    "metrics",
    "migrate",
    "models",
    "nightly",
    "report",
    "retrieval",
    "retry_failed",
    "run",
    "running",
    "score",
    "sign_off",
    "stats",
    "store",
    "suite",
    "testing",
    "verdicts",
    "verify_sign_off",
    "without_leaks",
]

if TYPE_CHECKING:
    from harness import assertions, capture, metrics, models, retrieval, running, stats, store, suite, testing, verdicts
    from harness.errors import HarnessError
    from harness.metrics import metric
    from harness.models import Response, ToolCall
    from harness.session import (
        EvaluatedRun,
        aa,
        bless,
        compare,
        compare_runs,
        compare_with_reference,
        decide,
        estimate,
        export,
        load_run,
        load_suite,
        migrate,
        nightly,
        report,
        retry_failed,
        run,
        score,
        sign_off,
        verify_sign_off,
        without_leaks,
    )
    from harness.suite import Fixture, Suite


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(import_module(_HOME[name]), name)
    if name in _ROOMS:
        return import_module(f"harness.{name}")
    raise AttributeError(f"module 'harness' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
