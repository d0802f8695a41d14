"""Forty hostile outputs in a real browser: seen as text, in what is written into the page and in what is drawn on demand."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness.models import Response, ToolCall
from harness.report import write_html
from harness.report.hostile import CAP, visible
from harness.retrieval import Hit
from harness.store import Run
from harness.verdicts import Flip, Judgement
from tests.report.browsing import explored, fits
from tests.report.building import with_texts
from tests.report.hostile_outputs import HOSTILE

pytestmark = [pytest.mark.browser, pytest.mark.skipif(shutil.which("chromium") is None, reason="needs chromium")]

GIVEN = (
    """box => [...box.childNodes].filter(n => !n.classList || !n.classList.contains("gone")).map(n => n.textContent).join("")"""
)
"""A marked answer without what it lacks: the answer itself."""


def as_shown(text: str) -> str:
    """The text with hiding characters visible, cut; JSON where JSON is expected is laid out."""
    if not text.strip():
        return "An empty answer."
    if text.startswith('{"__proto__'):
        return json.dumps(json.loads(text), indent=2)
    return visible(text[:CAP])


def flipped(run: Run, judgement: Judgement, first: int, count: int) -> Judgement:
    """Have so many fixtures flip, lost and won by turns, and no others."""
    flips = tuple(
        Flip(f.id, "tuned", "baseline", "field_accuracy", float(n % 2), float(1 - n % 2), bool(n % 2))
        for n, f in enumerate(run.fixtures[first : first + count])
    )
    return replace(judgement, flips=flips)


def insist(page: Any) -> None:
    """Nothing ran, nothing became an element, nothing leads away, and the page is whole."""
    assert page.evaluate("window.ran") is None
    assert page.evaluate("({}).polluted") is None
    tags = ("img", "iframe", "object", "embed", "link", "base", "video", "audio", "template", "math", "x-y", "input[autofocus]")
    assert {tag: page.locator(tag).count() for tag in tags} == dict.fromkeys(tags, 0)
    assert page.locator("style").count() == 1 and page.locator("form").count() == 2
    assert page.locator("script:not([type])").count() == 1
    assert page.locator("a:not([href^='#'])").count() == 0
    every = "[...document.querySelectorAll('*')].flatMap(e => e.getAttributeNames())"
    assert page.evaluate(f"{every}.filter(n => /^(on|style$|src|srcdoc$)/.test(n))") == []
    assert page.title().startswith("order_intake: ")
    assert page.locator("section#method").is_visible() and page.locator("footer").is_visible()


def open_all(page: Any) -> Iterator[Any]:
    """Every fixture listed on this page of the list, opened."""
    page.evaluate("document.querySelectorAll('#fixture-rows > details').forEach(box => box.open = true)")
    page.locator("#fixture-rows > details .sides").nth(49).wait_for()
    yield from page.locator("#fixture-rows > details").all()


def test_every_output_is_drawn_on_demand_as_the_text_it_is(browser: Any, judged: tuple[Run, Judgement], tmp_path: Path) -> None:
    run = with_texts(judged[0], HOSTILE)
    path = write_html(run, flipped(run, judged[1], 60, 4), tmp_path / "hostile.html")
    assert path.stat().st_size < 1_500_000
    with explored(browser, path, width=360) as page:
        for text, box in zip(HOSTILE, open_all(page), strict=False):
            answer = box.locator(".side", has=page.locator("h4", has_text="tuned"))
            if answer.count() == 0 or "expected" in answer.first.locator("h4").inner_text():
                continue
            assert answer.locator("pre").evaluate(GIVEN) == as_shown(text)
            assert (answer.locator(".rest").count() == 1) == (len(text) > CAP)
        insist(page)
        assert fits(page)


@pytest.mark.parametrize("half", [0, 1])
def test_every_output_is_written_into_the_page_as_the_text_it_is(
    browser: Any, judged: tuple[Run, Judgement], tmp_path: Path, half: int
) -> None:
    first, count = (0, 24) if half == 0 else (24, len(HOSTILE) - 24)
    run = with_texts(judged[0], HOSTILE)
    path = write_html(run, flipped(run, judged[1], first, count), tmp_path / "hostile.html")
    assert path.stat().st_size < 1_500_000
    with explored(browser, path, width=360) as page:
        shown = 0
        for text, fixture in list(zip(HOSTILE, run.fixtures, strict=False))[first : first + count]:
            card = page.locator(f"article.flip[id='fixture-{fixture.id}']")
            answer = card.locator(".side").nth(2)
            assert answer.locator("pre").evaluate(GIVEN) == as_shown(text)
            shown += 1
        assert shown == count
        insist(page)
        assert fits(page)


def test_hostile_text_in_every_other_place_of_a_run_is_only_text(
    browser: Any, judged: tuple[Run, Judgement], tmp_path: Path
) -> None:
    run, judgement = judged
    sly = " ".join(HOSTILE[:40])
    texts = [text if text.strip() else "plain" for text in HOSTILE]
    number = {f.id: n for n, f in enumerate(run.fixtures)}
    fixtures = tuple(
        replace(
            f,
            input=text,
            expected=text,
            tags=(text[:200], "plain"),
            group=text[:200],
            tools=({"type": "function", "function": {"name": text[:300], "description": text}},),
            meta={text[:50]: text},
        )
        for f, text in zip(run.fixtures, texts, strict=False)
    )

    def changed(stored: Any) -> Any:
        text = texts[number[stored.fixture_id]]
        hits = (Hit(text[:500], text, 1.0), Hit("plain", text, float("nan")))
        if stored.variant == "rag":
            return replace(stored, response=Response(tool_calls=(ToolCall(text[:500], {text[:200]: text}),)), retrieved=hits)
        if stored.variant == "tuned":
            return replace(stored, response=Response(text=text, tool_calls=(ToolCall("a", text),)), retrieved=hits)
        if stored.variant == "small":
            return replace(stored, response=Response(outcome="failed", error=text, error_kind="server"))
        return stored

    responses = tuple(changed(s) if number[s.fixture_id] < len(texts) else s for s in run.responses)
    record = replace(run.record, stopped={"tuned": sly}, git={"commit": sly}, engine={sly: sly})
    everywhere = replace(run, fixtures=(*fixtures, *run.fixtures[len(fixtures) :]), responses=responses, record=record)
    gates = tuple(replace(g, sentence=sly, name=sly, condition=sly) for g in judgement.gates)
    ruled = replace(judgement, headline=sly, reasons=(sly,), findings=(sly,), gates=gates)
    path = write_html(everywhere, flipped(everywhere, ruled, 0, 40), tmp_path / "hostile.html")
    assert path.stat().st_size < 1_500_000
    with explored(browser, path, width=360) as page:
        for text, box in zip(texts, open_all(page), strict=False):
            assert box.locator(".more > pre").first.text_content() == visible(text[:CAP])
        page.evaluate("document.querySelectorAll('details').forEach(box => box.open = true)")
        page.locator("select[name=slice]").select_option(index=3)
        page.locator("#explorer input[type=search]").fill("<script>")
        insist(page)
        assert fits(page)


def test_hostile_ids_are_listed_linked_and_found(browser: Any, judged: tuple[Run, Judgement], tmp_path: Path) -> None:
    run, judgement = judged
    odd = list(dict.fromkeys(text[:5_000] for text in HOSTILE if text.strip()))
    names = {f.id: name for f, name in zip(run.fixtures, odd, strict=False)}
    named = replace(
        run,
        fixtures=tuple(replace(f, id=names.get(f.id, f.id)) for f in run.fixtures),
        responses=tuple(replace(s, fixture_id=names.get(s.fixture_id, s.fixture_id)) for s in run.responses),
        scores=tuple(replace(s, fixture_id=names.get(s.fixture_id, s.fixture_id)) for s in run.scores),
    )
    path = write_html(named, flipped(named, judgement, 60, 4), tmp_path / "hostile.html")
    with explored(browser, path) as page:
        links = []
        for box in list(open_all(page))[: len(odd)]:
            links.append(box.get_by_text("Link to this fixture").get_attribute("href"))
        insist(page)
    assert len(set(links)) == len(odd)
    for link in (links[0], links[-1]):
        with explored(browser, path, link) as page:
            page.locator("#linked .sides").wait_for()
            assert page.locator("#linked").get_by_text("Link to this fixture").get_attribute("href") == link
            insist(page)
