"""Whether a set is large enough to decide with."""

from __future__ import annotations

import math

from harness.datachecks.finding import Finding, counted
from harness.suite import Suite, in_slice

_DISAGREEING = 0.2
"""The share of fixtures two variants are taken to differ on; what a run shows replaces this guess."""


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
    held = f"The suite has {counted(total, 'fixture')}{groups}"
    points = noise_points(max(count, 1))
    noise = f"a difference of less than about {points:.0f} points is within noise"
    numbers = {"fixtures": total, "independent": count, "noise_points": points}
    if count < 30:
        said = f"{held}, too few to decide with: {noise}."
        findings.append(Finding("warning", "size", said, "Write more; 100 is a start.", numbers=numbers))
    elif count < 100:
        findings.append(Finding("warning", "size", f"{held}: {noise}.", "Write more; 100 is a start.", numbers=numbers))
    elif count < 400:
        findings.append(
            Finding("note", "size", f"{held}: {noise}.", "Write more if smaller differences matter.", numbers=numbers)
        )
    least = suite.definition.min_slice
    for name in suite.definition.slices:
        inside = tuple(fixture.id for fixture in suite.fixtures if in_slice(fixture, name))
        if len(inside) < least:
            held = f"The slice {name} has {counted(len(inside), 'fixture')}, fewer than min_slice ({least})"
            findings.append(Finding("note", "size.slice", f"{held}: it is shown and not judged.", "Write more of them.", inside))
    return tuple(findings)


def independent(suite: Suite) -> int:
    """Count the fixtures that are independent of each other: each group once, and each fixture without one."""
    groups = {fixture.group for fixture in suite.fixtures if fixture.group is not None}
    return len(groups) + sum(fixture.group is None for fixture in suite.fixtures)
