"""The rules of a house style, each checked by itself."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import ClassVar

from harness.metrics.contract import MeanMetric
from harness.metrics.patterns import Pattern, compile_pattern
from harness.metrics.prose import sentences
from harness.metrics.spelling import English, misspelt
from harness.models import Response
from harness.suite import Fixture

MAX_CHARACTERS = 1_000_000
"""An answer longer than this keeps no rule: nobody would read it, and the time is bounded."""

_KINDS = ("required", "forbidden", "casing", "longest_sentence", "exclamation_marks", "spelling")


@dataclass(frozen=True)
class BrandRules(MeanMetric):
    """Share of answers that keep every rule of a house style; each rule is a part of its own.

    Terms are whole words, found whatever their case, with any space between the words of one. A rule that is not
    stated is not checked. An answer of more than a million characters keeps no rule.

    Attributes:
        required: Terms that every answer has.
        forbidden: Terms that no answer has.
        must_match: Patterns that match in every answer, by the name their part has (``greeting: "^Dear "``).
        must_not_match: Patterns that match in no answer, by name.
        casing: Names as they are written (``GitHub``); outside of addresses, another case of one breaks the rule.
        longest_sentence: Most words a sentence may have.
        exclamation_marks: Whether they are allowed.
        spelling: ``british`` or ``american``: no word spelt the other way, of about 270 known pairs.
    """

    name: ClassVar[str] = "brand_rules"
    required: tuple[str, ...] = ()
    forbidden: tuple[str, ...] = ()
    must_match: dict[str, str] = field(default_factory=dict)
    must_not_match: dict[str, str] = field(default_factory=dict)
    casing: tuple[str, ...] = ()
    longest_sentence: int | None = None
    exclamation_marks: bool = True
    spelling: English | None = None

    def __post_init__(self) -> None:
        """Check that there are rules, and that patterns are patterns.

        Raises:
            ValueError: No rule is stated, a term is empty, a part's name is taken, or a pattern cannot be compiled.
        """
        names = [*self.must_match, *self.must_not_match]
        if not self.parts():
            raise ValueError(f"no rule is stated; give one of must_match, must_not_match, {', '.join(_KINDS)}")
        if any(not term.strip() for term in (*self.required, *self.forbidden, *self.casing)):
            raise ValueError("a term is empty")
        if self.longest_sentence is not None and self.longest_sentence < 1:
            raise ValueError("longest_sentence is at least 1")
        for name in names:
            if name in ("", "value", *_KINDS) or name.startswith("_") or names.count(name) > 1:
                raise ValueError(f"a pattern cannot be called {name!r}; give it a name of its own")
        for pattern in (*self.must_match.values(), *self.must_not_match.values()):
            compile_pattern(pattern)

    def measure(self, fixture: Fixture, response: Response) -> Mapping[str, float]:
        """1 for each rule kept, else 0; the value is 1 where all are."""
        text = response.text
        if len(text) > MAX_CHARACTERS:
            kept = dict.fromkeys(self.parts(), False)
        else:
            kept = {name: self._keeps(name, text) for name in self.parts()}
        return {"value": float(all(kept.values())), **{name: float(well) for name, well in kept.items()}}

    def parts(self) -> tuple[str, ...]:
        """The rules that are stated: patterns under their own names, the others under their option's."""
        stated = {
            "required": self.required,
            "forbidden": self.forbidden,
            "casing": self.casing,
            "longest_sentence": self.longest_sentence is not None,
            "exclamation_marks": not self.exclamation_marks,
            "spelling": self.spelling,
        }
        return (*(name for name in _KINDS if stated[name]), *self.must_match, *self.must_not_match)

    def _keeps(self, rule: str, text: str) -> bool:
        check = self._checks.get(rule)
        return self._patterns[rule].found(text) is (rule in self.must_match) if check is None else check(text)

    def _keeps_casing(self, text: str) -> bool:
        return all(" ".join(m.group().split()) == name for name, term in self._names.items() for m in term.finditer(text))

    @cached_property
    def _checks(self) -> Mapping[str, Callable[[str], bool]]:
        return {
            "required": lambda text: all(term.search(text) for term in self._required),
            "forbidden": lambda text: not any(term.search(text) for term in self._forbidden),
            "casing": self._keeps_casing,
            "longest_sentence": lambda text: max(map(len, sentences(text)), default=0) <= (self.longest_sentence or 0),
            "exclamation_marks": lambda text: "!" not in text and "\uff01" not in text,
            "spelling": lambda text: self.spelling is None or not misspelt(text, self.spelling),
        }

    @cached_property
    def _required(self) -> list[re.Pattern[str]]:
        return [_whole_words(term) for term in self.required]

    @cached_property
    def _forbidden(self) -> list[re.Pattern[str]]:
        return [_whole_words(term) for term in self.forbidden]

    @cached_property
    def _names(self) -> dict[str, re.Pattern[str]]:
        return {" ".join(name.split()): _whole_words(name, before="@/.", after=r"@|/|\.\w") for name in self.casing}

    @cached_property
    def _patterns(self) -> dict[str, Pattern]:
        return {name: compile_pattern(text) for name, text in {**self.must_match, **self.must_not_match}.items()}


def _whole_words(term: str, before: str = "", after: str = "") -> re.Pattern[str]:
    """A term on its own; ``before``: characters that may not stand there, ``after``: alternatives that may not."""
    words = r"\s+".join(map(re.escape, term.split()))
    closing = rf"(?!\w{'|' + after if after else ''})"
    return re.compile(rf"(?<![\w{re.escape(before)}]){words}{closing}", re.IGNORECASE)
