"""Every fixture as it is packed into the page: complete, bounded, visible, and the same however the run is held."""

from __future__ import annotations

import itertools
import json
import math
import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from harness.models import Response, ToolCall
from harness.report import render_html, write_html
from harness.report.anchors import fixture_anchor
from harness.report.answers import said_text, written
from harness.report.evidence import limits
from harness.retrieval import Hit
from harness.store import Run, Store, StoredResponse
from harness.suite import Fixture
from harness.verdicts import Judgement
from tests.report.building import build, with_texts
from tests.report.hostile_outputs import HOSTILE
from tests.report.unpacking import fixtures_in, unpacked

Judged = tuple[Run, Judgement]


def streamed(run: Run) -> Run:
    """The run with responses that can only be gone through."""
    from harness.store.streamed import Streamed

    return replace(run, responses=Streamed(lambda: iter(run.responses)))


def test_every_fixture_is_packed_with_every_distinct_answer_of_every_variant(judged: Judged, written: Path) -> None:
    run = judged[0]
    page = written.read_text()
    contents, found = unpacked(page)["contents"], fixtures_in(page)
    assert list(found) == [f.id for f in run.fixtures]
    said = {(s.fixture_id, s.variant): s.response for s in run.responses}
    for fixture in run.fixtures:
        record = found[fixture.id]
        assert record["asked"] == {"text": fixture.input}
        assert json.loads(record["expected"]["text"]) == fixture.expected and record["marks"] == 1
        who = [contents["variants"][variant] for answer in record["answers"] for variant, _ in answer["who"]]
        assert sorted(who) == sorted(contents["variants"])
        for answer, (variant, repeat) in ((a, w) for a in record["answers"] for w in a["who"]):
            response = said[fixture.id, contents["variants"][variant]]
            assert repeat == 0 and answer.get("outcome", "answered") == response.outcome
            if response.outcome == "failed":
                assert answer["text"] == response.error
            else:
                assert json.loads(answer["text"]) == json.loads(response.text)


def test_every_measurement_is_packed(judged: Judged, written: Path) -> None:
    run = judged[0]
    blocks = unpacked(written.read_text())
    contents = blocks["contents"]
    names = [metric["name"] for metric in contents["metrics"]]
    assert names[0] == "field_accuracy" and {"json_schema", "field_accuracy.sku", "latency", "cost"} <= set(names)
    assert contents["metrics"][0] == {"name": "field_accuracy", "unit": "share", "better": 1, "best": 1.0}
    values = {}
    for number, name in enumerate(names):
        packed = blocks[f"values-{number}"]
        for variant, codes in zip(contents["variants"], packed["codes"], strict=True):
            for fixture, code in zip(contents["ids"], codes, strict=True):
                values[name, variant, fixture] = packed["levels"][code] if code >= 0 else None
    for score in run.scores:
        for column, value in score.columns.items():
            name = score.metric if column == "value" else f"{score.metric}.{column}"
            assert values[name, score.variant, score.fixture_id] == pytest.approx(value, rel=1e-8)
    for s in run.responses:
        assert values["latency", s.variant, s.fixture_id] == (
            None if s.response.latency is None else pytest.approx(s.response.latency, rel=1e-3)
        )


def test_a_chunk_retrieved_for_many_fixtures_is_packed_once(judged: Judged, written: Path) -> None:
    page = written.read_text()
    blocks, found = unpacked(page), fixtures_in(page)
    passages = [passage for name, block in blocks.items() if name.startswith("passage-") for passage in block]
    assert sum(passage["name"] == "catalogue.md#delivery" for passage in passages) == 1
    numbers = {hit[0] for record in found.values() for context in record["context"] for hit in context["hits"]}
    assert len(numbers) == len(passages) == len({(p["name"], p["text"]) for p in passages})


def test_a_streamed_run_gives_the_page_a_held_one_gives(judged: Judged) -> None:
    calls = Response(text="So:", tool_calls=(ToolCall("book", {"seats": 2, "deep": {"er": [1]}}), ToolCall("b", '{"torn')))
    called = replace(judged[0], responses=tuple(replace(s, response=calls) for s in judged[0].responses))
    for run in (judged[0], with_texts(judged[0], HOSTILE), called):
        assert render_html(streamed(run), judged[1]) == render_html(run, judged[1])


