"""Every check of a suite's data, gathered into one ranked list of findings."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime

from harness.datachecks.bias import check_label_bias
from harness.datachecks.corpus_leak import check_corpus
from harness.datachecks.coverage import check_coverage
from harness.datachecks.finding import Finding, ranked
from harness.datachecks.gold_context import check_gold_context
from harness.datachecks.retiring import check_retirements
from harness.datachecks.seen import check_seen
from harness.datachecks.sensitive import check_sensitive
from harness.datachecks.size import check_size
from harness.datachecks.template import check_templates
from harness.datachecks.training import check_training
from harness.datachecks.training_scores import check_training_scores
from harness.suite import Suite

SuiteCheck = Callable[[Suite], Iterable[Finding]]

CHECKS: tuple[SuiteCheck, ...] = (
    check_seen,
    check_corpus,
    check_gold_context,
    check_templates,
    check_training,
    check_training_scores,
    check_sensitive,
    check_coverage,
    check_label_bias,
    check_size,
)
"""The checks that need nothing but the suite, in the order their findings are shown in among those of one severity."""


def check_suite(suite: Suite, *, today: date | None = None, more: Sequence[SuiteCheck] = ()) -> tuple[Finding, ...]:
    """Run every data check on a suite that loads.

    Args:
        suite: The suite.
        today: The day that retirements of its models are counted from; today (UTC) unless given.
        more: Further checks, such as those that need production logs or an earlier run.

    Returns:
        Findings, the serious ones first.
    """
    day = today or datetime.now(UTC).date()
    return ranked([*check_data(suite), *(found for check in more for found in check(suite)), *check_retirements(suite, day)])


def check_data(suite: Suite) -> tuple[Finding, ...]:
    """Run the checks whose findings depend on the suite's files alone, so that a sign-off can state them.

    Returns:
        Findings, the serious ones first.
    """
    return ranked(found for check in CHECKS for found in check(suite))
