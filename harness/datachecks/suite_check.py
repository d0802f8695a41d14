"""Every check of a suite's data, gathered: one finding for each thing that is the matter."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime

from harness.datachecks.duplicate import check_duplicates
from harness.datachecks.finding import Finding, Severity, check_gold_context, check_size
from harness.datachecks.leak import Leak, LeakKind, check_leaks
from harness.datachecks.retiring import check_retirements
from harness.suite import Suite

_SHOWN = 3
"""Examples in a finding's message; its ``fixtures`` names them all."""

_LEAKS: dict[LeakKind, tuple[Severity, str, str]] = {
    "same input in the training data": ("serious", "also stand in the training data", "Leave them out of one of the two."),
    "same input in a prompt": ("serious", "also stand in a prompt", "Use other examples in the prompt."),
    "same group in the training data": ("warning", "share a group with training data", "Keep each group on one side."),
}


def check_suite(suite: Suite, *, today: date | None = None) -> tuple[Finding, ...]:
    """Run every data check on a suite that loads.

    Args:
        suite: The suite.
        today: The day that retirements of its models are counted from; today (UTC) unless given.

    Returns:
        Findings, the serious ones first: leaks, contradictions, duplicates, chunks that are not there, models about to be
        retired, and size.
    """
    findings: list[Finding] = []
    leaks = check_leaks(suite)
    for kind, (severity, said, hint) in _LEAKS.items():
        if of_kind := [leak for leak in leaks if leak.kind == kind]:
            findings.append(_leak_finding(severity, of_kind, said, hint))
    duplicates = check_duplicates(suite)
    for is_conflict in (True, False):
        if pairs := [d for d in duplicates if d.is_conflict == is_conflict]:
            said = "ask what an earlier one asks" + (" and expect another answer" if is_conflict else "")
            hint = "Correct one of each pair." if is_conflict else "Leave one out, or give both one group."
            examples = [f"{d.fixture_id} ({d.source}) and {d.first_id} ({d.first_source})" for d in pairs]
            message = f"fixtures that {said} ({len(pairs)}): {_some(examples)}. {hint}"
            severity = "serious" if is_conflict else "warning"
            findings.append(Finding(severity, "duplicates", message, tuple(d.fixture_id for d in pairs)))
    findings.extend(check_gold_context(suite))
    findings.extend(check_retirements(suite, today or datetime.now(UTC).date()))
    findings.extend(check_size(suite))
    order: list[Severity] = ["serious", "warning", "note"]
    return tuple(sorted(findings, key=lambda finding: order.index(finding.severity)))


def _leak_finding(severity: Severity, leaks: Sequence[Leak], said: str, hint: str) -> Finding:
    examples = [f"{leak.fixture_id} ({leak.source}, seen at {leak.seen_at})" for leak in leaks]
    message = f"fixtures that {said} ({len(leaks)}): {_some(examples)}. {hint}"
    return Finding(severity, "leaks", message, tuple(leak.fixture_id for leak in leaks))


def _some(examples: Sequence[str]) -> str:
    more = len(examples) - _SHOWN
    return "; ".join(examples[:_SHOWN]) + (f"; and {more} more" if more > 0 else "")