def test_a_run_streamed_from_its_folder_gives_the_page_a_held_one_gives(monkeypatch: pytest.MonkeyPatch) -> None:
    import harness
    from harness.store import streamed as streaming

    recorded = Path(__file__).parents[2] / "evals/order_intake/recorded"
    held = harness.load_run("latest", store=recorded)
    page = render_html(held.run, held.judgement)
    assert len(page.encode()) < 1_500_000 and len(fixtures_in(page)) == len(held.run.fixtures)
    monkeypatch.setattr(streaming, "HELD", 10)
    flowing = Store(recorded).read(held.folder)
    assert isinstance(flowing.responses, streaming.Streamed) and isinstance(flowing.scores, streaming.Streamed)
    assert render_html(flowing, held.judgement) == page


def test_two_renders_of_packed_texts_are_byte_identical_though_threads_pack_them() -> None:
    run, judgement = build(400)
    assert render_html(run, judgement) == render_html(run, judgement)


@pytest.mark.parametrize("room", [0, 5_000, 20_000, 60_000])
def test_a_page_keeps_to_its_size_and_says_what_it_left_out(room: int) -> None:
    run, judgement = build(400)
    size = limits.STATIC + room
    page = render_html(run, judgement, size=size)
    packed = sum(len(line) for line in page.splitlines() if line.startswith("<script type="))
    assert len(page.encode()) <= size and packed <= room + 40_000
    found = fixtures_in(page)
    assert len(found) < 400
    assert f"it holds the texts of {len(found):,} of 400 fixtures" in page
    assert f"The other {400 - len(found):,} are listed with their values; their texts are in the folder of run" in page
    assert len(unpacked(page)["contents"]["ids"]) == 400


def test_the_fixtures_that_flipped_most_find_room_first() -> None:
    run, judgement = build(400)
    found = set(fixtures_in(render_html(run, judgement, size=limits.STATIC + 40_000)))
    flips = [f for f in judgement.flips if f.over == judgement.baseline]
    lost = sorted((f for f in flips if not f.won), key=lambda f: -abs(f.candidate_value - f.over_value))
    assert 0 < len(found) < 400
    assert {f.fixture_id for f in lost[: min(len(found), len(lost))]} <= found


def test_where_room_is_short_texts_are_cut_shorter_before_fixtures_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    run, judgement = build(300)
    texts = [f"{n} " + " ".join(str(n * k * 7919 % 99_991) for k in range(700)) for n in range(300)]
    run = with_texts(run, texts)
    monkeypatch.setattr("harness.report.evidence.section.IN_FULL", 10)
    page = render_html(run, judgement, size=limits.STATIC + 350_000)
    assert "To make room for more fixtures, texts are cut to 1,000 characters here, but for the 10 that flipped most." in page
    assert len(fixtures_in(page)) == 300
    lengths = {len(a["text"]) for record in fixtures_in(page).values() for a in record["answers"] if a.get("left")}
    assert {1_000, len(max(texts, key=len)[:4_000])} & lengths


def test_hiding_characters_are_made_visible_before_anything_is_packed(judged: Judged) -> None:
    run = with_texts(judged[0], HOSTILE)
    cases = tuple(replace(f, tags=("t\u202e", *f.tags), group="g\u0000") for f in run.fixtures)
    page = render_html(replace(run, fixtures=cases), judged[1])
    every = json.dumps(unpacked(page), ensure_ascii=False)
    every.encode()
    assert not any(ord(c) < 32 or c in "\u202e\u2066\u2028\ufeff\u00ad\x7f\ud800" for c in every)
    assert "safe[U+202E]gpj.exe" in every and "t[U+202E]" in every and "a lone [U+D800] surrogate" in every


def test_long_outputs_are_cut_with_a_word_about_the_rest(judged: Judged) -> None:
    run = with_texts(judged[0], ["A" * 5_000_000])
    for held in (run, streamed(run)):
        page = render_html(held, judged[1])
        (long,) = (a for a in fixtures_in(page)["mail-001"]["answers"] if a["text"].startswith("AAAA"))
        assert long["text"] == "A" * 4_000 and long["left"] == "4,996,000 more characters are in the run folder."


