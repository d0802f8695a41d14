"""The nights of a suite: one JSON line each, beside its runs, so that a night knows of those before it.

The file is small, is rewritten whole under a lock, and may be deleted: the runs stay, and the next night is the first.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from harness.errors import Fault, StoreError
from harness.store import layout

FORMAT = 1
NIGHTS = "nights.jsonl"
LOCK = ".nights.lock"
PATIENCE = 60.0
"""Seconds to wait for another nightly run that is writing; it takes milliseconds."""


@dataclass(frozen=True, slots=True)
class Night:
    """What is kept of one night.

    Attributes:
        started_at: When its first run began, ISO 8601.
        run_ids: Its first run, and then its re-runs.
        state: A hash of all that the numbers depend on: fixtures, prompts, corpora, adapters, models, metrics.
        outcome: What happened, in a word; ``no_verdict`` where that could not be told.
        exit_code: What it ended with.
        standings: For everything watched, ``variant/metric/direction``: steady, suspected, confirmed or unknown.
        values: For each ``variant/metric`` its value in the first run, which nothing had chosen yet.
        models: For each variant the model ids that answered, with their counts.
        fingerprints: Likewise the provider's fingerprints.
        reruns: How often something was re-run.
        reference: The runs it was held against.
        format: Version of the format.
    """

    started_at: str
    run_ids: tuple[str, ...]
    state: str
    outcome: str
    exit_code: int
    standings: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, float] = field(default_factory=dict)
    models: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    fingerprints: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    reruns: int = 0
    reference: tuple[str, ...] = ()
    format: int = FORMAT

    @property
    def counts(self) -> bool:
        """Whether the night says anything about the model: one of provider failures does not."""
        return self.outcome != "no_verdict"


class Nights:
    """The ledger of one suite's nights.

    Attributes:
        notes: A line for each entry that could not be read and was skipped.
    """

    def __init__(self, root: Path, suite: str) -> None:
        """Name the place; nothing is made before the first night is kept."""
        self.path = root / suite / NIGHTS
        self.notes: list[str] = []

    def read(self) -> tuple[Night, ...]:
        """Read all nights, oldest first; a torn or unknown line is skipped with a note."""
        try:
            lines = self.path.read_bytes().splitlines()
        except FileNotFoundError:
            return ()
        except OSError as error:
            message = f"the nights cannot be read: {error.strerror or error}"
            raise StoreError(Fault(message, "free the place or change its rights", file=str(self.path))) from error
        nights = []
        for number, line in enumerate(lines, start=1):
            night = _night(line)
            if night is None:
                self.notes.append(f"{self.path}:{number}: is no night that this version reads; it is skipped.")
            else:
                nights.append(night)
        return tuple(sorted(nights, key=lambda night: (night.started_at, night.run_ids)))

    def add(self, night: Night) -> None:
        """Keep one more night, whatever another nightly run writes at the same time.

        Raises:
            StoreError: The place cannot be written, or another process holds it for a minute.
        """
        from filelock import FileLock, Timeout

        line = json.dumps(asdict(night), ensure_ascii=False, default=str).encode("utf-8", "replace") + b"\n"
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with FileLock(str(self.path.with_name(LOCK)), timeout=PATIENCE):
                kept = self.path.read_bytes() if self.path.exists() else b""
                whole = kept if not kept or kept.endswith(b"\n") else kept + b"\n"
                layout.write_atomically(self.path, lambda path: path.write_bytes(whole + line))
        except Timeout as error:
            message = "another process has held the nights for a minute"
            raise StoreError(Fault(message, "end it, or delete the lock if none is running", file=str(self.path))) from error
        except OSError as error:
            message = f"the night cannot be kept: {error.strerror or error}"
            raise StoreError(Fault(message, "free the place or change its rights", file=str(self.path))) from error


def _night(line: bytes) -> Night | None:
    try:
        said: Any = json.loads(line)
    except ValueError:
        return None
    if not isinstance(said, dict) or not isinstance(said.get("format"), int) or said["format"] > FORMAT:
        return None
    known = {f.name for f in fields(Night)}
    given: dict[str, Any] = {k: tuple(value) if isinstance(value, list) else value for k, value in said.items() if k in known}
    try:
        return Night(**given)
    except TypeError:
        return None
