"""Hostile answers: ten megabytes, half a surrogate pair, runs of one character. Every text metric stays quick and whole."""

from __future__ import annotations

import math
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.errors import SuiteError
from harness.metrics import check_metrics, load_metric
from harness.models import Response
from harness.suite import Fixture, load_suite

METRICS: list[tuple[str, dict[str, Any]]] = [
    ("edit_similarity", {"by": "words"}),
    ("edit_distance", {}),
    ("edit_distance", {"by": "lines"}),
    ("exact_match", {"ignore": ["case", "punctuation", "articles", "whitespace", "unicode"]}),
    ("token_f1", {}),
    ("chrf", {"word_order": 2}),
    ("bleu", {}),
    ("bleu", {"tokenize": "intl"}),
    ("rouge_l", {}),
    ("readability", {}),
    ("length", {"by": "sentences", "maximum": 100}),
    (
        "brand_rules",
        {"required": ["kind regards"], "forbidden": ["free trial"], "casing": ["Acme Cloud"], "longest_sentence": 30,
         "spelling": "british", "exclamation_marks": False, "must_not_match": {"digits": r"\d{9}"}},
    ),
    ("language", {}),
    ("refusal", {}),
    ("escalation", {}),
    ("copied_phrases", {"training_data": "train.jsonl", "n": 3}),
]  # fmt: skip
FIXTURE = Fixture(
    id="a", input="Say hello to the new customer.", expected=["Hello, and welcome to the shop, dear customer!", "Hi!"]
)
MEGABYTES = 10_000_000

HOSTILE = {
    "words": "hello dear customer " * (MEGABYTES // 20),
    "one word": "a" * MEGABYTES,
    "stops": ".!?" * (MEGABYTES // 3),
    "space": " \n" * (MEGABYTES // 2),
    "term and space": "free " + " " * MEGABYTES,
    "surrogates": "\ud800 \udfff" * (MEGABYTES // 3),
    "combining": "a" + "\u0301" * MEGABYTES,
    "quotes": "\"'" * (MEGABYTES // 2),
    "different": " ".join(map(str, range(MEGABYTES // 8))),
}


def make(name: str, options: dict[str, Any], folder: Path) -> Any:
    (folder / "train.jsonl").write_text('{"input": "q", "expected": "hello dear customer of ours"}\n', encoding="utf-8")
    return load_metric(name, folder=folder, **options) if name == "copied_phrases" else load_metric(name, **options)


@pytest.mark.parametrize(("name", "options"), METRICS, ids=lambda v: v if isinstance(v, str) else "")
def test_ten_megabytes_are_measured_in_seconds(name: str, options: dict[str, Any], tmp_path: Path) -> None:
    metric = make(name, options, tmp_path)
    metric.measure(FIXTURE, Response(text="warm"))
    for kind, text in HOSTILE.items():
        started = time.process_time()
        row = metric.measure(FIXTURE, Response(text=text))
        took = time.process_time() - started
        assert took < 20, f"{kind} took {took:.1f} s"
        assert all(math.isfinite(value) for value in row.values())


@settings(max_examples=40, deadline=None)
@given(text=st.text(st.characters(), max_size=60))
def test_any_text_at_all_is_measured_and_twice_the_same(text: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.getbasetemp()
    for name, options in METRICS:
        metric = make(name, options, folder)
        row = metric.measure(FIXTURE, Response(text=text))
        assert all(math.isfinite(value) for value in row.values())
        assert dict(row) == dict(make(name, options, folder).measure(FIXTURE, Response(text=text)))


@pytest.mark.parametrize(("name", "package"), [("bleu", "sacrebleu"), ("chrf", "sacrebleu"), ("language", "py3langid")])
def test_a_missing_package_is_told_with_the_extra_that_has_it(name: str, package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, package, None)  # as the import system has it: not there
    with pytest.raises(SuiteError, match=rf"{name} needs the package {package}.*pip install 'finetune-harness\[text\]'"):
        load_metric(name)


def test_a_missing_package_is_a_fault_of_the_suite_with_its_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    head = "suite: texts\nfixtures: fixtures.jsonl\nvariants:\n  a: {role: current, outputs: a.jsonl}\n"
    (tmp_path / "suite.yaml").write_text(head + "metrics:\n  - rouge_l\n  - chrf\n")
    (tmp_path / "fixtures.jsonl").write_text('{"id": "a", "input": "x", "expected": "y"}\n')
    (tmp_path / "a.jsonl").write_text('{"id": "a", "text": "y"}\n')
    assert load_suite(tmp_path, checks=[check_metrics]).name == "texts"
    monkeypatch.setitem(sys.modules, "sacrebleu", None)
    with pytest.raises(SuiteError, match=r"suite.yaml:7: chrf needs the package sacrebleu"):
        load_suite(tmp_path, checks=[check_metrics])
