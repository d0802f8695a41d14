"""``harness decide``: the recommendation, as text, Markdown and JSON."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.cli.conftest import Harness

ROOT = Path(__file__).parents[2]


@pytest.fixture
def shipped(tmp_path: Path) -> Path:
    target = tmp_path / "evals/order_intake"
    shutil.copytree(ROOT / "evals/order_intake", target, ignore=shutil.ignore_patterns("__pycache__", "training"))
    return target


def test_a_suite_is_decided_by_its_latest_run(harness: Harness, capitals: Path) -> None:
    harness("run", "capitals")
    done = harness("decide", "capitals", "--json")
    keys = json.loads(done.stdout)
    assert done.returncode == keys["exit_code"]
    assert keys["candidate"] == "tuned"
    assert keys["recommendation"] in ("ship_fine_tune", "collect_data")


@pytest.mark.parametrize("columns", ["80", "160"])
def test_it_says_all_of_it_in_whatever_width_there_is(harness: Harness, shipped: Path, columns: str) -> None:
    store = ("--store", "evals/order_intake/recorded")
    done = harness("decide", "evals/order_intake", *store, COLUMNS=columns)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("Keep today's process: 'no worse than the rules of today' failed")
    assert max(len(line) for line in done.stdout.splitlines()) <= int(columns)
    keys = json.loads(harness("decide", "latest", *store, "--json").stdout)
    said = "".join(done.stdout.split())
    for sentence in (keys["headline"], *keys["would_change"], *(s["because"] for s in keys["steps"])):
        words = sentence.split()
        assert "".join(words[:3]) in said
        if columns == "80":  # nothing stands beside a sentence there, so that it can be read off whole
            assert "".join(words) in said
    for condition in keys["conditions"]:
        assert condition["basis"] in ("measured", "stated", "unknown")


def test_markdown_is_a_heading_two_tables_and_nothing_that_is_read_as_markup(harness: Harness, shipped: Path) -> None:
    done = harness("decide", "evals/order_intake", "--store", "evals/order_intake/recorded", "--markdown")
    assert done.returncode == 0
    lines = done.stdout.splitlines()
    assert lines[0] == "## Keep today's process"
    assert "| question | answer | because |" in lines
    assert "| condition | holds | how it is known | |" in lines
    assert "field\\_accuracy" in done.stdout
    rows = [line for line in lines if line.startswith("| ")]
    assert all(line.replace("\\|", "").count("|") in (4, 5) for line in rows)


def test_a_run_of_a_broken_suite_or_none_at_all_is_a_fault_and_no_traceback(harness: Harness, tmp_path: Path) -> None:
    done = harness("decide", "latest")
    assert done.returncode == 2
    assert "no run" in done.stderr
    assert "Traceback" not in done.stderr
    assert harness("decide", "--json", "--markdown").returncode == 2
