"""What drift between fixtures and production means for a suite, and which production inputs to label next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from harness.datachecks.drift import LARGE, Drift, Measure, drift
from harness.datachecks.finding import Finding, Severity
from harness.suite import Fixture, Suite

_EXAMPLE = 100
_FEW = 30

_SAID = {
    "length": "questions are of another length",
    "vocabulary": "questions use words that the fixtures do not have",
    "nearest": "questions are farther from the fixtures than fixtures are from each other",
    "labels": "answers are distributed otherwise than the expected labels",
}


def check_drift(suite: Suite, production: Sequence[Fixture], answers: Sequence[str | None] = ()) -> tuple[Drift, list[Finding]]:
    """Compare production inputs with a suite's fixtures.

    Args:
        suite: The suite.
        production: Production inputs as fixtures, 2 or more.
        answers: What production answered, in their order.

    Returns:
        The drift, and findings: one for all measures, one for each topic that no fixture covers.
    """
    found = drift(suite.fixtures, production, answers=answers, seed=suite.definition.seed)
    return found, [_overall(found), *(_topic(found, at, production) for at in range(len(found.topics)))]


def proposed(found: Drift, production: Sequence[Fixture], count: int) -> tuple[Fixture, ...]:
    """Choose production inputs to label: by turns from the topics that no fixture covers, then those farthest from any fixture.

    They have no ``expected``; the tags ``from:production`` and ``topic:<words>`` say why they were chosen. Of equal questions
    the first is taken.
    """
    turns = [list(topic.rows) for topic in found.topics]
    names = ["-".join(topic.words[:2]) for topic in found.topics]
    order: list[tuple[int, str | None]] = []
    for at in range(max(map(len, turns), default=0)):
        order += [(rows[at], name) for rows, name in zip(turns, names, strict=True) if at < len(rows)]
    order += [(row, None) for row in found.farthest]
    chosen: list[Fixture] = []
    seen: set[str] = set()
    for row, name in order:
        fixture = production[row]
        if len(chosen) == count:
            break
        if fixture.question in seen:
            continue
        seen.add(fixture.question)
        tags = ("from:production", *((f"topic:{name}",) if name else ()))
        chosen.append(replace(fixture, expected=None, tags=tuple(dict.fromkeys((*fixture.tags, *tags)))))
    return tuple(chosen)


def drift_keys(found: Drift) -> dict[str, Any]:
    """The stable keys of a drift for ``--json``."""
    return {
        "fixtures": found.fixtures,
        "production": found.production[0],
        "production_in_all": found.production[1],
        "shifted": found.shifted,
        "measures": [_measure_keys(m) for m in found.measures],
        "labels": [{"label": name, "fixtures": a, "production": b} for name, (a, b) in found.label_shares.items()],
        "topics": [
            {
                "words": list(t.words),
                "inputs": len(t.rows),
                "share": t.share,
                "nearest": t.nearest,
                "p": t.p,
                "surprising": t.surprising,
            }
            for t in found.topics
        ],
    }


def _overall(found: Drift) -> Finding:
    looked, in_all = found.production
    sampled = f"a sample of {looked:,} of {in_all:,}" if looked < in_all else f"{looked:,}"
    against = f"against {found.fixtures:,} fixtures and {sampled} production inputs"
    evidence = tuple(_measure_keys(m) for m in found.measures)
    shifted = [m for m in found.measures if m.shifted]
    numbers = {f"{m.name}_p": m.p for m in found.measures}
    if not shifted:
        few = ", of which a small drift could not be seen" if looked < _FEW else ""
        message = f"Production asks what the fixtures ask, as far as can be told {against}{few}."
        return Finding("note", "drift.none", message, evidence=evidence, numbers=numbers)
    said = "; ".join(f"{_SAID[m.name]} ({_numbers(m)})" for m in shifted)
    advice = "Label production inputs and add them: --propose N --output FILE writes them."
    return Finding("warning", "drift.shifted", f"Production has moved, {against}: {said}.", advice, (), (), evidence, numbers)


def _numbers(m: Measure) -> str:
    p = "p < 0.01" if m.p < 0.01 else f"p = {m.p:.2f}"
    if m.stability is not None:
        size = "large" if m.stability >= LARGE else "moderate"
        return f"population stability index {m.stability:.2f}, {size}, {p}"
    if m.name == "vocabulary":
        return f"{m.production:.0%} of a question's words, {m.fixtures:.0%} by chance, {p}"
    return f"similarity {1 - m.production:.2f}, {1 - m.fixtures:.2f} by chance, {p}"


def _measure_keys(m: Measure) -> Mapping[str, Any]:
    keys: dict[str, Any] = {"measure": m.name, "fixtures": m.fixtures, "production": m.production}
    return keys | {"stability": m.stability, "p": m.p, "shifted": m.shifted}


def _topic(found: Drift, at: int, production: Sequence[Fixture]) -> Finding:
    topic = found.topics[at]
    count = f"{len(topic.rows):,} production inputs ({topic.share:.1%})"
    chance = "" if topic.surprising else " Chance alone may have left them out of a set of this size."
    message = f"No fixture covers {count} about {', '.join(topic.words) or 'something else'}.{chance}"
    examples = [production[row] for row in topic.rows]
    evidence = tuple({"id": fixture.id, "input": _short(fixture.question)} for fixture in examples)
    advice = "Label some of them and add them: --propose N --output FILE."
    numbers = {"inputs": float(len(topic.rows)), "share": topic.share, "p": topic.p}
    severity: Severity = "warning" if topic.surprising else "note"
    return Finding(severity, "drift.uncovered", message, advice, evidence=evidence, numbers=numbers)


def _short(text: str) -> str:
    plain = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return plain if len(plain) <= _EXAMPLE else plain[: _EXAMPLE - 1] + "…"
