"""What the page holds of one fixture: plain JSON, hiding characters made visible, every text cut to size."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from harness.report.answers import asked_text, comparable, expected_text, said_text, written
from harness.report.evidence.limits import KEPT_HITS, PASSAGE, REPEATS
from harness.report.hostile import brief, capped, visible
from harness.retrieval import Hit
from harness.store import StoredResponse
from harness.suite import Fixture

Record = dict[str, Any]
Passages = Callable[[Hit], int]


def fixture_record(
    fixture: Fixture,
    responses: Sequence[StoredResponse],
    *,
    variants: Mapping[str, int],
    cap: int,
    passage: Passages,
    beyond: Callable[[StoredResponse], int],
) -> Record:
    """Return what the page shows of a fixture once it is opened.

    Args:
        fixture: The fixture.
        responses: The responses to it.
        variants: Each variant's number.
        cap: Characters of one text.
        passage: Gives a retrieved chunk its number.
        beyond: Characters of a response's text that are not in it any more.

    Returns:
        ``asked``, ``expected`` and the ``answers`` as ``text`` with ``left``, a plain word about what was cut; ``marks``
        where answers may be marked against the expected text; each distinct answer once, with ``who`` gave it as pairs of
        variant and repeat; ``context`` as numbers of retrieved chunks. What would be empty is left out.
    """
    record: Record = {"asked": _cut(asked_text(fixture), cap)}
    expected = expected_text(fixture)
    if expected is not None:
        record["expected"] = _cut(expected, cap)
        if comparable(fixture) is not None and "left" not in record["expected"]:
            record["marks"] = 1
    if fixture.tools:
        record["tools"] = _cut(written([dict(tool) for tool in fixture.tools]), cap)
    known = sorted((s for s in responses if s.variant in variants), key=lambda s: (variants[s.variant], s.repeat))
    shown = [stored for stored in known if stored.repeat < REPEATS]
    record["answers"] = _answers(shown, fixture, variants, cap, beyond)
    if len(shown) < len(known):
        record["repeats"] = max(s.repeat for s in known) + 1
    if any(stored.repeat for stored in known):
        record["repeated"] = 1
    if context := _contexts(shown, fixture, variants, passage):
        record["context"] = context
    return record


def passage_record(hit: Hit) -> Record:
    """Return what the page shows of a retrieved chunk."""
    return {"name": visible(brief(hit.id, 160)), **_cut(hit.text, PASSAGE)}


def _cut(text: str, cap: int, beyond: int = 0) -> Record:
    shown = capped(text, cap, beyond)
    return {"text": visible(shown.text), **({"left": shown.rest} if shown.rest else {})}


def _answers(
    responses: Sequence[StoredResponse],
    fixture: Fixture,
    variants: Mapping[str, int],
    cap: int,
    beyond: Callable[[StoredResponse], int],
) -> list[Record]:
    """Each distinct answer once, in the order of the variants."""
    found: dict[tuple[str, str, int], Record] = {}
    for stored in responses:
        response = stored.response
        if response.outcome == "failed":
            text = response.error or response.error_kind or "no reason given"
        else:
            text = said_text(response, fixture)
        left = beyond(stored)
        answer = found.get((response.outcome, text, left))
        if answer is None:
            answer = found[response.outcome, text, left] = {"who": [], **_cut(text, cap, left)}
            if response.outcome != "answered":
                answer["outcome"] = response.outcome
        answer["who"].append([variants[stored.variant], stored.repeat])
    return list(found.values())


def _contexts(
    responses: Sequence[StoredResponse], fixture: Fixture, variants: Mapping[str, int], passage: Passages
) -> list[Record]:
    """What was retrieved, each distinct list once: number, score, and 1 where a good retriever would find it."""
    found: dict[tuple[tuple[int, float | None, int], ...], dict[int, None]] = {}
    for stored in responses:
        if stored.retrieved:
            hits = tuple(
                (passage(hit), _score(hit.score), int(hit.id in fixture.gold_context)) for hit in stored.retrieved[:KEPT_HITS]
            )
            found.setdefault(hits, {})[variants[stored.variant]] = None
    return [{"who": list(who), "hits": [list(hit) for hit in hits]} for hits, who in found.items()]


def _score(score: float) -> float | None:
    return float(f"{score:.4g}") if math.isfinite(score) else None
