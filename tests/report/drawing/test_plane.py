"""Labels that do not stand on each other."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from harness.report.drawing.plane import LINE, apart

places = st.lists(st.tuples(st.floats(0, 100), st.floats(0, 100)), max_size=12)


@given(places)
def test_labels_that_are_near_are_a_line_apart_and_none_moves_up(held: list[tuple[float, float]]) -> None:
    moves = apart(held, 300)
    assert all(move >= 0 for move in moves)
    at = [(x, y * 3 + move) for (x, y), move in zip(held, moves, strict=True)]
    for i, (x, y) in enumerate(at):
        assert all(abs(x - other) >= 38 or abs(y - down) >= LINE - 1e-6 for other, down in at[:i])
