"""Where numbers stand on a shared axis."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from harness.report.drawing.axis import difference_axis, level_axis, ratio_axis

numbers = st.lists(st.floats(-1e6, 1e6).filter(lambda x: x == 0 or abs(x) > 1e-6), max_size=6)
ratios = st.lists(st.floats(1e-4, 1e4), max_size=6)


@given(numbers)
def test_a_difference_axis_holds_zero_and_every_number_in_order(held: list[float]) -> None:
    axis = difference_axis(held)
    assert 0.0 in axis.ticks and len(axis.ticks) <= 8
    places = [axis.place(n) for n in sorted([*held, 0.0])]
    assert places == sorted(places) and places[0] > 0 and places[-1] < 100


@given(ratios)
def test_a_ratio_axis_holds_one_and_mirrors_halves_and_doubles(held: list[float]) -> None:
    axis = ratio_axis(held)
    assert 1.0 in axis.ticks
    assert all(0 <= axis.place(n) <= 100 for n in held)
    wide = ratio_axis([0.25, 4.0])
    assert abs((wide.place(2.0) - wide.place(1.0)) - (wide.place(1.0) - wide.place(0.5))) < 1e-9


def test_what_has_no_limit_stands_at_the_edge_and_nothing_is_an_axis_too() -> None:
    axis = difference_axis([None, float("-inf"), 0.1])
    assert (axis.place(float("-inf")), axis.place(float("inf"))) == (0.0, 100.0)
    assert difference_axis([]).place(0.0) == 50.0
    assert level_axis([]).ticks[0] == 0.0
