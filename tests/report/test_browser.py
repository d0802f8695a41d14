"""The page as a browser shows it, with answers that try to be more than text."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness.report import write_html
from harness.store import Run
from harness.verdicts import Judgement
from tests.report.building import with_texts

pytestmark = [pytest.mark.browser, pytest.mark.skipif(shutil.which("chromium") is None, reason="needs chromium")]

HOSTILE = [
    "<script>window.ran=1</script>",
    "</script><script>window.ran=1</script>",
    "</pre></details></main><script>window.ran=1</script>",
    "<img src=x onerror='window.ran=1'>",
    "<img src='https://example.org/pixel.png'>",
    "<svg onload=window.ran=1></svg>",
    "<svg><script>window.ran=1</script></svg>",
    "<iframe srcdoc='<script>parent.ran=1</script>'></iframe>",
    "<body onload=window.ran=1>",
    "<a href='javascript:window.ran=1'>press</a> https://example.org/press",
    "<object data='data:text/html,<script>window.ran=1</script>'></object>",
    "data:text/html;base64,PHNjcmlwdD53aW5kb3cucmFuPTE8L3NjcmlwdD4=",
    "<style>@import 'https://example.org/x.css'; * { display: none }</style>",
    "<link rel=stylesheet href=https://example.org/x.css>",
    "<meta http-equiv=refresh content='0;url=https://example.org/'>",
    "<base href=https://example.org/><form action=https://example.org/><input autofocus onfocus=window.ran=1>",
    "{{ 7*7 }} {% for x in ().__class__.__mro__ %}{{ x }}{% endfor %} {# gone #} ${7*7} <%= 7*7 %>",
    '" onmouseover="window.ran=1" x=\'',
    "<!-- --><script>window.ran=1</script><!--",
    "]]></style><script>window.ran=1</script>",
    "&lt;script&gt;window.ran=1&lt;/script&gt;",
    "safe\u202egpj.exe \u2066hidden\u2069 \x00\x08\x1b[31m",
    "<" * 3_000,
    "A" * 1_000_000,
]


@contextmanager
def opened(browser: Any, path: Path, *, width: int = 1280, height: int = 900, scheme: str = "light") -> Iterator[Any]:
    """Open a page and, on the way out, insist that it said nothing, asked for nothing and ran nothing."""
    page = browser.new_page(viewport={"width": width, "height": height}, color_scheme=scheme)
    said: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("dialog", lambda dialog: said.append(dialog.message))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(path.as_uri())
    yield page
    assert said == []
    assert asked == [path.as_uri()]
    page.close()


def fits(page: Any) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"))


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


def test_every_fixture_is_found_by_its_id_and_opens_from_the_keyboard(browser: Any, written: Path) -> None:
    with opened(browser, written) as page:
        page.locator("input[type=search]").fill("MAIL-119")
        lines = page.locator("#fixture-rows > details:visible")
        assert lines.count() == 1
        lines.locator("summary").focus()
        page.keyboard.press("Enter")
        assert lines.get_by_text("Expected", exact=True).is_visible()


def test_an_address_with_a_fixture_opens_it(browser: Any, written: Path, judged: tuple[Run, Judgement]) -> None:
    with opened(browser, written) as page:
        page.evaluate("location.hash = '#every-fixture-' + document.querySelector('.flip').id.slice(8)")
        page.wait_for_function("document.querySelector('#fixture-rows > details[open]') !== null")


def test_without_a_script_everything_but_the_filters_is_there(browser: Any, written: Path) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(written.as_uri())
    assert page.locator("form.filter").first.is_hidden()
    assert page.locator(".flip").count() == page.locator(".flip:visible").count() == 32
    page.locator("#fixture-rows summary").first.click()
    assert page.locator("#fixture-rows > details").first.get_by_text("Asked", exact=True).is_visible()
    context.close()


def test_the_page_prints(browser: Any, written: Path) -> None:
    with opened(browser, written, width=800) as page:
        page.emulate_media(media="print")
        assert page.locator("nav").is_hidden() and page.locator("h1").is_visible()
        assert page.pdf(format="A4")[:5] == b"%PDF-"


@pytest.mark.parametrize("everywhere", [False, True], ids=["in answers", "in every text of the run"])
def test_hostile_text_is_shown_and_never_runs(
    browser: Any, judged: tuple[Run, Judgement], tmp_path: Path, everywhere: bool
) -> None:
    run, judgement = judged
    changed, ruled = with_texts(run, HOSTILE), judgement
    if everywhere:
        cases = tuple(
            replace(f, input=text, expected=text, tags=(text[:200],), group=text[:200], meta={text[:50]: text})
            for f, text in zip(changed.fixtures, HOSTILE, strict=False)
        )
        sly = " ".join(HOSTILE[:20])
        changed = replace(changed, fixtures=(*cases, *changed.fixtures[len(cases) :]))
        changed = replace(changed, record=replace(run.record, stopped={"tuned": sly}, git={"commit": sly}, engine={sly: sly}))
        gates = tuple(replace(g, sentence=sly, name=sly, condition=sly) for g in judgement.gates)
        ruled = replace(judgement, headline=sly, reasons=(sly,), findings=(sly,), gates=gates)
    path = write_html(changed, ruled, tmp_path / "hostile.html")
    assert path.stat().st_size < 1_500_000
    with opened(browser, path, width=360) as page:
        page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        assert page.evaluate("window.ran") is None
        assert page.title().startswith("order_intake: Do not ship")
        counts = {
            tag: page.locator(tag).count() for tag in ("script", "style", "img", "iframe", "object", "link", "base", "form")
        }
        assert counts == {"script": 1, "style": 1, "img": 0, "iframe": 0, "object": 0, "link": 0, "base": 0, "form": 2}
        assert page.locator("a:not([href^='#'])").count() == 0
        assert (
            page.evaluate("[...document.querySelectorAll('*')].flatMap(e => e.getAttributeNames()).filter(n => /^on/.test(n))")
            == []
        )
        shown = page.locator("#fixtures").inner_text()
        for text in HOSTILE[:21]:
            assert text in shown
        assert "safe[U+202E]gpj.exe" in shown
        assert "more characters are in the run folder." in shown
        assert fits(page)
