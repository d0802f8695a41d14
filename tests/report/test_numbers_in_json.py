"""Every number that the HTML report of the shipped suite shows is in its JSON, at the precision it is shown with."""

from __future__ import annotations

import base64
import json
import re
import zlib
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

import harness

RECORDED = Path(__file__).parents[2] / "evals/order_intake/recorded"

NUMBER = re.compile(r"(?<![\w.])[+-]?\d[\d,]*(?:\.\d+)?(?![\w]|\.\d)")
UNREAD = {"script", "style", "title", "template", "svg", "pre", "code"}
"""Not numbers of the report: code; the ticks of drawings, whose values stand beside them; what models and fixtures say; and
names, hashes and versions, which are set as code."""

RETRIEVED = re.compile(r"rank (\d+), score (\d+\.\d+)")
"""Retrieval's own numbers are part of the responses, which are exported apart; a test below holds them against those."""

PACKED = re.compile(r'<script type="application/vnd\.harness\.deflate" id="packed-values-\d+">([^<]+)</script>')
"""The values of every fixture, which the page draws on demand."""

WRITTEN_AS = {
    "a date or a time": re.compile(r"\b\d{1,2} (?:January|February|March|April|May|June|July|August|September|October|"
                                   r"November|December) \d{4}(?:, \d\d:\d\d(?: UTC)?)?|\d{4}-\d\d-\d\d(?:T[\d:.+]+)?"),
    "a bound of p": re.compile(r"[pq] < 0\.001"),
    "a bound of seconds": re.compile(r"< 0\.001 s"),
    "the unit of a column": re.compile(r"\b1,000 (?:calls|requests)"),
    "power": re.compile(r"80 % power"),
    "the name of a retrieved chunk": re.compile(r"[\w.-]+#[\w-]+"),
    "where a chunk was found": RETRIEVED,
}  # fmt: skip
"""Numbers that are no results."""


class Shown(HTMLParser):
    """The texts that a reader sees, with the element each stands in."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.texts: list[str] = []
        self._within: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in ("meta", "link", "br", "input", "img", "hr", "col", "line", "rect", "circle", "path", "option"):
            self._within.append(tag)
        if tag in ("p", "li", "td", "th", "h1", "h2", "h3", "h4", "dt", "dd", "caption", "summary", "small", "div", "figcaption"):
            self.texts.append("")

    def handle_endtag(self, tag: str) -> None:
        while tag in self._within and self._within.pop() != tag:
            pass
        if tag in ("small", "span"):
            self.texts.append("")

    def handle_data(self, data: str) -> None:
        if not UNREAD & set(self._within):
            self.texts[-1:] = [(self.texts[-1] if self.texts else "") + data]


def numbers_in(value: Any) -> Iterator[float]:
    """Every number of a JSON value, those in its texts too, and how many entries its lists and objects have."""
    if isinstance(value, bool) or value is None:
        return
    if isinstance(value, (int, float)):
        yield float(value)
    elif isinstance(value, str):
        yield from (float(found.replace(",", "")) for found in NUMBER.findall(value))
    else:
        yield float(len(value))
        for inner in value.values() if isinstance(value, dict) else value:
            yield from numbers_in(inner)


def shown_numbers(page: str) -> Iterator[tuple[str, str]]:
    """Each number that is shown, as it is written, with the text it stands in."""
    for text in Shown(page).texts:
        left = text
        for written in WRITTEN_AS.values():
            left = written.sub(" ", left)
        for found in NUMBER.findall(left):
            yield found, " ".join(text.split())


def is_known(written: str, known: set[float]) -> bool:
    """Whether a JSON number, or a hundred or a thousand times it, with or without its sign, is written so."""
    plain = written.replace(",", "").lstrip("+-")
    digits = len(plain.partition(".")[2])
    half = 0.5 * 10**-digits * (1 + 1e-6) + 1e-12
    target = float(plain)
    return any(abs(abs(number) * factor - target) <= half for factor in (1, 100, 1000) for number in known)


def missing(page: str, keys: dict[str, Any]) -> list[tuple[str, str]]:
    known = set(numbers_in(keys))
    return [(written, text) for written, text in dict.fromkeys(shown_numbers(page)) if not is_known(written, known)]


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, dict[str, Any]]:
    """The page of the recorded run, and its JSON as it is printed."""
    run = harness.load_run("latest", store=RECORDED)
    page = harness.report(run, tmp_path_factory.mktemp("numbers") / "report.html").read_text(encoding="utf-8")
    return page, json.loads(json.dumps(run.to_dict(whole=True), allow_nan=False))


def test_every_number_of_the_page_is_in_the_json(report: tuple[str, dict[str, Any]]) -> None:
    page, keys = report
    assert len(list(shown_numbers(page))) > 500
    assert missing(page, keys) == []


def test_what_is_drawn_on_demand_is_in_the_json_or_in_the_exported_responses(
    report: tuple[str, dict[str, Any]], tmp_path: Path
) -> None:
    page, keys = report
    harness.export("latest", tmp_path / "responses.json", what="responses", store=RECORDED)
    rows = json.loads((tmp_path / "responses.json").read_text(encoding="utf-8"))
    spent = [row[name] for row in rows for name in ("input_tokens", "output_tokens", "latency", "cost") if row[name] is not None]
    known = {f"{number:.{digits}g}" for number in [*numbers_in(keys["values"]), *spent] for digits in (4, 9)}
    packed = [json.loads(zlib.decompress(base64.b64decode(block))) for block in PACKED.findall(page)]
    shown = {f"{level:.9g}" for column in packed for level in column["levels"]}
    assert len(shown) > 500
    assert shown <= known
    found = {f"{hit['score']:.2f}" for row in rows for hit in json.loads(row["retrieved"])}
    assert {score for _, score in RETRIEVED.findall(page)} <= found


def test_a_number_that_is_not_in_the_json_is_found(report: tuple[str, dict[str, Any]]) -> None:
    page, keys = report
    tampered = page.replace("<main", "<p>98.7654 % and 12,345.6</p><main", 1)
    assert {written for written, _ in missing(tampered, keys)} == {"98.7654", "12,345.6"}
