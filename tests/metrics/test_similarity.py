"""edit_distance and the units of edit_similarity against rapidfuzz and cases worked by hand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import Levenshtein

from harness.metrics import MetricOptionError, load_metric
from harness.models import Response
from harness.suite import Fixture


def measured(name: str, expected: object, text: str, **options: object) -> float:
    metric = load_metric(name, **options)
    return metric.measure(Fixture(id="a", input="x", expected=expected), Response(text=text))["value"]


@pytest.mark.parametrize(
    ("by", "expected", "text", "edits", "longer"),
    [
        ("characters", "kitten", "sitting", 3, 7),
        ("words", "the cat sat down", "the dog sat", 2, 4),
        ("words", "a  b\nc", "a b c", 0, 3),
        ("lines", "one\ntwo\nthree", "one\n two\n3", 1, 3),
        ("lines", "one", "", 1, 1),
    ],
)
def test_edits_are_of_characters_words_or_lines(by: str, expected: str, text: str, edits: int, longer: int) -> None:
    assert measured("edit_distance", expected, text, by=by) == edits
    assert measured("edit_similarity", expected, text, by=by) == pytest.approx(1 - edits / longer)


@given(st.text(max_size=40), st.text(max_size=40), st.sampled_from(["characters", "words", "lines"]))
def test_both_agree_with_rapidfuzz_and_do_not_care_who_is_first(left: str, right: str, by: str) -> None:
    pieces = {
        "characters": str.strip,
        "words": str.split,
        "lines": lambda text: [line.strip() for line in text.strip().splitlines()],
    }[by]
    wanted = Levenshtein.distance(pieces(left), pieces(right))
    assert measured("edit_distance", left, right, by=by) == measured("edit_distance", right, left, by=by) == wanted
    longer = max(len(pieces(left)), len(pieces(right)))
    wanted_share = 1 - wanted / longer if longer else 1
    assert measured("edit_similarity", left, right, by=by) == pytest.approx(wanted_share)


def test_objects_are_compared_as_canonical_json() -> None:
    assert measured("edit_distance", {"b": 1, "a": 2}, '{"a": 2, "b": 1}') == 0
    assert measured("edit_distance", {"a": 1}, '{"a": 22}') == 2


def test_what_lies_beyond_the_limit_counts_by_its_length() -> None:
    assert measured("edit_distance", "a" * 20_000, "a" * 10_000_000) == 10_000_000 - 20_000
    assert measured("edit_distance", "a" * 20_005, "b" * 20_002) == 20_000 + 3


def test_another_unit_is_refused() -> None:
    with pytest.raises(MetricOptionError, match="'by' is 'tokens'"):
        load_metric("edit_distance", by="tokens")
