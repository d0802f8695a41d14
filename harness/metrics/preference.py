"""Which of two answers a judge prefers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from harness.metrics.contract import Asked
from harness.metrics.jsontext import NotJson, read_json
from harness.metrics.judge import JudgeMetric
from harness.metrics.judge_prompt import PREFERENCE, answer_text
from harness.models import Request, Response
from harness.suite import Fixture, Prompt

Preferred = Literal["A", "B", "tie"]

CRITERIA = "Which answer serves the one who asked better: is it right, does it answer what was asked, and does it keep to it?"
"""What is judged by where the suite does not say."""

_WORDS: Mapping[str, Preferred] = {"a": "A", "b": "B", "tie": "tie"}
_FIRST: Mapping[Preferred, float] = {"A": 1.0, "tie": 0.5, "B": 0.0}


@dataclass(frozen=True, kw_only=True)
class Preference(JudgeMetric):
    """Share of answers that a judge prefers to those of the variant ``over``; a tie counts a half.

    Each pair is shown in both orders, and only a preference that holds in both counts: 1 where the judge prefers this
    variant both times, 0 where it prefers ``over`` both times, else 0.5. So a judge that always takes the first answer
    finds ties and no winner. Two answers that are the same are a tie and not asked about, and ``over`` itself has 0.5.
    The judge replies ``{"preferred": "A"}``, ``"B"`` or ``"tie"``; a pair of which either reply cannot be read or failed
    has no score and is counted, never taken as a loss.

    Parts, of which neither direction is good: ``order_agreement`` (both orders give the same verdict), ``first_position``
    (share of the replies that prefer the answer shown first, ties a half; 0.5 is no favour for a place). A judge prefers
    what it would have written itself, so take one of another family than the models judged (Panickssery, Bowman and Feng
    2024). Where it is no better than the model it judges, it can save at most half of the labels that people would have to
    give (Dorner, Nastl and Hardt 2024).

    Attributes:
        over: The variant the others are held against.
        prompt: It may name ``question``, ``a``, ``b``, ``expected``, ``criteria``, ``id``, ``tags`` and ``meta``.
    """

    name: ClassVar[str] = "preference"
    descriptive: ClassVar[frozenset[str]] = frozenset({"order_agreement", "first_position"})
    built_in: ClassVar[Prompt] = PREFERENCE
    shown: ClassVar[tuple[str, ...]] = ("a", "b")

    over: str

    @property
    def reply(self) -> str:
        """The form of the reply asked for."""
        return '{"preferred": "A"}, {"preferred": "B"} or {"preferred": "tie"}'

    @property
    def values(self) -> Mapping[str, str]:
        """The criteria."""
        return {"criteria": self.criteria or CRITERIA}

    @property
    def calls(self) -> int:
        """Both orders."""
        return 2

    def named_variants(self) -> Mapping[str, str]:
        """The options that name a variant."""
        return {"over": self.over}

    def requests(self, fixture: Fixture, variant: str, responses: Mapping[str, Response]) -> Sequence[Request]:
        """Both orders: this variant's answer first, then that of ``over`` first."""
        if variant == self.over or self.over not in responses:
            return []
        own, other = answer_text(responses[variant]), answer_text(responses[self.over])
        if own == other:
            return []
        return [self.request(fixture, {"a": own, "b": other}), self.request(fixture, {"a": other, "b": own})]

    def read(self, answer: Response) -> Preferred | None:
        """Which answer is preferred, None where that cannot be read."""
        try:
            said = read_json(answer.text.strip(), fenced=True)
        except NotJson:
            return None
        word = said.get("preferred") if isinstance(said, dict) else None
        return _WORDS.get(word.strip().casefold()) if isinstance(word, str) else None

    def measure(self, fixture: Fixture, response: Response, *, asked: Asked | None = None) -> Mapping[str, float]:
        """1, 0.5 or 0, and how the two orders agree."""
        if asked is None:
            return {}
        other = asked.responses.get(self.over)
        if asked.variant == self.over or (other is not None and answer_text(other) == answer_text(response)):
            return {"value": 0.5}
        pair = self.both_orders(asked.answers)
        if pair is None:
            return {}
        first, second = (_FIRST[preferred] for preferred in pair)
        agree = first == 1.0 - second
        return {
            "value": first if agree else 0.5,
            "order_agreement": float(agree),
            "first_position": (first + second) / 2.0,
        }

    def summary(self, answers: Sequence[Sequence[Response | None]], groups: Sequence[str]) -> dict[str, Any]:
        """How far the judge agrees with itself when the order is turned round, as run.json keeps it.

        Args:
            answers: The two replies about each pair.
            groups: A label a pair; pairs of one fixture are not independent.
        """
        from harness.stats import order_swap

        pairs = [self.both_orders(each) for each in answers]
        sides = [{"A": "candidate", "B": "baseline", "tie": "tie"}, {"A": "baseline", "B": "candidate", "tie": "tie"}]
        first, second = ([None if pair is None else side[pair[at]] for pair in pairs] for at, side in enumerate(sides))
        apart = len(set(groups)) == len(groups)
        found = order_swap(first, second, groups=None if apart else groups)
        return {
            "pairs": found.n,
            "missing": found.missing,
            "order_agreement": {"value": found.agreement, "low": found.agreement_low, "high": found.agreement_high},
            "first_position": {"value": found.first_rate, "low": found.first_low, "high": found.first_high, "p": found.first_p},
            "kappa": None if found.kappa is None else found.kappa.kappa,
        }

    def both_orders(self, answers: Sequence[Response | None]) -> tuple[Preferred, Preferred] | None:
        """What was preferred in the two orders, as it was shown; None unless both can be read."""
        read = [None if answer is None else self.read(answer) for answer in answers]
        if len(read) != 2 or read[0] is None or read[1] is None:
            return None
        return read[0], read[1]

    def parts(self) -> tuple[str, ...]:
        """How the two orders agree, and how often the first answer is preferred."""
        return ("order_agreement", "first_position")
