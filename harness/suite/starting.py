"""Starting a suite: a small folder that runs as it is, to be changed into one's own."""

from __future__ import annotations

import re
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from harness.errors import Fault, SuiteError


def start_suite(folder: str | Path) -> list[Path]:
    """Write a suite that runs on the embedded model into a new or empty folder.

    Args:
        folder: Where the suite is to stand; its name becomes the suite's name.

    Returns:
        The files written.

    Raises:
        SuiteError: When the folder already holds something, or its name cannot name a suite; nothing is written then.
    """
    target = Path(folder)
    name = target.resolve().name
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]*", name):
        raise SuiteError(Fault(f"{name!r} cannot name a suite", "use letters, digits, '_', '.' and '-' only"))
    if target.is_file() or (target.is_dir() and any(target.iterdir())):
        raise SuiteError(Fault("there is something here already", "name a new or empty folder", file=str(folder)))
    written = _copy(files("harness.suite") / "starter", target)
    suite_file = target / "suite.yaml"
    suite_file.write_text(suite_file.read_text(encoding="utf-8").replace("SUITE_NAME", name), encoding="utf-8")
    return written


def _copy(source: Traversable, target: Path) -> list[Path]:
    target.mkdir(parents=True, exist_ok=True)
    written = []
    for entry in sorted(source.iterdir(), key=lambda e: e.name):
        if entry.is_dir():
            written += _copy(entry, target / entry.name)
        else:
            (target / entry.name).write_bytes(entry.read_bytes())
            written.append(target / entry.name)
    return written
