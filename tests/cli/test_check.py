"""`harness check`: what it prints at two widths, its files, its exit codes, and a run with and without its leaks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Harness

SUITE = """\
suite: seen
fixtures: fixtures.jsonl
training_data: train.jsonl
variants:
  plain: {role: prompt, outputs: plain.jsonl}
  tuned: {role: fine_tune, outputs: tuned.jsonl}
metrics: [accuracy]
gates:
  - {name: good enough, metric: accuracy, candidate: tuned, at_least: 0.55}
"""
KEY = "AKIAIOSFODNN7EXAMPLE"


def write(folder: Path, leaked: int, **more: Any) -> Path:
    """Sixty fixtures: the fine-tune is right on the first half, the leaked ones first, and plain never."""
    folder.mkdir(parents=True, exist_ok=True)
    fixtures = [{"id": f"q{n}", "input": f"this is question number {n} of them", "expected": "yes", **more} for n in range(60)]
    rows = {
        "fixtures.jsonl": fixtures,
        "train.jsonl": [{"input": f"other example {n}", "expected": "yes"} for n in range(40)]
        + [{"input": fixtures[n]["input"].upper(), "expected": "yes"} for n in range(leaked)],
        "plain.jsonl": [{"id": f["id"], "text": "no"} for f in fixtures],
        "tuned.jsonl": [{"id": f["id"], "text": "yes" if n < 45 else "no"} for n, f in enumerate(fixtures)],
    }
    (folder / "suite.yaml").write_text(SUITE)
    for name, lines in rows.items():
        (folder / name).write_text("".join(json.dumps(line) + "\n" for line in lines))
    return folder


def test_a_leak_is_exit_1_and_the_run_is_shown_with_and_without_it(harness: Harness, tmp_path: Path) -> None:
    suite = write(tmp_path / "s", leaked=30)
    harness("run", str(suite), "--store", str(tmp_path / "runs"))
    done = harness("check", str(suite), "--store", str(tmp_path / "runs"), "--json")
    assert done.returncode == 1
    said = json.loads(done.stdout)
    leak = said["findings"][0]
    assert (leak["name"], leak["severity"], len(leak["fixtures"])) == ("leaks.training", "serious", 30)
    without = said["without_leaks"]
    assert without["fixtures"] == {"with": 60, "without": 30}
    # By hand: 45 of 60 right; without the 30 leaked ones, all right, 15 of 30.
    assert without["variants"]["tuned"] == {"with": 0.75, "without": 0.5}
    assert without["variants"]["plain"] == {"with": 0.0, "without": 0.0}
    shown = harness("check", str(suite), "--store", str(tmp_path / "runs")).stdout
    assert "without its 30 leaked fixtures (60 to 30)" in shown


@pytest.mark.parametrize("width", [60, 160])
def test_it_fits_the_console_it_is_printed_on(harness: Harness, tmp_path: Path, width: int) -> None:
    done = harness("check", str(write(tmp_path / "s", leaked=5)), "--store", str(tmp_path / "none"), COLUMNS=str(width))
    assert done.returncode == 1
    assert max(map(len, done.stdout.splitlines())) <= width
    assert "5 fixtures of 60 are also in the training data, word for word." in done.stdout.replace("\n   ", "").replace("  ", " ")
    assert "and 2 more" in done.stdout
    assert "Found: 1 serious" in done.stdout


def test_copies_are_written_and_never_over_a_file_that_is_there(harness: Harness, tmp_path: Path) -> None:
    suite = write(tmp_path / "s", leaked=0, meta={"key": KEY})
    out, groups = tmp_path / "clean", tmp_path / "grouped.jsonl"
    options = ("--redact", str(out), "--propose-groups", str(groups), "--store", str(tmp_path / "none"))
    done = harness("check", str(suite), *options)
    assert done.returncode == 1  # a key in the data is serious
    assert KEY not in (out / "fixtures.jsonl").read_text()
    assert "[KEY_1]" in (out / "fixtures.jsonl").read_text()
    assert KEY not in done.stdout
    rows = [json.loads(line) for line in groups.read_text().splitlines()]
    assert {row.get("group") for row in rows} == {"near-q0"}  # sixty of one template
    again = harness("check", str(suite), *options)
    assert again.returncode == 2
    assert "there already" in again.stderr
