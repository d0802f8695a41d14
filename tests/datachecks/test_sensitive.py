"""Keys and personal data: found by their check digits, shown masked, and replaced in a copy."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from harness.datachecks import Redactor, check_data, write_redacted
from harness.datachecks.sensitive import masked
from harness.datachecks.sensitive_rules import find_sensitive
from harness.errors import SuiteError
from tests.datachecks.planted import HARMLESS, SENSITIVE
from tests.datachecks.test_data import asked, suite_of


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in SENSITIVE.items() for value in values])
def test_it_is_found_alone_and_in_a_sentence_and_shown_masked(name: str, value: str) -> None:
    for text in (value, f"It says {value}, and no more.", f"({value})"):
        (found,) = find_sensitive(text)
        assert f"sensitive.{found.kind.replace('-', '').replace(' ', '_')}" == name
        assert found.value in value
        assert text[found.start : found.end] == found.value
        assert found.value not in masked(found)


@pytest.mark.parametrize("text", [*HARMLESS, "", "1" * 10_000, "a@" * 5_000, "A1 " * 5_000, "+" * 5_000, "2026-11-22T14:03:59Z"])
def test_what_only_looks_like_it_is_left_alone(text: str) -> None:
    assert find_sensitive(text) == ()


def test_a_copy_has_the_same_placeholder_for_the_same_value_in_questions_and_answers(tmp_path: Path) -> None:
    fixtures = [
        asked("Mail ADA@box.eu or bo@box.eu", expected={"email": "ada@box.eu", "n": 1}, meta={"by": ["bo@box.eu"]}),
        asked("nothing here", "b", group="g", tags=["edge"], weight=2.0),
    ]
    suite = suite_of(tmp_path, fixtures, [{"input": "IBAN DE89370400440532013000 of ada@box.eu"}])
    written = write_redacted(suite, tmp_path / "out" / "there")
    rows = [json.loads(line) for line in written[0].read_text().splitlines()]
    assert rows[0] == {
        "id": "a",
        "input": "Mail [EMAIL_1] or [EMAIL_2]",
        "expected": {"email": "[EMAIL_1]", "n": 1},
        "meta": {"by": ["[EMAIL_2]"]},
    }
    assert rows[1] == fixtures[1]
    assert "IBAN [IBAN_1] of [EMAIL_1]" in written[1].read_text()
    with pytest.raises(SuiteError, match="there already"):
        write_redacted(suite, tmp_path / "out" / "there")


def test_a_number_spelled_otherwise_keeps_its_placeholder() -> None:
    redactor = Redactor()
    assert redactor.value([4111111111111111, "4111-1111-1111-1111", "5555555555554444", 7]) == [
        "[CARD_1]",
        "[CARD_1]",
        "[CARD_2]",
        7,
    ]


def test_a_key_is_serious_and_an_address_is_a_note(tmp_path: Path) -> None:
    suite = suite_of(tmp_path, [asked("use AKIAIOSFODNN7EXAMPLE now")], [{"input": "to ada@box.eu"}])
    found = {f.name: f for f in check_data(suite) if f.check == "sensitive"}
    assert {name: f.severity for name, f in found.items()} == {"sensitive.key": "serious", "sensitive.email": "note"}
    assert found["sensitive.key"].message == "1 fixture holds a key, a token or a password."
    assert found["sensitive.email"].places[0].endswith("train.jsonl:2")


@pytest.mark.parametrize(
    "text", ["://a:", "eyJ", "sk-", "-----BEGIN PRIVATE KEY-----", "tel 1234567 ", "password is ", "DE12 ", "1-"]
)
def test_a_text_made_to_be_slow_takes_seconds_at_most(text: str) -> None:
    start = time.process_time()
    find_sensitive(text * (100_000 // len(text)))
    assert time.process_time() - start < 10
