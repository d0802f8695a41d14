"""What is to be asked: one planned request, and the selection of a suite it comes from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from harness.errors import Fault, SuiteError
from harness.models import Request
from harness.retrieval import Hit
from harness.suite import Fixture, Suite, did_you_mean


@dataclass(frozen=True, slots=True)
class PlannedRequest:
    """One question to one variant.

    Attributes:
        variant: The variant asked.
        fixture: The fixture asked about.
        repeat: Which repeat, from 0.
        request: What a model is sent; None where no model answers (floors, outputs, callables).
        retrieved: The context shown to the model, best first.
        hash: Names everything that can change the answer.
    """

    variant: str
    fixture: Fixture
    repeat: int
    request: Request | None
    retrieved: tuple[Hit, ...]
    hash: str


@dataclass(frozen=True)
class Selection:
    """Which part of a suite is run.

    Attributes:
        variants: Variants, in the suite's order.
        fixtures: Fixtures, in the suite's order.
        repeats: How often each fixture is asked.
    """

    variants: tuple[str, ...]
    fixtures: tuple[Fixture, ...]
    repeats: int

    @property
    def per_variant(self) -> int:
        """Requests planned for each variant."""
        return len(self.fixtures) * self.repeats

    def places(self) -> Iterator[tuple[Fixture, int]]:
        """Every fixture and repeat of one variant, in order."""
        for fixture in self.fixtures:
            for repeat in range(self.repeats):
                yield fixture, repeat


def select(
    suite: Suite, *, variants: Sequence[str] | None = None, limit: int | None = None, repeats: int | None = None
) -> Selection:
    """Resolve what is to be run of a suite.

    Args:
        suite: The suite.
        variants: Names of variants; all unless given.
        limit: The first ``limit`` fixtures in file order; all unless given.
        repeats: The suite's own number unless given.

    Raises:
        SuiteError: When a name is no variant of the suite, or a number is below 1.
    """
    known = list(suite.variants)
    faults = [_unknown(suite, name, known) for name in dict.fromkeys(variants or ()) if name not in known]
    faults += [
        Fault(f"{what} is {number}", "give a number of at least 1")
        for what, number in (("limit", limit), ("repeats", repeats))
        if number is not None and number < 1
    ]
    if variants is not None and not variants:
        faults.append(Fault("no variant is selected", f"name one of {', '.join(known)}"))
    if faults:
        raise SuiteError(*faults)
    return Selection(
        variants=tuple(name for name in known if variants is None or name in variants),
        fixtures=tuple(suite.fixtures[:limit]),
        repeats=repeats or suite.definition.repeats,
    )


def _unknown(suite: Suite, name: str, known: Sequence[str]) -> Fault:
    return suite.fault(f"there is no variant {name!r}", did_you_mean(name, known), "variants")
