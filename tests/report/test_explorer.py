"""Every fixture as a browser lists, filters, opens and links it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness.models import Response, ToolCall
from harness.report import write_html
from harness.store import Run
from harness.verdicts import Judgement
from tests.report.browsing import explored, fits, listed, said, serious_findings, without_card
from tests.report.building import build

pytestmark = [pytest.mark.browser, pytest.mark.skipif(shutil.which("chromium") is None, reason="needs chromium")]

Judged = tuple[Run, Judgement]


@pytest.fixture(scope="module")
def grouped(tmp_path_factory: pytest.TempPathFactory) -> tuple[Run, Judgement, Path]:
    """A run with groups, and one fixture that only has unusual answers."""
    run, judgement = build()
    fixtures = tuple(replace(f, group=f"customer-{n % 7}") for n, f in enumerate(run.fixtures))
    odd = {
        "baseline": Response(text="I cannot help with that.", outcome="refused"),
        "rag": Response(text='{"order": "A', outcome="truncated"),
        "small": Response(outcome="failed", error="the provider closed the connection"),
        "tuned": Response(tool_calls=(ToolCall("find_order", {"order": "A-1", "deep": {"er": [1, 2]}}),)),
    }
    responses = tuple(
        replace(s, response=odd[s.variant]) if s.fixture_id == "mail-110" and s.variant in odd else s
        for s in run.responses
        if (s.fixture_id, s.variant) != ("mail-110", "rules")
    )
    run = replace(run, fixtures=fixtures, responses=responses)
    return run, judgement, write_html(run, judgement, tmp_path_factory.mktemp("report") / "report.html")


def values(run: Run, metric: str, variant: str) -> dict[str, float]:
    """A metric's value by fixture, for a run without repeats."""
    return {s.fixture_id: s.columns["value"] for s in run.scores if (s.metric, s.variant) == (metric, variant)}


FLIPS: dict[str, Callable[[float, float], bool]] = {
    "lost": lambda ours, theirs: ours < theirs,
    "won": lambda ours, theirs: ours > theirs,
    "right-wrong": lambda ours, theirs: theirs == 1 and ours < 1,
    "wrong-right": lambda ours, theirs: theirs < 1 and ours == 1,
    "both-right": lambda ours, theirs: ours == theirs == 1,
    "both-wrong": lambda ours, theirs: ours < 1 and theirs < 1,
    "equal": lambda ours, theirs: ours == theirs,
}


@pytest.mark.parametrize("flip", FLIPS)
def test_it_filters_by_flip_against_any_variant(browser: Any, written: Path, judged: Judged, flip: str) -> None:
    run = judged[0]
    with explored(browser, written) as page:
        for over in ("baseline", "rag"):
            ours, theirs = values(run, "field_accuracy", "tuned"), values(run, "field_accuracy", over)
            wanted = [f.id for f in run.fixtures if FLIPS[flip](ours[f.id], theirs[f.id])]
            page.locator("select[name=against]").select_option(label=over)
            page.locator("select[name=flip]").select_option(flip)
            said(page, f"^{len(wanted)} of 120 fixtures$")
            assert listed(page) == wanted


def test_it_filters_by_slice_metric_value_and_both(browser: Any, written: Path, judged: Judged) -> None:
    run = judged[0]
    edge = {f.id for f in run.fixtures if "edge" in f.tags}
    low = {name for name, value in values(run, "field_accuracy", "rag").items() if 0.25 <= value <= 0.75}
    with explored(browser, written) as page:
        page.locator("select[name=slice]").select_option("tag:edge")
        said(page, f"^{len(edge)} of 120")
        page.locator("select[name=variant]").select_option(label="rag")
        page.locator("input[name=low]").fill("25")
        page.locator("input[name=high]").fill("75")
        said(page, f"^{len(edge & low)} of 120")
        assert set(listed(page)) == edge & low
        page.get_by_role("button", name="Clear").click()
        said(page, "^120 of 120")
        assert page.locator("select[name=variant] option:checked").inner_text() == "tuned"


def test_it_filters_by_group_and_by_outcome(browser: Any, grouped: tuple[Run, Judgement, Path]) -> None:
    run, _, path = grouped
    failed = {s.fixture_id for s in run.responses if s.response.outcome == "failed"}
    with explored(browser, path) as page:
        page.locator("select[name=slice]").select_option("group:customer-3")
        said(page, f"^{sum(f.group == 'customer-3' for f in run.fixtures)} of 120")
        page.locator("select[name=slice]").select_option("")
        for outcome, wanted in (
            ("refused", {"mail-110"}),
            ("truncated", {"mail-110"}),
            ("not asked", {"mail-110"}),
            ("failed", failed),
        ):
            page.locator("select[name=outcome]").select_option(outcome)
            said(page, f"^{len(wanted)} of 120")
            assert set(listed(page)) == wanted


