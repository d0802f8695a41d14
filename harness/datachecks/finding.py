"""What a data check says: one thing about a suite that is no fault and should be known before it is used to decide."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Severity = Literal["serious", "warning", "note"]

SEVERITIES: tuple[Severity, ...] = ("serious", "warning", "note")
"""Gravest first."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something about a suite that is no fault and should be known before it is used to decide.

    Attributes:
        severity: serious: what the suite says cannot be trusted; warning: it says less than it seems to; note: good to know.
        name: What was found, as a stable key: ``<check>.<what>``, or the check alone where it finds one thing.
        message: What was found, in whole sentences with their counts. It names no file, so that it is the same wherever
            the suite lies; ``places`` and ``evidence`` do.
        advice: What to do, a sentence; may be empty.
        fixtures: The ids of the fixtures it is about, in file order.
        places: Where it stands, ``file:line``, the plainest first; as far as the finding has places.
        evidence: A table: rows of plain JSON values with the same keys in the same order, the plainest case first. All of
            them: whoever shows it cuts it.
        numbers: Single values worth more than their place in a sentence, by name: counts, shares of 1.
    """

    severity: Severity
    name: str
    message: str
    advice: str = ""
    fixtures: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    evidence: tuple[Mapping[str, Any], ...] = ()
    numbers: Mapping[str, float] = field(default_factory=dict)

    @property
    def check(self) -> str:
        """Which check found it: the first part of its name."""
        return self.name.partition(".")[0]

    def __str__(self) -> str:
        """One line, for people."""
        return f"{self.severity}: {self.message}" + (f" {self.advice}" if self.advice else "")

    def to_dict(self) -> dict[str, Any]:
        """The finding as JSON has it, with every key."""
        return {
            "severity": self.severity,
            "check": self.check,
            "name": self.name,
            "message": self.message,
            "advice": self.advice,
            "fixtures": list(self.fixtures),
            "places": list(self.places),
            "evidence": [dict(row) for row in self.evidence],
            "numbers": dict(self.numbers),
        }


def ranked(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Order findings by severity; those of one severity stay in the order they were found in."""
    return tuple(sorted(findings, key=lambda finding: SEVERITIES.index(finding.severity)))


def counted(count: int, one: str, many: str = "") -> str:
    """Return a count with its word: ``1 fixture``, ``1,200 fixtures``."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"
