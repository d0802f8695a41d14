"""Leaks, duplicates and size: what is found in a suite whose author knows what is wrong with it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from harness.datachecks import check_duplicates, check_gold_context, check_leaks, check_size, check_suite
from harness.suite import Suite, load_suite

SUITE = """\
suite: checked
fixtures: fixtures.jsonl
training_data: train.jsonl
variants:
  tuned: {role: fine_tune, model: openai/x, prompt: ask.yaml}
  rag: {role: rag, model: openai/x, prompt: rag.yaml, retrieval: {corpus: "*.md"}}
metrics: [exact_match]
"""
PROMPT = """\
- role: system
  content: 'Take orders. For instance, "Please send me two blue lamps" is an order.'
- {role: user, content: "Four chairs"}
- {role: assistant, content: "A fifth chair"}
- {role: user, content: "Order: {{ input }}"}
"""
RAG = "- {role: system, content: '{{ context }}'}\n- {role: user, content: '{{ input }}'}\n"


def suite_of(folder: Path, fixtures: Iterable[dict[str, Any]], training: Iterable[dict[str, Any]] = (), more: str = "") -> Suite:
    def lines(records: Iterable[dict[str, Any]]) -> str:
        return "".join(json.dumps(record) + "\n" for record in records)

    (folder / "suite.yaml").write_text(SUITE + more)
    (folder / "ask.yaml").write_text(PROMPT)
    (folder / "rag.yaml").write_text(RAG)
    (folder / "lamps.md").write_text("# Blue lamp\nten euros\n")
    (folder / "fixtures.jsonl").write_text(lines(fixtures))
    (folder / "train.jsonl").write_text(lines([{"input": "unlike anything else"}, *training]))
    return load_suite(folder)


def asked(text: str, id: str = "a", **more: Any) -> dict[str, Any]:
    return {"id": id, "input": text, **more}


def chat(*turns: str) -> dict[str, Any]:
    return {"messages": [{"role": ("user", "assistant")[i % 2], "content": turn} for i, turn in enumerate(turns)]}


@pytest.mark.parametrize(
    ("fixture", "trained"),
    [
        (asked("Two lamps, please!"), {"input": "two  LAMPS -- please"}),
        (asked("Straße №1"), {"input": "STRASSE no1"}),
        (asked("Two lamps"), chat("two lamps", "ok")),
        (asked("Two lamps"), {"messages": [{"role": "system", "content": "S"}, *chat("two lamps.", "ok")["messages"]]}),
        (asked("Two lamps"), chat("Order: Two lamps", "ok")),
        ({"id": "a", "input": {"item": "lamp", "count": 2}}, {"input": {"item": "Lamp", "count": "2"}}),
        ({"id": "a", **chat("hi", "what?", "a lamp")}, chat("Hi", "What?", "A lamp", "ok")),
        (asked("???"), {"input": "??? "}),
    ],
)
def test_a_question_that_was_trained_on_is_found(tmp_path: Path, fixture: dict[str, Any], trained: dict[str, Any]) -> None:
    (leak,) = check_leaks(suite_of(tmp_path, [asked("something new", "z"), fixture], [trained]))
    assert (leak.fixture_id, leak.kind) == ("a", "same input in the training data")
    assert leak.source.endswith("fixtures.jsonl:2")
    assert leak.seen_at.endswith("train.jsonl:2")


@pytest.mark.parametrize(
    ("fixture", "trained"),
    [
        (asked("Two lamps"), {"input": "Three lamps"}),
        (asked("lamps"), {"input": "Two lamps"}),
        (asked("???"), {"input": "!!!"}),
        ({"id": "a", **chat("yes", "which?", "a lamp")}, chat("no", "which?", "a lamp", "ok")),
    ],
)
def test_a_question_that_is_merely_like_one_is_not(tmp_path: Path, fixture: dict[str, Any], trained: dict[str, Any]) -> None:
    assert check_leaks(suite_of(tmp_path, [fixture], [trained])) == ()


def test_a_question_that_a_prompt_shows_is_found(tmp_path: Path) -> None:
    fixtures = [
        asked("four chairs!", "turn"),
        asked("Please send me two blue lamps", "inside"),
        asked("an order", "short"),
        asked("A fifth chair", "answer"),
    ]
    leaks = check_leaks(suite_of(tmp_path, fixtures))
    assert [(leak.fixture_id, leak.kind) for leak in leaks] == [
        ("turn", "same input in a prompt"),
        ("inside", "same input in a prompt"),
    ]
    assert leaks[0].seen_at.endswith("ask.yaml:3")
    assert leaks[1].seen_at.endswith("ask.yaml:1")


def test_a_group_on_both_sides_is_found(tmp_path: Path) -> None:
    suite = suite_of(tmp_path, [asked("x", group="c1"), asked("y", "b", group="c2")], [{"input": "z", "group": "c1"}])
    (leak,) = check_leaks(suite)
    assert (leak.fixture_id, leak.kind) == ("a", "same group in the training data")
    assert leak.seen_at.endswith("train.jsonl:2")
    assert str(leak).endswith(f"same group in the training data, at {leak.seen_at}. leave one of them out.")


def test_questions_asked_twice_are_found_and_contradictions_told_apart(tmp_path: Path) -> None:
    tool = {"type": "function", "function": {"name": "f"}}
    fixtures = [
        asked("One lamp", "a", expected="1"),
        asked("one lamp.", "b", expected="1"),
        asked("ONE LAMP", "c", expected={"n": 1}),
        asked("one lamp", "d", expected="2", tools=[tool]),
        asked("Two", "e", expected="2", group="g"),
        asked("two", "f", expected="2", group="g"),
    ]
    found = check_duplicates(suite_of(tmp_path, fixtures))
    assert [(d.fixture_id, d.first_id, d.is_conflict) for d in found] == [("b", "a", False), ("c", "a", True)]
    assert "expects another answer" in str(found[1])


@pytest.mark.parametrize(
    ("count", "severity", "points"), [(10, "warning", 28), (99, "warning", 9), (100, "note", 9), (399, "note", 4), (400, None, 4)]
)
def test_what_a_set_of_this_size_can_tell_is_said(tmp_path: Path, count: int, severity: str | None, points: int) -> None:
    # 1.96 * sqrt(0.2 / n), worked by hand: 27.7, 8.8, 8.8, 4.4 points.
    findings = check_size(suite_of(tmp_path, [asked(f"question {n}", str(n)) for n in range(count)]))
    if severity is None:
        assert findings == ()
    else:
        assert findings[0].severity == severity
        assert f"{count} fixtures" in findings[0].message
        assert f"less than about {points} points is within noise" in findings[0].message


def test_groups_count_once_and_small_slices_are_named(tmp_path: Path) -> None:
    fixtures = [asked(f"q {n}", str(n), group=f"g{n % 20}", tags=["edge"] if n < 3 else []) for n in range(200)]
    findings = check_size(suite_of(tmp_path, fixtures, more="slices: ['tag:edge']\n"))
    assert "200 fixtures in 20 independent groups, too few to decide with" in findings[0].message
    assert "The slice tag:edge has 3 fixtures, fewer than min_slice (20)" in findings[1].message
    assert findings[1].fixtures == ("0", "1", "2")


def test_a_gold_chunk_that_is_not_in_the_corpus_is_found(tmp_path: Path) -> None:
    fixtures = [asked("x", gold_context=["lamps.md#blue-lamp"]), asked("y", "b", gold_context=["lamps.md#blue-lamps"])]
    (finding,) = check_gold_context(suite_of(tmp_path, fixtures))
    assert finding.fixtures == ("b",)
    assert finding.message == "1 fixture wants a chunk that the corpus of rag does not have."
    assert finding.places[0].endswith("fixtures.jsonl:2")
    assert finding.evidence[0]["chunk"] == "lamps.md#blue-lamps"


def test_all_checks_together_name_the_serious_first_and_sum_up(tmp_path: Path) -> None:
    texts = [f"the question number {n}" for n in range(6)]
    fixtures = [asked(text, str(n), expected="x") for n, text in enumerate(texts)]
    suite = suite_of(tmp_path, [*fixtures, asked(texts[0], "again", expected="y")], [{"input": text} for text in texts[:5]])
    findings = check_suite(suite)
    severities = [finding.severity for finding in findings]
    assert severities == sorted(severities, key=["serious", "warning", "note"].index)
    assert [finding.name for finding in findings[:2]] == ["leaks.training", "duplicates.conflict"]
    assert {"size", "retirement.unknown", "coverage.kinds"} <= {finding.name for finding in findings}
    assert findings[0].fixtures == ("0", "1", "2", "3", "4", "again")
    assert findings[0].message == "6 fixtures of 7 are also in the training data, word for word."
    assert findings[0].evidence[0]["seen at"].endswith("train.jsonl:2")
    assert findings[1].fixtures == ("again",)
    assert findings[1].message.startswith("1 fixture asks what an earlier one asks and expects another answer")
    for finding in findings:
        assert str(tmp_path) not in finding.message  # a sign-off states it, wherever the suite lies
        assert json.loads(json.dumps(finding.to_dict(), allow_nan=False))["check"] == finding.check
