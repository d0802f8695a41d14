from __future__ import annotations

import pickle
import time

import pytest

from harness.metrics.patterns import TookTooLongError, compile_pattern


def test_a_pattern_is_found_anywhere_unless_it_is_tied_to_the_ends() -> None:
    assert compile_pattern("b+").found("abbc")
    assert not compile_pattern("^b+$").found("abbc")
    assert compile_pattern(r"\bSORRY\b", ignore_case=True).found("so sorry!")
    assert not compile_pattern("SORRY").found("so sorry!")


def test_matches_are_counted_without_overlap() -> None:
    assert compile_pattern("aa").count("aaaaa") == 2
    assert compile_pattern("x").count("") == 0


def test_what_is_no_pattern_is_said_with_its_place() -> None:
    with pytest.raises(ValueError, match=r"'\(open' is not a regular expression: missing \) at position 5"):
        compile_pattern("(open")


@pytest.mark.parametrize(
    ("text", "hostile"), [(r"(a|aa)+$", "a" * 41 + "!"), (r"^(\w+\s?)*$", "a" * 50_000 + "!"), ("(x+x+)+y", "x" * 30_000)]
)
def test_a_pattern_that_explodes_is_given_up_with_a_plain_word(text: str, hostile: str) -> None:
    for ask in (compile_pattern(text).found, compile_pattern(text).count):
        began = time.process_time()
        with pytest.raises(TookTooLongError, match=r"took longer than 0.2 s on a text of [\d,]+ characters"):
            ask(hostile)
        assert time.process_time() - began < 3


def test_lone_surrogates_and_long_texts_are_searched_as_any_other() -> None:
    assert compile_pattern("\\ud800$").found("a\ud800")
    assert compile_pattern("z").count("ab" * 5_000_000 + "z") == 1


def test_a_pattern_can_be_sent_to_another_process() -> None:
    assert pickle.loads(pickle.dumps(compile_pattern("A", ignore_case=True))).found("a")
