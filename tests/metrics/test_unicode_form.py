from __future__ import annotations

import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.metrics.unicode_form import nfkc


@given(st.text(), st.integers(1, 400))
def test_it_is_nfkc_wherever_marks_do_not_pile_up(text: str, times: int) -> None:
    one = "x" + "".join(c for c in text if not unicodedata.combining(c))
    assert nfkc(one * times) == unicodedata.normalize("NFKC", one * times)


@pytest.mark.parametrize("marks", ["\u0301\u0316", "\u0f73\u0301", "\u093c\u0301\u0316", "\u309a\u0316"])
def test_piled_up_marks_take_no_time(marks: str) -> None:
    began = time.process_time()
    assert nfkc("e" + marks * 500_000).startswith(unicodedata.normalize("NFKC", "e" + marks)[0])
    assert time.process_time() - began < 10
