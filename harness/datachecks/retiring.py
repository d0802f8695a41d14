"""Models of a suite that are about to be retired, or of which nobody knows when."""

from __future__ import annotations

from datetime import date

from harness.datachecks.finding import Finding
from harness.models import WARN_DAYS, models_of, retirement_sentence, retirements, retiring
from harness.suite import Suite

_SHOWN = 5


def check_retirements(suite: Suite, today: date, *, within: int = WARN_DAYS) -> tuple[Finding, ...]:
    """Warn of models that are retired within so many days, judges' too, and say of which no date is known.

    Args:
        suite: The suite; its ``retirements`` go before litellm's map.
        today: The day it is counted from.
        within: Days.
    """
    users = models_of(suite.definition)
    found = retirements(users, today, suite.definition.retirements)
    findings = [
        Finding("warning", "retirement", f"{retirement_sentence(one, users[one.model])}.", "Try another: harness migrate.")
        for one in retiring(found, within)
    ]
    used = {one.entry for one in found if one.source == "suite"}
    for name in suite.definition.retirements:
        if name not in used:
            said = f"retirements names {name}, which stands for no model of the suite"
            findings.append(Finding("warning", "retirement.unused", f"{said}.", "Correct the name, or take it out."))
    unknown = [one.model for one in found if one.source == "unknown"]
    if unknown:
        more = f" and {len(unknown) - _SHOWN} more" if len(unknown) > _SHOWN else ""
        said = f"Nobody here knows when these models are retired: {', '.join(unknown[:_SHOWN])}{more}"
        findings.append(
            Finding("note", "retirement.unknown", f"{said}.", "State it under retirements: where the provider tells.")
        )
    return tuple(findings)
