"""What the report shows beside a run, and what it leaves out because it is no longer the run's."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

import harness
from harness.session.beside import beside
from harness.store import Night, Nights, Run, Store
from harness.verdicts import Judgement

RECORDED = Path("evals/order_intake")


@pytest.fixture(scope="module")
def judgement() -> Judgement:
    """What the recorded run comes to."""
    return harness.load_run("latest", store=RECORDED / "recorded").judgement


def stored(store: Path) -> Run:
    """The run of a store."""
    runs = Store(store)
    return runs.read(runs.find("latest"))


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    """A copy of the shipped suite with its recorded run."""
    copy = Path(shutil.copytree(RECORDED, tmp_path / "order_intake", ignore=shutil.ignore_patterns("*.gguf", "training")))
    for adapter in (RECORDED / "adapters").glob("*.gguf"):
        (copy / "adapters" / adapter.name).symlink_to(adapter.resolve())
    return copy


def test_prompts_are_shown_whole_and_data_checks_as_they_are(suite: Path, judgement: Judgement) -> None:
    found = beside(stored(suite / "recorded"), judgement)
    assert list(found.prompts) == ["baseline", "rag", "tuned", "tuned_rag"] and found.prompts_note == ""
    assert found.prompts["rag"].file == "prompts/rag.yaml"
    assert any("{{ context }}" in text for _, text in found.prompts["rag"].turns)
    assert found.checks is not None and found.noise is None and found.trends == ()


def test_a_prompt_that_has_changed_since_is_named_and_never_shown_as_the_runs(suite: Path, judgement: Judgement) -> None:
    prompt = suite / "prompts" / "rag.yaml"
    prompt.write_text(prompt.read_text().replace("{{ context }}", "{{ context }} Now.", 1))
    found = beside(stored(suite / "recorded"), judgement)
    assert "rag" not in found.prompts and "baseline" in found.prompts
    assert found.prompts_note == "The prompts of rag have changed since this run and are left out."


def test_fixtures_that_have_changed_are_not_checked_in_the_runs_name(suite: Path, judgement: Judgement) -> None:
    lines = (suite / "fixtures.jsonl").read_text().splitlines()
    (suite / "fixtures.jsonl").write_text("\n".join(lines[:-1]) + "\n")
    found = beside(stored(suite / "recorded"), judgement)
    assert found.checks is None and "have changed since this run" in found.checks_note


def test_a_suite_that_is_gone_is_said_to_be(suite: Path, tmp_path: Path, judgement: Judgement) -> None:
    moved = tmp_path / "elsewhere" / "runs"
    shutil.copytree(suite / "recorded", moved)
    record = next(moved.rglob("run.json"))
    said = json.loads(record.read_text())
    record.write_text(json.dumps({**said, "suite_path": "gone/suite.yaml"}))
    gone = beside(stored(moved), judgement)
    assert gone.prompts == {} and gone.checks is None
    assert gone.prompts_note == "The suite is not where it was run from, so its prompts are left out."


def test_a_suite_that_cannot_be_read_any_more_is_said_to_be(suite: Path, judgement: Judgement) -> None:
    (suite / "prompts" / "rag.yaml").unlink()
    found = beside(stored(suite / "recorded"), judgement)
    assert found.prompts == {} and found.prompts_note == "The suite cannot be loaded as it is now, so its prompts are left out."


def test_the_nights_kept_beside_a_run_are_its_trend(suite: Path, judgement: Judgement) -> None:
    nights = Nights(suite / "recorded", "order_intake")
    for day, value in enumerate((0.70, 0.74, 0.76), start=1):
        values = {"tuned_rag/field_accuracy": value}
        nights.add(Night(f"2026-11-{day:02}T02:00:00+00:00", (f"n{day}",), "same", "steady", 0, values=values))
    (trend,) = beside(stored(suite / "recorded"), judgement).trends
    assert (trend.variant, [point.value for point in trend.points]) == ("tuned_rag", [0.70, 0.74, 0.76])
