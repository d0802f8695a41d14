"""A night as Markdown, JUnit, HTML and on the console: valid, the same every time, and deaf to what a model or a user wrote."""

from __future__ import annotations

import base64
import hashlib
import io
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from lxml import etree
from rich.console import Console

from harness.report import night_junit, night_markdown, print_nights, render_nights
from harness.verdicts import AgainstReference, Comparison, Moved, SuiteNight, Turned, Watched, trend

SCHEMA = Path(__file__).parent / "data/JUnit.xsd"
TUNED = Watched("tuned", "accuracy")
BASE = Watched("baseline", "accuracy", "better")
HOSTILE = "<script>alert(1)</script>\u202e\x00 | `x` ]]> &amp;"


def comparison(variant: str, effect: float, verdict: str) -> Comparison:
    return Comparison(
        variant, f"{variant} in the reference", "accuracy", effect, effect - 0.05, effect + 0.05, 0.001, verdict, "t", 40, 1.0
    )  # type: ignore[arg-type]


def night(**more: object) -> SuiteNight:
    values = [0.9, 0.91, 0.88, 0.9, 0.89, 0.9, 0.7, 0.69, 0.71, 0.7]
    nights = [f"2026-11-{day:02}T03:17:00+00:00" for day in range(1, 11)]
    made = SuiteNight(
        suite="orders",
        started_at=nights[-1],
        run_ids=("20261110T031700Z-aaaaaa", "20261110T031800Z-bbbbbb"),
        folder=".harness/runs/orders/20261110T031700Z-aaaaaa",
        outcome="regressed",
        headline="tuned is -20.0 points on accuracy against the reference.",
        exit_code=1,
        findings=("Suspected: something.",),
        standings={TUNED: "confirmed", BASE: "unknown"},
        p={TUNED: 0.0004, BASE: None},
        against={
            ("tuned", "accuracy"): AgainstReference(
                "tuned", "accuracy", comparison("tuned", -0.2, "worse"), 0.7, (0.9, 0.9), 0.02
            ),
            ("baseline", "accuracy"): AgainstReference(
                "baseline", "accuracy", comparison("baseline", 0.0, "inconclusive"), 0.5, (0.5,)
            ),
        },
        trends=(
            trend("tuned", "accuracy", values, unit="share", nights=nights, reference=[0.9, 0.9, 0.91, 0.89, 0.9], spread=0.01),
            trend("baseline", "accuracy", [0.5], unit="share", nights=nights[:1], reference=[0.5], spread=None),
        ),
        turned=(Turned("c7", "tuned", "accuracy", 1.0, 0.0, True),),
        flaky={"tuned/accuracy": ("c9",)},
        reference_runs=("r1", "r2"),
        nights=9,
        fixtures=40,
        reruns=1,
        cost=0.0123,
    )
    return replace(made, **more)  # type: ignore[arg-type]


def all_outcomes() -> list[SuiteNight]:
    kinds = [("nothing", 0), ("regressed", 1), ("caught_up", 1), ("model_moved", 0), ("model_moved", 1), ("drifted", 3)]
    return [night(outcome=word, exit_code=code) for word, code in kinds] + [
        night(outcome="no_verdict", exit_code=3, standings={}, p={}, against={}, trends=(), run_ids=())
    ]


@pytest.mark.parametrize("nights", [[night()], all_outcomes(), [night(suite=HOSTILE, headline=HOSTILE, findings=(HOSTILE,))], []])
def test_the_junit_file_is_valid_against_the_usual_schema(nights: list[SuiteNight]) -> None:
    schema = etree.XMLSchema(etree.parse(str(SCHEMA)))
    schema.assertValid(etree.fromstring(night_junit(nights).encode()))


def test_the_junit_file_fails_where_the_night_did_and_counts_what_it_holds() -> None:
    suites = etree.fromstring(night_junit(all_outcomes()).encode())
    for suite in suites:
        for kind, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            assert int(suite.get(kind)) == len(suite.findall(f"testcase/{tag}"))
        assert int(suite.get("tests")) == len(suite.findall("testcase"))
    failed = [suite.find("testcase/failure") is not None for suite in suites]
    assert failed == [True, True, True, True, True, True, False]  # tuned is confirmed in all but the last
    first = [case[0].tag if len(case) else "passed" for case in (suite.find("testcase") for suite in suites)]
    assert first == ["passed", "failure", "failure", "passed", "failure", "error", "error"]


def test_the_page_asks_for_nothing_and_allows_its_own_style_alone() -> None:
    page = render_nights(all_outcomes())
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]+)"', page)
    assert policy is not None
    (style,) = re.findall(r"<style>(.*?)</style>", page, re.S)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"style-src &#39;sha256-{digest}&#39;" in policy[1]
    assert "default-src &#39;none&#39;" in policy[1]
    assert "<script" not in page
    assert not re.findall(r'\s(?:style|on\w+)="', page)
    assert not re.findall(r'(?:src|href)="(?!#)', page)
    assert "prefers-color-scheme: dark" in style
    assert page == render_nights(all_outcomes())


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.seen.append(tag)
        if tag not in ("meta", "line", "rect", "circle", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in ("line", "rect", "circle"):
            assert self.open.pop() == tag


def test_the_trend_is_drawn_with_its_band_and_its_change() -> None:
    page = render_nights([night()])
    tags = _Tags()
    tags.feed(page)
    assert tags.open == []
    assert page.count('class="spot"') == 11
    assert page.count('class="mean"') == 10
    assert page.count('class="change"') == 1
    assert "changed level on the night of 2026-11-07: from 89.7 % to 70.0 %" in page


def test_what_others_wrote_is_escaped_in_every_form() -> None:
    bad = night(
        suite=HOSTILE,
        headline=HOSTILE,
        findings=(HOSTILE,),
        turned=(Turned(HOSTILE, HOSTILE, HOSTILE, 1.0, 0.0, True),),
        retirements=(Moved("tuned", "model", ("a",), HOSTILE, 1.0).sentence,),
    )
    assert "<script>alert" not in render_nights([bad])
    markdown = night_markdown([bad])
    assert "<script>" not in markdown.replace("\\<", "")
    for text in (markdown, render_nights([bad]), night_junit([bad])):
        assert "\u202e" not in text
        assert "\x00" not in text


@pytest.mark.parametrize("width", [60, 80, 160])
def test_the_console_fits_its_width_and_says_everything(width: int) -> None:
    stream = io.StringIO()
    print_nights([night(), night(outcome="nothing", exit_code=0)], Console(file=stream, width=width))
    said = stream.getvalue()
    assert max(len(line) for line in said.splitlines()) <= width
    flat = " ".join(said.split())
    for words in ("The fine-tune regressed", "Nothing happened", "confirmed", "not known", "c7", "c9", "the band has left it"):
        assert words in flat
    assert ("90.0 %" in flat) and ("p < 0.001" in flat) == (width >= 100)


def test_the_markdown_holds_the_table_the_flips_and_the_trend() -> None:
    said = night_markdown([night()])
    assert said.startswith("## \u274c orders: The fine-tune regressed\n")
    assert "| confirmed | tuned | accuracy for the worse | 70.0 % | 90.0 % | -20.0 pp (-25.0 to -15.0 pp) | p \\< 0.001 |" in said
    assert "- tuned lost 1 fixture on accuracy: c7." in said
    assert "1 fixture changes its score on accuracy of tuned from run to run anyway: c9." in said
