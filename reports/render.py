"""Render the example report from the recorded run of the shipped suite, and pictures of it as a reader sees it."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import harness

REPORT = Path("reports/order_intake.html")
DOCS = Path("docs")
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking", "--disable-component-update"]
LIGHT, DARK = {"color_scheme": "light"}, {"color_scheme": "dark"}
SCREENS = {
    REPORT.with_suffix(".png"): {"viewport": {"width": 1240, "height": 1180}, **LIGHT},
    DOCS / "report-dark.png": {"viewport": {"width": 1240, "height": 1180}, **DARK},
    DOCS / "report-narrow.png": {"viewport": {"width": 360, "height": 1280}, **LIGHT},
}
SECTIONS = {"lifts": LIGHT, "worth": LIGHT, "slices": DARK, "power": LIGHT}
"""Sections with a picture of their own in docs/, ``report-<section>.png``."""


def main() -> None:
    """Write the report, then the pictures where there is a Chromium."""
    run = harness.load_run("latest", store="evals/order_intake/recorded")
    harness.report(run, REPORT)
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None:
        print("no Chromium here: the pictures are left as they were")
        return
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=browser, args=QUIET)
        for path, options in SCREENS.items():
            page = opened(chromium, **options)
            page.screenshot(path=path)
            page.close()
        for name, options in SECTIONS.items():
            page = opened(chromium, viewport={"width": 1240, "height": 1180}, **options)
            page.locator(f"#{name}").screenshot(path=DOCS / f"report-{name}.png")
            page.close()
        chromium.close()


def opened(chromium: Any, **options: Any) -> Any:
    """Open the report in a window of its own."""
    page = chromium.new_page(**options)
    page.goto(REPORT.resolve().as_uri())
    return page


if __name__ == "__main__":
    main()
