"""``harness export`` as a user calls it, on a suite that is run and on the one that is shipped."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import duckdb
import pandas as pd
import pytest
import yaml

from tests.cli.conftest import Harness

ROOT = Path(__file__).parents[2]
RECORDED = str(ROOT / "evals/order_intake/recorded")
RUN = "20261122T105514Z-23cb23"


@pytest.mark.parametrize(
    ("name", "what", "rows"),
    [("s.csv", "scores", 12_480), ("s.parquet", "scores", 12_480), ("r.csv", "responses", 840), ("r.jsonl", "responses", 840)],
)
def test_the_ending_tells_the_format(harness: Harness, tmp_path: Path, name: str, what: str, rows: int) -> None:
    done = harness("export", "--store", RECORDED, "--to", f"out/{name}", "--what", what, "--json")
    said = json.loads(done.stdout)
    assert (done.returncode, said["rows"], said["file"], said["what"]) == (0, rows, f"out/{name}", what), done.stderr
    path = tmp_path / "out" / name
    reads = {
        ".csv": pd.read_csv,
        ".parquet": lambda p: duckdb.read_parquet(str(p)).df(),
        ".jsonl": lambda p: pd.read_json(p, lines=True),
    }
    assert len(reads[path.suffix](path)) == rows


def test_the_scores_are_those_that_python_gives(harness: Harness, tmp_path: Path) -> None:
    import harness as package

    assert harness("export", "--store", RECORDED, "--to", "s.csv").returncode == 0
    keys = ["fixture_id", "variant", "repeat", "metric", "column"]
    ours = pd.read_csv(tmp_path / "s.csv").set_index(keys)["value"].sort_index()
    theirs = package.load_run(RUN, store=RECORDED).to_frame().set_index(keys)["value"].sort_index()
    assert (ours.index == theirs.index).all() and ((ours == theirs) | (ours.isna() & theirs.isna())).all()


def test_reports_go_to_a_file_or_to_stdout(harness: Harness, tmp_path: Path) -> None:
    done = harness("export", RUN, "--store", RECORDED, "--to", "comment.md")
    assert (done.returncode, done.stdout) == (0, "comment.md\n"), done.stderr
    markdown = (tmp_path / "comment.md").read_text(encoding="utf-8")
    assert markdown.startswith("## \u274c order\\_intake: do not ship\n")
    assert harness("export", RUN, "--store", RECORDED, "-f", "markdown").stdout == markdown
    assert harness("export", RUN, "--store", RECORDED, "-f", "markdown", "--to", "-").stdout == markdown
    junit = harness("export", RUN, "--store", RECORDED, "-f", "junit").stdout
    assert 'tests="7" failures="2" errors="0"' in junit
    keys = json.loads(harness("export", RUN, "--store", RECORDED, "-f", "json").stdout)
    assert keys["run_id"] == RUN and keys["exit_code"] == 1
    lines = harness("export", RUN, "--store", RECORDED, "-f", "csv").stdout.splitlines()
    assert len(list(csv.reader(lines))) == 12_481


def test_a_model_card_takes_what_only_the_user_knows(harness: Harness) -> None:
    options = ("--model-name", "acme/orders", "--dataset", "acme/mails", "--task", "text2text-generation", "--variant", "tuned")
    done = harness("export", "--store", RECORDED, "-f", "model-card", *options, "--source", "https://example.org/r")
    assert done.returncode == 0, done.stderr
    (index,) = yaml.safe_load(done.stdout.split("---\n")[1])["model-index"]
    (result,) = index["results"]
    assert (index["name"], result["task"], result["dataset"]["type"]) == (
        "acme/orders", {"type": "text2text-generation"}, "acme/mails",
    )  # fmt: skip
    assert result["metrics"][0] == {
        "type": "field_accuracy", "value": 0.663333, "name": "field_accuracy, 95 % interval 62.6 to 69.9 %",
    }  # fmt: skip


def test_bad_input_is_told_and_is_exit_2(harness: Harness, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for arguments, said in (
        (("--to", "x.pdf"), "the ending of x.pdf tells no format. name one with --format: csv, parquet"),
        ((), "a stream has no ending that tells its format"),
        (("-f", "excel"), "'excel' is not one of 'csv', 'parquet'"),
        (("--to", "x.md", "--what", "scores"), "markdown holds a report, not scores. write scores as csv, parquet, json, jsonl."),
        (("--to", "x.csv", "--what", "report"), "csv holds a table, not a report"),
        (("nothing", "--to", "x.csv"), "no run is called 'nothing'"),
        (("--to", "file/x.csv"), "file/x.csv: cannot be written"),
        (("--to", "file/x.md"), "file/x.md: cannot be written"),
        (("--to", "/proc/x.csv"), "/proc/x.csv: cannot be written"),
        (("-f", "model-card", "--variant", "tunde"), "there is no variant 'tunde' in the run. did you mean tuned"),
        (("-f", "junit", "--variant", "tuned"), "are for --format model-card"),
        (("-f", "csv", "--json"), "name a file with --to"),
    ):
        done = harness("export", *arguments, "--store", RECORDED)
        assert said in done.stderr, (arguments, done.stderr)
        assert (done.returncode, "Traceback" in done.stderr) == (2, False), done.stderr
    assert [p.name for p in tmp_path.iterdir() if p.name != "file"] == []


def test_a_run_that_asked_nothing_has_nothing_to_export(harness: Harness) -> None:
    done = harness("export", "--to", "x.csv")
    assert (done.returncode, "there is no run with responses" in done.stderr) == (2, True)
