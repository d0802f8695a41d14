"""The page as a file: what it says, what it never holds, how large it is."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from harness.models import Response, ToolCall
from harness.report import render_html, write_html
from harness.store import Run
from harness.verdicts import Judgement
from tests.report.building import build, with_texts

Judged = tuple[Run, Judgement]
VOID = {"meta", "input", "br", "link", "img", "hr", "col"}


class Reader(HTMLParser):
    """Collects a page's elements, ids and text, and checks that every element is closed."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] not in ("script", "style"):
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


def test_two_renders_of_one_run_are_byte_identical(judged: Judged) -> None:
    again = build()
    assert render_html(*judged) == render_html(*judged) == render_html(*again)


def test_a_run_of_seven_variants_and_120_fixtures_stays_under_a_megabyte_and_a_half(written: Path) -> None:
    assert written.stat().st_size < 1_500_000


def test_it_stays_under_that_size_even_when_every_answer_is_long(judged: Judged) -> None:
    run, judgement = judged
    long = replace(
        run, responses=tuple(replace(s, response=replace(s.response, text=f"{s.hash} " + "word " * 2_000)) for s in run.responses)
    )
    assert len(render_html(long, judgement).encode()) < 1_500_000


def test_the_page_is_well_formed_and_every_id_is_used_once(written: Path) -> None:
    reader = Reader(written.read_text())
    assert reader.open == []
    ids = [attributes["id"] for _, attributes in reader.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    targets = {attributes["href"] for tag, attributes in reader.elements if tag == "a"}
    assert all(target is not None and target.startswith("#") and target[1:] in ids for target in targets)


def test_the_policy_allows_the_page_its_own_style_and_script_and_nothing_else(written: Path) -> None:
    page = written.read_text()
    for tag in ("style", "script"):
        (source,) = re.findall(rf"<{tag}>(.*?)</{tag}>", page, re.S)
        digest = base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'".replace("'", "&#39;") in page or f"{tag}-src 'sha256-{digest}'" in page
    assert "default-src" in page and "unsafe-inline" not in page
    for _, attributes in Reader(page).elements:
        assert not any(name == "style" or name.startswith("on") or name == "src" for name in attributes)


def test_sections_come_in_order_and_tables_have_captions(written: Path) -> None:
    reader = Reader(written.read_text())
    sections = [a["id"] for tag, a in reader.elements if tag == "section" and "id" in a]
    first = ["verdict", "ladder", "gates", "lifts", "worth", "slices", "flips", "fixtures", "metrics", "cost", "method"]
    assert sections == first
    tags = [tag for tag, _ in reader.elements]
    assert tags.count("caption") + tags.count("figcaption") >= tags.count("table")
    assert tags.count("main") == tags.count("h1") == 1


def test_the_page_says_what_was_judged(judged: Judged, written: Path) -> None:
    text, judgement = Reader(written.read_text()).text, judged[1]
    for sentence in (judgement.headline, *judgement.reasons, *judgement.findings, *(g.sentence for g in judgement.gates)):
        assert sentence in text
    assert "Do not ship 2 of 4 gates passed, 1 failed, 1 inconclusive" in text
    assert "Left out here: 57 more that it won. They are listed under every fixture." in text
    assert "Under the minimum of 20 fixtures: shown, not judged" in text
    assert "stated in the suite" in text and "unknown" in text


@pytest.mark.parametrize(
    ("statuses", "exit_code", "word"),
    [
        (("passed", "passed"), 0, "Ship"),
        (("passed", "passed"), 3, "Do not ship yet"),
        (("passed", "failed"), 1, "Do not ship"),
        (("passed", "withheld"), 3, "Do not ship yet"),
        (("inconclusive",), 4, "Do not ship yet"),
        ((), 0, "No gates, so no decision"),
    ],
)
def test_the_decision_follows_from_the_gates(judged: Judged, statuses: tuple[str, ...], exit_code: int, word: str) -> None:
    run, judgement = judged
    gates = tuple(replace(judgement.gates[0], status=status) for status in statuses)
    page = render_html(run, replace(judgement, gates=gates, exit_code=exit_code))
    assert f"order_intake: {word} (" in page


def test_a_run_without_a_candidate_metrics_or_answers_is_a_page_too(judged: Judged) -> None:
    run, judgement = judged
    bare = replace(
        judgement,
        candidate=None,
        baseline=None,
        reasons=(),
        findings=(),
        estimates=(),
        comparisons=(),
        gates=(),
        flips=(),
        headline="Nothing.",
    )
    text = Reader(render_html(replace(run, responses=(), scores=()), bare)).text
    assert "There is no candidate" in text
    only = replace(bare, variants={"tuned": judgement.variants["tuned"]}, candidate="tuned", baseline=None)
    Reader(render_html(replace(run, fixtures=(), responses=(), scores=()), only))


def test_hidden_characters_are_shown_as_markers_wherever_they_come_from(judged: Judged) -> None:
    run, judgement = judged
    said = with_texts(run, ["safe\u202etxt.exe", "\ud800 alone", "null\x00byte"])
    page = render_html(said, replace(judgement, headline="tuned\u2066 wins"))
    page.encode()
    assert not re.search("[\x00\u202e\u2066\ud800]", page)
    assert "tuned[U+2066] wins" in page


def test_an_answer_in_json_is_laid_out_as_the_expected_one_and_tool_calls_are_shown(judged: Judged) -> None:
    run, judgement = judged
    lost = next(f for f in judgement.flips if not f.won and f.over == "baseline").fixture_id
    call = Response(tool_calls=(ToolCall("find_order", {"order": "A-1"}),))
    changed = tuple(replace(s, response=call) if (s.variant, s.fixture_id) == ("tuned", lost) else s for s in run.responses)
    text = Reader(render_html(replace(run, responses=changed), judgement)).text
    assert "find_order" in text


def test_writing_makes_the_folder_replaces_the_page_and_leaves_nothing_else(judged: Judged, tmp_path: Path) -> None:
    path = tmp_path / "deep" / "report.html"
    for _ in range(2):
        assert write_html(*judged, path) == path
    assert [p.name for p in path.parent.iterdir()] == ["report.html"]
    assert path.read_text(encoding="utf-8") == render_html(*judged)


def test_every_text_colour_keeps_its_contrast_on_every_ground_in_light_and_dark(written: Path) -> None:
    style = re.findall(r"<style>(.*?)</style>", written.read_text(), re.S)[0]
    light, dark = (
        dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", block)) for block in re.findall(r":root \{(.*?)\}", style, re.S)[:2]
    )
    for colours in (light, dark):
        for text in ("ink", "soft", "link", "good", "bad", "even", "unsure", "notice"):
            for ground in ("paper", "raised", "sunk", "chosen"):
                assert _contrast(colours[text], colours[ground]) >= 4.5, (text, ground)
        for name in ("good", "bad", "unsure", "notice"):
            assert _contrast(colours[name], colours[f"{name}-bg"]) >= 4.5, name
            assert _contrast(colours["soft"], colours[f"{name}-bg"]) >= 4.5, name


def _contrast(one: str, other: str) -> float:
    """The contrast ratio of WCAG 2.2."""

    def luminance(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)
