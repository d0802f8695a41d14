"""Errors a user can act on: every fault says where it is, what is wrong and what to do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong with something the user gave us.

    Attributes:
        message: What is wrong, a clause without a closing stop.
        hint: What to do about it, a clause without a closing stop; may be empty.
        file: The file the fault is in, as the user would name it.
        line: The line in that file, counted from 1.
    """

    message: str
    hint: str = ""
    file: str | None = None
    line: int | None = None

    def __str__(self) -> str:
        """Render as ``file:line: what is wrong. what to do``."""
        place = ""
        if self.file is not None:
            place = f"{self.file}:{self.line}: " if self.line is not None else f"{self.file}: "
        said = self.message.rstrip(".") + "."
        return place + (f"{said} {self.hint.rstrip('.')}." if self.hint else said)


class HarnessError(Exception):
    """A failure with one or more faults, printed one per line and never as a traceback.

    Attributes:
        faults: What is wrong, in the order found.
        exit_code: The process exit code this error leads to.
    """

    exit_code = 2

    def __init__(self, *faults: Fault | str) -> None:
        """Collect faults; a plain string becomes a fault without a place."""
        self.faults = tuple(f if isinstance(f, Fault) else Fault(f) for f in faults)
        super().__init__(str(self))

    def __str__(self) -> str:
        """One line per fault."""
        return "\n".join(str(fault) for fault in self.faults)


class SuiteError(HarnessError):
    """The suite, its fixtures, prompts, metrics or gates cannot be used as written."""


class StoreError(HarnessError):
    """A run folder cannot be read or written."""


class UnfinishedError(StoreError):
    """A run could not be written to its end: the disk is full, or its folder was taken away. What was answered is kept."""

    exit_code = 3


class ModelError(HarnessError):
    """A model cannot be asked at all: no weights, no server, no usable configuration."""

    exit_code = 3


class NoVerdictError(HarnessError):
    """The run holds too little to judge: incomplete, or coverage too low."""

    exit_code = 3


def raise_faults(faults: Iterable[Fault], kind: type[HarnessError] = SuiteError) -> None:
    """Raise ``kind`` with every fault given, in file and line order; do nothing when there is none."""
    ordered = sorted(faults, key=lambda f: (f.file or "", f.line or 0))
    if ordered:
        raise kind(*ordered)
