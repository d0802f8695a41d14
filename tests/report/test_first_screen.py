"""The first screen, at every width, in light and dark, on paper, and for readers who do not see it."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

import harness
from harness.report import write_html
from harness.verdicts import Judgement
from tests.report.browsing import fits, opened

pytestmark = [pytest.mark.browser, pytest.mark.skipif(shutil.which("chromium") is None, reason="needs chromium")]

EVIDENCE = [["#flips"], ["#fixtures"]]
"""What test_explorer.py looks at."""


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Judgement]:
    """The report of the recorded run of the shipped suite, with all that is known beside it."""
    run = harness.load_run("latest", store="evals/order_intake/recorded")
    path = write_html(run.run, run.judgement, tmp_path_factory.mktemp("shipped") / "report.html", beside=run.beside)
    return path, run.judgement


def test_question_verdict_decision_three_reasons_and_the_ladder_are_on_the_first_screen(
    browser: Any, shipped: tuple[Path, Judgement]
) -> None:
    path, judgement = shipped
    with opened(browser, path, width=1240, height=1000) as page:
        assert page.locator("h1").inner_text() == judgement.answer
        assert page.locator(".question").inner_text().startswith("Is the lift of tuned_rag over baseline on field_accuracy real")
        assert page.locator(".decision").inner_text().startswith("\u2715 Do not ship")
        assert page.locator(".reasons li").all_inner_texts() == list(judgement.reasons) and len(judgement.reasons) == 3
        table = page.locator("table.rungs")
        box = table.bounding_box()
        assert box["y"] + box["height"] <= 1000, "the whole ladder is on the first screen"
        heads = [head.split("\n")[0].split(" ")[0] for head in table.locator("tbody th").all_inner_texts()]
        assert heads == ["baseline", "rag", "tuned", "tuned_rag", "current", "majority", "nearest"]
        assert table.evaluate("t => t.scrollWidth <= t.parentElement.clientWidth"), "nothing scrolls sideways"
        e = judgement.estimate("tuned_rag", "field_accuracy")
        row = table.locator("tr.chosen").inner_text()
        for said in (f"{e.value * 100:.1f} %", f"{e.low * 100:.1f} to {e.high * 100:.1f} %", "USD 0", "1.85 s"):
            assert said in row


def test_the_ladder_is_read_at_360_px_without_scrolling_sideways(browser: Any, shipped: tuple[Path, Judgement]) -> None:
    with opened(browser, shipped[0], width=360, height=740) as page:
        table = page.locator("table.rungs")
        assert table.evaluate("t => t.scrollWidth <= t.parentElement.clientWidth")
        cells = table.locator("tbody td:visible")
        assert cells.count() == 7 * 3
        clipped = "cells => cells.filter(c => c.scrollWidth > c.clientWidth + 1).map(c => c.innerText)"
        assert cells.evaluate_all(clipped) == []
        assert fits(page)


@pytest.mark.parametrize("width", [360, 1240, 1600])
def test_no_picture_reaches_beyond_the_page(browser: Any, shipped: tuple[Path, Judgement], width: int) -> None:
    with opened(browser, shipped[0], width=width) as page:
        beyond = """() => [...document.querySelectorAll('svg.plane text, svg.axis text')]
            .map(t => [t.textContent, t.getBoundingClientRect()])
            .filter(([, b]) => b.width && (b.left < -1 || b.right > document.documentElement.clientWidth + 1))
            .map(([text]) => text)"""
        assert page.evaluate(beyond) == []
        assert fits(page)


def test_numbers_on_an_axis_do_not_run_into_each_other(browser: Any, shipped: tuple[Path, Judgement]) -> None:
    overlapping = """() => [...document.querySelectorAll('svg.axis, svg.plane')].flatMap(svg => {
        const boxes = [...svg.querySelectorAll('text:not(.quiet):not(.name):not(.end)')]
            .map(t => [t.textContent, t.getBoundingClientRect()]).filter(([, b]) => b.width);
        return boxes.flatMap(([one, a], i) => boxes.slice(i + 1)
            .filter(([, b]) => a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 4 && b.top < a.bottom - 4)
            .map(([other]) => one + ' / ' + other));
    })"""
    for width in (360, 1240):
        with opened(browser, shipped[0], width=width) as page:
            assert page.evaluate(overlapping) == []


def test_every_picture_has_words_for_those_who_do_not_see_it(browser: Any, shipped: tuple[Path, Judgement]) -> None:
    with opened(browser, shipped[0]) as page:
        speechless = """() => [...document.querySelectorAll('main svg')].filter(svg => !svg.parentElement.closest('svg'))
            .filter(svg => !svg.closest('[aria-hidden=true]') && svg.getAttribute('aria-hidden') !== 'true')
            .filter(svg => !(svg.getAttribute('role') === 'img' && svg.getAttribute('aria-label'))).length"""
        assert page.evaluate(speechless) == 0
        assert page.locator("figure").count() == page.locator("figure > figcaption").count() > 8
        for said in page.locator("figcaption span").all_inner_texts():
            assert said


@pytest.mark.parametrize(("width", "scheme"), [(1240, "light"), (1240, "dark"), (360, "light")])
def test_axe_finds_nothing_serious(browser: Any, shipped: tuple[Path, Judgement], width: int, scheme: str) -> None:
    from axe_playwright_python.sync_playwright import Axe

    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme, bypass_csp=True)
    page = context.new_page()
    page.goto(shipped[0].as_uri())
    page.evaluate("document.querySelectorAll('details.numbers').forEach(d => d.open = true)")
    rules = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
    found = Axe().run(page, context={"exclude": EVIDENCE}, options={"runOnly": rules, "resultTypes": ["violations"]})
    context.close()
    said = {
        f"{v['id']} ({v['impact']}): {node['target']}"
        for v in found.response["violations"]
        if v["impact"] in ("serious", "critical")
        for node in v["nodes"]
    }
    assert said == set()


def test_it_prints_with_its_pictures_and_without_its_controls(
    browser: Any, shipped: tuple[Path, Judgement], tmp_path: Path
) -> None:
    with opened(browser, shipped[0], width=800) as page:
        page.emulate_media(media="print")
        assert page.locator("nav.contents").is_hidden() and page.locator("h1").is_visible()
        assert page.locator("svg.plane").first.is_visible()
        printed = page.pdf(format="A4", print_background=True)
    assert printed[:5] == b"%PDF-" and len(printed) > 20_000
