"""Whether a set is fit to decide with: leaks, duplicates, size. Findings, not faults."""

from harness.datachecks.duplicate import Duplicate, check_duplicates
from harness.datachecks.finding import Finding, check_gold_context, check_size
from harness.datachecks.leak import Leak, check_leaks
from harness.datachecks.retiring import check_retirements
from harness.datachecks.suite_check import check_suite

__all__ = [
    "Duplicate",
    "Finding",
    "Leak",
    "check_duplicates",
    "check_gold_context",
    "check_leaks",
    "check_retirements",
    "check_size",
    "check_suite",
]
