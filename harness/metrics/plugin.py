"""Metrics that are not built in: a suite's own metrics.py, and installed packages."""

from __future__ import annotations

import hashlib
import importlib.util
import sys
import traceback
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from types import ModuleType
from typing import Any

from harness.errors import Fault, SuiteError
from harness.metrics.function import MARK

GROUP = "harness.metrics"
FILE = "metrics.py"
OWN_MODULE = "harness_suite_metrics_"
"""How the modules that suites' own files become are named."""

_ATTRIBUTES = ("name", "higher_is_better", "unit", "scale", "quantile", "measure", "estimate")


def suite_metrics(folder: Path | None) -> Mapping[str, type[Any]]:
    """Load the metric classes and decorated functions of ``<folder>/metrics.py``, by name; none without that file.

    Raises:
        SuiteError: The file cannot be run, or a class in it is not a metric; the fault says where.
    """
    path = (folder or Path()) / FILE
    if folder is None or not path.is_file():
        return {}
    module = run_file(path, path.read_bytes())
    found: dict[str, type[Any]] = {}
    for value in vars(module).values():
        kind = getattr(value, MARK, None) if not isinstance(value, type) else value
        if isinstance(kind, type) and kind.__module__ == module.__name__ and hasattr(kind, "measure"):
            if (fault := fault_of(kind, path)) is not None:
                raise SuiteError(fault)
            found[kind.name] = kind  # type: ignore[attr-defined]  # fault_of has looked
    return found


def suite_function(folder: Path, name: str) -> Callable[..., Any]:
    """Find a plain function in ``<folder>/metrics.py``.

    Raises:
        SuiteError: There is no such file or function, or the file cannot be run.
    """
    path = folder / FILE
    if not path.is_file():
        raise SuiteError(Fault(f"there is no {as_user_says(str(path))} to find the function {name} in", "write it there"))
    found = getattr(run_file(path, path.read_bytes()), name, None)
    if not callable(found):
        raise SuiteError(Fault(f"there is no function {name!r}", f"define {name} there", as_user_says(str(path))))
    return found  # type: ignore[no-any-return]


def installed_metrics() -> Mapping[str, Any]:
    """Find the entry points of the group ``harness.metrics``, by name; none is imported."""
    from importlib.metadata import entry_points

    return {point.name: point for point in entry_points(group=GROUP)}


def load_installed(point: Any) -> type[Any]:
    """Import one entry point: a metric class or a decorated function.

    Raises:
        SuiteError: It cannot be imported or is not a metric.
    """
    try:
        loaded = point.load()
    except Exception as error:
        said = f"the installed metric {point.name!r} ({point.value}) cannot be imported: {error}"
        raise SuiteError(Fault(said, "mend or remove its package")) from None
    kind = loaded if isinstance(loaded, type) else getattr(loaded, MARK, None)
    if not isinstance(kind, type):
        raise SuiteError(f"the installed metric {point.name!r} ({point.value}) is neither a class nor a decorated function")
    if (fault := fault_of(kind, None)) is not None:
        raise SuiteError(fault)
    return kind


def fault_of(kind: type[Any], path: Path | None) -> Fault | None:
    """Say what a class lacks to be a metric; None where it lacks nothing."""
    lacking = [name for name in _ATTRIBUTES if not hasattr(kind, name)]
    place = (None, None) if path is None else (as_user_says(str(path)), _line_of(kind))
    if lacking:
        said = f"the metric class {kind.__name__} has no {', '.join(lacking)}"
        return Fault(said, "inherit harness.metrics.MeanMetric and set name", *place)
    if not isinstance(kind.name, str) or not kind.name or "." in kind.name:
        said = f"the metric class {kind.__name__} needs a name without a dot"
        return Fault(said, "a dot separates a metric from its part", *place)
    return None


def place_of(error: BaseException, path: str | None = None) -> tuple[str | None, int | None]:
    """Name the file and line an exception came from: the innermost line in ``path``, or else the innermost of all."""
    frames = traceback.extract_tb(error.__traceback__)
    inside = [frame for frame in frames if frame.filename == path] or frames
    return (inside[-1].filename, inside[-1].lineno) if inside else (path, None)


def as_user_says(path: str) -> str:
    """Shorten a path to one relative to the working directory where it lies below it."""
    try:
        return str(Path(path).resolve().relative_to(Path.cwd()))
    except ValueError:
        return path


@lru_cache(maxsize=32)
def run_file(path: Path, source: bytes) -> ModuleType:
    """Run a suite's metrics.py as a module of its own, once.

    Args:
        path: The file, which names the module.
        source: What it says now.

    Raises:
        SuiteError: It is not Python, or raises; the fault has the line.
    """
    name = f"{OWN_MODULE}{hashlib.sha256(str(path.resolve()).encode()).hexdigest()[:12]}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise SuiteError(Fault("cannot be read as Python", "give a Python file", str(path)))
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses look their module up there
    try:
        exec(compile(source, str(path), "exec"), vars(module))
    except SyntaxError as error:
        line = error.lineno if error.filename == str(path) else None
        raise SuiteError(Fault(f"not Python: {error.msg}", "correct the file", as_user_says(str(path)), line)) from None
    except Exception as error:
        line = place_of(error, str(path))[1]
        said = f"cannot be imported: {type(error).__name__}: {error}"
        raise SuiteError(Fault(said, "correct the file", as_user_says(str(path)), line)) from None
    return module


def _line_of(kind: type[Any]) -> int | None:
    import inspect

    try:
        return inspect.getsourcelines(kind)[1]
    except (OSError, TypeError):
        return None
