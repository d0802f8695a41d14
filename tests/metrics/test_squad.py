"""exact_match and token_f1 against SQuAD's own scripts and cases worked by hand."""

from __future__ import annotations

import collections
import re
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import SuiteError
from harness.metrics import load_metric
from harness.models import Response
from harness.suite import Fixture


def measured(name: str, expected: object, text: str, **options: object) -> dict[str, float]:
    return dict(load_metric(name, **options).measure(Fixture(id="a", input="x", expected=expected), Response(text=text)))


def squad_words(text: str) -> list[str]:
    """The four steps that evaluate-v2.0.py of SQuAD names, one after the other."""
    lowered = text.lower()
    bare = "".join(ch for ch in lowered if ch not in set(string.punctuation))
    return re.sub(r"\b(a|an|the)\b", " ", bare).split()


def squad_f1(gold: str, given_answer: str) -> float:
    """compute_f1 of evaluate-v2.0.py, written anew from its definition."""
    wanted, got = squad_words(gold), squad_words(given_answer)
    if not wanted or not got:
        return float(wanted == got)
    left, common = collections.Counter(wanted), 0
    for word in got:
        if left[word] > 0:
            common, left[word] = common + 1, left[word] - 1
    precision, recall = common / len(got), common / len(wanted)
    return 2 * precision * recall / (precision + recall) if common else 0.0


@pytest.mark.parametrize(
    ("expected", "text", "right"),
    [
        ("Denver Broncos", "The Denver Broncos!", 1),  # SQuAD: Super Bowl 50
        ("Denver Broncos", "Denver  broncos\n", 1),
        ("Denver Broncos", "Broncos", 0),
        (["Santa Clara, California", "Levi's Stadium"], "levis stadium", 1),
        ("in the an a", "in", 1),
        ("A1", "a 1", 0),
        ("", "the", 1),
        ("Theatre", "atre", 0),
        ("x", "", 0),
    ],
)
def test_exact_match_ignores_what_squad_ignores(expected: object, text: str, right: int) -> None:
    assert measured("exact_match", expected, text) == {"value": float(right)}


@pytest.mark.parametrize(
    ("ignore", "expected", "text", "right"),
    [
        ([], "Paris", "Paris", 1),
        ([], "Paris", "Paris ", 0),
        (["whitespace"], "in Paris", " in\n Paris", 1),
        (["case"], "PARIS", "paris", 1),
        (["punctuation"], "Paris.", "Paris", 1),
        (["unicode"], "Don't “go”", 'Don\u2019t "go"', 1),
        (["unicode"], "ﬁne \uff12", "fine 2", 1),
        (["case"], "ﬁne", "fine", 0),
    ],
)
def test_exact_match_ignores_what_it_is_told_to(ignore: list[str], expected: str, text: str, right: int) -> None:
    assert measured("exact_match", expected, text, ignore=ignore)["value"] == right


@pytest.mark.parametrize(
    ("expected", "text", "f1", "precision", "recall"),
    [
        ("Denver Broncos", "the Denver team", 0.5, 0.5, 0.5),
        ("gold anniversary", "the gold-themed anniversary", 0.5, 0.5, 0.5),
        ("a b b c", "b b b", 2 * (2 / 3) * (2 / 3) / (4 / 3), 2 / 3, 2 / 3),
        ("yes", "no", 0, 0, 0),
        ("", "", 1, 1, 1),
        ("", "something", 0, 0, 0),
        (["one two", "three"], "three", 1, 1, 1),
    ],
)
def test_token_f1_worked_by_hand(expected: object, text: str, f1: float, precision: float, recall: float) -> None:
    assert measured("token_f1", expected, text) == pytest.approx({"value": f1, "precision": precision, "recall": recall})


words = st.lists(st.sampled_from(["the", "cat", "Cat", "sat.", "an", "on", "mat!", "--"]), max_size=8).map(" ".join)


@given(words, words)
def test_token_f1_is_squads_and_symmetric_and_best_for_the_expected_text(gold: str, text: str) -> None:
    value = measured("token_f1", gold, text)["value"]
    assert value == pytest.approx(squad_f1(gold, text))
    assert value == pytest.approx(measured("token_f1", text, gold)["value"])
    assert measured("token_f1", gold, gold)["value"] == 1.0


@given(st.text(), st.text())
def test_an_exact_match_has_a_token_f1_of_one(gold: str, text: str) -> None:
    if measured("exact_match", gold, text)["value"]:
        assert measured("token_f1", gold, text)["value"] == 1.0


def test_fixtures_without_a_text_are_left_out_and_a_suite_of_them_is_a_fault() -> None:
    for name in ("exact_match", "token_f1", "chrf", "bleu", "rouge_l"):
        for expected in (None, {"a": 1}, 5, [], ["a", 1], {"tool_calls": []}):
            assert measured(name, expected, "x") == {}
        metric = load_metric(name)
        assert [f.message for f in metric.faults([Fixture(id="a", input="x", expected=5)])] == [  # type: ignore[attr-defined]
            f"{name} needs a text, or a list of texts, in expected, and no fixture has one"
        ]
        assert metric.faults([Fixture(id="a", input="x", expected="y")]) == []  # type: ignore[attr-defined]


def test_an_unknown_normalisation_is_refused() -> None:
    with pytest.raises(SuiteError, match="'ignore'"):
        load_metric("exact_match", ignore=["accents"])
