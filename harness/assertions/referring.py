"""A session's run against its suite's reference, told as a test item tells it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from harness.session import EvaluatedRun, compare_with_reference

_MOST = 12
"""Sentences told."""


@dataclass(frozen=True, slots=True)
class AgainstReference:
    """How a run stands against its suite's reference.

    Attributes:
        good: Whether nothing that is watched is worse, and something could be judged.
        text: What is to be said.
    """

    good: bool
    text: str


def against_reference(evaluated: EvaluatedRun, mode: Literal["strict", "lenient"]) -> AgainstReference:
    """Hold a run against its suite's reference.

    Args:
        evaluated: The run.
        mode: strict: a fixture added, removed or changed is a fault; lenient: what both have is compared.

    Raises:
        HarnessError: There is no reference, or its set differs.
    """
    held = compare_with_reference(evaluated, mode=mode)
    names = ", ".join(f"{worse.metric} of {worse.variant}" for worse in held.worse)
    head = f"worse than the reference: {names}" if held.worse else "nothing that is watched can be judged against the reference"
    said = [f"- {sentence}" for sentence in held.sentences[:_MOST]]
    return AgainstReference(held.exit_code == 0, "\n".join([head, *said, f"run     {evaluated.run_id}"]))
