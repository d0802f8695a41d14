"""What a user sees who made a mistake: a line for each, with its place, all of them at once."""

from __future__ import annotations

import re
from pathlib import Path

from tests.cli.conftest import Harness, write_suite

FIVE_FAULTS = """\
suite: five
fixtures: fixtures.jsonl
variants:
  baseline: {role: prompt, model: openai/weak, promt: prompts/ask.yaml}
  tuned: {role: fine_tune, model: openai/strong, prompt: prompts/nowhere.yaml}
metrics:
  - acuracy
gates:
  - {name: beats, metric: accuracy, candidate: tunned, over: baseline, require: better}
"""


def test_five_faults_are_five_lines_with_file_and_line(harness: Harness, tmp_path: Path) -> None:
    folder = write_suite(tmp_path / "five", "http://127.0.0.1:9/v1")
    (folder / "suite.yaml").write_text(FIVE_FAULTS, encoding="utf-8")
    with (folder / "fixtures.jsonl").open("a", encoding="utf-8") as file:
        file.write('{"id": "c0", "input": "again?"}\n')
    done = harness("run", "five")
    lines = done.stderr.splitlines()
    assert done.returncode == 2
    assert all(re.match(r"five/(suite\.yaml|fixtures\.jsonl):\d+: .+\. .+\.$", line) for line in lines), done.stderr
    for said in ("promt", "nowhere.yaml", "acuracy", "tunned", "c0"):
        assert len([line for line in lines if said in line]) == 1, (said, lines)
    assert len(lines) == 5
    assert done.stdout == ""


def test_a_folder_without_a_suite_says_what_to_do(harness: Harness, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for command in ("run", "check"):
        done = harness(command, "empty")
        assert done.returncode == 2
        assert "suite.yaml" in done.stderr
        assert "Traceback" not in done.stderr


def test_an_unknown_command_and_an_unknown_option_are_exit_2(harness: Harness) -> None:
    assert harness("rum").returncode == 2
    assert harness("run", "--limt", "3", "x").returncode == 2


def test_a_run_that_is_not_there_is_named(harness: Harness) -> None:
    for command in (["report", "nope"], ["gate", "nope"], ["compare", "nope", "--candidate", "a", "--over", "b"]):
        done = harness(*command)
        assert done.returncode == 2
        assert "nope" in done.stderr
        assert "Traceback" not in done.stderr


def test_an_unknown_metric_is_named_with_the_nearest(harness: Harness) -> None:
    done = harness("metrics", "acuracy")
    assert done.returncode == 2
    assert "accuracy" in done.stderr
