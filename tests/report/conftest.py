"""A headless Chromium for the tests that open pages."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.report import write_html
from harness.store import Run
from harness.verdicts import Judgement
from tests.report.building import build

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="module")
def browser() -> Iterator[object]:
    """Closed with its module: while it is open, Playwright's event loop runs in this thread."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def judged() -> tuple[Run, Judgement]:
    """Seven variants on 120 fixtures."""
    return build()


@pytest.fixture(scope="session")
def written(judged: tuple[Run, Judgement], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of that run."""
    return write_html(*judged, tmp_path_factory.mktemp("report") / "report.html")
