"""Packages that only some metrics need: a missing one is told before anything is asked."""

from __future__ import annotations

from importlib.util import find_spec

from harness.errors import Fault, SuiteError


def require_package(package: str, metric: str, extra: str = "text") -> None:
    """Make sure that a package is there, without importing it.

    Args:
        package: Its import name.
        metric: The metric that needs it.
        extra: The extra of finetune-harness that installs it.

    Raises:
        SuiteError: It is not installed; the hint says how to install it.
    """
    if find_spec(package) is None:
        said = f"{metric} needs the package {package}, which is not installed"
        raise SuiteError(Fault(said, f"pip install 'finetune-harness[{extra}]'"))
