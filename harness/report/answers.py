"""What was asked, expected and answered, as text a reader can hold side by side."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from harness.models import Response
from harness.report.hostile import CAP
from harness.store import Run, StoredResponse
from harness.suite import Fixture


class Answers:
    """A run's responses and scores, found by variant and fixture."""

    def __init__(self, run: Run) -> None:
        """Hold the run; what is looked up is indexed at first use."""
        self._run = run

    def of(self, variant: str, fixture_id: str) -> tuple[StoredResponse, ...]:
        """Return a variant's responses to a fixture, in order of repeats."""
        return self._responses.get((variant, fixture_id), ())

    def value(self, metric: str, variant: str, fixture_id: str) -> float | None:
        """Return what a metric, or a part of one, measured there: the mean over repeats; None where nothing was."""
        found = self._values(metric).get((variant, fixture_id), [])
        return sum(found) / len(found) if found else None

    @cached_property
    def _responses(self) -> dict[tuple[str, str], tuple[StoredResponse, ...]]:
        found: dict[tuple[str, str], list[StoredResponse]] = {}
        for stored in self._run.responses:
            found.setdefault((stored.variant, stored.fixture_id), []).append(stored)
        return {key: tuple(sorted(stored, key=lambda s: s.repeat)) for key, stored in found.items()}

    @cached_property
    def _known(self) -> dict[str, dict[tuple[str, str], list[float]]]:
        return {}

    def _values(self, metric: str) -> dict[tuple[str, str], list[float]]:
        if metric not in self._known:
            name, _, part = metric.partition(".")
            found: dict[tuple[str, str], list[float]] = {}
            for score in self._run.scores:
                number = score.columns.get(part or "value") if score.metric == name else None
                if number is not None and not math.isnan(number):
                    found.setdefault((score.variant, score.fixture_id), []).append(float(number))
            self._known[metric] = found
        return self._known[metric]


def asked_text(fixture: Fixture) -> str:
    """Return what the fixture asks: its text, its object as JSON, or its conversation turn by turn."""
    if fixture.input is None:
        return "\n".join(f"{turn.get('role', '')}: {_content(turn)}" for turn in fixture.messages or ())
    return fixture.input if isinstance(fixture.input, str) else written(fixture.input)


def expected_text(fixture: Fixture) -> str | None:
    """Return the expected answer as text, or None where there is none."""
    if fixture.expected is None:
        return None
    return fixture.expected if isinstance(fixture.expected, str) else written(fixture.expected)


def comparable(fixture: Fixture) -> str | None:
    """Return the expected text to mark answers against; None where it is a pattern (``$any`` and the like) or absent."""
    return None if _has_matcher(fixture.expected) else expected_text(fixture)


def said_text(response: Response, fixture: Fixture | None = None) -> str:
    """Return what was answered; a JSON answer to a JSON question is written as the expected one is.

    Only the layout is changed by that, and only for answers short enough to be shown whole.
    """
    if response.outcome == "failed":
        return ""
    if response.tool_calls:
        calls = {"tool_calls": [{"name": call.name, "arguments": call.arguments} for call in response.tool_calls]}
        return f"{response.text}\n{written(calls)}" if response.text.strip() else written(calls)
    expected = fixture.expected if fixture is not None else None
    if isinstance(expected, (dict, list)) and len(response.text) <= CAP:
        try:
            parsed = json.loads(response.text)
        except (ValueError, RecursionError):
            return response.text
        if isinstance(parsed, type(expected)):
            return written(_in_order_of(parsed, expected))
    return response.text


def written(value: Any) -> str:
    """Write a JSON value, an entry a line where it is an object or a list."""
    try:
        return json.dumps(value, ensure_ascii=False, indent=2, default=str)
    except (ValueError, RecursionError):
        return "JSON that cannot be written again"


def _in_order_of(value: Any, model: Any) -> Any:
    if not isinstance(value, dict) or not isinstance(model, Mapping):
        return value
    known = [key for key in model if key in value]
    return {key: value[key] for key in [*known, *(k for k in value if k not in model)]}


def _content(turn: Mapping[str, Any]) -> str:
    content = turn.get("content")
    if isinstance(content, str):
        return content
    return written({k: v for k, v in turn.items() if k != "role" and v is not None})


def _has_matcher(value: Any) -> bool:
    if isinstance(value, Mapping):
        return any(str(k).startswith("$") or _has_matcher(v) for k, v in value.items())
    return isinstance(value, (list, tuple)) and any(_has_matcher(v) for v in value)
