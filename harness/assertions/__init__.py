"""Verdicts as assertions: what a test asks of a run, and runs that a whole test session shares."""

from harness.assertions.asking import AskedFor
from harness.assertions.asserting import (
    assert_at_least,
    assert_at_most,
    assert_better,
    assert_equivalent,
    assert_no_worse,
    gate_text,
)
from harness.assertions.properties import gate_rows, properties
from harness.assertions.referring import AgainstReference, against_reference
from harness.assertions.shared_runs import Shared, SharedRuns, missing_text
from harness.report import gate_lines, gate_markdown

__all__ = [
    "AgainstReference",
    "AskedFor",
    "Shared",
    "SharedRuns",
    "against_reference",
    "assert_at_least",
    "assert_at_most",
    "assert_better",
    "assert_equivalent",
    "assert_no_worse",
    "gate_lines",
    "gate_markdown",
    "gate_rows",
    "gate_text",
    "missing_text",
    "properties",
]
