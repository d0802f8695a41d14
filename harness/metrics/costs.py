"""What wrong labels cost."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

from harness.errors import Fault
from harness.metrics.contract import Unit
from harness.metrics.labels import Label, LabelMetric, label_text
from harness.models import Response
from harness.suite import Fixture


@dataclass(frozen=True)
class ExpectedCost(LabelMetric):
    """Mean cost of an answer, where some mistakes cost more than others.

    The costs are a matrix, ``costs: {expected: {said: cost}}``, or two numbers: ``false_positive`` is what saying
    ``positive`` wrongly costs, ``false_negative`` what missing it costs, and taking one of the other labels for another
    costs nothing. A right answer costs 0 unless the matrix says otherwise.

    Attributes:
        costs: What saying one label costs where another is expected.
        false_positive: With ``positive``: the cost of saying it where it is not expected.
        false_negative: With ``positive``: the cost of not saying it where it is.
        positive: The label that the two costs are about.
        otherwise: The cost of each mistake that ``costs`` does not name; every mistake must be named without it.
        no_label: The cost of an answer that is none of the labels; the dearest mistake on that fixture unless given.
        abstained: The cost of an answer that declines, such as the price of asking a human; ``no_label`` unless given.
    """

    name: ClassVar[str] = "expected_cost"
    higher_is_better: ClassVar[bool] = False
    unit: ClassVar[Unit] = "score"
    costs: dict[str, dict[str, float]] | None = None
    false_positive: float | None = None
    false_negative: float | None = None
    positive: Label | None = None
    otherwise: float | None = None
    no_label: float | None = None
    abstained: float | None = None

    def __post_init__(self) -> None:
        """Refuse half a way of saying it, both ways at once, and costs that are no numbers."""
        super().__post_init__()
        short = (self.false_positive, self.false_negative, self.positive)
        if (self.costs is None) == all(said is None for said in short):
            raise ValueError("give either costs, or false_positive, false_negative and positive")
        if self.costs is None and None in short:
            raise ValueError("false_positive, false_negative and positive go together")
        if self.costs is None and self.otherwise is not None:
            raise ValueError("otherwise goes with costs")
        given = [cost for row in (self.costs or {}).values() for cost in row.values()]
        given += [
            c for c in (self.false_positive, self.false_negative, self.otherwise, self.no_label, self.abstained) if c is not None
        ]
        if not all(math.isfinite(cost) for cost in given):
            raise ValueError("a cost is not a finite number")

    def measure(self, fixture: Fixture, response: Response) -> Mapping[str, float]:
        """The cost of the answer."""
        expected = self.expected_label(fixture)
        if expected is None:
            return {}
        said = self.said(response, expected)
        if said.label is not None:
            return {"value": self._cost(expected, said.label)}
        given = self.abstained if said.abstained and self.abstained is not None else self.no_label
        return {"value": self._dearest(expected) if given is None else given}

    def option_faults(self) -> Iterable[Fault]:
        """Costs of labels there are not, and mistakes without a cost."""
        known = list(self._known.values())
        hint = f"the labels are {', '.join(known[:20])}"
        if self.costs is None:
            if self.positive is not None and self.find_label(self.positive) is None:
                yield Fault(f"expected_cost: positive is {label_text(self.positive)!r:.60}, which is none of the labels", hint)
            return
        for name in dict.fromkeys([*self.costs, *(said for row in self.costs.values() for said in row)]):
            if self.find_label(name) is None:
                yield Fault(f"expected_cost: costs names {name!r:.60}, which is none of the labels", hint)
        missing = [(e, s) for e in known for s in known if e != s and (e, s) not in self._matrix]
        if missing and self.otherwise is None:
            expected, said = missing[0]
            more = f" ({len(missing) - 1} more are missing)" if len(missing) > 1 else ""
            message = f"expected_cost: costs does not say what {said!r:.60} costs where {expected!r:.60} is expected{more}"
            yield Fault(message, "add it, or give otherwise: <cost of every other mistake>")

    @cached_property
    def _matrix(self) -> Mapping[tuple[str, str], float]:
        return {
            (self.find_label(expected) or expected, self.find_label(said) or said): cost
            for expected, row in (self.costs or {}).items()
            for said, cost in row.items()
        }

    @cached_property
    def _positive(self) -> str | None:
        return None if self.positive is None else self.find_label(self.positive) or label_text(self.positive).strip()

    def _cost(self, expected: str, said: str) -> float:
        if self.costs is None:
            if said == expected or self._positive not in (expected, said):
                return 0.0
            return float((self.false_positive if said == self._positive else self.false_negative) or 0.0)
        found = self._matrix.get((expected, said), 0.0 if said == expected else self.otherwise)
        if found is None:
            raise ValueError(f"costs does not say what {said!r:.60} costs where {expected!r:.60} is expected")
        return found

    def _dearest(self, expected: str) -> float:
        mistakes = [label for label in self._known.values() if label != expected]
        if self.costs is None:
            return float((self.false_negative if expected == self._positive else self.false_positive) or 0.0)
        return max((self._cost(expected, label) for label in mistakes), default=self.otherwise or 0.0)
