"""The nights of a suite: kept by several processes at once, and readable whatever happened to a line."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from harness.store import Night, Nights

WRITER = """
import sys
from pathlib import Path
from harness.store import Night, Nights
for number in range(20):
    night = Night(f"2026-11-22T00:00:{number:02}", (f"{sys.argv[2]}-{number}",), "state", "nothing", 0)
    Nights(Path(sys.argv[1]), "orders").add(night)
"""


def night(number: int, **more: object) -> Night:
    return Night(f"2026-11-{number:02}T03:00:00+00:00", (f"run{number}",), "state", "nothing", 0, **more)  # type: ignore[arg-type]


def test_nights_are_read_back_oldest_first(tmp_path: Path) -> None:
    kept = Nights(tmp_path, "orders")
    assert kept.read() == ()
    given = night(2, standings={"tuned/accuracy/worse": "steady"}, values={"tuned/accuracy": 0.9}, models={"tuned": {"m": 3}})
    kept.add(given)
    kept.add(night(1))
    assert kept.read() == (night(1), given)


def test_a_night_of_provider_failures_does_not_count(tmp_path: Path) -> None:
    assert not Night("2026-11-22", (), "s", "no_verdict", 3).counts
    assert night(1).counts


def test_torn_and_unknown_lines_are_skipped_with_a_note_and_stay(tmp_path: Path) -> None:
    kept = Nights(tmp_path, "orders")
    kept.add(night(1))
    newer = json.dumps({"format": 99, "started_at": "2027"})
    kept.path.write_text(kept.path.read_text(encoding="utf-8") + f'{newer}\n[1]\n{{"format": 1}}\n{{"star', encoding="utf-8")
    kept.add(night(2))
    assert kept.read() == (night(1), night(2))
    assert [note.split(": ")[0].rpartition(":")[2] for note in kept.notes] == ["2", "3", "4", "5"]


def test_several_processes_keep_their_nights_at_once(tmp_path: Path) -> None:
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path), name]) for name in "abc"]
    assert [writer.wait(timeout=120) for writer in writers] == [0, 0, 0]
    ids = {night.run_ids[0] for night in Nights(tmp_path, "orders").read()}
    assert ids == {f"{name}-{number}" for name in "abc" for number in range(20)}
    assert [p.name for p in (tmp_path / "orders").iterdir() if ".tmp" in p.name] == []
