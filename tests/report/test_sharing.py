"""A run as a pull request's comment, a model card and JUnit: right, valid, short enough, and deaf to what a model wrote."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
import yaml
from huggingface_hub import ModelCard
from huggingface_hub.repocard_data import EvalResult, eval_results_to_model_index, model_index_to_eval_results
from lxml import etree
from markdown_it import MarkdownIt

from harness.errors import HarnessError
from harness.report import LONGEST_COMMENT, CardFacts, gates_junit, model_card, run_markdown
from harness.report.markdown_text import code, fenced, inline
from harness.store import Run
from harness.verdicts import Judgement
from tests.report.building import with_texts
from tests.report.hostile_outputs import SHORT

SCHEMA = Path(__file__).parent / "data/JUnit.xsd"
REACHING = [
    "@octocat and @acme/team", "closes #12 and GH-12 and acme/shop#3", "https://example.org/x?y=1 www.example.org a@b.example",
    "![x](https://example.org/p.png) [y](javascript:alert(1)) <https://example.org>", "```\n</details><script>x</script>\n```",
    "````` `a` ``b`` `````", "~~~\nout\n~~~", "| a | b |\n|---|---|", "# big\n- [ ] task\n1. one\n---", "&lt;b&gt; $x$ $$y$$",
    "</code></summary></details><img src=x onerror=x>", "line\u2028line\x0bline\rline", "*a* **b** _c_ ~~d~~", "    code\n\tcode",
]  # fmt: skip
MENTION = re.compile(r"(?<![\w`/])@[\w]")
ALLOWED = {"details", "summary", "code"}


class Rendered(HTMLParser):
    """The tags, addresses and text outside code of rendered Markdown."""

    def __init__(self, markdown: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.addresses: list[str] = []
        self.said = ""
        self._code = 0
        self.feed(MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).render(markdown))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.addresses += [value or "" for name, value in attrs if name in ("href", "src")]
        self._code += tag in ("code", "pre")
        assert not [name for name, _ in attrs if name.startswith("on")]

    def handle_endtag(self, tag: str) -> None:
        self._code -= tag in ("code", "pre")

    def handle_data(self, data: str) -> None:
        if not self._code:
            self.said += data


PLAIN_TAGS = {
    "h2",
    "h3",
    "h4",
    "p",
    "table",
    "thead",
    "tbody",
    "tr",
    "th",
    "td",
    "ul",
    "li",
    "strong",
    "em",
    "pre",
    "hr",
} | ALLOWED


def is_inert(markdown: str) -> Rendered:
    """Insist that Markdown has no link, no image, no foreign tag and no mention, and that what it opens it closes."""
    page = Rendered(markdown)
    assert set(page.tags) <= PLAIN_TAGS
    assert page.addresses == []
    assert not MENTION.search(page.said)
    assert not re.search(r"(?<!\w)#\d|GH-\d|https?://|www\.", page.said)
    assert page.tags.count("details") == page.tags.count("summary")
    return page


@pytest.fixture(scope="module")
def hostile(judged: tuple[Run, Judgement]) -> tuple[Run, Judgement]:
    """A run of which every name, sentence, fixture and answer tries to be more than text."""
    run, judgement = judged
    evil = [*SHORT, *REACHING]
    run = with_texts(with_texts(run, evil * 4), evil * 4, "baseline")
    fixtures = tuple(replace(f, input=evil[i % len(evil)][:5_000], tags=(evil[i % 7],)) for i, f in enumerate(run.fixtures))
    sentences = tuple(text[:300] for text in REACHING)
    gates = tuple(replace(g, name=REACHING[i], sentence=REACHING[i + 4]) for i, g in enumerate(judgement.gates))
    record = replace(run.record, status="stopped <b>@all</b>", definition={**run.record.definition, "description": REACHING[0]})
    return replace(run, fixtures=fixtures, record=record), replace(
        judgement, suite="orders @acme <b>", headline=" ".join(sentences), reasons=sentences, findings=sentences, gates=gates
    )


@pytest.mark.parametrize("text", [*SHORT, *REACHING])
def test_text_of_others_stays_text_in_a_line_a_name_and_a_block(text: str) -> None:
    for markdown in (inline(text), f"- {inline(text)}", f"| a | b |\n|---|---|\n| {inline(text)} | {code(text)} |", code(text)):
        page = is_inert(markdown)
        assert set(page.tags) <= {"p", "ul", "li", "table", "thead", "tbody", "tr", "th", "td", "code"}
        if page.tags.count("tr"):
            assert page.tags.count("td") == 2
    page = is_inert(fenced(text))
    assert page.tags[:2] == ["pre", "code"] and set(page.tags) <= {"pre", "code", "p", "em"}


def test_a_line_reads_as_it_was_written() -> None:
    assert Rendered(inline("a_b is 39.8 points (95 % interval +35.1 to +44.5); 4 of 6 < 7 & more")).said.strip() == (
        "a_b is 39.8 points (95 % interval +35.1 to +44.5); 4 of 6 < 7 & more"
    )


def test_a_comment_has_the_answer_on_top_and_the_rest_folded(judged: tuple[Run, Judgement]) -> None:
    run, judgement = judged
    text = run_markdown(run, judgement)
    page = is_inert(text)
    assert text.startswith("## \u274c order\\_intake: do not ship\n")
    assert judgement.headline in page.said
    assert "Gates: 2 of 4 pass" in page.said
    assert f"Run `{judgement.run_id}`" in text
    lost = [f for f in judgement.flips if f.over == "baseline" and not f.won]
    assert text.count("<code>mail-") == min(len(lost), 20)
    assert run_markdown(run, judgement) == text


def test_hostile_answers_names_and_sentences_are_inert_in_a_comment_and_a_card(hostile: tuple[Run, Judgement]) -> None:
    is_inert(run_markdown(*hostile))
    card = model_card(*hostile)
    front, _, body = card.removeprefix("---\n").partition("\n---\n")
    assert list(yaml.safe_load(front)) == ["model-index"]
    is_inert(body)


@pytest.mark.parametrize("longest", [LONGEST_COMMENT, 8_000, 4_000])
def test_a_comment_is_never_too_long_and_says_what_it_leaves_out(hostile: tuple[Run, Judgement], longest: int) -> None:
    text = run_markdown(*hostile, longest=longest)
    assert len(text) <= len(text.encode()) < longest
    is_inert(text)
    if longest < LONGEST_COMMENT:
        assert f"Left out to stay under {longest:,} bytes" in text


def test_a_model_card_is_what_the_hub_reads(judged: tuple[Run, Judgement]) -> None:
    run, judgement = judged
    facts = CardFacts(name="acme/orders", dataset="acme/mails", task="text2text-generation", source="https://example.org/report")
    text = model_card(run, judgement, facts)
    data = ModelCard(text).data
    assert data.model_name == "acme/orders"
    results: list[EvalResult] = data.eval_results
    found = {result.metric_type: result for result in results}
    headline = judgement.estimate("tuned", "field_accuracy")
    assert headline is not None
    one = found["field_accuracy"]
    assert one.metric_value == pytest.approx(headline.value, rel=1e-5)
    assert (one.task_type, one.dataset_type, one.dataset_name) == (
        "text2text-generation", "acme/mails", "order_intake (120 fixtures)",
    )  # fmt: skip
    assert (one.source_url, one.dataset_revision, one.dataset_split) == ("https://example.org/report", "a1" * 32, "test")
    assert found.keys() == {"field_accuracy", "json_schema", *(f"field_accuracy.{f}" for f in ("order", "sku", "email", "date"))}
    written = yaml.safe_load(text.split("---\n")[1])["model-index"]
    assert eval_results_to_model_index("acme/orders", model_index_to_eval_results(written)[1]) == written
    assert "**this model**" in text and "By the suite's gates: do not ship." in text


def test_a_model_card_is_about_any_variant_that_is_named(judged: tuple[Run, Judgement]) -> None:
    run, judgement = judged
    assert "By the suite's gates" not in model_card(run, judgement, CardFacts(variant="rag"))
    with pytest.raises(HarnessError, match=r"there is no variant 'tunde' in the run\. did you mean tuned"):
        model_card(run, judgement, CardFacts(variant="tunde"))
    with pytest.raises(HarnessError, match="no variant of the run is up for release"):
        model_card(run, replace(judgement, candidate=None))
    with pytest.raises(HarnessError, match="nothing was measured for tuned"):
        model_card(run, replace(judgement, estimates=()))


def test_junit_is_valid_and_has_a_test_a_gate(judged: tuple[Run, Judgement], hostile: tuple[Run, Judgement]) -> None:
    schema = etree.XMLSchema(etree.parse(str(SCHEMA)))
    for run, judgement in (judged, hostile):
        schema.assertValid(etree.parse(io.BytesIO(gates_junit(run, judgement).encode())))
    (suite,) = etree.fromstring(gates_junit(*judged).encode())
    assert {key: suite.get(key) for key in ("tests", "failures", "errors", "skipped")} == {
        "tests": "5", "failures": "1", "errors": "1", "skipped": "0",
    }  # fmt: skip
    kinds = {case.get("name"): [child.tag for child in case] for case in suite.iter("testcase")}
    assert kinds == {
        "order_intake: the run": [],
        "beats the strong prompt": [],
        "schema is kept": ["failure"],
        "valid in production": ["error"],
        "fast enough": [],
    }
    assert suite.get("timestamp") == "2026-11-20T14:03:12"


def test_a_run_without_a_verdict_is_an_error_in_junit(judged: tuple[Run, Judgement]) -> None:
    run, judgement = judged
    (suite,) = etree.fromstring(gates_junit(run, replace(judgement, exit_code=3, gates=())).encode())
    assert (suite.get("tests"), suite.get("errors")) == ("1", "1")
