"""Opening a page in a browser that listens to everything it should not do."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from harness.store import Run
from harness.verdicts import Judgement

SERIOUS = ("serious", "critical")


@contextmanager
def opened(
    browser: Any, path: Path, fragment: str = "", *, width: int = 1280, height: int = 900, scheme: str = "light"
) -> Iterator[Any]:
    """Open a page and, on the way out, insist that it said nothing, asked for nothing and ran nothing."""
    page = browser.new_page(viewport={"width": width, "height": height}, color_scheme=scheme)
    page.set_default_timeout(15_000)
    said: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("dialog", lambda dialog: said.append(dialog.message))
    page.on("popup", lambda popup: said.append(f"a window opened: {popup.url}"))
    page.on("request", lambda request: asked.append(request.url.partition("#")[0]))
    page.goto(path.as_uri() + fragment)
    yield page
    assert said == []
    assert asked == [path.as_uri()]
    page.close()


@contextmanager
def explored(browser: Any, path: Path, fragment: str = "", **how: Any) -> Iterator[Any]:
    """Open a page and wait until every fixture is listed."""
    with opened(browser, path, fragment, **how) as page:
        page.locator("#explorer[data-ready]").wait_for()
        yield page


def fits(page: Any) -> bool:
    """Whether the page needs no sideways scroll."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"))


def said(page: Any, pattern: str) -> str:
    """What is said to be listed, once it is that."""
    from playwright.sync_api import expect

    told = page.locator("#explorer output")
    expect(told).to_have_text(re.compile(pattern))
    return str(told.inner_text())


def listed(page: Any) -> list[str]:
    """Ids on every page of the list."""
    found: list[str] = []
    while True:
        found += page.evaluate("[...document.querySelectorAll('#fixture-rows .id')].map(e => e.firstChild.textContent)")
        later = page.get_by_role("button", name="Later")
        if not later.is_visible() or later.is_disabled():
            return found
        later.click()


def without_card(judged: tuple[Run, Judgement]) -> str:
    """A fixture that did not flip, so that it is only packed."""
    flipped = {flip.fixture_id for flip in judged[1].flips if flip.over == "baseline"}
    return next(f.id for f in reversed(judged[0].fixtures) if f.id not in flipped)


def serious_findings(page: Any, within: str) -> list[str]:
    """What axe-core finds serious or critical within a part of the page."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page, context=within).response["violations"]
    return [f"{v['id']}: {v['nodes'][0]['html']}" for v in found if v["impact"] in SERIOUS]
