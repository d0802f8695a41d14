"""When models are retired: looked up in litellm's own map and the suite's own calendar, and unknown where neither says."""

from __future__ import annotations

import json
import re
from datetime import date, timedelta
from importlib.util import find_spec
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.models import base_model, models_of, retirement_keys, retirement_sentence, retirements, retiring
from harness.suite import definition_from_record

TODAY = date(2026, 11, 22)
SPEC = find_spec("litellm")
assert SPEC is not None
MAP = json.loads((Path(str(SPEC.origin)).parent / "model_prices_and_context_window_backup.json").read_text(encoding="utf-8"))
MAP.pop("sample_spec")
DATED = {name: date.fromisoformat(entry["deprecation_date"]) for name, entry in MAP.items() if "deprecation_date" in entry}


def one(model: str, own: dict[str, date] | None = None, today: date = TODAY):  # type: ignore[no-untyped-def]
    (found,) = retirements([model], today, own)
    return found


def test_every_entry_of_litellms_map_that_has_a_date_is_found_by_its_own_name() -> None:
    assert len(DATED) > 500
    assert {r.model: r.date for r in retirements(DATED, TODAY)} == DATED


@pytest.mark.parametrize(
    ("model", "entry", "base"),
    [
        ("openai/gpt-4o-2024-05-13", "gpt-4o-2024-05-13", "openai/gpt-4o-2024-05-13"),
        ("openai/ft:gpt-4o-mini-2024-07-18:acme::x1", "ft:gpt-4o-mini-2024-07-18", "openai/gpt-4o-mini-2024-07-18"),
        ("ft:gpt-4.1-2025-04-14:acme:orders:abc", "ft:gpt-4.1-2025-04-14", "gpt-4.1-2025-04-14"),
        ("anthropic/claude-sonnet-4-5", "claude-sonnet-4-5", "anthropic/claude-sonnet-4-5"),
        ("openai/gpt-4-0613", "gpt-4-0613", "openai/gpt-4-0613"),
    ],
)
def test_a_model_is_found_with_its_provider_and_a_fine_tune_by_its_base(model: str, entry: str, base: str) -> None:
    found = one(model)
    assert (found.source, found.entry, found.base, found.date) == ("litellm", entry, base, DATED[entry])
    assert found.days_left == (DATED[entry] - TODAY).days


def test_another_providers_model_of_the_same_name_has_its_own_date() -> None:
    assert one("azure/gpt-4o-2024-05-13").date == DATED["azure/gpt-4o-2024-05-13"] != one("openai/gpt-4o-2024-05-13").date
    assert one("groq/gpt-4o-2024-05-13").source == "unknown"


def test_an_undated_name_has_the_date_of_the_last_of_its_dated_versions_and_says_so() -> None:
    assert "deprecation_date" not in MAP["gpt-4o"]
    found = one("openai/gpt-4o")
    versions = {name: day for name, day in DATED.items() if re.fullmatch(r"gpt-4o-\d{4}-\d\d-\d\d", name)}
    assert len(versions) > 1
    assert found.date == max(versions.values())
    assert "may move the name" in found.note


def test_a_dated_version_the_map_does_not_know_has_the_date_of_its_undated_name() -> None:
    name = "gpt-4o-transcribe"
    assert one(f"openai/{name}-2031-01-01").date == DATED[name]
    assert one(f"openai/{name}-2031-01-01").note == f"the date of {name}"


@pytest.mark.parametrize("model", ["openai/no-such-model", "hosted_vllm/x", "openai/ft:llama:a::b", "", "ft:", "/", "ft::::"])
def test_what_nobody_knows_stays_unknown_and_is_said(model: str) -> None:
    found = one(model)
    assert (found.source, found.date, found.days_left) == ("unknown", None, None)
    assert "no retirement date that is known" in retirement_sentence(found)
    assert retiring([found], 10**6) == ()


def test_weights_on_this_machine_are_never_retired_unless_the_suite_says_so() -> None:
    assert one("local/smollm2-135m-instruct").source == "embedded"
    assert one("local/smollm2-135m-instruct", {"smollm2-135m-instruct": TODAY}).days_left == 0


@pytest.mark.parametrize(
    "key", ["openai/ft:gpt-4o-2024-08-06:acme::x1", "ft:gpt-4o-2024-08-06", "gpt-4o-2024-08-06", "openai/gpt-4o", "gpt-4o"]
)
def test_the_suites_own_calendar_goes_before_litellms_under_any_name_of_the_model(key: str) -> None:
    day = date(2030, 1, 1)
    found = one("openai/ft:gpt-4o-2024-08-06:acme::x1", {key: day, "gpt-4o-mini": TODAY})
    assert (found.source, found.date, found.entry) == ("suite", day, key)


def test_a_sentence_says_who_asks_when_and_by_which_calendar() -> None:
    own = {"x": TODAY + timedelta(1), "y": TODAY, "z": TODAY - timedelta(2)}
    said = [retirement_sentence(r, ("tuned", "the judge of rubric")) for r in retirements(["p/x", "p/y", "p/z"], TODAY, own)]
    assert said == [
        "tuned and the judge of rubric ask p/x, which is retired on 2026-11-23, in 1 day (the suite's own calendar)",
        "tuned and the judge of rubric ask p/y, which is retired on 2026-11-22, today (the suite's own calendar)",
        "tuned and the judge of rubric ask p/z, which was retired on 2026-11-20, 2 days ago (the suite's own calendar)",
    ]
    assert json.loads(json.dumps(retirement_keys(one("p/x", own))))["date"] == "2026-11-23"


def test_judges_are_models_of_the_suite_too() -> None:
    definition = definition_from_record(
        {
            "suite": "s",
            "fixtures": "f.jsonl",
            "variants": {
                "a": {"role": "prompt", "model": "openai/x", "prompt": "p.yaml"},
                "b": {"role": "prompt", "model": "openai/x", "prompt": "p.yaml"},
                "c": {"role": "current", "outputs": "o.jsonl"},
            },
            "metrics": ["accuracy", {"rubric": {"model": "openai/judge", "as": "tone"}}],
        }
    )
    assert models_of(definition) == {"openai/x": ("a", "b"), "openai/judge": ("the judge of tone",)}


@given(st.dates(), st.dates(), st.integers(0, 400))
def test_days_left_and_the_warning_are_the_difference_of_two_days(today: date, day: date, within: int) -> None:
    (found,) = retirements(["p/m"], today, {"m": day})
    assert found.days_left is not None
    assert today + timedelta(days=found.days_left) == day
    assert bool(retiring([found], within)) == (day <= today + timedelta(days=min(within, (date.max - today).days)))
    assert str(day) in retirement_sentence(found)


@given(st.text(max_size=80))
def test_any_text_at_all_can_be_asked_about(model: str) -> None:
    found = one(model)
    assert found.source in ("unknown", "litellm", "embedded")
    assert base_model(base_model(model)) == base_model(model) or model.startswith("ft:")
