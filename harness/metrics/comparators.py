"""Is one field right: comparators by the field's type, each a score from 0 to 1."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Any, ClassVar, Protocol

import numpy as np
import numpy.typing as npt

from harness.metrics.jsontext import canonical_json, is_number, same_json
from harness.suite import did_you_mean

MAX_PAIRS = 250_000
"""Pairs of items compared in one list; an answer's items beyond that are not looked at and match nothing."""

_DAY = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})", re.ASCII)
_DAY_FIRST = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})", re.ASCII)
_LONGEST_DATE = 40


class Comparator(Protocol):
    """Compares one expected value, not null, with one from an answer, not null."""

    def score(self, expected: Any, answer: Any) -> float:
        """From 0, wrong, to 1, right."""
        ...


@dataclass(frozen=True, slots=True)
class Exact:
    """The JSON values are equal: types count, the order of keys does not."""

    name: ClassVar[str] = "exact"

    def score(self, expected: Any, answer: Any) -> float:
        """1 or 0."""
        return float(same_json(expected, answer))


@dataclass(frozen=True, slots=True)
class Casefold:
    """Texts, ignoring case and the space around them, and taking any run of space as one."""

    name: ClassVar[str] = "casefold"

    def score(self, expected: Any, answer: Any) -> float:
        """1 or 0."""
        return float(same_json(expected, answer, lambda text: " ".join(text.split()).casefold()))


@dataclass(frozen=True, slots=True)
class Whitespace:
    """Texts, ignoring the space around them and taking any run of space as one; case counts."""

    name: ClassVar[str] = "whitespace"

    def score(self, expected: Any, answer: Any) -> float:
        """1 or 0."""
        return float(same_json(expected, answer, lambda text: " ".join(text.split())))


@dataclass(frozen=True, slots=True)
class Number:
    """Numbers no further apart than either tolerance allows.

    Attributes:
        tolerance: In the number's own unit.
        relative: As a share of the expected number.
    """

    name: ClassVar[str] = "number"
    tolerance: float = 0.0
    relative: float = 0.0

    def __post_init__(self) -> None:
        for option in ("tolerance", "relative"):
            if not getattr(self, option) >= 0.0:
                raise ValueError(f"{option} is below 0")

    def score(self, expected: Any, answer: Any) -> float:
        """1 or 0."""
        if not (is_number(expected) and is_number(answer)):
            return float(same_json(expected, answer))
        if expected == answer:
            return 1.0
        try:
            allowed = max(self.tolerance, self.relative * abs(expected) if self.relative else 0.0)
            return float(abs(expected - answer) <= allowed * (1 + 1e-9) + 1e-12 * (allowed > 0))
        except OverflowError:  # an integer too large to be a float
            return 0.0


@dataclass(frozen=True, slots=True)
class Date:
    """Texts that name the same calendar day: year-first dates and ISO 8601 dates and times.

    Attributes:
        day_first: Take ``31/12/2025``, ``31.12.2025`` and ``31-12-2025`` as well.
    """

    name: ClassVar[str] = "date"
    day_first: bool = False

    def score(self, expected: Any, answer: Any) -> float:
        """1 or 0."""
        if not (isinstance(expected, str) and isinstance(answer, str)):
            return float(same_json(expected, answer))
        day = read_day(expected, day_first=self.day_first)
        if day is None:
            return float(expected.strip() == answer.strip())
        return float(day == read_day(answer, day_first=self.day_first))


@dataclass(frozen=True)
class SetOf:
    """Arrays with the same items, whatever their order and however often each comes.

    Attributes:
        partial: Score the share of all items that both have (Jaccard); otherwise all or nothing.
        casefold: Ignore the case of texts and the space around and within them.
    """

    name: ClassVar[str] = "set"
    partial: bool = False
    casefold: bool = False

    def score(self, expected: Any, answer: Any) -> float:
        """From 0 to 1."""
        if not (isinstance(expected, list) and isinstance(answer, list)):
            return float(same_json(expected, answer))
        wanted, said = ({self._key(item) for item in items} for items in (expected, answer))
        if wanted == said:
            return 1.0
        return len(wanted & said) / len(wanted | said) if self.partial else 0.0

    def _key(self, item: Any) -> str:
        if isinstance(item, str) and self.casefold:
            item = " ".join(item.split()).casefold()
        return canonical_json(int(item) if isinstance(item, float) and item.is_integer() else item)


