"""Does the model hand over to a human when it should, and only then."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import ClassVar

from harness.errors import Fault
from harness.metrics.contract import MeanMetric
from harness.metrics.jsontext import NotJson, read_json
from harness.metrics.phrases import check_selector, chosen_none, has_phrase, is_chosen
from harness.metrics.references import MAX_CHARACTERS
from harness.models import Response
from harness.suite import Fixture

DEFAULT = "tag:escalate"
PHRASES = (
    "connect you with", "connect you to", "transfer you to", "transferring you to", "hand you over to", "pass you on to",
    "forward this to", "forwarded this to", "escalate this", "escalated this", "escalating this", "escalate your",
    "escalated your", "speak to a human", "speak with a human", "a human colleague", "a human agent", "a member of our team will",
    "a colleague will", "one of our agents will", "a specialist will",
)  # fmt: skip
"""What an English answer says that hands over."""


@dataclass(frozen=True)
class Escalation(MeanMetric):
    """Share of answers that are wrong about handing over to a human; lower is better.

    An answer hands over where it calls the tool, where it is JSON whose field is true (or the text "true" or "yes"),
    or where it has one of the phrases; phrases are looked for where neither tool nor field is stated, or where they
    are stated too. The parts are shares of their own: ``missed`` of the fixtures that should be handed over,
    ``needless`` of the others.

    Attributes:
        when: The fixtures that should be handed over: ``tag:<tag>``, ``group:<group>`` or ``meta:<key>``.
        phrases: What an answer that hands over says; built-in English phrases unless given.
        field: A field of the JSON answer that says so.
        tool: The name of the tool that does so.
    """

    name: ClassVar[str] = "escalation"
    higher_is_better: ClassVar[bool] = False
    when: str = DEFAULT
    phrases: tuple[str, ...] | None = None
    field: str | None = None
    tool: str | None = None

    def __post_init__(self) -> None:
        """Check the options.

        Raises:
            ValueError: The selector cannot be read, or a phrase is empty.
        """
        check_selector(self.when)
        if not all(phrase.strip() for phrase in self.phrases or ()):
            raise ValueError("a phrase is empty")

    def measure(self, fixture: Fixture, response: Response) -> Mapping[str, float]:
        """1 where the answer hands over and should not, or the other way round, else 0."""
        over = self._hands_over(response)
        if is_chosen(fixture, self.when):
            return {"value": float(not over), "missed": float(not over)}
        return {"value": float(over), "needless": float(over)}

    def faults(self, fixtures: Iterable[Fixture]) -> list[Fault]:
        """A fault where a stated selector names no fixture."""
        return chosen_none(self.when, fixtures) if self.when != DEFAULT else []

    def parts(self) -> tuple[str, ...]:
        """The two ways of being wrong."""
        return ("missed", "needless")

    def _hands_over(self, response: Response) -> bool:
        if self.tool is not None and any(call.name == self.tool for call in response.tool_calls):
            return True
        if self.field is not None and _is_true(response.text, self.field):
            return True
        phrases = self.phrases
        if phrases is None:
            phrases = PHRASES if self.tool is None and self.field is None else ()
        return has_phrase(response.text[:MAX_CHARACTERS], phrases)


def _is_true(text: str, field: str) -> bool:
    try:
        answer = read_json(text, fenced=True)
    except NotJson:
        return False
    value = answer.get(field) if isinstance(answer, Mapping) else None
    return value is True or (isinstance(value, str) and value.strip().casefold() in ("true", "yes"))
