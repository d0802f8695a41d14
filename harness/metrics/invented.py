"""Values that come from nowhere: in the answer, but neither in what was asked nor in what was shown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import cached_property
from typing import Any, ClassVar

from harness.metrics.comparators import read_day
from harness.metrics.contract import MeanMetric, Unit
from harness.metrics.fields import find
from harness.metrics.jsontext import NotJson, is_number, read_json
from harness.metrics.unicode_form import nfkc
from harness.models import Response
from harness.retrieval import Hit
from harness.suite import Fixture

MAX_VALUES = 5_000
"""Different values of one answer that are looked for; what follows them is not looked at."""

MAX_COMPARED = 2_000
"""Characters of a text that are looked for; what follows them is not looked at."""

_WORD = re.compile(r"\w+")
_NUMBER = re.compile(r"\d{1,40}(?:[.,' ]\d{1,40}){0,12}", re.ASCII)
_AMOUNT = re.compile(r"[^\w.,]{0,3}(?:[A-Za-z]{3}\s?)?[+-]?\s?(\d[\d.,' ]{0,60}?)\s?(?:[^\w.,]{1,3}|[A-Za-z]{3})?")
_GROUPS = re.compile(r"\d{1,3}(?:[.,' ]\d{3})+", re.ASCII)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = "(" + "|".join(_MONTHS) + r")[a-z]{0,6}\.?"
_YEAR_FIRST = re.compile(r"(?<!\d)(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?!\d)", re.ASCII)
_YEAR_LAST = re.compile(r"(?<!\d)(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})(?!\d)", re.ASCII)
_DAY_MONTH = re.compile(rf"(?<!\d)(\d{{1,2}})(?:st|nd|rd|th)?\.? (?:of )?{_MONTH},? (\d{{4}})(?!\d)", re.ASCII)
_MONTH_DAY = re.compile(rf"{_MONTH} (\d{{1,2}})(?:st|nd|rd|th)?,? (\d{{4}})(?!\d)", re.ASCII)


@dataclass(frozen=True)
class HallucinatedValues(MeanMetric):
    """Mean number of values in a JSON answer that neither the input, the context shown nor an allowed list contains.

    Looked at are the texts and numbers at the leaves of the answer; null, true and false are nothing that could be made
    up. A text is found where its words stand in that order, whatever the case, the space and the punctuation; a number
    however its digits are grouped and whatever its sign; a date in any year-first, day-first, month-first or English
    form. An answer that is not JSON makes nothing up: ``json_valid`` stands beside this metric. ``any`` is the share of
    answers with at least one such value.

    Attributes:
        fields: Look at these fields alone, dotted, ``lines[*].sku`` for those of an array's items; all unless given.
        allowed: Values that need no source, such as the codes a field may have.
        fenced: Accept the JSON inside one Markdown code fence.
        surrounding: Accept prose around it.
    """

    name: ClassVar[str] = "hallucinated_values"
    higher_is_better: ClassVar[bool] = False
    unit: ClassVar[Unit] = "count"
    uses_context: ClassVar[bool] = True
    fields: list[str] | None = None
    allowed: list[str | int | float] = field(default_factory=list)
    fenced: bool = False
    surrounding: bool = False

    def __post_init__(self) -> None:
        if self.fields is not None and not self.fields:
            raise ValueError("fields names no field")

    def measure(self, fixture: Fixture, response: Response, retrieved: Sequence[Hit] = ()) -> Mapping[str, float]:
        """How many values have no source, and whether any has none."""
        try:
            answer = read_json(response.text, fenced=self.fenced, surrounding=self.surrounding)
        except NotJson:
            return {"value": 0.0, "any": 0.0}
        looked_at = [answer] if self.fields is None else [find(answer, path) for path in self.fields]
        leaves = dict.fromkeys(_plain(leaf) for leaf in _leaves(looked_at))
        source = Source("\n".join([*_said_in(fixture), *(hit.text for hit in retrieved)]))
        made_up = [leaf for leaf in list(leaves)[:MAX_VALUES] if not (self._is_allowed(leaf) or source.contains(leaf))]
        return {"value": float(len(made_up)), "any": float(bool(made_up))}

    def parts(self) -> tuple[str, ...]:
        """The share of answers with any."""
        return ("any",)

    def _is_allowed(self, leaf: str | Decimal) -> bool:
        return (_words(leaf) if isinstance(leaf, str) else leaf) in self._allowed

    @cached_property
    def _allowed(self) -> frozenset[str | Decimal]:
        return frozenset(_words(value) if isinstance(value, str) else _plain(value) for value in self.allowed)


class Source:
    """A text that values are looked for in."""

    def __init__(self, text: str) -> None:
        """Bring the text into the one form values are compared in."""
        self._text = _normal(text)

    def contains(self, value: str | Decimal) -> bool:
        """Whether a value stands in the text in some form."""
        if isinstance(value, Decimal):
            return value in self._numbers
        words = _words(value)
        if words == " " or words in self._words:
            return True
        day = read_day(value, day_first=True)
        if day is not None:
            return day in self._days
        amount = _AMOUNT.fullmatch(_normal(value))
        return amount is not None and bool(set(_readings(amount[1])) & self._numbers)

    @cached_property
    def _words(self) -> str:
        return _words(self._text)

    @cached_property
    def _numbers(self) -> frozenset[Decimal]:
        found = _NUMBER.findall(self._text)
        return frozenset(reading for each in found for part in (each, *re.split(r"[^\d.,]", each)) for reading in _readings(part))

    @cached_property
    def _days(self) -> frozenset[date]:
        text, found = self._text, []
        found += [(int(y), int(m), int(d)) for y, m, d in _YEAR_FIRST.findall(text)]
        for a, b, y in _YEAR_LAST.findall(text):
            found += [(int(y), int(b), int(a)), (int(y), int(a), int(b))]
        found += [(int(y), _MONTHS.index(m) + 1, int(d)) for d, m, y in _DAY_MONTH.findall(text)]
        found += [(int(y), _MONTHS.index(m) + 1, int(d)) for m, d, y in _MONTH_DAY.findall(text)]
        days = []
        for y, m, d in found:
            with suppress(ValueError):
                days.append(date(y, m, d))
        return frozenset(days)


def _normal(text: str) -> str:
    plain = nfkc(text).replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    return " ".join(plain.casefold().split())


def _words(text: str) -> str:
    """The words of a text, each between two spaces."""
    return " " + "".join(f"{word} " for word in _WORD.findall(_normal(text)))


def _readings(digits: str) -> Iterator[Decimal]:
    """The numbers that digits with points, commas and spaces may mean: 1.200 is 1200 or 1.2."""
    digits = digits.strip(".,' ")
    plain = re.sub("[' ]", "", digits)
    candidates = {plain, plain.replace(",", ""), plain.replace(".", "").replace(",", ".")}
    if _GROUPS.fullmatch(digits):
        candidates.add(re.sub(r"\D", "", digits))
    for candidate in candidates:
        with suppress(InvalidOperation):
            yield _number(Decimal(candidate))


def _number(number: Decimal) -> Decimal:
    return abs(number).normalize()


def _plain(leaf: str | float) -> str | Decimal:
    if isinstance(leaf, str):
        return leaf[:MAX_COMPARED]
    return _number(Decimal(leaf) if isinstance(leaf, int) else Decimal(repr(leaf)))


def _leaves(value: Any) -> Iterator[str | float]:
    layer = [value]
    while layer:
        yield from (leaf for leaf in layer if isinstance(leaf, str) or is_number(leaf))
        layer = [child for node in layer if isinstance(node, dict | list) for child in _children(node)]


def _children(node: dict[str, Any] | list[Any]) -> Iterable[Any]:
    return node.values() if isinstance(node, dict) else node


def _said_in(fixture: Fixture) -> Iterator[str]:
    for leaf in _leaves([fixture.input, *(message.get("content") for message in fixture.messages or ())]):
        yield str(leaf)
