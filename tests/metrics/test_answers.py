"""accuracy, field_accuracy and edit_similarity against tables worked by hand."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.metrics import MetricOptionError, load_metric
from harness.models import Response
from harness.suite import Fixture


def measured(metric_name: str, expected: object, text: str, **options: object) -> dict[str, float]:
    return dict(load_metric(metric_name, **options).measure(Fixture(id="a", input="x", expected=expected), Response(text=text)))


@pytest.mark.parametrize(
    ("expected", "text", "normalise", "right"),
    [
        ("Paris", " Paris\n", "exact", 1),
        ("Paris", "paris", "exact", 0),
        ("Paris", "PARIS ", "casefold", 1),
        ("Straße", "STRASSE", "casefold", 1),
        ("in  Paris", "in\nParis", "whitespace", 1),
        ("in Paris", "inParis", "whitespace", 0),
        ("Paris", "", "exact", 0),
        ("Paris", "\ud800", "exact", 0),
        ({"a": 1, "b": [2]}, '{"b": [2.0], "a": 1}', "exact", 1),
        ({"a": 1}, '{"a": "1"}', "exact", 0),
        ({"a": True}, '{"a": 1}', "exact", 0),
        ({"a": None}, "{}", "exact", 0),
        ({"a": "X"}, '{"a": "x"}', "exact", 0),
        ({"a": "X"}, '{"a": "x "}', "casefold", 1),
        ([1, 2], "[2, 1]", "exact", 0),
        ([], "[]", "exact", 1),
        (5, "5", "exact", 1),
        (5, "five", "exact", 0),
        (True, "true", "exact", 1),
        (True, "1", "exact", 0),
        ({"a": 1}, 'Sure: {"a": 1}', "exact", 0),
        ({"a": 1}, "[" * 100_000, "exact", 0),
    ],
)
def test_accuracy_asks_whether_the_whole_answer_is_right(expected: object, text: str, normalise: str, right: int) -> None:
    assert measured("accuracy", expected, text, normalise=normalise) == {"value": float(right)}


def test_a_fixture_without_an_expected_text_or_value_is_left_out() -> None:
    for name in ("accuracy", "edit_similarity"):
        assert measured(name, None, "x") == {}
        assert measured(name, {"tool_calls": []}, "x") == {}
    assert measured("field_accuracy", None, "{}", fields=["a"]) == {}
    assert measured("field_accuracy", "plain text", "{}", fields=["a"]) == {}


@pytest.mark.parametrize(
    ("expected", "text", "row"),
    [
        ({"order": "A1", "qty": 2}, '{"order": "A1", "qty": 2}', (1, 1)),
        ({"order": "A1", "qty": 2}, '{"order": "A1", "qty": "2"}', (1, 0)),
        ({"order": "A1", "qty": 1}, '{"order": "A1", "qty": true}', (1, 0)),
        ({"order": "A1", "qty": 2}, '{"order": "a1"}', (0, 0)),
        ({"order": "A1"}, '{"order": "A1"}', (1, 1)),
        ({"order": "A1"}, '{"order": "A1", "qty": null}', (1, 1)),
        ({"order": "A1"}, '{"order": "A1", "qty": 1}', (1, 0)),
        ({"order": "A1", "qty": None}, '{"order": "A1"}', (1, 1)),
        ({"order": "A1"}, "no json", (0, 0)),
        ({"order": "A1"}, '["A1"]', (0, 0)),
        ({"order": "A1"}, "null", (0, 0)),
        ('{"order": "A1", "qty": 2}', '{"order": "A1", "qty": 2.0, "more": 1}', (1, 1)),
    ],
)
def test_field_accuracy_compares_the_named_fields(expected: object, text: str, row: tuple[int, int]) -> None:
    order, qty = map(float, row)
    assert measured("field_accuracy", expected, text, fields=["order", "qty"]) == {
        "value": (order + qty) / 2,
        "order": order,
        "qty": qty,
        "whole": float(order == qty == 1.0),
    }


@pytest.mark.parametrize(
    ("comparator", "expected", "answer", "right"),
    [
        ("exact", {"x": [1]}, {"x": [1.0]}, 1),
        ("casefold", "Blue", " BLUE", 1),
        ("casefold", 5, "5", 0),
        ("number", 2, 2.0, 1),
        ("number", 2, "2", 0),
        ("number", 1, True, 0),
        ({"number": {"tolerance": 0.1}}, 0.2, 0.3, 1),
        ({"number": {"tolerance": 0.1}}, 0.2, 0.301, 0),
        ({"number": {"tolerance": 1}}, 10**400, 2.0, 0),
        ("date", "2025-03-04", "2025/3/4", 1),
        ("date", "2025-03-04", "2025-03-04T10:00:00Z", 1),
        ("date", "2025-03-04", "04/03/2025", 0),
        ("date", "2025-03-04", "2025-03-05", 0),
        ("date", "2025-03-04", "2025-02-30", 0),
        ("date", "tomorrow", "tomorrow", 1),
        ("date", "2025-03-04", 20250304, 0),
        ("date", None, "2025-03-04", 0),
    ],
)
def test_each_field_may_have_its_comparator(comparator: object, expected: object, answer: object, right: int) -> None:
    row = measured("field_accuracy", {"f": expected}, json.dumps({"f": answer}), fields={"f": comparator})
    assert row["f"] == float(right)


def test_a_dotted_field_goes_into_objects_and_arrays() -> None:
    expected = {"ship": {"city": "Oslo"}, "lines": [{"sku": "A"}], "a.b": 1}
    answer = json.dumps({"ship": {"city": "Oslo"}, "lines": [{"sku": "B"}], "a.b": 1})
    row = measured("field_accuracy", expected, answer, fields=["ship.city", "lines.0.sku", "a.b", "lines.7.sku"])
    assert row == {"value": 0.75, "ship.city": 1, "lines.0.sku": 0, "a.b": 1, "lines.7.sku": 1, "whole": 0}


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ([], "names no field"),
        (["a", "a"], "the same field twice"),
        (["whole"], "cannot be called 'whole'"),
        ({"a": "fuzzy"}, "one of exact, casefold, number, date"),
        ({"a": {"exact": {"tolerance": 1}}}, "takes no option"),
        ({"a": {"number": {"tolerance": -1}}}, "below 0"),
        ("a", "'fields' is 'a'"),
    ],
)
def test_fields_that_make_no_sense_are_refused(fields: object, said: str) -> None:
    with pytest.raises(MetricOptionError, match=said):
        load_metric("field_accuracy", fields=fields)


@pytest.mark.parametrize(
    ("expected", "text", "similarity"),
    [
        ("kitten", "sitting", 1 - 3 / 7),  # three edits, the textbook case
        ("abc", " abc\n", 1.0),
        ("abc", "", 0.0),
        ("", "", 1.0),
        ({"b": 1, "a": 2}, '{ "a": 2,\n "b": 1 }', 1.0),
        ({"a": 1}, '{"a": 2}', 1 - 1 / 7),
        ({"a": 1}, "no", 0.0),
    ],
)
def test_edit_similarity_is_one_minus_the_edits_over_the_longer_length(expected: object, text: str, similarity: float) -> None:
    assert measured("edit_similarity", expected, text)["value"] == pytest.approx(similarity)


@given(st.text(), st.text())
def test_edit_similarity_lies_between_0_and_1_does_not_care_who_is_first_and_is_1_for_equals(left: str, right: str) -> None:
    there = measured("edit_similarity", left, right)["value"]
    assert 0.0 <= there <= 1.0
    assert there == pytest.approx(measured("edit_similarity", right, left)["value"])
    assert measured("edit_similarity", left, left)["value"] == 1.0


def test_a_huge_answer_is_measured_in_a_moment() -> None:
    assert measured("edit_similarity", "a" * 1_000_000, "b" * 1_000_000)["value"] == 0.0


def test_operations_are_what_the_response_says_and_nothing_where_it_does_not() -> None:
    known = Response(text="x", latency=1.5, cost=0.002, output_tokens=7)
    wanted = {"latency": 1.5, "latency_p95": 1.5, "cost": 0.002, "cost_per_1000_calls": 2.0, "output_tokens": 7.0}
    for name, number in wanted.items():
        metric = load_metric(name)
        assert metric.measure(Fixture(id="a"), known) == {"value": number}
        assert metric.measure(Fixture(id="a"), Response(text="x")) == {}
        assert not metric.higher_is_better
        assert metric.scale == "ratio"
    assert [load_metric(f"latency_p{q}").quantile for q in (50, 95, 99)] == [0.5, 0.95, 0.99]
