"""What an answer has that was not expected, and what it lacks."""

from __future__ import annotations

import time

from hypothesis import given
from hypothesis import strategies as st

from harness.report.diff import compared


@given(st.text(max_size=80), st.text(max_size=80))
def test_the_pieces_join_to_the_answer_and_to_the_expected(given_text: str, expected: str) -> None:
    pieces = compared(given_text, expected)
    assert "".join(p.text for p in pieces if p.kind != "gone") == given_text
    assert "".join(p.text for p in pieces if p.kind != "extra") == (expected if given_text != expected else given_text)


def test_a_wrong_word_is_marked_whole_and_a_near_miss_by_characters() -> None:
    words = [(p.text, p.kind) for p in compared("refund the order", "cancel the order")]
    assert words == [("cancel", "gone"), ("refund", "extra"), (" the order", "same")]
    near = [(p.text, p.kind) for p in compared("recieved", "received")]
    assert ("rec", "same") in near and ("ved", "same") in near


def test_nothing_is_marked_without_an_expected_answer_or_beyond_measure() -> None:
    assert [p.kind for p in compared("anything", None)] == ["same"]
    assert [p.kind for p in compared("a b " * 4_000, "b a " * 4_000)] == ["same"]


def test_the_longest_texts_marked_take_seconds_at_most() -> None:
    started = time.perf_counter()
    compared("a " * 1_000, "a b " * 500)
    assert time.perf_counter() - started < 5
