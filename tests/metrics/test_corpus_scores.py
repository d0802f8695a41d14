"""bleu and chrf against sacreBLEU: corpus scores from sums of columns, one answer at a time, resample by resample."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sacrebleu.metrics import BLEU, CHRF

from harness.metrics import MetricOptionError, load_metric
from harness.models import Response
from harness.suite import Fixture

ANSWERS = (
    "It is a guide to action which ensures that the military always obeys the commands of the party.",
    "It is to insure the troops forever hearing the activity guidebook that party direct.",
    "he read the book because he was interested in world history",
    "",
    "ok",
    "Your order 48213 ships on Friday, and we'll e-mail you.",
)
EXPECTED = (
    [
        "It is a guide to action that ensures that the military will forever heed Party commands.",
        "It is the guiding principle which guarantees the military forces always being under the command of the Party.",
        "It is the practical guide for the army always to heed the directions of the party.",
    ],
    ["It is a guide to action that ensures that the military will forever heed Party commands."],
    ["he was interested in world history because he read the book", "he read it"],
    ["not empty"],
    ["OK"],
    ["Your order 48213 will ship on Friday; we will e-mail you."],
)
"""The first three: Papineni et al. 2002, examples 1 and 2, and the example of NLTK's corpus_bleu."""

VARIANTS: list[tuple[str, dict[str, Any]]] = [
    ("bleu", {}),
    ("bleu", {"lowercase": True, "tokenize": "intl"}),
    ("bleu", {"tokenize": "char"}),
    ("bleu", {"tokenize": "zh"}),
    ("bleu", {"tokenize": "none"}),
    ("chrf", {}),
    ("chrf", {"word_order": 2}),
    ("chrf", {"lowercase": True, "whitespace": True, "word_order": 1}),
]


def corpus_score(name: str, options: Mapping[str, Any], answers: Sequence[str], expected: Sequence[Sequence[str]]) -> float:
    """SacreBLEU's own, with as many streams of references as the longest list needs."""
    streams = [[refs[k] if k < len(refs) else None for refs in expected] for k in range(max(map(len, expected)))]
    return (BLEU if name == "bleu" else CHRF)(**options).corpus_score(list(answers), streams).score


def rows(name: str, options: Mapping[str, Any], answers: Sequence[str], expected: Sequence[Any]) -> list[Mapping[str, float]]:
    metric = load_metric(name, **options)
    return [metric.measure(Fixture(id="a", expected=e), Response(text=t)) for t, e in zip(answers, expected, strict=True)]


def totals_of(measured: Sequence[Mapping[str, float]], weights: np.ndarray) -> dict[str, np.ndarray]:
    sums = {key: weights @ np.array([row[key] for row in measured]) for key in measured[0]}
    return {**sums, "n": weights.sum(axis=1)}


@pytest.mark.parametrize(("name", "options"), VARIANTS)
def test_the_metric_of_a_set_is_sacrebleus_corpus_score(name: str, options: dict[str, Any]) -> None:
    measured = rows(name, options, ANSWERS, EXPECTED)
    estimate = load_metric(name, **options).estimate(totals_of(measured, np.ones((1, len(ANSWERS)))))
    assert estimate[0] == pytest.approx(corpus_score(name, options, ANSWERS, EXPECTED), abs=1e-9)


@pytest.mark.parametrize(("name", "options"), VARIANTS)
def test_every_resample_is_the_corpus_score_of_the_answers_drawn(name: str, options: dict[str, Any]) -> None:
    rng = np.random.default_rng(7)
    draws = rng.integers(0, len(ANSWERS), size=(40, len(ANSWERS)))
    weights = np.array([np.bincount(draw, minlength=len(ANSWERS)) for draw in draws], dtype=float)
    estimates = load_metric(name, **options).estimate(totals_of(rows(name, options, ANSWERS, EXPECTED), weights))
    wanted = [corpus_score(name, options, [ANSWERS[i] for i in draw], [EXPECTED[i] for i in draw]) for draw in draws]
    assert estimates == pytest.approx(wanted, abs=1e-9)


@pytest.mark.parametrize(("name", "options"), VARIANTS)
def test_the_value_beside_an_answer_is_its_sentence_score(name: str, options: dict[str, Any]) -> None:
    scorer = BLEU(effective_order=True, **options) if name == "bleu" else CHRF(**options)
    for row, text, expected in zip(rows(name, options, ANSWERS, EXPECTED), ANSWERS, EXPECTED, strict=True):
        assert row["value"] == pytest.approx(scorer.sentence_score(text, expected).score, abs=1e-9)


def test_only_the_value_is_shown_and_the_counts_are_hidden() -> None:
    for name in ("bleu", "chrf"):
        (row,) = rows(name, {}, ["a b c"], ["a b d"])
        assert [key for key in row if not key.startswith("_")] == ["value"]
        metric = load_metric(name)
        assert metric.parts() == ()  # type: ignore[attr-defined]
        assert metric.unit == "score"


sentences = st.lists(st.sampled_from(["the", "cat", "sat", "on", "a", "mat.", "Größe", "?"]), max_size=9).map(" ".join)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(sentences, st.lists(sentences, min_size=1, max_size=3)), min_size=1, max_size=5))
def test_the_corpus_score_is_sacrebleus_whatever_the_texts(pairs: list[tuple[str, list[str]]]) -> None:
    answers, expected = [a for a, _ in pairs], [e for _, e in pairs]
    for name, options in (("bleu", {}), ("chrf", {"word_order": 2})):
        estimate = load_metric(name, **options).estimate(
            totals_of(rows(name, options, answers, expected), np.ones((1, len(pairs))))
        )
        assert estimate[0] == pytest.approx(corpus_score(name, options, answers, expected), abs=1e-9)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(sentences, sentences.filter(lambda text: len(text.split()) > 3)), min_size=1, max_size=5))
def test_nothing_scores_above_a_perfect_set_of_answers(pairs: list[tuple[str, str]]) -> None:
    for name in ("bleu", "chrf"):
        metric = load_metric(name)
        ones = np.ones((1, len(pairs)))
        given_ones = metric.estimate(totals_of(rows(name, {}, [a for a, _ in pairs], [e for _, e in pairs]), ones))[0]
        perfect = metric.estimate(totals_of(rows(name, {}, [e for _, e in pairs], [e for _, e in pairs]), ones))[0]
        assert perfect == pytest.approx(100)
        assert 0 <= given_ones <= 100 + 1e-9


def test_sums_that_are_not_exact_do_not_make_matches_out_of_none() -> None:
    measured = rows("bleu", {}, ["a b c d e", "x y z w v"], ["a b c d e", "p q r s t"])
    weights = np.array([[0.0, 0.1]])
    nearly = {key: value + 1e-17 for key, value in totals_of(measured, weights).items()}
    assert load_metric("bleu").estimate(nearly)[0] == 0.0


def test_options_that_make_no_sense_are_refused() -> None:
    with pytest.raises(MetricOptionError, match="word_order is 9"):
        load_metric("chrf", word_order=9)
    with pytest.raises(MetricOptionError, match="'tokenize' is 'flores200'"):
        load_metric("bleu", tokenize="flores200")
