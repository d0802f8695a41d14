"""Render the example report from the recorded run of the shipped suite, and its first screen as a picture."""

from __future__ import annotations

import shutil
from pathlib import Path

import harness

REPORT = Path("reports/order_intake.html")
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking", "--disable-component-update"]


def main() -> None:
    """Write the report, then the pictures where there is a Chromium."""
    run = harness.load_run("latest", store="evals/order_intake/recorded")
    harness.report(run, REPORT)
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None:
        print("no Chromium here: the picture is left as it was")
        return
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=browser, args=QUIET)
        page = chromium.new_page(viewport={"width": 1240, "height": 1180}, color_scheme="light")
        page.goto(REPORT.resolve().as_uri())
        page.screenshot(path=REPORT.with_suffix(".png"))
        chromium.close()


if __name__ == "__main__":
    main()
