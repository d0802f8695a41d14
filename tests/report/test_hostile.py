"""Text nobody here wrote."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from harness.report.hostile import brief, capped, visible


def test_bidi_and_control_characters_become_markers() -> None:
    assert visible("a\u202eb\x00c\x1b[31m\u200b\ufeff") == "a[U+202E]b[U+0000]c[U+001B][31m[U+200B][U+FEFF]"


def test_lone_surrogates_become_markers_so_that_the_page_can_be_written() -> None:
    visible(json.loads('"\\ud800"')).encode()


def test_ordinary_writing_stays_as_it_is() -> None:
    for text in ("Grüße, 你好, سلام, नमस्ते\n\tdone", "\U0001f469\u200d\U0001f4bb", "a\r\nb"):
        assert visible(text) == text.replace("\r\n", "\n")


@given(st.text())
def test_what_is_visible_stays_visible_and_can_be_written(text: str) -> None:
    once = visible(text)
    assert visible(once) == once
    once.encode()


def test_a_long_text_is_capped_with_a_word_about_the_rest() -> None:
    cut = capped("x" * 1_000_000, 4_000)
    assert len(cut.text) == 4_000
    assert cut.rest == "996,000 more characters are in the run folder."
    assert capped("short").rest == ""


@given(st.text(), st.integers(4, 50))
def test_a_brief_text_is_one_line_and_no_longer_than_asked(text: str, limit: int) -> None:
    assert len(brief(text, limit)) <= limit
    assert len(brief(text, limit).splitlines()) <= 1