def test_it_finds_text_in_ids_questions_and_answers_whatever_their_case(
    browser: Any, grouped: tuple[Run, Judgement, Path]
) -> None:
    run, _, path = grouped
    with explored(browser, path) as page:
        search = page.locator("#explorer input[type=search]")
        for text in ("MAIL-119", "i cannot help", "closed the connection", "find_order", "hinge"):
            search.fill("")
            said(page, "^120 of 120 fixtures$")
            search.fill(text)
            answers = {s.fixture_id for s in run.responses if text.lower() in f"{s.response.text}{s.response.error}".lower()}
            called = {s.fixture_id for s in run.responses if any(text in c.name for c in s.response.tool_calls)}
            asked = {f.id for f in run.fixtures if text.lower() in f"{f.id} {f.input} {f.expected}".lower()}
            wanted = answers | asked | called
            assert wanted
            said(page, f"^{len(wanted)} of 120 fixtures$")
            assert set(listed(page)) == wanted


def test_it_sorts_by_loss_and_by_value(browser: Any, written: Path, judged: Judged) -> None:
    run = judged[0]
    ours, theirs = values(run, "field_accuracy", "tuned"), values(run, "field_accuracy", "baseline")
    with explored(browser, written) as page:
        page.locator("select[name=order]").select_option("loss")
        said(page, "^120 of 120")
        assert listed(page) == sorted(ours, key=lambda name: ours[name] - theirs[name])
        page.locator("select[name=order]").select_option("high")
        said(page, "^120 of 120")
        assert listed(page) == sorted(ours, key=lambda name: -ours[name])


def test_an_opened_fixture_has_every_answer_the_expected_one_marks_context_and_every_metric(
    browser: Any, grouped: tuple[Run, Judgement, Path]
) -> None:
    run, _, path = grouped
    fixture = next(f for f in run.fixtures if f.id == "mail-110")
    with explored(browser, path, "#every-fixture-mail-110") as page:
        box = page.locator("#linked")
        box.locator(".sides").wait_for()
        text = box.inner_text()
        assert str(fixture.input) in text and "of group customer-" in text
        for words in (
            "I cannot help with that.",
            "refused",
            "truncated",
            "Failed: the provider closed the connection",
            "find_order",
        ):
            assert words in text
        assert '"deep": {' in box.locator(".side", has_text="find_order").locator("pre").inner_text()
        assert box.locator("ins.extra").count() + box.locator("del.gone").count() > 0
        box.get_by_text("Context rag was given").click()
        assert "one that a good retriever would find" in box.inner_text()
        rows = {
            cells[0]: cells[1:]
            for cells in page.evaluate(
                "[...document.querySelectorAll('#linked table tr')].map(r => [...r.cells].map(c => c.textContent))"
            )
        }
        assert {"outcome", "field_accuracy", "field_accuracy.sku", "json_schema", "latency", "cost", "tokens out"} <= set(rows)
        named = rows[""]
        assert rows["outcome"][named.index("baseline")] == "refused" and rows["outcome"][named.index("rules")] == "not asked"
        for variant in ("tuned", "majority"):
            value = values(run, "field_accuracy", variant)["mail-110"]
            assert rows["field_accuracy"][named.index(variant)] == f"{100 * value:g} %"


def test_marks_join_to_the_answer_and_to_the_expected(browser: Any, written: Path, judged: Judged) -> None:
    with explored(browser, written) as page:
        page.evaluate("document.querySelectorAll('#fixture-rows > details').forEach(box => box.open = true)")
        page.locator("#fixture-rows > details .sides").nth(49).wait_for()
        marked = page.evaluate(
            """[...document.querySelectorAll('#fixture-rows .sides')].flatMap(sides => {
                const texts = (pre, but) => [...pre.childNodes].filter(n => n.nodeName !== but).map(n => n.textContent).join("");
                const [expected, ...answers] = sides.querySelectorAll("pre");
                return answers.filter(a => a.querySelector("ins, del"))
                    .map(a => [expected.textContent, texts(a, "INS"), texts(a, "DEL")]);
            })"""
        )
    from harness.report.answers import said_text

    fixtures = {f.id: f for f in judged[0].fixtures}
    said_at_all = {said_text(s.response, fixtures[s.fixture_id]) for s in judged[0].responses}
    assert len(marked) > 50
    for expected, without_extra, without_gone in marked:
        assert without_extra == expected
        assert without_gone in said_at_all


def test_the_marking_is_right_on_hard_pairs_and_bounded(browser: Any, written: Path) -> None:
    """By hand: what must be struck and underlined; and texts far too long give no marks, quickly."""
    source = (Path(__file__).parents[2] / "harness/report/templates/marking.js").read_text()
    page = browser.new_page()
    marks = f"([expected, given]) => {{ {source}\n return compared(expected, given); }}"
    assert page.evaluate(marks, ["cancel the order", "refund the order"]) == [
        ["gone", "cancel"],
        ["extra", "refund"],
        ["same", " the order"],
    ]
    near = page.evaluate(marks, ["received", "recieved"])
    assert ["same", "rec"] in near and ["same", "ved"] in near
    assert page.evaluate(marks, ["", "new"]) == [["extra", "new"]]
    assert page.evaluate(marks, ["a \U0001f600 b", "a \U0001f601 b"]) == [
        ["same", "a "], ["gone", "\U0001f600"], ["extra", "\U0001f601"], ["same", " b"],
    ]  # fmt: skip
    assert page.evaluate(marks, ["a b " * 4_000, "b c " * 4_000]) is None
    started = "performance.now()"
    assert (
        page.evaluate(
            f"(() => {{ const t = {started}; ({marks})(['a '.repeat(700), 'a b '.repeat(350)]); return {started} - t }})()"
        )
        < 2_000
    )
    page.close()


