"""rouge_l against Lin's paper and the package rouge-score."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rouge_score.rouge_scorer import RougeScorer

from harness.metrics import load_metric
from harness.models import Response
from harness.suite import Fixture


def measured(expected: object, text: str) -> dict[str, float]:
    return dict(load_metric("rouge_l").measure(Fixture(id="a", expected=expected), Response(text=text)))


@pytest.mark.parametrize(
    ("text", "share"),
    [("police kill the gunman", 3 / 4), ("the gunman kill police", 2 / 4), ("the gunman police killed", 2 / 4)],
)
def test_lins_example_of_the_police_and_the_gunman(text: str, share: float) -> None:
    """Lin 2004, section 3.1: S1 is the reference, S2 to S4 the candidates."""
    assert measured("police killed the gunman", text) == pytest.approx({"value": share, "precision": share, "recall": share})


def test_the_best_of_several_references_counts() -> None:
    assert measured(["no match at all", "the cat sat"], "The cat sat.")["value"] == 1.0


def test_every_script_has_words() -> None:
    assert measured("Größe über alles", "größe ÜBER nichts")["value"] == pytest.approx(2 / 3)
    assert measured("привет мир", "привет")["value"] == pytest.approx(2 / 3)


words = st.lists(st.sampled_from(["the", "cat", "Sat.", "on-a", "mat", "42", "!"]), max_size=12).map(" ".join)


@given(words, words)
def test_it_agrees_with_rouge_score_on_english_and_is_symmetric(expected: str, text: str) -> None:
    wanted = RougeScorer(["rougeL"]).score(expected, text)["rougeL"]
    found = measured(expected, text)
    if any(c.isalnum() for c in expected + text):
        assert (found["value"], found["precision"], found["recall"]) == pytest.approx(
            (wanted.fmeasure, wanted.precision, wanted.recall)
        )
    assert found["value"] == pytest.approx(measured(text, expected)["value"])
    assert measured(expected, expected)["value"] == 1.0
