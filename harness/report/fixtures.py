"""Every fixture: all variants' values on the headline metric, and what each of them said."""

from __future__ import annotations

import json
from collections.abc import Container

from harness.report import formats
from harness.report.answers import Answers, asked_text, expected_text, said_text
from harness.report.context import FixtureRow, Fixtures, Said, Value
from harness.report.flips import fixture_anchor
from harness.report.hostile import brief, capped
from harness.report.ranks import variant_order
from harness.store import Run, StoredResponse
from harness.suite import Fixture
from harness.verdicts import Judgement

_BUDGET = 500_000
"""Characters of answers shown in this section, shared by all; keeps the page light however much was said."""
_LEAST, _MOST = 160, 4_000
DETAILED = 300
"""Fixtures whose answers are shown; beyond that, values alone."""


def every_fixture(run: Run, judgement: Judgement, answers: Answers, carded: Container[str]) -> Fixtures:
    """Return the section; ``carded`` holds the anchors that cards of flips have taken already."""
    names, count = variant_order(judgement), formats.counted(len(run.fixtures), "fixture")
    unit = next((e.unit for e in judgement.estimates if e.metric == judgement.headline_metric), "score")
    shown = min(len(run.fixtures), DETAILED)
    limit = min(max(_BUDGET // max(shown * (len(names) + 2), 1), _LEAST), _MOST)
    rows = []
    for place, fixture in enumerate(run.fixtures):
        values = tuple(_value(name, answers.value(judgement.headline_metric, name, fixture.id), unit) for name in names)
        cut = limit if place < DETAILED else 0
        rows.append(_row(fixture, values, _said(fixture, names, answers, cut), cut, fixture_anchor(fixture.id) in carded))
    tags = {brief(tag, 60) for fixture in run.fixtures for tag in fixture.tags}
    left = len(run.fixtures) - shown
    said = f"The answers of the first {shown:,} fixtures are here; those of the other {left:,} are in the run folder."
    return Fixtures(
        lead=f"{judgement.headline_metric}{' in per cent' if unit == 'share' else ''} of every variant on each of the {count}. "
        "Open a line to read what was asked, expected and answered.",
        variants=names,
        rows=tuple(rows),
        tags=tuple(sorted(tags)),
        left_out=(said,) if left else (),
    )


def _row(fixture: Fixture, values: tuple[Value, ...], said: tuple[Said, ...], limit: int, taken: bool) -> FixtureRow:
    anchor = fixture_anchor(fixture.id)
    asked = capped(asked_text(fixture), limit)
    return FixtureRow(
        anchor=f"every-{anchor}" if taken else anchor,
        link=(anchor,) if taken else (),
        fixture=brief(fixture.id, 120),
        tags=", ".join(brief(tag, 60) for tag in fixture.tags),
        tags_json=json.dumps([brief(tag, 60) for tag in fixture.tags]),
        group=brief(fixture.group or "", 60),
        values=values,
        asked=asked.text,
        asked_rest=asked.rest,
        expected=capped(expected_text(fixture) or "none", limit).text,
        said=said,
    )


def _value(name: str, number: float | None, unit: str) -> Value:
    if number is None:
        return Value(name, "\u2013", "off")
    if unit == "share" and number in (0.0, 1.0):
        return Value(name, "\u2713 100" if number else "\u2715 0", "full" if number else "zero")
    return Value(name, f"{number * 100:.0f}" if unit == "share" else formats.value(number, unit), "some")


def _said(fixture: Fixture, names: tuple[str, ...], answers: Answers, limit: int) -> tuple[Said, ...]:
    """Return each distinct answer once, with everyone who gave it, in the variants' order."""
    if not limit:
        return ()
    by_text: dict[str, list[str]] = {}
    for name in names:
        found = answers.of(name, fixture.id)
        for stored in found:
            who = f"{name} (repeat {stored.repeat + 1})" if len(found) > 1 else name
            by_text.setdefault(_text(stored, fixture), []).append(who)
    shown = {text: capped(text, limit) for text in by_text}
    return tuple(Said(", ".join(who), shown[text].text, shown[text].rest) for text, who in by_text.items())


def _text(stored: StoredResponse, fixture: Fixture) -> str:
    response = stored.response
    if response.outcome == "failed":
        return f"Failed: {response.error or response.error_kind or 'no reason given'}"
    text = said_text(response, fixture)
    if response.outcome != "answered":
        return f"({response.outcome}) {text}"
    return text if text.strip() else "An empty answer."
