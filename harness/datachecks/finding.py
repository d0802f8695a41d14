"""Whether a set is large enough to decide with, and whether what it names is there."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from harness.retrieval import chunk_corpus, load_corpus
from harness.suite import Suite, in_slice

Severity = Literal["serious", "warning", "note"]
Check = Literal["leaks", "duplicates", "size", "gold_context", "retirement"]

_DISAGREEING = 0.2
"""The share of fixtures two variants are taken to differ on; what a run shows replaces this guess."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something about a suite that is no fault and should be known before it is used to decide.

    Attributes:
        severity: serious: what the suite says cannot be trusted; warning: it says less than it seems to; note: good to know.
        check: Which check found it.
        message: One or two sentences: what was found, and what to do.
        fixtures: The ids of the fixtures it is about.
    """

    severity: Severity
    check: Check
    message: str
    fixtures: tuple[str, ...] = ()

    def __str__(self) -> str:
        """One line, for people."""
        return f"{self.severity}: {self.message}"


def noise_points(count: int) -> float:
    """Return the half-width, in points of 100, of the 95% interval of a difference of two pass rates on one set.

    The variance of a paired difference of proportions is at most the share of disagreeing pairs over their number
    (McNemar 1947); a fifth of the pairs are taken to disagree.

    Args:
        count: Independent fixtures, at least 1.
    """
    return 100 * 1.96 * math.sqrt(_DISAGREEING / count)


def check_size(suite: Suite) -> tuple[Finding, ...]:
    """Say what a set of this size can tell apart, where that is little; likewise for each slice.

    Fixtures of one group count as one: they are not independent.
    """
    findings: list[Finding] = []
    total, count = len(suite.fixtures), independent(suite)
    groups = f" in {count} independent groups" if count < total else ""
    held = f"the suite has {total} fixture{'s' if total != 1 else ''}{groups}"
    noise = f"a difference of less than about {noise_points(max(count, 1)):.0f} points is within noise"
    if count < 30:
        findings.append(Finding("warning", "size", f"{held}, too few to decide with: {noise}. Write more; 100 is a start."))
    elif count < 100:
        findings.append(Finding("warning", "size", f"{held}: {noise}. Write more; 100 is a start."))
    elif count < 400:
        findings.append(Finding("note", "size", f"{held}: {noise}. Write more if smaller differences matter."))
    least = suite.definition.min_slice
    for name in suite.definition.slices:
        inside = tuple(fixture.id for fixture in suite.fixtures if in_slice(fixture, name))
        if len(inside) < least:
            held = f"the slice {name} has {len(inside)} fixture{'s' if len(inside) != 1 else ''}, fewer than min_slice ({least})"
            findings.append(Finding("note", "size", f"{held}: it is shown and not judged. Write more of them.", inside))
    return tuple(findings)


def check_gold_context(suite: Suite) -> tuple[Finding, ...]:
    """Find fixtures whose ``gold_context`` names a chunk that a variant's corpus does not have.

    Such a chunk can never be found, and retrieval is scored down for it.

    Returns:
        At most one finding for each variant that retrieves.
    """
    findings: list[Finding] = []
    for name, variant in suite.variants.items():
        if variant.retrieval is None:
            continue
        ids = {chunk.id for chunk in chunk_corpus(load_corpus(variant.retrieval.corpus, suite.folder))}
        absent = {f.id: gold for f in suite.fixtures for gold in f.gold_context if gold not in ids}
        if absent:
            first, gold = next(iter(absent.items()))
            who = f"the fixture {first}" + (f" (and {len(absent) - 1} more)" if len(absent) > 1 else "")
            said = f"{suite.sources[first]}: {who} wants the chunk {gold}, which the corpus of {name} does not have"
            findings.append(Finding("warning", "gold_context", f"{said}. Correct the id, or add the text.", tuple(absent)))
    return tuple(findings)


def independent(suite: Suite) -> int:
    """Count the fixtures that are independent of each other: each group once, and each fixture without one."""
    groups = {fixture.group for fixture in suite.fixtures if fixture.group is not None}
    return len(groups) + sum(fixture.group is None for fixture in suite.fixtures)
