"""Loading a suite with every check there is, so that all faults are told at once."""

from __future__ import annotations

from pathlib import Path

from harness import suite as suites


def load_suite(path: str | Path) -> suites.Suite:
    """Read a suite, its fixtures, prompts, metrics, gates and files of outputs.

    Args:
        path: The suite's folder, or its suite.yaml.

    Raises:
        SuiteError: With every fault found, each with its file, its line and what to do.
    """
    from harness.metrics import check_metrics
    from harness.running import check_outputs

    return suites.load_suite(path, checks=(check_metrics, check_outputs))
