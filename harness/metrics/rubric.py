"""A judge's score by a rubric."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from harness.metrics.contract import Asked, Unit
from harness.metrics.jsontext import NotJson, is_number, read_json
from harness.metrics.judge import JudgeMetric
from harness.metrics.judge_prompt import RUBRIC, answer_text
from harness.models import Request, Response
from harness.suite import Fixture, Prompt


@dataclass(frozen=True, kw_only=True)
class Rubric(JudgeMetric):
    """Mean score that a judge, which is another model, gives by a rubric.

    The judge sees the question, the answer and, where there is one, the expected answer, and replies with
    ``{"score": 4}``. A reply that is not that, or is off the scale, is no score, and neither is a call that failed: such
    a response is left out and counted, never scored as a zero. The answer is shown between marks that it cannot forge, and
    the judge is told to obey nothing inside; that lowers the chance that an answer talks the judge round, and does not
    exclude it.

    A judge tends to prefer what it would have written itself, so take one of another family than the models judged
    (Panickssery, Bowman and Feng 2024). Where it is no better than the model it judges, it can save at most half of the
    labels that people would have to give (Dorner, Nastl and Hardt 2024).

    Attributes:
        prompt: It may name ``question``, ``answer``, ``expected``, ``criteria``, ``low``, ``high``, ``id``, ``tags`` and
            ``meta``; without it ``criteria`` is needed.
        scale: The lowest and the highest score.
        repeats: How often the judge is asked about each response; the scores are averaged and the part ``spread`` is
            their standard deviation. Give ``params`` a temperature above 0 with it.
    """

    name: ClassVar[str] = "rubric"
    unit: ClassVar[Unit] = "score"
    descriptive: ClassVar[frozenset[str]] = frozenset({"spread"})
    built_in: ClassVar[Prompt] = RUBRIC
    shown: ClassVar[tuple[str, ...]] = ("answer",)

    marks: tuple[float, float] = field(default=(1, 5), metadata={"option": "scale"})  # a metric's scale is how it is compared
    repeats: int = 1

    def __post_init__(self) -> None:
        super().__post_init__()
        if not (self.criteria or self.prompt):
            raise ValueError("nothing says what to judge by: give criteria, or a prompt file")
        if not self.marks[0] < self.marks[1]:
            raise ValueError("scale is [lowest, highest]")
        if self.repeats < 1:
            raise ValueError("repeats is at least 1")

    @property
    def reply(self) -> str:
        """The form of the reply asked for."""
        return f'{{"score": <a number from {self.marks[0]:g} to {self.marks[1]:g}>}}'

    @property
    def values(self) -> Mapping[str, str]:
        """The criteria and the ends of the scale."""
        return {"criteria": self.criteria or "", "low": f"{self.marks[0]:g}", "high": f"{self.marks[1]:g}"}

    @property
    def calls(self) -> int:
        """As many as ``repeats``."""
        return self.repeats

    def requests(self, fixture: Fixture, variant: str, responses: Mapping[str, Response]) -> Sequence[Request]:
        """One request a repeat."""
        shown = {"answer": answer_text(responses[variant])}
        return [self.request(fixture, shown, repeat) for repeat in range(self.repeats)]

    def read(self, answer: Response) -> float | None:
        """The score, None where there is none on the scale."""
        try:
            said = read_json(answer.text.strip(), fenced=True)
        except NotJson:
            return None
        score = said.get("score") if isinstance(said, dict) else None
        if score is None or not is_number(score) or not self.marks[0] <= score <= self.marks[1]:
            return None
        return float(score)

    def measure(self, fixture: Fixture, response: Response, *, asked: Asked | None = None) -> Mapping[str, float]:
        """The mean of the judge's scores, and their spread where it gave more than one."""
        read = [self.read(answer) for answer in (asked.answers if asked is not None else ()) if answer is not None]
        scores = [score for score in read if score is not None]
        if not scores:
            return {}
        spread = {"spread": statistics.stdev(scores)} if len(scores) > 1 else {}
        return {"value": statistics.fmean(scores), **spread}

    def parts(self) -> tuple[str, ...]:
        """``spread`` where the judge is asked more than once."""
        return ("spread",) if self.repeats > 1 else ()
