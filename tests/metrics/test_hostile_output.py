"""Every built-in metric that asks no model, on answers that mean harm: bounded time, and a number or a plain word."""

from __future__ import annotations

import json
import math
import time
from pathlib import Path

import pytest

from harness.metrics import load_metric
from harness.metrics.registry import BUILT_IN, for_fixtures
from harness.metrics.rows import Broken, row_of
from harness.models import Response
from harness.retrieval import Hit
from harness.store import StoredResponse
from harness.suite import Fixture

SECONDS = 30
"""Processor time that one metric may take for one answer; the slowest take one or two, most a few hundredths."""

HOSTILE = {
    "a megabyte of brackets": "[" * 1_000_000,
    "ten megabytes of text": "Please send the order, item 12, to me. " * 270_000,
    "ten megabytes of one word": "a" * 10_000_000,
    "ten megabytes of space": " " * 10_000_000 + "x",
    "ten megabytes of lines": "- no\n" * 2_000_000,
    "lone surrogates": '{"a": "' + "\ud800\udfff" * 50_000 + '"}',
    "an escaped surrogate": '{"a": "\\ud800", "\\udfff": 1}',
    "deep objects": '{"a":' * 150_000 + "1" + "}" * 150_000,
    "as deep as may be": '{"a":' * 99 + "1" + "}" * 99,
    "a number beyond floats": '{"a": 1e999, "b": [-1e999]}',
    "ten thousand digits": '{"a": ' + "9" * 10_000 + "}",
    "four thousand digits": '{"a": ' + "9" * 4_000 + "}",
    "a megabyte of items": '{"a": [' + "1," * 490_000 + "1]}",
    "a megabyte of keys": "{" + ",".join(f'"k{n}": {{"v": "x{n}"}}' for n in range(45_000)) + "}",
    "combining marks": '{"a": "e' + "\u0301\u0316" * 100_000 + '"}',
    "fences": "```json\n" * 100_000,
    "null bytes and controls": "\x00\x1b[31m\u202e" * 100_000,
    "quotes": '"' * 1_000_000,
    "backslashes": "\\" * 1_000_000,
    "nothing": "",
}

OPTIONS = {
    "field_accuracy": [
        {"fields": ["a", "b"]},
        {
            "fields": {
                "a": {"list": {"order": False, "partial": True}},
                "b": {"set": {"partial": True}},
                "a[*]": {"number": {"relative": 0.1}},
                "c": {"date": {"day_first": True}},
            }
        },
    ],
    "json_schema": [
        {
            "schema": {
                "properties": {"a": {"items": {"type": "integer", "minimum": 0}}},
                "additionalProperties": {"type": "object"},
            },
            "keywords": True,
        },
    ],
    "json_valid": [{}, {"fenced": True, "surrounding": True}],
    "validators": [
        {"rules": [{"name": "r", "field": "a", "pattern": r"^(\w+\s?)*$"}, {"name": "s", "field": "a[*]", "minimum": 2}]}
    ],
    "brand_rules": [{"must_not_match": {"r": r"(\w+\s?)*!"}, "required": ["lamp"]}],
    "expected_cost": [{"false_positive": 1, "false_negative": 5, "positive": "yes"}],
    "groundedness": [{}, {"counts": "numbers"}],
    "exact_match": [{}, {"ignore": ["case", "unicode", "punctuation", "articles", "whitespace"]}],
    "copied_phrases": [{"training_data": "train.jsonl"}],
}
"""Options for metrics that need some, or are worth trying with some; a metric that is new and needs none is tried without."""

FIXTURES = [
    Fixture(id="object", input="Send item 12", expected={"a": [1, 2, 3], "b": ["x"], "c": "2025-03-01"}, gold_context=("c#1",)),
    Fixture(id="text", input="Send item 12", expected="Please send the order, item 12, to me."),
    Fixture(id="call", input="Send item 12", expected={"tool_calls": [{"name": "send", "arguments": {"item": 12}}]}),
]
HITS = (Hit("c#1", "Item 12 is a lamp.", 1.0), Hit("c#2", "We send orders to you.", 0.5))

NAMES = sorted(name for name in BUILT_IN if not hasattr(BUILT_IN[name], "requests"))


def metrics_called(name: str, folder: Path) -> list:
    (folder / "train.jsonl").write_text('{"id": "t", "input": "x", "expected": "Please send the order, item 12, to me."}\n')
    made = []
    for options in OPTIONS.get(name, [{}]):
        made.append(for_fixtures(load_metric(name, folder=folder, **options), FIXTURES))
    return made


@pytest.mark.timeout(1200)
@pytest.mark.parametrize("name", NAMES)
def test_no_answer_makes_a_metric_slow_or_break(name: str, tmp_path: Path) -> None:
    for metric in metrics_called(name, tmp_path):
        for kind, text in HOSTILE.items():
            for fixture in FIXTURES:
                stored = StoredResponse("h", "v", fixture.id, 0, Response(text=text, latency=1.0, cost=0.1), retrieved=HITS)
                began = time.process_time()
                outcome = row_of(metric, fixture, stored)
                assert time.process_time() - began < SECONDS, f"{kind}, {fixture.id}"
                if isinstance(outcome, Broken):
                    assert "took longer than" in outcome.said, f"{kind}, {fixture.id}: {outcome.said}"
                else:
                    assert all(math.isfinite(value) for value in outcome.values()), f"{kind}, {fixture.id}"


def test_an_answer_that_is_cut_short_is_as_harmless_as_a_whole_one(tmp_path: Path) -> None:
    whole = json.dumps({"a": [1, 2, 3], "b": ["x"], "c": "2025-03-01"})
    for name in NAMES:
        for metric in metrics_called(name, tmp_path) if name not in ("bleu", "language") else ():
            for end in range(0, len(whole), 5):
                stored = StoredResponse(
                    "h", "v", "object", 0, Response(text=whole[:end], outcome="truncated", latency=1.0, cost=0.0)
                )
                assert not isinstance(row_of(metric, FIXTURES[0], stored), Broken), name
