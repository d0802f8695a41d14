"""What a user sees when the disk is full, read-only or in the way: one line, the right exit code, no traceback."""

from __future__ import annotations

import resource
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import Harness
from tests.provider import Provider
from tests.store.disks import mounted_disk
from tests.store.writing import stored, write_run


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A real disk of 48 kB."""
    with mounted_disk(tmp_path / "disk", 48) as place:
        yield place


def remount(disk: Path, options: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{options}", disk], check=True)


def one_line(done: subprocess.CompletedProcess[str], *words: str) -> None:
    assert "Traceback" not in done.stderr
    (line,) = [line for line in done.stderr.splitlines() if all(word in line for word in words)]
    assert line.endswith(".")


def test_a_full_disk_is_exit_3_and_the_same_command_finishes_once_there_is_room(
    harness: Harness, capitals: Path, provider: Provider, disk: Path
) -> None:
    done = harness("run", "capitals", "--store", "disk/runs")
    assert done.returncode == 3
    one_line(done, "disk/runs/capitals/", "cannot be written: No space left on device", "give the same command again")
    sent = len(provider.requests)

    remount(disk, "size=8m")
    again = harness("run", "capitals", "--store", "disk/runs")
    assert again.returncode == 0, again.stderr
    assert len(provider.requests) - 80 <= 8, "at most what was in flight is asked again"
    assert sent > 10

    remount(disk, "ro")
    refused = harness("run", "capitals", "--store", "disk/runs")
    assert refused.returncode == 2
    one_line(refused, "disk/runs/capitals", "cannot be written: Read-only file system", "name another store")
    assert harness("gate", "--store", "disk/runs").returncode == 0, "what is there can be read"
    listed = harness("runs", "--store", "disk/runs")
    assert (listed.returncode, len(listed.stdout.splitlines())) == (0, 3)
    pruned = harness("runs", "prune", "--keep", "0", "--older-than", "0", "--yes", "--store", "disk/runs")
    assert pruned.returncode == 2
    one_line(pruned, "cannot be removed: Read-only file system")


def test_a_report_that_cannot_be_written_is_one_line(harness: Harness, capitals: Path) -> None:
    (capitals.parent / "reports").write_text("a file in the folder's place", encoding="utf-8")
    done = harness("run", "capitals", "--limit", "5")
    assert done.returncode in (2, 3)
    one_line(done, "reports")
    assert (capitals.parent / ".harness/runs/capitals").is_dir()


@pytest.mark.parametrize("command", [["run", "capitals"], ["runs"], ["runs", "prune"], ["report"], ["gate"]])
def test_a_store_that_is_a_file_is_exit_2(harness: Harness, capitals: Path, command: list[str]) -> None:
    (capitals.parent / "store").write_text("x", encoding="utf-8")
    done = harness(*command, "--store", "store")
    assert done.returncode == 2
    one_line(done, "store: is a file, and runs are kept in a folder")


def test_a_file_that_may_not_grow_is_no_traceback(capitals: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "harness", "run", "capitals"],
        cwd=capitals.parent,
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, resource.RLIM_INFINITY)),
    )
    assert done.returncode == 3
    one_line(done, "journal.jsonl: cannot be written: File too large")


def test_a_torn_record_is_named_and_the_rest_goes_on(harness: Harness, capitals: Path, provider: Provider) -> None:
    from harness.store import Store

    harness("run", "capitals", "--limit", "5")
    torn = write_run(Store(capitals.parent / ".harness/runs"), [stored()], minutes=10**6)
    (torn / "run.json").write_bytes((torn / "run.json").read_bytes()[:40])
    sent = len(provider.requests)

    done = harness("run", "capitals", "--limit", "5")

    assert done.returncode in (0, 3, 4)
    assert torn.name in done.stderr and "Traceback" not in done.stderr
    assert len(provider.requests) == sent
