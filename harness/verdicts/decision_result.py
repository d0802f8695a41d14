"""What is decided, and on what: plain frozen data that the console, Markdown and JSON are written from."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from harness.verdicts.keys import known

Recommendation = Literal["keep_prompting", "use_retrieval", "ship_fine_tune", "ship_cheaper", "keep_process", "collect_data"]
Answer = Literal["yes", "no", "open", "unknown"]
Basis = Literal["measured", "stated", "unknown"]

WORDS: Mapping[Recommendation, str] = {
    "keep_prompting": "keep prompting",
    "use_retrieval": "use retrieval",
    "ship_fine_tune": "ship the fine-tune",
    "ship_cheaper": "ship the cheaper model",
    "keep_process": "keep today's process",
    "collect_data": "collect more data",
}
SHIPS: tuple[Recommendation, ...] = ("ship_fine_tune", "ship_cheaper")
FORMAT = 1
"""Of the keys of ``to_dict``: raised when one changes its meaning or goes; keys may be added."""


@dataclass(frozen=True, slots=True)
class Step:
    """One question of the ladder.

    Attributes:
        question: What was asked.
        answer: yes, no, open (the data do not tell) or unknown (nothing was measured or stated).
        because: The evidence, a sentence with its numbers.
    """

    question: str
    answer: Answer
    because: str


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition under which fine-tuning is worth considering.

    Attributes:
        name: The condition.
        met: Whether it holds; None where that is not known.
        basis: Whether that was measured, is stated in the suite, or is unknown.
        said: What was found, a clause.
    """

    name: str
    met: bool | None
    basis: Basis
    said: str


@dataclass(frozen=True, slots=True)
class Money:
    """What the candidate costs against the variant it is held against; US dollars, None where unknown.

    Attributes:
        candidate: The candidate.
        over: The variant it is held against.
        per_1000: The candidate's 1,000 calls.
        over_per_1000: Those of the other.
        saving_per_1000: What 1,000 calls save; below 0 where the candidate costs more.
        training: What the training cost, as stated.
        upkeep_per_month: What keeping it costs a month, as stated.
        calls_per_month: As stated.
        saving_per_month: After upkeep.
        break_even_calls: Calls after which the training, and the upkeep of the months they take, is earned back; None where
            unknown or never.
    """

    candidate: str
    over: str
    per_1000: float | None = None
    over_per_1000: float | None = None
    saving_per_1000: float | None = None
    training: float | None = None
    upkeep_per_month: float | None = None
    calls_per_month: float | None = None
    saving_per_month: float | None = None
    break_even_calls: float | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """What a judged run does not hold and was looked up beside it; None where it could not be.

    Attributes:
        training_examples: Examples in the training data.
        leaks: Fixtures that also stand in the training data or in a prompt.
    """

    training_examples: int | None = None
    leaks: int | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether to fine-tune at all: one recommendation, and what it rests on.

    Attributes:
        recommendation: One of ``WORDS``.
        variant: The variant to use by it; None where that is none of the suite's.
        headline: The recommendation and its reason in one sentence.
        steps: The ladder, climbed from its cheapest rung, as far as it bears on the answer.
        would_change: What would change the answer, one sentence each.
        conditions: The checklist.
        money: What it costs; None without a candidate and a rival.
        needed: Fixtures that would be enough, where more are to be collected; None where not known or something else lacks.
        exit_code: 0; where data are to be collected 4, or 3 where the run is incomplete.
    """

    run_id: str
    suite: str
    candidate: str | None
    recommendation: Recommendation
    variant: str | None
    headline: str
    steps: tuple[Step, ...]
    would_change: tuple[str, ...]
    conditions: tuple[Condition, ...]
    money: Money | None = None
    needed: int | None = None
    exit_code: int = 0

    @property
    def words(self) -> str:
        """The recommendation in words."""
        return WORDS[self.recommendation]

    @property
    def ships(self) -> bool:
        """Whether it says that something is to be shipped."""
        return self.recommendation in SHIPS

    def to_dict(self) -> dict[str, Any]:
        """The stable, versioned keys that ``harness decide --json`` prints; what is not known is null."""
        keys = dataclasses.asdict(self)
        return {"format": FORMAT, **{key: known(value) for key, value in keys.items()}, "words": self.words}
