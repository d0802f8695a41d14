"""A whole session from Python: what README and docs promise."""

from __future__ import annotations

from pathlib import Path

import pytest

import harness
from tests.cli.conftest import city, oracle, write_suite
from tests.provider import Provider


@pytest.fixture
def folder(tmp_path: Path, provider: Provider, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    provider.on("weak", city)
    provider.on("strong", oracle)
    return write_suite(tmp_path / "capitals", provider.url)


def test_a_suite_is_run_compared_and_reported(folder: Path) -> None:
    run = harness.run(harness.load_suite(folder))
    result = harness.compare(run, candidate="tuned", over="baseline")
    assert (result.verdict, result.effect) == ("better", 0.25)
    assert result.interval is not None
    assert result.interval[0] < 0.25 < result.interval[1]
    assert result.to_frame().loc[0, "candidate"] == "tuned"
    assert harness.report(run, "out/report.html").read_text(encoding="utf-8").startswith("<!doctype html>")


def test_a_stored_run_is_judged_as_it_was(folder: Path) -> None:
    run = harness.run(folder)
    again = harness.load_run("latest")
    by_suite = harness.load_run(folder)
    assert again.run_id == by_suite.run_id == run.run_id
    assert again.judgement == run.judgement


def test_a_stored_run_is_judged_without_the_suites_files(folder: Path) -> None:
    run = harness.run(folder)
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_file():
            path.unlink()
    assert harness.load_run(run.folder).judgement == run.judgement


def test_scores_come_as_a_frame_in_long_form(folder: Path) -> None:
    frame = harness.run(folder).to_frame()
    assert list(frame.columns) == ["fixture_id", "variant", "repeat", "metric", "column", "value"]
    accuracy = frame[(frame.metric == "accuracy") & (frame.column == "value")].groupby("variant").value.mean()
    assert accuracy.to_dict() == {"baseline": 0.75, "tuned": 1.0}


def test_a_replay_finds_what_is_recorded_with_the_suite(folder: Path, provider: Provider) -> None:
    harness.run(folder, store=folder / "recorded")
    asked = len(provider.requests)
    replayed = harness.run(folder, replay=True)
    assert replayed.missing == ()
    assert replayed.exit_code == 0
    normal = harness.run(folder, limit=2, store=".harness/other")
    assert len(provider.requests) == asked + 4
    assert normal.run.record.totals["cached"] == 0


def test_a_metric_that_raises_names_its_line_and_the_run_goes_on(folder: Path) -> None:
    (folder / "metrics.py").write_text(
        "import harness\n\n@harness.metric\ndef brittle(fixture, response):\n    return 1 / (fixture.id != 'c3')\n",
        encoding="utf-8",
    )
    told: list[str] = []

    class Listening:
        def started(self, *_: object) -> None: ...
        def finished(self, *_: object) -> None: ...
        def note(self, text: str) -> None:
            told.append(text)

        def close(self) -> None: ...

    text = (folder / "suite.yaml").read_text(encoding="utf-8").replace('"accuracy"\n', '"accuracy",\n  "brittle"\n', 1)
    (folder / "suite.yaml").write_text(text, encoding="utf-8")
    run = harness.run(folder, progress=Listening())
    assert any("metrics.py:5" in line and "c3" in line for line in told)
    estimate = run.judgement.estimate("tuned", "brittle")
    assert estimate is not None
    assert estimate.n == 39
