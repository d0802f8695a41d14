"""length: the number itself, and whether it keeps bounds."""

from __future__ import annotations

import pytest

from harness.metrics import MetricOptionError, load_metric
from harness.models import Response
from harness.suite import Fixture


def measured(text: str, expected: object = None, **options: object) -> dict[str, float]:
    return dict(load_metric("length", **options).measure(Fixture(id="a", expected=expected), Response(text=text)))


@pytest.mark.parametrize(("by", "length"), [("characters", 19), ("words", 4), ("sentences", 2)])
def test_without_bounds_the_value_is_the_length(by: str, length: int) -> None:
    assert measured("  One two. Three four\n", by=by) == {"value": length}
    metric = load_metric("length", by=by)
    assert (metric.unit, metric.higher_is_better, metric.scale) == ("count", False, "ratio")


@pytest.mark.parametrize(("words", "long_enough", "short_enough"), [(1, 0, 1), (2, 1, 1), (3, 1, 1), (4, 1, 0)])
def test_with_bounds_the_value_is_a_share_and_each_bound_a_part(words: int, long_enough: int, short_enough: int) -> None:
    row = measured("word " * words, minimum=2, maximum=3)
    assert row == {"value": long_enough * short_enough, "long_enough": long_enough, "short_enough": short_enough}
    metric = load_metric("length", minimum=2)
    assert (metric.unit, metric.higher_is_better, metric.scale) == ("share", True, "difference")


def test_bounds_may_be_multiples_of_the_expected_length() -> None:
    bounds = {"minimum": 0.5, "maximum": 1.5, "relative": True}
    assert measured("a b c", "a b", **bounds)["value"] == 1
    assert measured("a b c d", "a b", **bounds) == {"value": 0, "long_enough": 1, "short_enough": 0}
    assert measured("a b c d", ["a b", "a b c"], **bounds)["value"] == 1
    assert measured("a", "", **bounds)["value"] == 0
    assert measured("", "", **bounds)["value"] == 1
    assert measured("a", None, **bounds) == {}


@pytest.mark.parametrize(
    "options", [{"relative": True}, {"minimum": -1}, {"minimum": 3, "maximum": 2}, {"by": "paragraphs"}, {"minimum": "2"}]
)
def test_bounds_that_make_no_sense_are_refused(options: dict[str, object]) -> None:
    with pytest.raises(MetricOptionError):
        load_metric("length", **options)
