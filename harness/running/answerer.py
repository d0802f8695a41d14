"""Who answers: a model, a floor, a file of outputs or a callable, behind one face."""

from __future__ import annotations

from collections.abc import Coroutine, Sequence
from typing import Any, Protocol

from harness.errors import Fault, ModelError, SuiteError
from harness.models import Gateway, Response
from harness.running.callables import CallableAnswerer
from harness.running.floors import FloorAnswerer
from harness.running.hosted import ModelAnswerer
from harness.running.naming import Names, Written
from harness.running.outputs import OutputsAnswerer
from harness.running.planned import PlannedRequest
from harness.suite import Fixture, Suite


class Answerer(Protocol):
    """One variant's way of answering.

    Attributes:
        sends: Whether an answer may leave this process (a model, a callable), so that a replay must not ask for it.
    """

    sends: bool

    def plan(self, fixture: Fixture, repeat: int) -> PlannedRequest:
        """Say what would be asked, without asking."""
        ...

    def names(self, fixtures: Sequence[Fixture], repeats: int, written: Written) -> Names:
        """Say what ``plan`` would be called for each of the fixtures and repeats, which takes far less than planning it."""
        ...

    def answer(self, planned: PlannedRequest, gateway: Gateway | None) -> Coroutine[Any, Any, Response]:
        """Answer one planned request; a failure is a response too. What sends nothing waits for nothing."""
        ...


def answerer(suite: Suite, variant: str) -> Answerer:
    """Make the answerer of a variant.

    Raises:
        SuiteError: When its outputs, callable or training data cannot be used.
        ModelError: When its local model has no weights.
    """
    said = suite.variants[variant]
    if said.outputs is not None:
        return OutputsAnswerer(suite, variant)
    if said.callable is not None:
        return CallableAnswerer(suite, variant)
    if said.method is not None:
        return FloorAnswerer(suite, variant)
    return ModelAnswerer(suite, variant)


def prepare(suite: Suite, variants: Sequence[str]) -> tuple[dict[str, Answerer], dict[str, str]]:
    """Make the answerers of several variants.

    Returns:
        The answerers by variant, and for each variant whose model cannot be had: why, one line.

    Raises:
        SuiteError: With every fault of every variant.
    """
    ready: dict[str, Answerer] = {}
    stopped: dict[str, str] = {}
    faults: list[Fault] = []
    for variant in variants:
        try:
            ready[variant] = answerer(suite, variant)
        except SuiteError as error:
            faults.extend(error.faults)
        except ModelError as error:
            stopped[variant] = " ".join(str(error).split())
    if faults:
        raise SuiteError(*faults)
    return ready, stopped
