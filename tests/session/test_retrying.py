"""What failed in a run is asked again, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

import harness
from harness.errors import SuiteError
from tests.provider import Provider, fails
from tests.running.suites import asks, write_suite


def test_only_what_failed_is_asked_again_and_the_new_run_holds_everything(tmp_path: Path, provider: Provider) -> None:
    variants = {name: asks(name, provider.url) for name in ("one", "two", "three")}
    suite = write_suite(tmp_path / "suite", variants, concurrency=1)
    provider.on("one", "fine", fails(400), "fine", fails(400), "fine")
    store = tmp_path / "runs"
    first = harness.run(suite, store=store, variants=["one", "two"], limit=5, repeats=2)
    assert first.run.record.totals["failed"] == 2
    asked = len(provider.requests)

    second = harness.retry_failed(first.run_id, store=store)

    again = provider.requests[asked:]
    failed = {r.fixture_id for r in first.run.responses if not r.response.usable}
    assert {request.last for request in again} == {f"question {name[1:]}" for name in failed}
    assert len(again) == 2 and {request.model for request in again} == {"one"}
    assert len(second.run.responses) == 20 and all(r.response.usable for r in second.run.responses)
    assert (second.run.record.totals["asked"], second.run.record.totals["cached"]) == (2, 18)
    assert list(second.run.record.variants) == ["one", "two"], "the run's own selection"
    assert second.run.record.selection["limit"] == 5
    assert second.run_id != first.run_id


def test_a_suite_that_asks_something_else_by_now_is_refused(tmp_path: Path, provider: Provider) -> None:
    suite = write_suite(tmp_path / "suite", {"one": asks("one", provider.url)})
    provider.on("one", fails(400), "fine")
    run = harness.run(suite, store=tmp_path / "runs")
    asked = len(provider.requests)
    write_suite(
        tmp_path / "suite", {"one": asks("one", provider.url)}, files={"ask.yaml": "- {role: user, content: 'x {{ input }}'}\n"}
    )

    with pytest.raises(SuiteError, match=r"6 of the 6 requests of run .* are no longer what the suite asks"):
        harness.retry_failed(run.run_id, store=tmp_path / "runs")
    assert len(provider.requests) == asked


def test_a_suite_that_is_gone_has_to_be_named(tmp_path: Path, provider: Provider) -> None:
    suite = write_suite(tmp_path / "suite", {"one": asks("one", provider.url)})
    run = harness.run(suite, store=tmp_path / "runs")
    (tmp_path / "suite").rename(tmp_path / "moved")

    with pytest.raises(SuiteError, match="not there any more"):
        harness.retry_failed(run.run_id, store=tmp_path / "runs")
    again = harness.retry_failed(run.run_id, suite=tmp_path / "moved", store=tmp_path / "runs")
    assert again.run.record.totals["asked"] == 0
