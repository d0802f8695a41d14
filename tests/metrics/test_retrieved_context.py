"""recall_at_k, precision_at_k, mrr, ndcg and groundedness against tables worked by hand and scikit-learn."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import ndcg_score

import harness
from harness.errors import SuiteError
from harness.metrics import MetricOptionError, check_metrics, load_metric
from harness.models import Response
from harness.retrieval import Hit
from harness.suite import Fixture, load_suite

RANKINGS = ("recall_at_k", "precision_at_k", "mrr", "ndcg")


def hits(*ids: str) -> tuple[Hit, ...]:
    return tuple(Hit(identity, f"text of {identity}", float(-place)) for place, identity in enumerate(ids))


def measured(name: str, gold: tuple[str, ...], found: tuple[str, ...], **options: Any) -> float | None:
    metric: Any = load_metric(name, **options)
    return metric.measure(Fixture(id="a", input="x", gold_context=gold), Response(), hits(*found)).get("value")


def discounted(*places: int) -> float:
    return sum(1 / math.log2(1 + place) for place in places)


@pytest.mark.parametrize(
    ("gold", "found", "k", "worked"),
    [
        (("a#1",), ("a#1", "b#1", "c#1"), None, (1, 1 / 3, 1, 1)),
        (("a#1",), ("b#1", "c#1", "a#1"), None, (1, 1 / 3, 1 / 3, discounted(3) / discounted(1))),
        (("a#1",), ("b#1", "c#1", "a#1"), 2, (0, 0, 0, 0)),
        (("a#1", "b#2"), ("c#1", "b#2", "a#1", "d#1"), None, (1, 0.5, 0.5, discounted(2, 3) / discounted(1, 2))),
        (("a#1", "b#2"), ("c#1", "b#2", "a#1", "d#1"), 2, (0.5, 0.5, 0.5, discounted(2) / discounted(1, 2))),
        (("a#1", "b#2", "e#1"), ("a#1",), None, (1 / 3, 1, 1, discounted(1) / discounted(1, 2, 3))),
        (("a#1", "b#2", "e#1"), ("a#1",), 1, (1 / 3, 1, 1, 1)),
        (("a#1",), ("a#1",), 5, (1, 0.2, 1, 1)),
        (("a#2",), ("a#1",), None, (0, 0, 0, 0)),
        (("a",), ("b#1", "a#1", "a#2"), None, (1, 2 / 3, 0.5, discounted(2) / discounted(1))),
        (("a", "a#1"), ("a#1", "b#1"), None, (1, 0.5, 1, 1)),
        (("a", "b#1"), ("a#1", "a#2", "b#1"), None, (1, 1, 1, discounted(1, 3) / discounted(1, 2))),
        (("a#1", "a#1"), ("a#1",), None, (1, 1, 1, 1)),
    ],
)
def test_what_is_retrieved_is_held_against_the_gold_context(
    gold: tuple[str, ...], found: tuple[str, ...], k: int | None, worked: tuple[float, ...]
) -> None:
    assert tuple(measured(name, gold, found, k=k) for name in RANKINGS) == pytest.approx(worked)


def test_the_examples_others_publish_come_out() -> None:
    # README of pytrec_eval, which is trec_eval: q1 ranks d3 d1 d2 with d2 relevant, q2 ranks d1 d3 d2 with d2 and d3 relevant.
    assert measured("ndcg", ("d2",), ("d3#", "d1#", "d2#")) == pytest.approx(0.5)
    assert measured("ndcg", ("d2", "d3"), ("d1#", "d3#", "d2#")) == pytest.approx(0.6934264036172708)
    # Wikipedia, "Mean reciprocal rank": the right plural third, second and first gives 11/18.
    ranks = [("catten", "cati", "cats"), ("torii", "tori", "toruses"), ("viruses", "virii", "viri")]
    each = [measured("mrr", (right,), ranked) for right, ranked in zip(("cats", "tori", "viruses"), ranks, strict=True)]
    assert np.mean(np.array(each, dtype=float)) == pytest.approx(11 / 18)


@settings(deadline=None)
@given(st.lists(st.booleans(), min_size=2, max_size=12), st.integers(1, 15))
def test_ndcg_agrees_with_scikit_learn(relevant: list[bool], k: int) -> None:
    if not any(relevant):
        return
    ids = tuple(f"d{place}#1" for place in range(len(relevant)))
    gold = tuple(identity for identity, is_gold in zip(ids, relevant, strict=True) if is_gold)
    oracle = ndcg_score(np.array([relevant], dtype=float), -np.arange(len(relevant), dtype=float)[None], k=k)
    assert measured("ndcg", gold, ids, k=k) == pytest.approx(oracle)


@settings(deadline=None)
@given(st.sets(st.integers(0, 9), min_size=1), st.permutations(range(10)), st.integers(1, 12))
def test_every_ranking_lies_between_0_and_1_and_gold_first_is_best(gold: set[int], found: list[int], k: int) -> None:
    wanted = tuple(f"d{number}#1" for number in gold)
    best = tuple(f"d{number}#1" for number in sorted(found, key=lambda number: number not in gold))
    for name in RANKINGS:
        value, top = measured(name, wanted, tuple(f"d{n}#1" for n in found), k=k), measured(name, wanted, best, k=k)
        assert value is not None and top is not None
        assert 0.0 <= value <= top <= 1.0
    assert measured("ndcg", wanted, best, k=k) == pytest.approx(1.0)


def test_without_gold_or_without_retrieval_nothing_is_measured() -> None:
    for name in RANKINGS:
        assert measured(name, (), ("a#1",)) is None
        assert measured(name, ("a#1",), ()) is None
        with pytest.raises(MetricOptionError, match="k is 0; give at least 1"):
            load_metric(name, k=0)


CONTEXT = "Blue Kettle KX-200\nThe kettle holds 1.7 litres and costs 49.90 EUR. Café-ready."


@pytest.mark.parametrize(
    ("text", "options", "share"),
    [
        ("The kettle holds 1.7 litres.", {}, 1.0),
        ("The toaster holds 1.7 litres.", {}, 0.8),  # toaster of toaster, holds, 1, 7, litres
        ("KETTLE", {}, 1.0),
        ("The red one", {}, 1.0),  # no word of four letters
        ("The red one", {"min_length": 3}, 1 / 3),
        ("", {}, 1.0),
        ("warranty", {}, 1.0),  # the question says it
        ("warranty", {"against": "context"}, 0.0),
        ("It costs 49.90, not 59.90", {"counts": "numbers"}, 0.5),
        ("order 4711", {"counts": "numbers"}, 1.0),
        ("order 4711", {"counts": "numbers", "against": "context"}, 0.0),
        ("no number here", {"counts": "numbers"}, 1.0),
        ("\uff4bettle", {}, 1.0),  # a full-width k
        ("cafe\u0301", {}, 1.0),  # e and a combining accent
        ("invented invented kettle", {}, 0.5),  # each word once
    ],
)
def test_groundedness_is_the_share_of_content_words_that_were_shown(text: str, options: dict[str, Any], share: float) -> None:
    fixture = Fixture(id="a", input={"question": "is there a warranty?", "order": 4711})
    metric: Any = load_metric("groundedness", **options)
    assert metric.measure(fixture, Response(text=text), (Hit("k#1", CONTEXT, 1.0),))["value"] == pytest.approx(share)
    assert metric.measure(fixture, Response(text=text)) == {}


def test_groundedness_takes_what_a_conversation_says() -> None:
    messages = ({"role": "user", "content": [{"type": "text", "text": "my parcel"}]}, {"role": "user", "content": "urgent"})
    metric: Any = load_metric("groundedness")
    fixture = Fixture(id="a", messages=messages)
    assert metric.measure(fixture, Response(text="parcel urgent invented lost"), hits("a#1"))["value"] == 0.5
    assert metric.measure(fixture, Response(text="x" * 1_000_000), hits("a#1"))["value"] == 0.0


SUITE = """\
suite: lookup
fixtures: fixtures.jsonl
variants:
  plain: {role: prompt, model: openai/m, prompt: ask.yaml, api_base: "URL"}
  rag: {role: rag, model: openai/m, prompt: rag.yaml, api_base: "URL", retrieval: {corpus: "kb/*.md", top_k: 2}}
