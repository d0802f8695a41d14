"""What a migration comes to, from judged gates alone."""

from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.verdicts import GateResult, GateStatus, MigrationPlan, StandIn, decide_migration, migration_exit_code

STATUSES = get_args(GateStatus)
NAMES = ("new/old", "p/old", "p/new", "schema", "schema new", "schema p")
PLAN = MigrationPlan(
    "tuned",
    StandIn("tuned_new", ("new/old",), {"schema": "schema new"}),
    (StandIn("strong_new", ("p/old", "p/new"), {"schema": "schema p"}),),
    "openai/new",
)


def gates(*statuses: GateStatus, needed: int | None = None) -> dict[str, GateResult]:
    return {
        name: GateResult(name, "accuracy", "tuned_new", "tuned", "no worse", status, f"{name}: {status}.", needed=needed)
        for name, status in zip(NAMES, statuses, strict=True)
    }


@pytest.mark.parametrize(
    ("statuses", "answer"),
    [
        ("passed failed failed passed passed passed", "hold"),
        ("passed passed passed passed passed passed", "drop"),
        ("passed passed failed passed passed passed", "hold"),
        ("passed passed inconclusive passed passed passed", "hold"),
        ("passed passed passed passed passed failed", "hold"),
        ("passed passed passed passed passed inconclusive", "hold"),
        ("passed passed passed failed failed failed", "drop"),
        ("failed passed inconclusive passed passed passed", "drop"),
        ("failed failed failed passed passed passed", "retune"),
        ("passed failed failed passed failed passed", "retune"),
        ("passed failed failed failed failed failed", "hold"),
        ("passed failed failed passed inconclusive passed", "undecided"),
        ("inconclusive inconclusive inconclusive passed passed passed", "undecided"),
        ("inconclusive passed passed passed passed passed", "drop"),
        ("withheld failed failed passed passed passed", "no_verdict"),
        ("withheld passed passed passed passed passed", "drop"),
        ("withheld passed withheld passed passed passed", "no_verdict"),
        ("failed withheld withheld passed passed passed", "retune"),
    ],
)
def test_the_cheapest_answer_that_is_shown_is_given(statuses: str, answer: str) -> None:
    found = decide_migration(PLAN, gates(*statuses.split()))  # type: ignore[arg-type]
    assert found.answer == answer
    assert found.use == {"hold": "tuned_new", "drop": "strong_new"}.get(answer)
    assert found.reasons


def test_an_open_question_says_how_many_fixtures_would_settle_it() -> None:
    open_ = ("inconclusive", "inconclusive", "inconclusive", "passed", "passed", "passed")
    assert "about 1,400 fixtures would settle it" in decide_migration(PLAN, gates(*open_, needed=1400)).headline


@given(st.tuples(*[st.sampled_from(STATUSES)] * len(NAMES)))
def test_whatever_the_gates_say_nothing_is_dropped_or_held_that_is_not_shown_to_be_as_good(
    statuses: tuple[GateStatus, ...],
) -> None:
    found = decide_migration(PLAN, gates(*statuses))
    new, prompt, over_new, old_schema, new_schema, prompt_schema = statuses
    if found.answer == "hold":
        assert new == "passed"
        assert old_schema != "passed" or new_schema == "passed"
    if found.answer == "drop":
        assert prompt == "passed"
        assert old_schema != "passed" or prompt_schema == "passed"
        assert over_new == "passed" or new == "failed" or new_schema == "failed"
    assert found.exit_code == {"hold": 0, "drop": 0, "retune": 1, "undecided": 4, "no_verdict": 3}[found.answer]
    assert found.to_dict()["answer"] == found.answer
    assert [gate.name for gate in found.evidence] == list(NAMES)


def test_the_gravest_of_several_answers_is_the_exit_code() -> None:
    def of(*statuses: GateStatus):  # type: ignore[no-untyped-def]
        return decide_migration(PLAN, gates(*statuses, "failed", "failed", "passed", "passed", "passed"))

    hold, worse, open_, none = of("passed"), of("failed"), of("inconclusive"), of("withheld")
    assert migration_exit_code([hold, hold]) == 0
    assert migration_exit_code([hold, open_]) == 4
    assert migration_exit_code([open_, worse]) == 1
    assert migration_exit_code([worse, none]) == 3
