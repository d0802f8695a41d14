"""The packed contents: everything the page's script lists, filters and sorts fixtures by."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from harness.report.anchors import fixture_anchor, is_plain
from harness.report.evidence.gathered import OUTCOMES, Gathered
from harness.report.evidence.packing import Packed
from harness.report.evidence.values import Measured
from harness.report.hostile import brief, visible
from harness.suite import Fixture
from harness.verdicts import Judgement


def contents(
    fixtures: Sequence[Fixture],
    *,
    variants: Sequence[str],
    columns: Sequence[Measured],
    gathered: Gathered,
    packed: Packed,
    judgement: Judgement,
    slices: Iterable[str],
) -> dict[str, Any]:
    """Return what the script begins with, as JSON; rows are fixtures in their listed order."""
    tags = _coded([[brief(tag, 60) for tag in fixture.tags] for fixture in fixtures])
    groups = _coded([[brief(fixture.group, 60)] if fixture.group else [] for fixture in fixtures])
    return {
        "variants": [visible(name) for name in variants],
        "candidate": _number(judgement.candidate, variants),
        "baseline": _number(judgement.baseline, variants),
        "metrics": [
            {"name": visible(column.name), "unit": column.unit, "better": column.better, "best": _best(column)}
            for column in columns
        ],
        "ids": [visible(brief(fixture.id, 120)) for fixture in fixtures],
        "anchors": {row: fixture_anchor(fixture.id) for row, fixture in enumerate(fixtures) if not is_plain(fixture.id)},
        "tags": tags,
        "groups": groups,
        "slices": [visible(name) for name in slices],
        "outcomes": list(OUTCOMES),
        "outcome": ["".join(f"{bits:x}" for bits in of_variant) for of_variant in gathered.outcomes.tolist()],
        "place": _places(packed.place, len(fixtures)),
        "passages": _places(packed.passages, max(packed.passages, default=-1) + 1),
    }


def _coded(lists: Sequence[Sequence[str]]) -> dict[str, Any]:
    """Names once, in order, and every list as their numbers."""
    names = sorted({visible(name) for listed in lists for name in listed})
    number = {name: place for place, name in enumerate(names)}
    return {"names": names, "of": [[number[visible(name)] for name in listed] for listed in lists]}


def _places(found: Mapping[int, tuple[int, int]], count: int) -> dict[str, list[int]]:
    """Blocks and places in them by number, -1 for what found no room."""
    nowhere = (-1, -1)
    return {
        "block": [found.get(key, nowhere)[0] for key in range(count)],
        "at": [found.get(key, nowhere)[1] for key in range(count)],
    }


def _best(column: Measured) -> float | None:
    """The value nothing is better than: what both variants have where both are right."""
    if column.unit != "share" or not column.better:
        return None
    return 1.0 if column.better > 0 else 0.0


def _number(name: str | None, variants: Sequence[str]) -> int:
    return variants.index(name) if name in variants else -1
