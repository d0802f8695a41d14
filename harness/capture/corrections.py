"""What answers were corrected to later, logged beside the calls."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from harness.capture.call import FORMAT
from harness.capture.redacting import redact_record
from harness.capture.writer import append_line

FOLDER = "HARNESS_CAPTURE"
"""The environment variable that names the folder of the logs, where none is given."""

OPEN: dict[str, None] = {}
"""Folders this process captures into."""


def write_correction(
    folder: str | os.PathLike[str], id: str, output: Any, *, variant: str | None, redact: bool | Callable[[str], str]
) -> None:
    """Append a correction to a folder of logs; it is on the disk when this returns.

    Raises:
        OSError: It cannot be written.
    """
    record: dict[str, Any] = {"format": FORMAT, "correction_of": str(id), "output": output, "at": datetime.now(UTC).isoformat()}
    if variant is not None:
        record["variant"] = variant
    append_line(folder, "corrections", record if redact is False else redact_record(record, redact if callable(redact) else None))


def only_folder() -> str | None:
    """The one folder this process captures into; None where there is none, or more than one."""
    return next(iter(OPEN)) if len(OPEN) == 1 else None
