"""Reading a label out of an expected value and out of an answer: what every metric of classification shares."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, ClassVar, Self

from harness.errors import Fault
from harness.metrics.contract import MeanMetric
from harness.metrics.exact import is_tool_task
from harness.metrics.fields import find, has, object_of
from harness.metrics.jsontext import NotJson, read_json
from harness.models import Response
from harness.suite import Fixture

Label = str | bool | int | float
"""A label as an option or a fixture gives it; it is compared as text."""

LONGEST_SEARCHED = 20_000
"""``within`` does not look into an answer longer than this many characters."""

LONGEST_LABEL = 200
"""An answer longer than this is never taken for a label that nobody declared."""

_SPELLINGS = {"true": ("true", "yes", "on", "y"), "false": ("false", "no", "off", "n")}
"""YAML 1.1 reads an unquoted ``yes`` as true; the label that was meant is the one the fixtures have."""


@dataclass(frozen=True, slots=True)
class Said:
    """What an answer comes to.

    Attributes:
        label: The label it is, None where it is none of them.
        abstained: Whether it declines to answer: empty, refused, or a label named as abstaining.
    """

    label: str | None
    abstained: bool = False


@dataclass(frozen=True)
class LabelMetric(MeanMetric):
    """What the metrics of classification share: one answer is one label.

    An answer is a label if it equals one after the space around it is stripped; prose around it is not searched. An
    answer that is none of the labels is wrong, whatever was expected, and counts as no label's. A fixture that expects
    nothing, or null in ``field``, is left out.

    Attributes:
        labels: The labels there are; those that the suite's fixtures expect unless given.
        field: The answer is a JSON object and the label is this field of it; a dot goes inside: ``ticket.issue``.
        ignore_case: Take ``Spam`` for ``spam``.
        abstain: Answers that decline to answer, beside an empty one and a refusal.
        within: Take the one label that occurs as a whole word in the answer; two different ones are none.
        fenced: With ``field``, accept the JSON inside one Markdown code fence.
        surrounding: With ``field``, accept prose around the JSON.
    """

    name: ClassVar[str]
    labels: tuple[Label, ...] | None = None
    field: str | None = None
    ignore_case: bool = False
    abstain: tuple[Label, ...] = ()
    within: bool = False
    fenced: bool = False
    surrounding: bool = False

    needs_expected: ClassVar[bool] = True
    """Whether a fixture without an expected label is left out."""

    def __post_init__(self) -> None:
        """Refuse options that contradict each other."""
        if self.labels is not None and len(set(map(self._plain, self.labels))) < max(1, len(self.labels)):
            raise ValueError("labels names the same label twice" if self.labels else "labels is empty")
        if self.field == "":
            raise ValueError("field is empty; leave it out where the whole answer is the label")

    def parts(self) -> tuple[str, ...] | None:
        """None, unless a subclass has parts."""
        return ()

    def for_fixtures(self, fixtures: Iterable[Fixture]) -> Self:
        """Know the labels: those declared, spelled as the fixtures spell them, else those the fixtures expect."""
        seen: dict[str, str] = {}
        for fixture in fixtures:
            expected = self._expected_text(fixture)
            if expected is not None:
                seen.setdefault(self._plain(expected), expected)
        if self.labels is None:
            return replace(self, labels=tuple(seen.values())) if seen else self
        spelled = tuple(spelled_as(label, seen.values(), self._plain) for label in self.labels)
        return self if spelled == self.labels else replace(self, labels=spelled)

    def expected_label(self, fixture: Fixture) -> str | None:
        """The label a fixture expects, as it is spelled among the labels; None where it expects none of them."""
        text = self._expected_text(fixture)
        if text is None or self.labels is None:
            return text
        return self._known.get(self._plain(text))

    def said(self, response: Response, expected: str | None = None) -> Said:
        """What an answer comes to.

        Args:
            response: The answer.
            expected: The label expected, which is known as one even where nothing else is.
        """
        known = self._known
        if self.labels is None:
            known = {self._plain(label): label for label in (expected,) if label is not None}
        text = self._said_text(response)
        if text is None:
            return Said(None, response.outcome == "refused")
        found = known.get(self._plain(text))
        if found is None and self.within:
            found = self._only_one_within(text, known)
        if found is None:
            abstained = text == "" or response.outcome == "refused" or self._plain(text) in self._abstaining
            if self.labels is not None or abstained or self.within or len(text) > LONGEST_LABEL:
                return Said(None, abstained)
            found = text
        return Said(found, self._plain(found) in self._abstaining)

    def faults(self, fixtures: Iterable[Fixture]) -> Iterable[Fault]:
        """Fixtures that do not expect a label, and labels that no fixture expects."""
        fixtures = tuple(fixtures)
        if not self.needs_expected and self.labels is not None:
            return []
        absent = [f for f in fixtures if self._lacks_field(f)]
        shapeless = [f for f in fixtures if self._no_text(f)]
        known = self.for_fixtures(fixtures)
        strange = [f for f in fixtures if known._expected_text(f) is not None and known.expected_label(f) is None]
        found: list[Fault] = []
        if absent:
            message = f"{self.name} reads the field {self.field!r}, which {_which(absent)} not have in expected"
            found.append(Fault(message, "correct field, or give those fixtures one"))
        if shapeless:
            hint = (
                "name the field that holds the label: field: ..." if self.field is None else "a label is text, a number or true"
            )
            found.append(Fault(f"{self.name} needs a label in expected, which {_which(shapeless)} not have", hint))
        if strange:
            message = f"{strange[0].id} expects {known._expected_text(strange[0])!r:.60}, which is none of {self.name}'s labels"
            more = f" ({len(strange) - 1} more fixtures expect none of them)" if len(strange) > 1 else ""
            found.append(Fault(message + more, "add it to labels, or correct the fixture"))
        if len(known.labels or ()) < 2 and not found:
            one = "there is one label only" if known.labels else "no fixture expects a label"
            found.append(Fault(f"{self.name} needs two labels, and {one}", "give labels: [...], or other fixtures"))
        return [*found, *(() if found else known.option_faults())]

    def option_faults(self) -> Iterable[Fault]:
        """What is wrong with the options once the labels are known."""
        return ()

    def find_label(self, meant: Label, among: Iterable[str] | None = None) -> str | None:
        """The label an option means, by its spelling among the labels; None where it is none of them."""
        known = tuple(self._known.values()) if among is None else tuple(among)
        plain = self._plain(spelled_as(meant, known, self._plain))
        return next((label for label in known if self._plain(label) == plain), None)

    def _plain(self, label: Label) -> str:
        text = label_text(label).strip()
        return text.casefold() if self.ignore_case else text

    @cached_property
    def _known(self) -> Mapping[str, str]:
        """The labels by their plain form, in their order."""
        return {self._plain(label): label_text(label).strip() for label in self.labels or ()}

    @cached_property
    def _abstaining(self) -> frozenset[str]:
        return frozenset(
            self._plain(spelling)
            for label in self.abstain
            for spelling in (_SPELLINGS[label_text(label)] if isinstance(label, bool) else (label,))
        )

    def _expected_text(self, fixture: Fixture) -> str | None:
        value = self._expected_value(fixture)
        return None if value is None or isinstance(value, Mapping | list | tuple) else label_text(value).strip()

    def _expected_value(self, fixture: Fixture) -> Any:
        expected = fixture.expected
        if expected is None or is_tool_task(expected):
            return None
        if self.field is None:
            return expected
        whole = object_of(expected)
        return expected if whole is None else find(whole, self.field)

    def _lacks_field(self, fixture: Fixture) -> bool:
        whole = None if self.field is None else object_of(fixture.expected)
        return self.field is not None and whole is not None and not has(whole, self.field)

    def _no_text(self, fixture: Fixture) -> bool:
        value = self._expected_value(fixture)
        return value is not None and self._expected_text(fixture) is None

    def _said_text(self, response: Response) -> str | None:
        """The text to compare with the labels; None where the answer has no place for one."""
        if self.field is None:
            return response.text.strip()
        if not response.text.strip():
            return ""
        try:
            answer = read_json(response.text, fenced=self.fenced, surrounding=self.surrounding)
        except NotJson:
            return None
        if not isinstance(answer, Mapping) or not has(answer, self.field):
            return None
        value = find(answer, self.field)
        if value is None:
            return ""
        return None if isinstance(value, Mapping | list) else label_text(value).strip()

    def _only_one_within(self, text: str, known: Mapping[str, str]) -> str | None:
        if len(text) > LONGEST_SEARCHED or not known:
            return None
        found: set[str] = set()
        for match in self._pattern(known).finditer(text.casefold() if self.ignore_case else text):
            found.add(match.group())
            if len(found) > 1:
                return None
        return known[found.pop()] if found else None

    def _pattern(self, known: Mapping[str, str]) -> re.Pattern[str]:
        return self._compiled if self.labels is not None else _any_of(known)

    @cached_property
    def _compiled(self) -> re.Pattern[str]:
        return _any_of(self._known)


def label_text(value: Label) -> str:
    """A label as text: true and false as JSON writes them, a whole number without a point."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value)


def spelled_as(meant: Label, among: Iterable[str], plain: Any = str) -> str:
    """A label as it is spelled among others; true and false may stand for yes and no, as YAML reads those unquoted."""
    text = label_text(meant).strip()
    spelled = {plain(label): label for label in among}
    choices = _SPELLINGS.get(text, (text,))
    return next((spelled[plain(choice)] for choice in choices if plain(choice) in spelled), text)


def part_of(label: str) -> str:
    """The name of a label's part: the label, or ``label:<label>`` where the bare name is spoken for."""
    return f"label:{label}" if label in ("", "n", "value") or label.startswith(("_", "label:")) else label


def label_of(part: str) -> str:
    """The label of a part; the reverse of ``part_of``."""
    return part.removeprefix("label:")


def _any_of(known: Mapping[str, str]) -> re.Pattern[str]:
    """A pattern of the labels as whole words, the longest first so that ``not spam`` is not ``spam``."""
    words = sorted((plain for plain in known if plain), key=len, reverse=True)
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, words)) or '(?!)'})(?!\w)")


def _which(fixtures: list[Fixture]) -> str:
    first = str(fixtures[0].id)
    return f"{first} does" if len(fixtures) == 1 else f"{first} and {len(fixtures) - 1} more do"
