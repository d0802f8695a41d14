"""A gate that did not pass, told in a terminal: the sentence, the fixtures behind it with what differs, and where the rest is."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from harness.report.answers import Answers, asked_text, comparable, expected_text, said_text
from harness.report.diff import compared
from harness.report.hostile import brief, visible
from harness.store import Run
from harness.suite import Fixture
from harness.verdicts import Flip, GateResult

MOST_LINES = 24
"""What a reader of a build's log takes in at a glance."""

_WIDTH = 110
_SHOWN = 3
"""Fixtures told in full."""
_NEAR = 18
"""Characters kept of what two answers share on either side of a difference."""
_ALIKE = 0.4
"""The share of an answer that must be as expected for its differences to be marked."""
_LONGEST = 2_000
"""Characters of an answer that are searched for differences."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """The fixtures behind a gate.

    Attributes:
        flips: For a gate that compares: where the two variants differ, the largest difference first.
        lowest: For one that does not: the fixtures the candidate did worst on, with their values.
    """

    flips: Sequence[Flip] = ()
    lowest: Sequence[tuple[str, float]] = ()


def failed_gate_text(run: Run, gate: GateResult, evidence: Evidence, report: str | None = None) -> str:
    """Tell of a gate that did not pass, in fewer than 25 lines.

    Args:
        run: The run it was judged on.
        gate: The gate as judged.
        evidence: The fixtures behind it.
        report: Where the report is, if one was written.
    """
    head = [f"{gate.name}: {gate.status}", *textwrap.wrap(visible(gate.sentence), _WIDTH, max_lines=4, placeholder=" ...")]
    feet = [f"run     {run.record.run_id}", *([f"report  {report}"] if report else [])]
    room = MOST_LINES - len(head) - len(feet) - 2
    body = list(_body(run, gate, evidence, room))
    return "\n".join([*head, *([""] if body else []), *body[:room], "", *feet])


def _body(run: Run, gate: GateResult, evidence: Evidence, room: int) -> Iterator[str]:
    fixtures = {f.id: f for f in run.fixtures}
    lost = [flip for flip in evidence.flips if not flip.won]
    if gate.over is not None:
        if not evidence.flips:
            return
        won = len(evidence.flips) - len(lost)
        yield f"{gate.candidate} lost {len(lost)} and won {won} of {len(fixtures)} fixtures against {gate.over} on {gate.metric}:"
        told = [(f.fixture_id, f"{f.over_value:.3g} -> {f.candidate_value:.3g}") for f in lost]
    else:
        if not evidence.lowest:
            return
        yield f"where {gate.candidate} did worst on {gate.metric}:"
        told = [(name, f"{value:.3g}") for name, value in evidence.lowest]
    shown = {name for name, _ in told[:_SHOWN]}
    answers = Answers(stored for stored in run.responses if stored.fixture_id in shown)
    left = room - 1
    for name, values in told[:_SHOWN]:
        lines = list(_fixture(gate, answers, fixtures[name], values))
        if len(lines) > left:
            return
        left -= len(lines)
        yield from lines


def _fixture(gate: GateResult, answers: Answers, fixture: Fixture, values: str) -> Iterator[str]:
    tags = f" [{', '.join(fixture.tags)}]" if fixture.tags else ""
    yield f"  {brief(visible(fixture.id + tags), _WIDTH - 20)}  {values}"
    names = [name for name in (gate.over, gate.candidate) if name is not None]
    width = max(len(name) for name in [*names, "expected"])
    yield _labelled("asked", asked_text(fixture), width)
    wanted = expected_text(fixture)
    if wanted is not None:
        yield _labelled("expected", wanted, width)
    for name in names:
        stored = next(iter(answers.of(name, fixture.id)), None)
        if stored is None:
            continue
        said = said_text(stored.response, fixture) or f"({stored.response.outcome}: {stored.response.error or 'no text'})"
        yield _labelled(name, _marked(said, comparable(fixture)), width)


def _labelled(label: str, text: str, width: int) -> str:
    return f"    {label.ljust(width)}  {brief(visible(text), _WIDTH - width - 6)}"


def _marked(said: str, expected: str | None) -> str:
    """An answer with what differs from the expected text marked ``[-lacking-]{+there+}``, and what is shared shortened."""
    if expected is None:
        return said
    line = _on_one_line(said)
    pieces = compared(line, _on_one_line(expected))
    if sum(len(piece.text) for piece in pieces if piece.kind == "same") < _ALIKE * len(line):
        return line
    marked = []
    for place, piece in enumerate(pieces):
        if piece.kind != "same":
            marked.append(f"[-{piece.text}-]" if piece.kind == "gone" else f"{{+{piece.text}+}}")
        elif len(pieces) == 1 or len(piece.text) <= 2 * _NEAR:
            marked.append(piece.text)
        else:
            before = piece.text[:_NEAR] if place else ""
            after = piece.text[-_NEAR:] if place + 1 < len(pieces) else ""
            marked.append(f"{before}…{after}")
    return "".join(marked)


def _on_one_line(text: str) -> str:
    return " ".join(text[:_LONGEST].split())
