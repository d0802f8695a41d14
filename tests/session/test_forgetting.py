"""Gates over another suite: the same models are asked a broad set, in the same store, and held to what they knew before."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import harness
from harness.errors import SuiteError
from tests.provider import Provider
from tests.running.suites import Remembering
from tests.session.scripted import gate, knows, suite_of, variant

FORGOT = gate("keeps what it knew", over="baseline", require="no_worse", margin=0.05, suite="general")


@pytest.fixture
def both(tmp_path: Path, provider: Provider) -> Path:
    """A narrow suite of 60 questions, and beside it a broad one of 80 with a prompt of its own and no fine-tune."""
    general = {"baseline": variant(provider, "elsewhere", prompt="own.yaml", params={"max_tokens": 40})}
    files = {"own.yaml": "- {role: user, content: 'Broad {{ input }}'}\n"}
    suite_of(tmp_path / "general", general, 80, files=files, slices=[])
    variants = {
        "baseline": variant(provider, "base", params={"max_tokens": 9, "temperature": 0}),
        "tuned": variant(provider, "ft", "fine_tune", params={"max_tokens": 9, "temperature": 0}),
    }
    narrow = [gate("lifts", over="baseline", require="better", margin=0.02), FORGOT]
    suite_of(tmp_path / "narrow", variants, 60, gates=narrow)
    knows(provider, "base", range(30))
    knows(provider, "ft", range(60))
    return tmp_path


def results(run: Any) -> dict[str, str]:
    return {g.name: g.status for g in run.judgement.gates}


def test_what_is_asked_is_the_other_suites_and_who_is_asked_is_this_ones(both: Path, provider: Provider) -> None:
    progress = Remembering()
    run = harness.run(both / "narrow", store=both / "runs", progress=progress)
    broad = [request for request in provider.requests if request.last.startswith("Broad question")]
    assert {request.model for request in broad} == {"base", "ft"}
    assert len(broad) == 160
    assert all((r.body["max_tokens"], r.body["temperature"]) == (40, 0) for r in broad)
    assert "general: 80 fixtures, asked of baseline, tuned for the gates over it" in progress.notes
    said = run.run.record.totals["broad"]["general"]
    assert (said["asked"], said["cached"]) == (160, 0)
    kept = both / "runs/narrow+general" / said["run_id"]
    assert (kept / "scores.parquet").is_file()


def test_what_was_forgotten_fails_the_gate_with_its_numbers_and_the_run(both: Path, provider: Provider) -> None:
    knows(provider, "base", range(80))
    knows(provider, "ft", range(60))
    narrow = both / "narrow/suite.yaml"
    narrow.write_text(
        narrow.read_text(encoding="utf-8").replace('"better"', '"no_worse"').replace("0.02", "0.05"), encoding="utf-8"
    )
    run = harness.run(both / "narrow", store=both / "runs")
    assert results(run) == {"lifts": "passed", "keeps what it knew": "failed"}
    result = run.judgement.gates[1]
    assert (result.suite, result.value, run.exit_code) == ("general", pytest.approx(-20 / 80), 1)
    assert result.sentence.startswith("tuned is -25.0 points (90 % interval -")
    assert "over baseline on accuracy (general); no worse by more than 5.0 points was asked: failed" in result.sentence
    assert result.condition == "no worse than baseline by more than 5.0 points (general)"


def test_what_was_kept_passes_the_gate_also_when_the_run_is_read_back(both: Path, provider: Provider) -> None:
    run = harness.run(both / "narrow", store=both / "runs")
    assert results(run) == {"lifts": "passed", "keeps what it knew": "passed"}
    for selector in ("latest", both / "narrow", run.run_id):
        again = harness.load_run(selector, store=both / "runs")
        assert again.run_id == run.run_id, "a run of the broad set is nobody's latest"
        assert again.judgement.gates == run.judgement.gates
    assert json.loads(json.dumps(again.to_dict()))["others"] == {"general": run.run.record.totals["broad"]["general"]["run_id"]}
    broad = harness.load_run("latest", suite="narrow+general", store=both / "runs")
    assert [g.status for g in broad.judgement.gates] == ["passed"], "it can be read and reported by itself"


def test_nothing_is_asked_twice_and_a_replay_asks_nothing(both: Path, provider: Provider) -> None:
    harness.run(both / "narrow", store=both / "runs")
    asked = len(provider.requests)
    again = harness.run(both / "narrow", store=both / "runs")
    replayed = harness.run(both / "narrow", store=both / "runs", replay=True)
    assert len(provider.requests) == asked
    assert again.run.record.totals["broad"]["general"]["cached"] == 160
    assert (results(replayed), replayed.missing) == (results(again), ())


def test_without_a_run_of_it_the_gate_is_withheld_with_the_command(both: Path, provider: Provider) -> None:
    run = harness.run(both / "narrow", store=both / "runs")
    for record in (both / "runs/narrow+general").glob("*/run.json"):
        record.unlink()
    again = harness.load_run(run.run_id, store=both / "runs")
    assert (results(again)["keeps what it knew"], again.exit_code) == ("withheld", 3)
    said = again.judgement.gates[1].sentence
    assert "general was not run; run it with: harness run " in said
    assert said.rstrip(".").endswith("narrow")


def test_a_run_of_another_fine_tune_on_the_broad_set_is_no_answer(both: Path, provider: Provider) -> None:
    run = harness.run(both / "narrow", store=both / "runs")
    knows(provider, "ft2", range(60))
    path = both / "narrow/suite.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("openai/ft", "openai/ft2"), encoding="utf-8")
    newer = harness.run(both / "narrow", store=both / "runs", max_cost=0.0105)  # enough for the narrow set alone
    assert "broad" in newer.run.record.totals
    assert results(newer)["keeps what it knew"] == "withheld"
    assert results(harness.load_run(run.run_id, store=both / "runs"))["keeps what it knew"] == "passed"


def test_variants_that_are_not_selected_are_not_asked_the_broad_set(both: Path, provider: Provider) -> None:
    run = harness.run(both / "narrow", store=both / "runs", variants=["tuned"])
    assert not any(request.last.startswith("Broad") for request in provider.requests)
    assert results(run) == {"lifts": "withheld", "keeps what it knew": "withheld"}


def test_the_estimate_counts_the_broad_set(both: Path) -> None:
    estimate = harness.estimate(both / "narrow", store=both / "runs")
    assert {v.variant: v.to_ask for v in estimate.variants} == {
        "baseline": 60,
        "tuned": 60,
        "baseline (general)": 80,
        "tuned (general)": 80,
    }
    assert estimate.to_ask == 280


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"suite": "genral"}, "there is no suite genral. did you mean general"),
        ({"suite": "narrow"}, "narrow is this suite itself. leave suite out"),
        ({"metric": "chrf"}, "is about chrf, which is not among the suite's metrics"),
        ({"slice": "tag:math"}, "no fixture is in the slice tag:math of general. no fixture has a tag"),
        ({"over": "rules"}, "rules asks no model, so it has no answer to general. name a variant with a model"),
    ],
)
def test_what_cannot_be_asked_is_told_with_the_line_of_the_gate(
    both: Path, provider: Provider, changed: dict[str, Any], said: str
) -> None:
    path = both / "narrow/suite.yaml"
    suite = json.loads(path.read_text(encoding="utf-8"))
    suite["variants"]["rules"] = {"role": "current", "outputs": "rules.jsonl"}
    (both / "narrow/rules.jsonl").write_text('{"id": "f0", "text": "0"}\n', encoding="utf-8")
    suite["gates"] = [{**FORGOT, **changed}]
    path.write_text(json.dumps(suite, indent=1), encoding="utf-8")
    with pytest.raises(SuiteError) as caught:
        harness.load_suite(both / "narrow")
    assert said in str(caught.value)
    line = int(str(caught.value).split(":")[1])
    lines = path.read_text(encoding="utf-8").splitlines()
    assert any(value in lines[line - 1] for value in changed.values())
