"""Are the right tools called, with the right arguments, and no others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from harness.errors import Fault
from harness.metrics.call_matching import Matching, Order, match_calls
from harness.metrics.call_reading import Call, expected_calls, failed_calls, made_calls
from harness.metrics.contract import MeanMetric
from harness.metrics.exact import is_tool_task
from harness.metrics.tool_schemas import keeps_schema
from harness.models import Response
from harness.suite import Fixture


@dataclass(frozen=True)
class ToolCallCorrect(MeanMetric):
    """Share of answers whose tool calls are right as a whole: every expected call, every argument, and no other call.

    Fixtures whose ``expected`` is ``{"tool_calls": [{"name", "arguments"}]}`` count; an empty list means that no call is
    wanted. Arguments are compared as JSON values, and may hold matchers (``$any``, ``$optional``, ``$approx``, ``$regex``,
    ``$anything``); an argument that is not expected is wrong. Calls made side by side are assigned to the expected ones so
    that as many as possible are right. Where an answer has no tool calls, those written in its text as JSON count.

    Parts, each a share of the fixtures it applies to (which depends on the fixture alone): ``name_selection`` (calls whose
    name is expected, over the larger number of calls expected and made), ``arguments`` (right arguments of the expected
    calls; those of a call that was not made are wrong), ``schema_valid`` (calls made that keep the fixture's ``tools``),
    ``order``, ``no_call`` (none is made where none is wanted), ``repaired`` (right after a call that failed). Of these less
    is better: ``missing`` (an expected call has no call of its name), ``unnecessary`` (a call no expected one stands for),
    ``duplicated`` (such a call that repeats another), ``repeated_failure`` (a failed call is made again unchanged).

    Attributes:
        order: ``ignored``; ``kept``: the calls are made in the expected order; ``prefix``: the first calls made are the
            expected ones, one by one, and what is called after them is not looked at.
        text: Read calls written as JSON text where the answer has no tool calls.
        fenced: Accept that JSON inside one Markdown code fence.
        surrounding: Accept prose around it.
    """

    name: ClassVar[str] = "tool_call_correct"
    lower_is_better: ClassVar[frozenset[str]] = frozenset({"missing", "unnecessary", "duplicated", "repeated_failure"})
    order: Order = "ignored"
    text: bool = True
    fenced: bool = False
    surrounding: bool = False

    def measure(self, fixture: Fixture, response: Response) -> Mapping[str, float]:
        """``value`` and the parts that apply; hidden columns count calls, see ``_counts``."""
        if not is_tool_task(fixture.expected):
            return {}
        expected = expected_calls(fixture)
        said = made_calls(response, fenced=self.fenced, surrounding=self.surrounding) if self.text or response.tool_calls else ()
        made = said[: len(expected)] if self.order == "prefix" and expected else said
        matching = match_calls(expected, made, self.order)
        counts = _counts(expected, made, matching)
        right = counts["_right"] == len(expected) == len(made) and (self.order == "ignored" or matching.in_order)
        row: dict[str, float] = {"value": float(right)}
        row["name_selection"] = counts["_paired"] / max(len(expected), len(made), 1) if expected or made else 1.0
        if expected:
            row["arguments"] = sum(matching.shares) / len(expected)
            row["missing"] = float(counts["_missing"] > 0)
        else:
            row["no_call"] = float(not made)
        if len(expected) > 1:
            row["order"] = float(matching.in_order)
        if fixture.tools:
            row["schema_valid"] = sum(keeps_schema(call, fixture.tools) for call in made) / len(made) if made else 1.0
        row["unnecessary"] = float(counts["_unnecessary"] > 0)
        row["duplicated"] = float(counts["_duplicated"] > 0)
        if failed := failed_calls(fixture):
            row["repaired"] = float(right)
            row["repeated_failure"] = float(_repeats(failed, made, matching))
        return row | counts

    def parts(self) -> tuple[str, ...]:
        """What each column is called."""
        right = ("name_selection", "arguments", "schema_valid", "order", "no_call", "repaired")
        return (*right, "missing", "unnecessary", "duplicated", "repeated_failure")

    def faults(self, fixtures: Iterable[Fixture]) -> Iterable[Fault]:
        """Without a tool task there is nothing to measure."""
        if any(is_tool_task(fixture.expected) for fixture in fixtures):
            return []
        hint = 'give fixtures "expected": {"tool_calls": [{"name": ..., "arguments": {...}}]}'
        return [Fault("tool_call_correct needs expected tool calls, and no fixture has any", hint)]


def _counts(expected: Sequence[Call], made: Sequence[Call], matching: Matching) -> dict[str, float]:
    """Numbers of calls: expected = paired + missing, made = paired + unnecessary, right <= paired, duplicated <= unnecessary."""
    paired = {column for _, column in matching.pairs}
    often = Counter(call.key() for call in made)
    surplus = Counter(call.key() for column, call in enumerate(made) if column not in paired)
    return {
        "_expected": float(len(expected)),
        "_made": float(len(made)),
        "_paired": float(len(paired)),
        "_right": float(sum(matching.whole)),
        "_missing": float(len(expected) - len(paired)),
        "_unnecessary": float(surplus.total()),
        "_duplicated": float(sum(min(count, often[key] - 1) for key, count in surplus.items())),
    }


def _repeats(failed: Sequence[Call], made: Sequence[Call], matching: Matching) -> bool:
    """Whether a failed call is made again as it was, other than where the fixture expects just that."""
    wanted = {column for (_, column), whole in zip(matching.pairs, matching.whole, strict=True) if whole}
    again = {call.key() for call in failed}
    return any(call.key() in again for column, call in enumerate(made) if column not in wanted)
