"""The page as a browser shows it."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from harness.store import Run
from harness.verdicts import Judgement
from tests.report.browsing import fits, opened

pytestmark = [pytest.mark.browser, pytest.mark.skipif(shutil.which("chromium") is None, reason="needs chromium")]


@pytest.mark.parametrize(("width", "height"), [(360, 740), (1280, 900), (1600, 1000)])
def test_the_first_screen_holds_the_answer_and_no_width_scrolls_sideways(
    browser: Any, written: Path, judged: tuple[Run, Judgement], width: int, height: int
) -> None:
    with opened(browser, written, width=width, height=height) as page:
        for text in (judged[1].headline, "Do not ship", "2 of 4 gates passed"):
            box = page.get_by_text(text).first.bounding_box()
            assert box is not None and box["y"] + box["height"] <= height and box["x"] + box["width"] <= width
        assert fits(page)
        page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        assert fits(page)


def test_dark_and_light_follow_the_reader(browser: Any, written: Path) -> None:
    grounds = {}
    for scheme in ("light", "dark"):
        with opened(browser, written, scheme=scheme) as page:
            colour = page.evaluate("getComputedStyle(document.body).backgroundColor")
            grounds[scheme] = sum(int(part) for part in colour.removeprefix("rgb(").removesuffix(")").split(","))
    assert grounds["light"] > 700 and grounds["dark"] < 120


def test_flips_are_filtered_by_outcome_and_by_tag(browser: Any, written: Path) -> None:
    with opened(browser, written) as page:
        form = page.locator("form[data-filters=flip-cards]")
        assert form.locator("output").inner_text() == "32 of 32 shown"
        form.locator("select[data-by=outcome]").select_option("lost")
        assert form.locator("output").inner_text() == "12 of 32 shown"
        assert page.locator(".flip:visible").count() == 12
        assert page.locator(".flip[data-outcome=won]:visible").count() == 0
        form.locator("select[data-by=tag]").select_option("edge")
        shown = page.locator(".flip:visible").all()
        assert 0 < len(shown) < 12
        assert all("edge" in (card.get_attribute("data-tags") or "") for card in shown)


def test_without_a_script_everything_but_the_filters_is_there(browser: Any, written: Path) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(written.as_uri())
    assert page.locator("form.filter").first.is_hidden()
    assert page.locator(".flip").count() == page.locator(".flip:visible").count() == 32
    assert page.locator("#explorer").is_hidden() and page.get_by_text("takes JavaScript").is_visible()
    context.close()


def test_the_page_prints(browser: Any, written: Path) -> None:
    with opened(browser, written, width=800) as page:
        page.emulate_media(media="print")
        assert page.locator("nav").is_hidden() and page.locator("h1").is_visible()
        assert page.pdf(format="A4")[:5] == b"%PDF-"