metrics: [recall_at_k, {precision_at_k: {k: 1}}, mrr, ndcg, groundedness]
gates:
  - {name: found, metric: recall_at_k, candidate: rag, at_least: 0.5}
"""


def write(folder: Path, url: str = "http://127.0.0.1:9/v1", gold: str = "{}.md#height") -> Path:
    (folder / "kb").mkdir(parents=True)
    names = ["alder", "birch", "cedar", "douglas", "elm", "fir"]
    for name in names:
        (folder / f"kb/{name}.md").write_text(f"# Height\nThe {name} grows to {len(name)} metres.\n# Use\nBoats of {name}.\n")
    lines = [{"id": name, "input": f"How many metres grows the {name}?", "gold_context": [gold.format(name)]} for name in names]
    (folder / "fixtures.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    (folder / "ask.yaml").write_text("- {role: user, content: '{{ input }}'}\n")
    (folder / "rag.yaml").write_text("- {role: user, content: '{{ context }} {{ input }}'}\n")
    (folder / "suite.yaml").write_text(SUITE.replace("URL", url))
    return folder


def test_gold_that_no_corpus_has_is_a_fault_on_its_fixtures_line(tmp_path: Path) -> None:
    with pytest.raises(SuiteError) as caught:
        load_suite(write(tmp_path, gold="{}.md#hight"), checks=[check_metrics])
    first, *rest = [str(fault).replace(f"{tmp_path}/", "") for fault in caught.value.faults]
    said = "fixtures.jsonl:1: gold_context names alder.md#hight, which no corpus has. did you mean alder.md#height."
    assert first == said
    assert len(rest) == 5
    assert load_suite(write(tmp_path / "documents", gold="{}.md"), checks=[check_metrics])


def test_ranking_without_gold_is_a_fault(tmp_path: Path) -> None:
    folder = write(tmp_path)
    (folder / "fixtures.jsonl").write_text('{"id": "a", "input": "x"}\n')
    with pytest.raises(SuiteError, match=r"suite.yaml:6: mrr needs gold_context, and no fixture has any"):
        load_suite(folder, checks=[check_metrics])


def test_a_session_measures_what_retrieval_found_and_leaves_out_variants_without_it(
    tmp_path: Path, provider: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    provider.on("m", lambda received: "It grows to " + received.last.partition("grows to ")[2][:9] + " high")
    run = harness.run(write(tmp_path / "suite", provider.url))
    values = {
        name: run.judgement.estimate("rag", name) for name in ("recall_at_k", "precision_at_k", "mrr", "ndcg", "groundedness")
    }
    assert all(estimate is not None and estimate.n == 6 for estimate in values.values())
    assert values["recall_at_k"].value == 1.0
    assert 0.0 < values["groundedness"].value < 1.0  # "high" stands nowhere
    frame = run.to_frame()
    assert set(frame[frame.metric.isin(values)].variant) == {"rag"}