def test_it_is_used_from_the_keyboard_alone(browser: Any, written: Path, judged: Judged) -> None:
    with explored(browser, written) as page:
        page.locator("#explorer input[type=search]").focus()
        page.keyboard.type(without_card(judged))
        said(page, "^1 of 120 fixtures$")
        for _ in range(40):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.closest('#fixture-rows') !== null"):
                break
        page.keyboard.press("Enter")
        page.locator("#fixture-rows details[open] .sides").wait_for()
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == "Link to this fixture"
        page.keyboard.press("Enter")
        page.locator("#linked details[open] .sides").wait_for()


def test_many_fixtures_come_some_at_a_time(browser: Any, written: Path, judged: Judged) -> None:
    with explored(browser, written) as page:
        assert page.locator("#fixture-rows > details").count() == 50
        assert page.locator(".leaves span").inner_text() == "1 to 50"
        assert page.get_by_role("button", name="Earlier").is_disabled()
        assert listed(page) == [f.id for f in judged[0].fixtures]
        assert page.locator(".leaves span").inner_text() == "101 to 120"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_in_the_evidence_is_a_serious_obstacle(browser: Any, grouped: tuple[Run, Judgement, Path], scheme: str) -> None:
    with explored(browser, grouped[2], "#every-fixture-mail-110", scheme=scheme) as page:
        page.locator("#linked .sides").wait_for()
        page.locator("#explorer input[type=search]").fill("mail-11")
        said(page, "^10 of 120 fixtures$")
        page.locator("#fixture-rows > details").first.locator("summary").click()
        page.locator("#fixture-rows .sides").wait_for()
        page.evaluate("document.querySelectorAll('#fixtures details details').forEach(box => box.open = true)")
        assert serious_findings(page, "#fixtures") == []
        page.evaluate("[...document.querySelectorAll('.flip')].slice(3).forEach(card => card.remove())")
        assert serious_findings(page, "#flips") == []


@pytest.mark.parametrize("width", [360, 1600])
def test_the_evidence_opened_needs_no_sideways_scroll(browser: Any, grouped: tuple[Run, Judgement, Path], width: int) -> None:
    with explored(browser, grouped[2], "#every-fixture-mail-110", width=width) as page:
        page.locator("#linked .sides").wait_for()
        page.evaluate("document.querySelectorAll('#fixture-rows > details').forEach(box => box.open = true)")
        page.locator("#fixture-rows > details .sides").nth(49).wait_for()
        page.evaluate("document.querySelectorAll('#fixtures details').forEach(box => box.open = true)")
        assert fits(page)


def test_what_found_no_room_is_listed_with_its_values_and_says_where_its_texts_are(
    browser: Any, judged: Judged, tmp_path: Path
) -> None:
    from harness.report.evidence.limits import STATIC

    path = tmp_path / "report.html"
    write_html(*judged, path, size=STATIC + 6_000)
    with explored(browser, path) as page:
        assert "it holds the texts of 0 of 120 fixtures" in page.locator("#fixtures").inner_text()
        page.locator("#fixture-rows summary").first.click()
        page.locator("#fixture-rows table").wait_for()
        assert "Its texts found no room in this file" in page.locator("#fixture-rows details").first.inner_text()
        page.locator("select[name=flip]").select_option("lost")
        said(page, "^12 of 120")


def test_without_a_script_it_says_where_the_rest_is(browser: Any, written: Path) -> None:
    with explored(browser, written) as page:
        assert page.get_by_text("takes JavaScript").is_hidden()
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(written.as_uri())
    assert page.locator("#explorer").is_hidden()
    word = page.get_by_text("takes JavaScript")
    assert word.is_visible() and "responses.parquet" in word.inner_text()
    context.close()


def test_a_run_without_scores_candidate_or_answers_is_explored_too(browser: Any, judged: Judged, tmp_path: Path) -> None:
    run, judgement = judged
    bare = replace(judgement, candidate=None, baseline=None, estimates=(), comparisons=(), gates=(), flips=())
    for number, part in enumerate(
        (replace(run, scores=()), replace(run, scores=(), responses=()), replace(run, fixtures=(), responses=(), scores=()))
    ):
        path = write_html(part, bare, tmp_path / f"{number}.html")
        with explored(browser, path) as page:
            said(page, f"^{len(part.fixtures)} of {len(part.fixtures)} fixtures$")
            page.locator("select[name=flip]").select_option("lost")
            said(page, "^0 of")
