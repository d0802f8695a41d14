"""The smaller commands."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Harness


def test_a_started_suite_passes_its_own_check(harness: Harness, tmp_path: Path) -> None:
    assert harness("init", "mine").returncode == 0
    assert (tmp_path / "mine/suite.yaml").read_text(encoding="utf-8").count("suite: mine") == 1
    done = harness("check", "mine")
    assert done.returncode == 0, done.stderr + done.stdout
    assert "20 fixtures" in done.stdout


def test_starting_a_suite_in_a_folder_with_something_in_it_changes_nothing(harness: Harness, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/notes.txt").write_text("keep me", encoding="utf-8")
    assert harness("init", "mine").returncode == 2
    assert [p.name for p in (tmp_path / "mine").iterdir()] == ["notes.txt"]


def test_a_leak_is_exit_1_and_named(harness: Harness, tmp_path: Path) -> None:
    harness("init", "mine")
    suite = tmp_path / "mine/suite.yaml"
    first = (tmp_path / "mine/fixtures.jsonl").read_text(encoding="utf-8").splitlines()[0]
    (tmp_path / "mine/train.jsonl").write_text(first.replace("order-01", "t1") + "\n", encoding="utf-8")
    suite.write_text(suite.read_text(encoding="utf-8") + "training_data: train.jsonl\n", encoding="utf-8")
    done = harness("check", "mine", "--json")
    assert done.returncode == 1
    serious = [f for f in json.loads(done.stdout)["findings"] if f["severity"] == "serious"]
    assert "order-01" in serious[0]["fixtures"]


def test_report_gate_compare_and_runs_read_the_stored_run(harness: Harness, capitals: Path) -> None:
    run_id = json.loads(harness("run", "capitals", "--json").stdout)["run_id"]

    written = harness("report", "latest", "-o", "out/again.html").stdout.strip()
    assert (capitals.parent / written).read_text(encoding="utf-8").startswith("<!doctype html>")
    small = harness("report", "latest", "-o", "out/small.html", "--max-size", "1").stdout.strip()
    said = "To keep this file under 1 MB it holds the texts of 0 of"
    assert said in (capitals.parent / small).read_text(encoding="utf-8") and said not in (capitals.parent / written).read_text()
    assert harness("report", "--max-size", "0.5").returncode == 2

    gate = harness("gate", "latest")
    assert gate.returncode == 0
    assert gate.stdout.startswith("passed")

    compared = harness("compare", run_id[:12], "--candidate", "baseline", "--over", "tuned")
    assert compared.returncode == 1
    assert "worse" in compared.stdout

    listed = json.loads(harness("runs", "--json").stdout)
    assert [r["run_id"] for r in listed["runs"]] == [run_id]


def test_comparing_a_variant_that_is_not_there_names_those_that_are(harness: Harness, capitals: Path) -> None:
    harness("run", "capitals")
    done = harness("compare", "latest", "--candidate", "tunde", "--over", "baseline")
    assert done.returncode == 2
    assert "tuned" in done.stderr


def test_the_schema_is_json_schema(harness: Harness) -> None:
    schema = json.loads(harness("schema").stdout)
    assert schema["additionalProperties"] is False
    assert "variants" in schema["properties"]


COMMANDS = ("init", "check", "run", "score", "compare", "aa", "gate", "decide", "report", "runs", "metrics", "schema")
COMMANDS += ("migrate", "signoff", "verify")


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(harness: Harness, command: str) -> None:
    done = harness(command, "--help")
    assert done.returncode == 0
    assert done.stdout.startswith(f"Usage: harness {command}")
