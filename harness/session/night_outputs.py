"""The files a night leaves for a CI job: Markdown, HTML, JUnit and JSON."""

from __future__ import annotations

import json
import os
from pathlib import Path

from harness.errors import Fault, StoreError
from harness.session.nights import NightlyRun

SUMMARY = "GITHUB_STEP_SUMMARY"
"""The environment variable that names the file a GitHub job shows as its summary."""


def write_outputs(done: NightlyRun, folder: str | Path) -> tuple[Path, ...]:
    """Write nightly.md, nightly.html, nightly.xml and nightly.json, and add the Markdown to a GitHub job's summary.

    Returns:
        The files written.

    Raises:
        StoreError: A file cannot be written; the night itself is kept in the store.
    """
    from harness.report import night_junit, night_markdown, render_nights, write_page

    markdown = night_markdown(done.nights)
    texts = {
        "nightly.md": markdown,
        "nightly.html": render_nights(done.nights),
        "nightly.xml": night_junit(done.nights),
        "nightly.json": json.dumps(done.to_dict(), indent=2, ensure_ascii=False, allow_nan=False) + "\n",
    }
    try:
        written = tuple(write_page(text, Path(folder) / name) for name, text in texts.items())
        if summary := os.environ.get(SUMMARY):
            with Path(summary).open("a", encoding="utf-8", errors="replace") as file:
                file.write(markdown + "\n")
    except OSError as error:
        message = f"what happened cannot be written: {error.strerror or error}"
        raise StoreError(Fault(message, "name another place with --out", file=error.filename or str(folder))) from error
    return written
