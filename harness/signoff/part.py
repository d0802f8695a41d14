"""What a sign-off rests on: a run and the suite it is a run of."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from harness.store import Run
from harness.suite import Suite


@dataclass(frozen=True)
class Part:
    """One suite with the run that is signed off.

    Attributes:
        suite: The suite as it is on disk now.
        run: The run, with its scores.
        name: Empty for the suite itself; for another suite that its gates are judged on, what the gates call it.
    """

    suite: Suite
    run: Run
    name: str = ""

    @property
    def folder(self) -> Path:
        """The run's folder."""
        return Path(self.run.folder)

    @property
    def prefix(self) -> str:
        """What the names of the run's files begin with in a statement."""
        return f"run:{self.run.record.suite}/" if self.name else "run/"