@dataclass(frozen=True)
class ListOf:
    """Arrays whose items match.

    In order, items are matched so that their order is kept; out of order, each with the one it fits best
    (``scipy.optimize.linear_sum_assignment``). Either way the sum of their scores is as large as it can be.

    Attributes:
        order: Whether the order counts.
        partial: Score the sum of the matched items' scores over the longer array's length; otherwise all or nothing.
        item: The comparator of each item.
        fields: For arrays of objects: fields of an item and their comparators; an item's score is the share that is right,
            and other fields of it do not count.
    """

    name: ClassVar[str] = "list"
    order: bool = True
    partial: bool = False
    item: Any = "exact"
    fields: Any = None

    def __post_init__(self) -> None:
        _ = self._score_of_items()

    def score(self, expected: Any, answer: Any) -> float:
        """From 0 to 1."""
        if not (isinstance(expected, list) and isinstance(answer, list)):
            return float(same_json(expected, answer))
        longer = max(len(expected), len(answer))
        if longer == 0:
            return 1.0
        if not self.partial and len(expected) != len(answer):
            return 0.0
        score_of = self._score_of_items()
        if self.order and not self.partial:
            return float(all(score_of(a, b) == 1.0 for a, b in zip(expected, answer, strict=True)))
        looked_at = answer[: max(1, MAX_PAIRS // max(1, len(expected)))]
        scores = np.array([[score_of(wanted, said) for said in looked_at] for wanted in expected[:MAX_PAIRS]], dtype=np.float64)
        total = _in_order(scores) if self.order else _any_order(scores)
        return min(1.0, total / longer) if self.partial else float(total >= longer - 1e-9)

    def _score_of_items(self) -> Callable[[Any, Any], float]:
        if self.fields is None:
            return partial(score, comparator_of(self.item))
        return partial(_share_of_fields, comparators_of(self.fields))


COMPARATORS: Mapping[str, Callable[..., Comparator]] = {
    kind.name: kind for kind in (Exact, Casefold, Number, Date, Whitespace, SetOf, ListOf)
}


def comparators_of(fields: Any) -> Mapping[str, Comparator]:
    """Make the comparator of each field.

    Args:
        fields: Field names, compared exactly, or a mapping from each to its comparator as suite.yaml writes it.

    Raises:
        ValueError: A comparator or an option of one is not known; the message names the field.
    """
    if isinstance(fields, list):
        fields = dict.fromkeys(fields, "exact")
    if not isinstance(fields, Mapping) or not fields or not all(isinstance(name, str) for name in fields):
        raise ValueError("fields is a list of names, or a mapping from names to comparators")
    made = {}
    for name, said in fields.items():
        try:
            made[name] = comparator_of(said)
        except ValueError as error:
            raise ValueError(f"the comparator of {name!r}: {error}") from None
    return made


def comparator_of(said: Any) -> Comparator:
    """Make a comparator of what suite.yaml says: a name, or ``{name: {option: value}}``.

    Raises:
        ValueError: It is not known, or an option of it is not.
    """
    pair = (
        (said, {}) if isinstance(said, str) else next(iter(said.items())) if isinstance(said, dict) and len(said) == 1 else None
    )
    if pair is None or pair[0] not in COMPARATORS or not isinstance(pair[1], dict | None):
        raise ValueError(f"{said!r:.60} will not do, it is one of {', '.join(COMPARATORS)}")
    kind, options = COMPARATORS[pair[0]], pair[1] or {}
    known = {field.name: field for field in dataclasses.fields(kind)}  # type: ignore[arg-type]
    for option, value in options.items():
        if option not in known:
            takes = did_you_mean(str(option), known) if known else "it takes no option"
            raise ValueError(f"{pair[0]} has no option {option!r}; {takes}")
        default = known[option].default
        if isinstance(default, bool) and not isinstance(value, bool):
            raise ValueError(f"{option} is true or false, not {value!r:.40}")
        if isinstance(default, float) and not is_number(value):
            raise ValueError(f"{option} is a number, not {value!r:.40}")
    return kind(**options)


def score(comparator: Comparator, expected: Any, answer: Any) -> float:
    """Score a field from 0 to 1; what is expected to be null or absent must be."""
    if expected is None or answer is None:
        return float(expected is answer)
    return comparator.score(expected, answer)


def read_day(text: str, *, day_first: bool = False) -> date | None:
    """Read the calendar day of a year-first date or an ISO 8601 time; None where the text is neither.

    Args:
        text: The text.
        day_first: Take ``31/12/2025`` and the like as well.
    """
    text = text.strip()
    if len(text) > _LONGEST_DATE:
        return None
    try:
        if numbers := _DAY.fullmatch(text):
            return date(*(int(number) for number in numbers.groups()))
        if day_first and (numbers := _DAY_FIRST.fullmatch(text)):
            return date(*(int(number) for number in reversed(numbers.groups())))
        return datetime.fromisoformat(text).date()
    except ValueError:
        return None


def _share_of_fields(comparators: Mapping[str, Comparator], expected: Any, answer: Any) -> float:
    if not (isinstance(expected, Mapping) and isinstance(answer, Mapping)):
        return float(same_json(expected, answer))
    return sum(score(each, expected.get(name), answer.get(name)) for name, each in comparators.items()) / len(comparators)


def _any_order(scores: npt.NDArray[np.float64]) -> float:
    from scipy.optimize import linear_sum_assignment

    if scores.size == 0:
        return 0.0
    rows, columns = linear_sum_assignment(scores, maximize=True)
    return float(scores[rows, columns].sum())


def _in_order(scores: npt.NDArray[np.float64]) -> float:
    """The best sum over matchings that cross nowhere (Needleman and Wunsch 1970, with gaps that cost nothing)."""
    best: Sequence[float] | npt.NDArray[np.float64] = np.zeros(scores.shape[1] + 1 if scores.ndim == 2 else 1)
    for row in scores if scores.ndim == 2 else ():
        taken = np.concatenate([[0.0], np.asarray(best)[:-1] + row])
        best = np.maximum.accumulate(np.maximum(best, taken))
    return float(best[-1])
