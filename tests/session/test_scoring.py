"""A stored run measured again: nothing is asked, and nothing in it changes unless that is wanted."""

from __future__ import annotations

import hashlib
import json
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

import harness
from harness.errors import SuiteError
from harness.metrics import load_metric
from tests.cli.conftest import city, oracle, write_suite
from tests.provider import Provider
from tests.session.test_judging import grades, preference, prefers_the_right_one, rubric
from tests.session.test_judging import suite as judged_suite

Write = Callable[..., Path]
suite = judged_suite


@pytest.fixture
def run(tmp_path: Path, provider: Provider, monkeypatch: pytest.MonkeyPatch) -> harness.EvaluatedRun:
    monkeypatch.chdir(tmp_path)
    provider.on("weak", city)
    provider.on("strong", oracle)
    return harness.run(write_suite(tmp_path / "capitals", provider.url))


def prints(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


def test_a_run_is_measured_again_without_a_connection_or_a_trace(
    run: harness.EvaluatedRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = prints(run.folder)
    monkeypatch.setattr(socket, "socket", None)
    scored = harness.score(run, metrics=["accuracy", {"edit_similarity": {}}, "output_tokens"])
    assert scored.estimate("baseline", "accuracy").value == 0.75  # type: ignore[union-attr]
    assert scored.estimate("tuned", "output_tokens").value == 3.0  # type: ignore[union-attr]
    assert [m.name for m in scored.metrics] == ["accuracy", "edit_similarity", "output_tokens"]
    assert set(scored.to_frame().metric) == {"accuracy", "edit_similarity", "output_tokens"}
    assert (scored.saved, scored.exit_code) == (False, 0)
    assert prints(run.folder) == before
    same = scored.estimate("tuned", "accuracy")
    assert same == run.judgement.estimate("tuned", "accuracy")


def test_a_scored_run_can_be_compared(run: harness.EvaluatedRun) -> None:
    scored = harness.score("latest", metrics=["edit_similarity"])
    assert harness.compare(scored, "tuned", "baseline").verdict == "better"


def test_metrics_ready_made_and_functions_of_the_suite_can_be_used(run: harness.EvaluatedRun, tmp_path: Path) -> None:
    (tmp_path / "capitals/metrics.py").write_text(
        "import harness\n\n@harness.metric(unit='count')\ndef words(fixture, response):\n    return len(response.text.split())\n"
    )
    scored = harness.score(run, metrics=["words", load_metric("json_valid")])
    assert scored.estimate("tuned", "words").value == 2.0  # type: ignore[union-attr]
    assert scored.estimate("tuned", "json_valid").value == 0.0  # type: ignore[union-attr]
    with pytest.raises(SuiteError, match="json_valid cannot be saved"):
        harness.score(run, metrics=[load_metric("json_valid")], save=True)


def test_saved_scores_join_those_that_are_there_and_are_read_back(run: harness.EvaluatedRun) -> None:
    harness.score(run, metrics=["edit_similarity", {"accuracy": {"normalise": "casefold"}}], save=True)
    again = harness.load_run("latest")
    assert again.run.record.definition["metrics"] == [{"accuracy": {"normalise": "casefold"}}, "edit_similarity"]
    assert again.judgement.estimate("tuned", "edit_similarity") is not None
    assert again.judgement.gates == run.judgement.gates
    assert again.judgement.estimate("tuned", "latency_p95") == run.judgement.estimate("tuned", "latency_p95")
    assert not list(run.folder.glob(".*"))


def test_a_metric_the_run_could_not_be_read_back_with_is_not_saved(run: harness.EvaluatedRun, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere/metrics.py").write_text("import harness\n\n@harness.metric\ndef one(f, r):\n    return 1\n")
    (tmp_path / "elsewhere/list.yaml").write_text("- one\n")
    before = prints(run.folder)
    assert harness.score(run, metrics=tmp_path / "elsewhere/list.yaml").estimate("tuned", "one").value == 1.0  # type: ignore[union-attr]
    with pytest.raises(SuiteError, match=r"could not be read back.*metrics.py of the suite"):
        harness.score(run, metrics=tmp_path / "elsewhere/list.yaml", save=True)
    assert prints(run.folder) == before


def test_every_fault_of_a_list_is_told_with_its_line(run: harness.EvaluatedRun, tmp_path: Path) -> None:
    path = tmp_path / "list.yaml"
    path.write_text(
        "- acuracy\n- accuracy: {normalize: exact}\n- [1]\n- json_schema: {schema: nowhere.json}\n- accuracy\n- accuracy\n"
    )
    with pytest.raises(SuiteError) as caught:
        harness.score(run, metrics=path)
    assert [(f.line, f.file) for f in caught.value.faults] == [(3, str(path)), (5, str(path)), (6, str(path))]
    path.write_text("- acuracy\n- accuracy: {normalize: exact}\n- json_schema: {schema: nowhere.json}\n")
    with pytest.raises(SuiteError) as caught:
        harness.score(run, metrics=path)
    assert sorted(f.line or 0 for f in caught.value.faults) == [1, 2, 3]
    assert "did you mean accuracy" in str(caught.value)
    for text in ("", "metrics: 3", "{a: [", "- {a: {}, b: {}}"):
        path.write_text(text)
        with pytest.raises(SuiteError, match=r"list\.yaml"):
            harness.score(run, metrics=path)
    with pytest.raises(SuiteError, match="cannot be read"):
        harness.score(run, metrics=tmp_path / "nowhere.yaml")


def test_a_judge_is_asked_only_where_that_is_wanted(run: harness.EvaluatedRun, provider: Provider) -> None:
    provider.on("judge", grades)
    before = prints(run.folder)
    scored = harness.score(run, metrics=[rubric(provider.url)])
    assert provider.asked("judge") == []
    assert (scored.judged.missing, scored.exit_code) == (80, 3)
    assert prints(run.folder) == before

    asked = harness.score(run, metrics=[rubric(provider.url)], ask=True)
    assert asked.estimate("tuned", "rubric").value == 5.0  # type: ignore[union-attr]
    after = prints(run.folder)
    assert set(after) - set(before) == {"judgements.parquet"}
    assert {name: after[name] for name in before} == before

    provider.close()
    again = harness.score(run, metrics=[rubric(provider.url)])
    assert again.estimates == asked.estimates
    assert again.exit_code == 0


def test_answers_of_two_judges_live_side_by_side_in_a_run(suite: Write, provider: Provider) -> None:
    provider.on("judge", grades)
    run = harness.run(suite(rubric(provider.url)))
    provider.on("judge", prefers_the_right_one)
    harness.score(run, metrics=[preference(provider.url)], ask=True, save=True)
    provider.close()
    again = harness.load_run("latest")
    assert set(again.run.record.judges) == {"rubric", "preference"}
    assert again.run.record.totals["judge_asked"] == 50 + 20
    both = harness.score(again, metrics=[preference(provider.url), rubric(provider.url)])
    assert (both.judged.missing, both.exit_code) == (0, 0)
    assert both.estimate("baseline", "rubric") == run.judgement.estimate("baseline", "rubric")


def test_a_suite_yaml_is_a_list_of_metrics_too(run: harness.EvaluatedRun, tmp_path: Path) -> None:
    scored = harness.score(tmp_path / "capitals", metrics=tmp_path / "capitals")
    assert [m.name for m in scored.metrics] == ["accuracy"]
    assert json.loads(json.dumps(scored.to_dict()))["variants"]["tuned"]["metrics"]["accuracy"]["value"] == 1.0