def test_numbers_that_are_none_are_left_out_and_the_json_stays_valid(judged: Judged) -> None:
    run, judgement = judged
    odd = [math.nan, math.inf, -math.inf]

    def broken(stored: StoredResponse, number: float) -> StoredResponse:
        response = replace(stored.response, latency=number, cost=number)
        return replace(stored, response=response, retrieved=(Hit("x", "y", number),))

    responses = tuple(broken(s, n) for s, n in zip(run.responses, itertools.cycle(odd), strict=False))
    scores = tuple(replace(s, columns={"value": n}) for s, n in zip(run.scores, itertools.cycle(odd), strict=False))
    blocks = unpacked(render_html(replace(run, responses=responses, scores=scores), judgement))
    assert blocks["values-0"]["levels"] == []


def test_tool_calls_are_written_in_the_order_of_the_expected_ones_and_odd_arguments_as_they_are() -> None:
    expected = {"tool_calls": [{"name": "book", "arguments": {"day": "Monday", "seats": 2}}]}
    fixture = Fixture("a", "?", expected=expected)
    calls = Response(tool_calls=(ToolCall("book", {"seats": 2, "extra": 1, "day": "Monday"}),))
    assert json.loads(said_text(calls, fixture)) == {
        "tool_calls": [{"name": "book", "arguments": {"day": "Monday", "seats": 2, "extra": 1}}]
    }
    assert list(json.loads(said_text(calls, fixture))["tool_calls"][0]["arguments"]) == ["day", "seats", "extra"]
    torn = Response(tool_calls=(ToolCall("book", '{"day": "Mon'),))
    assert json.loads(said_text(torn, fixture))["tool_calls"][0]["arguments"] == '{"day": "Mon'


def test_deep_json_is_never_laid_out_into_something_larger() -> None:
    deep: Any = 1
    for _ in range(900):
        deep = {"a": deep}
    fixture = Fixture("a", "?", expected={"a": 1})
    text = json.dumps(deep)
    assert said_text(Response(text=text), fixture) == text or len(said_text(Response(text=text), fixture)) < 2 * len(text)
    assert len(written(deep)) < 2 * len(text)
    for _ in range(200_000):
        deep = [deep]
    assert written(deep) == "JSON that cannot be written again"
    call = Response(tool_calls=(ToolCall("f", deep),))
    assert said_text(call, fixture) == "JSON that cannot be written again"
    wide = {"rows": [{"n": n} for n in range(300)]}
    assert "\n" in written(wide)


def test_a_fixture_id_of_any_kind_gives_one_short_anchor_of_its_own() -> None:
    odd = ["plain-1", 'a b"c', "<script>", "é/?#%", "x\u202ey", "a%20b", "a b", "\ud800", "x" * 5_000, "x" * 5_001, "%" * 400]
    anchors = [fixture_anchor(name) for name in odd]
    assert len(set(anchors)) == len(odd)
    assert all(len(anchor) < 300 and anchor.isascii() and not set(anchor) & set(" \"'<>#?/") for anchor in anchors)
    assert unquote(fixture_anchor("é/?#%")) == "fixture-é/?#%"


def test_repeats_are_named_and_very_many_of_them_are_counted() -> None:
    run, judgement = build(6, repeats=8)
    page = render_html(run, judgement)
    record = fixtures_in(page)["mail-001"]
    assert record["repeated"] == 1 and record["repeats"] == 8
    assert {repeat for answer in record["answers"] for _, repeat in answer["who"]} == set(range(limits.REPEATS))


def test_rendering_a_streamed_run_holds_little_of_it() -> None:
    """Forty megabytes of answers that do not compress pass through; what is held is about what the page may have."""
    run, judgement = build(150)
    long = "".join(chr(33 + (n * n * 7919 + n // 7) % 90) for n in range(40_000))

    def responses() -> Iterator[StoredResponse]:
        for number, stored in enumerate(run.responses):
            yield replace(stored, response=replace(stored.response, text=long[number:] + str(number)))

    from harness.store.streamed import Streamed

    streamed = replace(run, responses=Streamed(responses))
    tracemalloc.start()
    try:
        render_html(streamed, judgement, size=3_000_000)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 25_000_000


def test_a_page_is_written_as_it_is_rendered(judged: Judged, tmp_path: Path) -> None:
    path = write_html(*judged, tmp_path / "report.html", size=limits.STATIC + 20_000)
    assert path.read_text() == render_html(*judged, size=limits.STATIC + 20_000)
