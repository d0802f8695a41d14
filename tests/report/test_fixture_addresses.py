"""Addresses that open one fixture, or set the filter."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from harness.store import Run
from harness.verdicts import Judgement
from tests.report.browsing import explored, listed, said, without_card

pytestmark = [pytest.mark.browser, pytest.mark.skipif(shutil.which("chromium") is None, reason="needs chromium")]

Judged = tuple[Run, Judgement]


@pytest.mark.parametrize("filtered", [False, True], ids=["plain", "filtered away"])
def test_an_address_opens_a_fixture_that_is_only_packed(browser: Any, written: Path, judged: Judged, filtered: bool) -> None:
    name = without_card(judged)
    with explored(browser, written, "" if filtered else f"#fixture-{name}") as page:
        if filtered:
            page.locator("#explorer input[type=search]").fill("nothing is like this")
            said(page, "^0 of 120 fixtures$")
            page.evaluate(f"location.hash = '#fixture-{name}'")
        box = page.locator("#linked details[open]")
        box.locator(".sides").wait_for()
        assert box.locator(".id").inner_text().startswith(name)
        assert page.evaluate("document.activeElement.tagName") == "SUMMARY"
        page.get_by_role("button", name="Close").click()
        assert box.count() == 0


def test_an_address_of_a_card_shows_the_card_and_the_card_leads_to_every_variant(
    browser: Any, written: Path, judged: Judged
) -> None:
    name = next(flip.fixture_id for flip in judged[1].flips if flip.over == "baseline" and not flip.won)
    with explored(browser, written, f"#fixture-{name}") as page:
        card = page.locator(f".flip[id='fixture-{name}']")
        assert card.evaluate("e => { const b = e.getBoundingClientRect(); return b.top < innerHeight && b.bottom > 0 }")
        assert page.locator("#linked details").count() == 0
        card.get_by_text("every variant and metric").click()
        page.locator("#linked .sides").wait_for()
        assert page.locator("#linked table tr").count() > 5


def test_an_address_of_no_fixture_says_so(browser: Any, written: Path) -> None:
    for fragment in ("#fixture-nowhere", "#every-fixture-%zz", "#fixture-%3Cscript%3E"):
        with explored(browser, written, fragment) as page:
            assert "is not in this report" in page.locator("#linked").inner_text()


def test_an_address_sets_the_form_and_the_form_sets_the_address(browser: Any, written: Path, judged: Judged) -> None:
    lost = {f.fixture_id for f in judged[1].flips if f.over == "rag" and not f.won}
    with explored(browser, written, "#fixtures:flip=lost&against=rag&__proto__=x&action=y") as page:
        said(page, f"^{len(lost)} of 120")
        assert set(listed(page)) == lost
        page.locator("select[name=slice]").select_option("tag:edge")
        said(page, "of 120 fixtures$")
        address = page.evaluate("location.hash")
    with explored(browser, written, address) as page:
        edge = {f.id for f in judged[0].fixtures if "edge" in f.tags}
        assert set(listed(page)) == lost & edge
