"""A gate over another suite: its files, its run and its numbers are signed too."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from harness.session import sign_off, verify_sign_off
from harness.signoff import RefusedError
from tests.signoff.building import GATES, RUN_ID, Release, make_release

FORGOTTEN = {
    "name": "nothing is forgotten",
    "metric": "exact_match",
    "candidate": "tuned",
    "over": "baseline",
    "require": "no_worse",
    "margin": 0.1,
    "suite": "general",
}


@pytest.fixture
def release(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Release:
    root = tmp_path / "repo"
    general = root / "evals/general"
    general.mkdir(parents=True)
    lines = [{"id": f"g{i}", "input": f"general question {i}?", "expected": f"answer {i}"} for i in range(60)]
    (general / "fixtures.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    (general / "ask.yaml").write_text("- {role: user, content: '{{ input }}'}\n", encoding="utf-8")
    variant = {"role": "prompt", "model": "openai/any", "prompt": "ask.yaml"}
    suite = {"suite": "general", "fixtures": "fixtures.jsonl", "variants": {"plain": variant}, "metrics": ["exact_match"]}
    (general / "suite.yaml").write_text(json.dumps(suite), encoding="utf-8")
    monkeypatch.chdir(root)
    return make_release(root, gates=[*GATES, FORGOTTEN])


def test_the_other_suite_and_its_run_are_part_of_what_is_signed(release: Release) -> None:
    done = sign_off(RUN_ID, by="Ada", suite="capitals")
    said = done.statement["predicate"]["finetuneHarness"]["predicate"]
    assert [run["part"] for run in said["runs"]] == ["", "general"]
    assert "nothing is forgotten" in done.statement["predicate"]["passedTests"]
    listed = [d["name"] for d in [*done.statement["subject"], *done.statement["predicate"]["configuration"]]]
    names = set(listed)
    assert len(names) == len(listed)
    assert {"evals/general/suite.yaml", "evals/general/fixtures.jsonl", "evals/general/ask.yaml"} <= names
    assert "run:capitals+general/scores.parquet" in {descriptor["name"] for descriptor in said["runs"][1]["files"]}
    assert verify_sign_off(done.file).holds

    for name in ("evals/general/fixtures.jsonl", f".harness/runs/capitals+general/{RUN_ID}/responses.parquet"):
        path = release.root / name
        kept = path.read_bytes()
        path.write_bytes(kept[:-1] + bytes([kept[-1] ^ 1]))
        found = verify_sign_off(done.file)
        assert found.exit_code == 1
        assert path.name in found.problems[0].what
        path.write_bytes(kept)


def test_what_stands_against_the_other_suites_run_stands_against_the_sign_off(release: Release) -> None:
    (release.root / "evals/general/fixtures.jsonl").write_text('{"id": "g0", "input": "x", "expected": "y"}\n', encoding="utf-8")
    release.commit()
    with pytest.raises(RefusedError, match="fixtures is not what the run was made with") as error:
        sign_off(RUN_ID, by="Ada", suite="capitals")
    assert error.value.exit_code == 2
