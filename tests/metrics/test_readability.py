"""readability against published examples, and the counts it is made of."""

from __future__ import annotations

import math

import pytest

from harness.metrics import MetricOptionError, load_metric
from harness.metrics.prose import sentences, syllables
from harness.metrics.readability import FORMULAS, Counts
from harness.models import Response
from harness.suite import Fixture

PLATYPUS = "The Australian platypus is seemingly a hybrid of a mammal and reptilian creature."
CAT = "The cat sat on the mat."
POINT = "This sentence, taken as a reading passage unto itself, is being used to prove a point."


def measured(text: str, **options: object) -> dict[str, float]:
    return dict(load_metric("readability", **options).measure(Fixture(id="a"), Response(text=text)))


@pytest.mark.parametrize(
    ("formula", "text", "score"),
    [
        # Wikipedia, "Flesch-Kincaid readability tests", Flesch reading ease: 116 and 69.
        ("flesch_reading_ease", CAT, 116.145),
        ("flesch_reading_ease", POINT, 206.835 - 1.015 * 16 - 84.6 * 23 / 16),
        # By hand: 6 words, 1 sentence, 17 letters, 6 syllables.
        ("flesch_kincaid_grade", CAT, 0.39 * 6 + 11.8 - 15.59),
        ("gunning_fog", CAT, 2.4),
        ("smog_index", CAT, 3.1291),
        ("automated_readability_index", CAT, 4.71 * 17 / 6 + 3 - 21.43),
        ("coleman_liau_index", CAT, 5.88 * 17 / 6 - 29.6 / 6 - 15.8),
        ("lix", CAT, 6.0),
    ],
)
def test_published_and_hand_worked_scores(formula: str, text: str, score: float) -> None:
    assert measured(text, formula=formula)["value"] == pytest.approx(score)


def test_the_formulas_give_what_is_published_for_published_counts() -> None:
    # Wikipedia, same article: 13 words and 24 syllables give 37.5 and grade 11.3.
    platypus = Counts(sentences=1, words=13, letters=68, syllables=24, hard=4, long=5)
    assert round(FORMULAS["flesch_reading_ease"](platypus), 1) == 37.5
    assert round(FORMULAS["flesch_kincaid_grade"](platypus), 1) == 11.3
    # Wikipedia, "Coleman-Liau index": 639 letters, 5 sentences and 119 words give L = 537, S = 4.20 and grade 14.5.
    abstract = Counts(sentences=5, words=119, letters=639, syllables=1, hard=0, long=0)
    assert FORMULAS["coleman_liau_index"](abstract) == pytest.approx(14.5, abs=0.06)
    # Gunning fog as Wikipedia states it: 0.4 * (words / sentences + 100 * hard / words).
    assert FORMULAS["gunning_fog"](Counts(5, 100, 1, 1, 10, 0)) == pytest.approx(0.4 * (20 + 10))
    # McLaughlin's simple form on the 30 sentences he asks for: 3 + the root of the hard words, to within 0.6.
    assert FORMULAS["smog_index"](Counts(30, 500, 1, 1, 49, 0)) == pytest.approx(3 + math.sqrt(49), abs=0.6)


def test_syllables_of_a_whole_sentence_are_within_one_of_the_published_count() -> None:
    assert abs(sum(map(syllables, PLATYPUS.rstrip(".").split())) - 24) <= 1


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (1, "the cat made asked served lakes bring through you're I é"),
        (2, "table wanted houses baby being order lion values oven"),
        (3, "family banana delivery's readable refunded society"),
        (4, "information situation available"),
    ],
)
def test_syllables_of_common_words(count: int, words: str) -> None:
    wrong = [word for word in words.split() if syllables(word) != count]
    assert len(wrong) <= 1, wrong


def test_sentences_end_at_stops_and_blank_lines_and_not_at_abbreviations() -> None:
    text = 'Dr. Smith paid 3.50 today. "Really?" he said, e.g. twice...\n\nA heading\n\n- one item! Done'
    assert [len(words) for words in sentences(text)] == [5, 1, 4, 2, 2, 1]
    assert len(sentences("\u4eca\u65e5\u306f\u3002\u660e\u65e5\u306f\uff01")) == 2
    assert sentences(" -- ... \n") == []


def test_a_bound_makes_it_a_share() -> None:
    metric = load_metric("readability", formula="flesch_kincaid_grade", maximum=8)
    assert (metric.unit, metric.higher_is_better) == ("share", True)
    assert measured(CAT, formula="flesch_kincaid_grade", maximum=8) == {"value": 1.0}
    assert measured(CAT, minimum=60, maximum=100) == {"value": 0.0}
    assert measured("", minimum=60) == {"value": 0.0}


def test_without_a_bound_the_formula_sets_the_direction_and_no_words_have_no_score() -> None:
    assert load_metric("readability").higher_is_better
    assert not load_metric("readability", formula="lix").higher_is_better
    assert load_metric("readability").unit == "score"
    assert measured("...") == {}


def test_bounds_the_wrong_way_round_and_unknown_formulas_are_refused() -> None:
    with pytest.raises(MetricOptionError, match="above the maximum"):
        load_metric("readability", minimum=2, maximum=1)
    with pytest.raises(MetricOptionError, match="'formula'"):
        load_metric("readability", formula="dale_chall")
