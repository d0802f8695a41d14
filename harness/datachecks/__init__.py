"""Whether a set is fit to decide with: leaks, duplicates, size. Findings, not faults."""

from harness.datachecks.attributes import attributes_of, values_of
from harness.datachecks.bias import check_label_bias
from harness.datachecks.drift import Drift, Measure, UncoveredTopic, drift
from harness.datachecks.drift_findings import check_drift, drift_keys, proposed
from harness.datachecks.duplicate import Duplicate, check_duplicates, propose_groups
from harness.datachecks.finding import SEVERITIES, Finding, Severity, counted, ranked
from harness.datachecks.gold_context import check_gold_context
from harness.datachecks.grouping import write_grouped
from harness.datachecks.leak import Leak, LeakKind, check_leaks, serious_leaks
from harness.datachecks.power import Basis, GatePower, gate_power, independent_in
from harness.datachecks.power_findings import power_findings, power_keys
from harness.datachecks.retiring import check_retirements
from harness.datachecks.sensitive import Redactor, write_fixtures, write_redacted
from harness.datachecks.size import check_size
from harness.datachecks.suite_check import CHECKS, SuiteCheck, check_data, check_suite

__all__ = [
    "CHECKS",
    "SEVERITIES",
    "Basis",
    "Drift",
    "Duplicate",
    "Finding",
    "GatePower",
    "Leak",
    "LeakKind",
    "Measure",
    "Redactor",
    "Severity",
    "SuiteCheck",
    "UncoveredTopic",
    "attributes_of",
    "check_data",
    "check_drift",
    "check_duplicates",
    "check_gold_context",
    "check_label_bias",
    "check_leaks",
    "check_retirements",
    "check_size",
    "check_suite",
    "counted",
    "drift",
    "drift_keys",
    "gate_power",
    "independent_in",
    "power_findings",
    "power_keys",
    "propose_groups",
    "proposed",
    "ranked",
    "serious_leaks",
    "values_of",
    "write_fixtures",
    "write_grouped",
    "write_redacted",
]
