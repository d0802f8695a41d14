"""``harness runs`` and ``harness runs prune``."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import struct
import subprocess
import sys
import termios
from pathlib import Path

import pytest

from harness.store import Store
from tests.cli.conftest import Harness
from tests.store.writing import stored, write_run

TOTALS = {"planned": 3, "asked": 2, "cached": 1, "failed": 1, "cost": 0.0123, "judge_cost": 0.001}


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / ".harness/runs")


def in_terminal(*arguments: str, columns: int, cwd: Path, typed: bytes = b"") -> tuple[int, str]:
    """Run the command in a terminal so many columns wide."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    environment = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES")}
    command = [sys.executable, "-m", "harness", *arguments]
    process = subprocess.Popen(command, cwd=cwd, stdin=slave, stdout=slave, stderr=slave, env=environment)
    os.close(slave)
    os.write(master, typed)
    said = b""
    try:
        while some := os.read(master, 65536):
            said += some
    except OSError:  # the terminal ends with the process
        pass
    os.close(master)
    return process.wait(timeout=60), said.decode()


def test_the_list_says_how_each_run_ended_and_what_it_holds(harness: Harness, store: Store) -> None:
    complete = write_run(store, [stored()], minutes=1)
    record = json.loads((complete / "run.json").read_text())
    (complete / "run.json").write_text(json.dumps(record | {"totals": TOTALS}))
    selection = {"fixtures": 3, "repeats": 2}
    killed = write_run(store, [stored(), stored("h1", "f1")], finished=False, selection=selection)
    running = write_run(store, [], suite="other", minutes=2, finished=False)

    with store.hold(running):
        done = harness("runs")
        listed = json.loads(harness("runs", "--json").stdout)["runs"]

    assert done.returncode == 0
    lines = done.stdout.splitlines()
    assert lines[0].split("  ")[0] == "run"
    assert [line.split()[0] for line in lines[1:]] == [running.name, complete.name, killed.name]
    assert lines[2].split()[1:] == ["capitals", "2026-11-22", "06:16", "complete", "2/3", "1", "$0.013", *lines[2].split()[-2:]]
    assert (lines[3].split()[4], lines[3].split()[5]) == ("unfinished", "2/12")
    assert [(r["status"], r["answered"], r["planned"], r["failed"], r["cost"]) for r in listed] == [
        ("running", 0, None, 0, None),
        ("complete", 2, 3, 1, pytest.approx(0.0133)),
        ("unfinished", 2, 12, 0, None),
    ]
    assert listed[0]["process"] == os.getpid()
    assert listed[1]["bytes"] == sum(file.stat().st_size for file in complete.iterdir())
    assert listed[1]["totals"]["asked"] == 2


@pytest.mark.parametrize("columns", [50, 60, 80, 120])
def test_no_line_is_wider_than_the_window(store: Store, tmp_path: Path, columns: int) -> None:
    for minutes in range(3):
        write_run(store, [stored()], minutes=minutes, suite="a_suite_with_a_rather_long_name")

    code, said = in_terminal("runs", columns=columns, cwd=tmp_path)

    lines = said.splitlines()
    assert code == 0 and len(lines) == 4
    assert max(map(len, lines)) <= columns
    assert all("complete" in line for line in lines[1:])
    assert ("size" in lines[0]) is (columns == 120)


def test_a_damaged_run_is_named_and_the_others_are_listed(harness: Harness, store: Store) -> None:
    good, broken = write_run(store, [stored()]), write_run(store, [stored()], minutes=1)
    (broken / "run.json").write_text('{"run_id": "20')

    done = harness("runs")

    assert done.returncode == 0
    assert good.name in done.stdout and broken.name not in done.stdout
    assert broken.name in done.stderr and "Traceback" not in done.stderr


def test_nothing_is_removed_without_being_told_to(harness: Harness, store: Store) -> None:
    old = write_run(store, [stored()])
    write_run(store, [stored()], minutes=1)
    prune = ("runs", "prune", "--keep", "0", "--older-than", "0")

    looked = harness(*prune, "--dry-run")
    refused = harness(*prune)
    assert (looked.returncode, refused.returncode) == (0, 2)
    assert old.name in looked.stdout and "to remove: 1 run, " in looked.stdout
    assert "kept: 1 run (1 the newest complete run of its suite)" in looked.stdout
    assert "--yes" in refused.stderr and "nothing was removed" in refused.stderr
    assert old.exists()

    done = harness(*prune, "--yes")
    assert done.returncode == 0 and "freed" in done.stdout
    assert not old.exists()
    assert len(json.loads(harness("runs", "--json").stdout)["runs"]) == 1
    again = harness(*prune)
    assert again.returncode == 0 and "nothing to remove" in again.stdout


@pytest.mark.parametrize(("typed", "code"), [(b"y\n", 0), (b"n\n", 2), (b"\n", 2)])
def test_at_a_terminal_it_asks(store: Store, tmp_path: Path, typed: bytes, code: int) -> None:
    old = write_run(store, [stored()])
    write_run(store, [stored()], minutes=1)

    done, said = in_terminal("runs", "prune", "--keep", "0", "--older-than", "0", columns=80, cwd=tmp_path, typed=typed)

    assert "remove them? [y/N]" in said
    assert done == code
    assert old.exists() is (code == 2)


def test_pruning_in_json_names_what_goes_and_what_stays(harness: Harness, store: Store) -> None:
    old = write_run(store, [stored("h9")])
    newest = write_run(store, [stored()], minutes=1)
    prune = ("runs", "prune", "--keep", "0", "--older-than", "0", "--json")

    said = json.loads(harness(*prune, "--dry-run").stdout)
    assert (said["removed"], said["remove"]) == (False, [])
    assert {run["run_id"]: run["reason"] for run in said["keep"]} == {
        old.name: "the only copy of 1 answer",
        newest.name: "the newest complete run of its suite",
    }
    assert harness(*prune, "--drop-answers").returncode == 2
    said = json.loads(harness(*prune, "--drop-answers", "--yes").stdout)
    assert said["removed"] and [run["run_id"] for run in said["remove"]] == [old.name]
    assert not old.exists()


def test_an_answer_that_was_pruned_with_another_copy_kept_is_not_asked_again(
    harness: Harness, capitals: Path, store: Store
) -> None:
    for _ in range(3):
        harness("run", "capitals", "--limit", "5")
    assert len(store.list()) == 3

    assert harness("runs", "prune", "--keep", "0", "--older-than", "0", "--yes").returncode == 0
    assert len(store.list()) == 1
    again = json.loads(harness("run", "capitals", "--limit", "5", "--json").stdout)
    assert again["totals"]["asked"] == 0
