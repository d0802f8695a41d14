"""Models about to be retired, as `harness check` tells of them."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from harness.datachecks import check_retirements, check_suite
from harness.errors import SuiteError
from harness.suite import definition_from_record, load_suite, suite_schema
from tests.suite.writing import write

SUITE = """\
suite: tiny
fixtures: fixtures.jsonl
variants:
  plain: {role: prompt, model: openai/small, prompt: ask.yaml}
  tuned: {role: fine_tune, model: "openai/ft:big-2026-01-01:acme::x", prompt: ask.yaml}
metrics:
  - exact_match
"""
CALENDAR = "retirements: {big-2026-01-01: 2027-01-14, openai/small: '2027-03-01'}\n"


def test_ninety_days_before_it_is_warned_of_a_retirement_and_not_a_day_earlier(tmp_path: Path) -> None:
    suite = load_suite(write(tmp_path, SUITE + CALENDAR))
    assert check_retirements(suite, date(2026, 10, 15)) == ()
    (finding,) = check_retirements(suite, date(2026, 10, 16))
    assert (finding.severity, finding.check) == ("warning", "retirement")
    assert finding.message == (
        "tuned asks openai/ft:big-2026-01-01:acme::x, which is retired on 2027-01-14, in 90 days "
        "(the suite's own calendar; the base model of the fine-tune)."
    )
    assert finding in check_suite(suite, today=date(2026, 10, 16))


def test_unknown_dates_and_entries_that_stand_for_nothing_are_told(tmp_path: Path) -> None:
    suite = load_suite(write(tmp_path, SUITE + "retirements: {smal: 2027-01-14}\n"))
    said = {finding.severity: finding.message for finding in check_retirements(suite, date(2026, 1, 1))}
    assert "retirements names smal" in said["warning"]
    assert "openai/small, openai/ft:big-2026-01-01:acme::x" in said["note"]


@pytest.mark.parametrize("day", ["20270114", "2027-1-4", "soon", "'2027-02-30'", "2027-01-14 12:00:00", "[2027-01-14]", ""])
def test_what_is_no_date_is_a_fault_with_its_line(tmp_path: Path, day: str) -> None:
    with pytest.raises(SuiteError) as error:
        load_suite(write(tmp_path, SUITE + f"retirements:\n  openai/small: {day}\n"))
    (fault,) = error.value.faults
    assert (fault.line, "2027-01-14" in fault.hint) == (9, True)


def test_a_calendar_comes_back_from_a_stored_run_and_stands_in_the_schema(tmp_path: Path) -> None:
    definition = load_suite(write(tmp_path, SUITE + CALENDAR)).definition
    stored = json.loads(json.dumps(definition.model_dump(mode="json")))
    assert definition_from_record(stored) == definition
    assert suite_schema()["properties"]["retirements"]["additionalProperties"]["format"] == "date"
