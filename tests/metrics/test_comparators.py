"""Comparing fields by their type: hand-worked tables and laws."""

from __future__ import annotations

import itertools
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.metrics import MetricOptionError, load_metric
from harness.metrics.comparators import comparator_of, score
from harness.models import Response
from harness.suite import Fixture

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=4),
    max_leaves=10,
)
items = st.lists(st.integers(0, 3) | st.sampled_from(["a", "b"]) | st.booleans(), max_size=5)


@pytest.mark.parametrize(
    ("said", "expected", "answer", "right"),
    [
        ("casefold", "Main  Street", " main street\n", 1),
        ("casefold", "Straße", "STRASSE", 1),
        ("casefold", "main", "man", 0),
        ("whitespace", "Main  Street", " Main Street ", 1),
        ("whitespace", "Main", "main", 0),
        ({"number": {"relative": 0.01}}, 200, 202, 1),
        ({"number": {"relative": 0.01}}, 200, 202.1, 0),
        ({"number": {"relative": 0.01}}, -200, -198, 1),
        ({"number": {"relative": 0.01, "tolerance": 5}}, 200, 205, 1),
        ({"number": {"relative": 0.01}}, 0, 0.001, 0),
        ({"number": {"relative": 0.01}}, 200, "200", 0),
        ({"number": {"tolerance": 1}}, 1, 10**400, 0),
        ({"number": {"tolerance": 1}}, 10**400, 10**400, 1),
        ("date", "2025-03-01", "2025-W09-6", 1),
        ("date", "2025-03-01", "20250301", 1),
        ("date", "2025-03-01", "2025-03-01T23:59:00+02:00", 1),
        ("date", "2025-03-01", "01/03/2025", 0),
        ({"date": {"day_first": True}}, "2025-03-01", "01/03/2025", 1),
        ({"date": {"day_first": True}}, "2025-03-01", "1.3.2025", 1),
        ({"date": {"day_first": True}}, "2025-03-01", "03/01/2025", 0),
        ({"date": {"day_first": True}}, "2025-12-31", "12/31/2025", 0),
        ("set", ["a", "b"], ["b", "a", "a"], 1),
        ("set", ["a", "b"], ["a"], 0),
        ("set", [1, "1"], [1.0, "1"], 1),
        ("set", [1, True], [1], 0),
        ("set", ["a"], "a", 0),
        ({"set": {"partial": True}}, ["a", "b", "c"], ["a", "b", "d"], 0.5),
        ({"set": {"casefold": True}}, ["A  b"], ["a B"], 1),
        ({"set": {"partial": True}}, [], [], 1),
        ("list", [1, 2], [1, 2], 1),
        ("list", [1, 2], [2, 1], 0),
        ("list", [1, 2], [1, 2, 2], 0),
        ({"list": {"order": False}}, [1, 2, 2], [2, 1, 2], 1),
        ({"list": {"order": False}}, [1, 2, 2], [2, 1, 1], 0),
        ({"list": {"partial": True}}, ["a", "b", "c"], ["a", "x", "b", "c"], 0.75),
        ({"list": {"partial": True}}, ["a", "b", "c"], ["c", "b", "a"], 1 / 3),
        ({"list": {"partial": True, "order": False}}, ["a", "b", "c"], ["c", "b", "a"], 1),
        ({"list": {"partial": True, "order": False}}, ["a", "b"], [], 0),
        ({"list": {"partial": True}}, [], ["a"], 0),
        ({"list": {"item": "casefold"}}, ["a"], ["A"], 1),
        ({"list": {"item": {"number": {"tolerance": 0.1}}, "order": False}}, [1, 2], [2.05, 1.05], 1),
    ],
)
def test_each_type_is_compared_as_the_table_says(said: object, expected: object, answer: object, right: float) -> None:
    assert score(comparator_of(said), expected, answer) == pytest.approx(right)


LINES = [{"sku": "A", "n": 2}, {"sku": "B", "n": 1}]


@pytest.mark.parametrize(
    ("answer", "share"),
    [
        (LINES, 1.0),
        (LINES[::-1], 1.0),
        ([{"sku": "a", "n": 2, "note": "x"}, {"sku": "B", "n": 1}], 1.0),
        ([{"sku": "A", "n": 3}, {"sku": "B", "n": 1}], 0.75),
        ([{"sku": "B", "n": 1}], 0.5),
        ([*LINES, {"sku": "C", "n": 9}], 2 / 3),
        ([{"sku": "A", "n": 1}, {"sku": "B", "n": 2}], 0.5),
        ("none", 0.0),
    ],
)
def test_lists_of_objects_are_matched_as_well_as_they_can_be(answer: object, share: float) -> None:
    said = {"list": {"order": False, "partial": True, "fields": {"sku": "casefold", "n": "number"}}}
    assert score(comparator_of(said), LINES, answer) == pytest.approx(share)


@given(items, items)
def test_matching_out_of_order_is_the_best_over_all_orders(expected: list, answer: list) -> None:
    longer = max(len(expected), len(answer))
    padded = [*answer, *[object()] * (longer - len(answer))]
    said = comparator_of({"list": {"order": False, "partial": True}})
    equal = lambda a, b: type(a) is type(b) and a == b  # noqa: E731
    best = max(sum(equal(a, b) for a, b in zip(expected, order, strict=False)) for order in itertools.permutations(padded))
    assert said.score(expected, answer) == pytest.approx(best / longer if longer else 1.0)


@given(items, items)
def test_matching_in_order_is_the_longest_common_subsequence(expected: list, answer: list) -> None:
    from rapidfuzz.distance import LCSseq

    texts = [json.dumps(each) for each in expected], [json.dumps(each) for each in answer]
    longer = max(len(expected), len(answer))
    said = comparator_of({"list": {"partial": True}})
    assert said.score(expected, answer) == pytest.approx(LCSseq.similarity(*texts) / longer if longer else 1.0)


@given(json_values)
@pytest.mark.parametrize(
    "said",
    ["exact", "casefold", "whitespace", "number", "date", "set", "list", {"set": {"partial": True}}]
    + [{"list": {"order": order, "partial": partial}} for order in (True, False) for partial in (True, False)],
    ids=str,
)
def test_what_is_expected_is_always_right(said: object, value: object) -> None:
    assert score(comparator_of(said), value, json.loads(json.dumps(value))) == pytest.approx(1.0)


@given(st.lists(json_values, max_size=5), st.randoms(use_true_random=False))
def test_the_order_of_a_list_changes_nothing_where_it_is_ignored(value: list, random) -> None:
    shuffled = random.sample(value, len(value))
    for said in ("set", {"list": {"order": False}}, {"list": {"order": False, "partial": True}}):
        assert score(comparator_of(said), value, shuffled) == pytest.approx(1.0)


@given(st.dictionaries(st.text(min_size=1, max_size=3), json_values, min_size=1, max_size=5), st.randoms(use_true_random=False))
def test_the_order_of_keys_changes_nothing(value: dict, random) -> None:
    metric = load_metric("field_accuracy", fields={"whole thing": "exact"})
    expected = {"whole thing": value}
    turned = {"whole thing": dict(random.sample(list(value.items()), len(value)))}
    assert metric.measure(Fixture(id="a", expected=expected), Response(text=json.dumps(turned)))["value"] == 1.0


def measured(fields: object, expected: object, answer: object) -> dict[str, float]:
    metric = load_metric("field_accuracy", fields=fields)
    return dict(metric.measure(Fixture(id="a", expected=expected), Response(text=json.dumps(answer))))


def test_a_field_of_every_item_is_compared_position_by_position() -> None:
    fields = {"lines[*].sku": "exact", "lines[*].price": {"number": {"tolerance": 0.01}}, "tags[*]": "casefold"}
    expected = {"lines": [{"sku": "A", "price": 1.0}, {"sku": "B", "price": 2.0}], "tags": ["x"]}
    assert measured(fields, expected, expected)["whole"] == 1.0
    found = measured(fields, expected, {"lines": [{"sku": "A", "price": 1.005}, {"sku": "X"}, {}], "tags": ["X"]})
    assert found == {
        "value": pytest.approx((1 / 3 + 1 / 3 + 1) / 3),
        "lines[*].sku": pytest.approx(1 / 3),
        "lines[*].price": pytest.approx(1 / 3),
        "tags[*]": 1.0,
        "whole": 0.0,
    }
    assert measured(fields, expected, {"lines": "none"})["lines[*].sku"] == 0.0
    assert measured(["lines[*].sku"], {"lines": []}, {"lines": []})["value"] == 1.0


def test_paths_through_lists_of_lists_are_followed() -> None:
    expected = {"a": [{"b": [{"c": 1}, {"c": 2}]}, {"b": []}]}
    assert measured(["a[*].b[*].c"], expected, expected)["whole"] == 1.0
    assert measured(["a[*].b[*].c"], expected, {"a": [{"b": [{"c": 1}, {"c": 2}]}, {"b": [{"c": 3}]}]})["value"] == 0.5


def test_the_comparators_of_the_manual_are_taken() -> None:
    fields = {"date": "date", "price": {"number": {"tolerance": 0.01}}, "items": {"list": {"order": False}}}
    found = measured(
        fields, {"date": "2025-03-01", "price": 5, "items": [1, 2]}, {"date": "2025/3/1", "price": 5.005, "items": [2, 1]}
    )
    assert found == {"value": 1.0, "date": 1.0, "price": 1.0, "items": 1.0, "whole": 1.0}


@pytest.mark.parametrize(
    ("said", "wrong"),
    [
        ("fuzzy", "'fuzzy' will not do, it is one of exact"),
        ({"number": {"tolerence": 1}}, "number has no option 'tolerence'; did you mean tolerance"),
        ({"number": {"relative": -1}}, "relative is below 0"),
        ({"list": {"order": "no"}}, "order is true or false, not 'no'"),
        ({"list": {"item": "fuzzy"}}, "'fuzzy' will not do"),
        ({"list": {"fields": []}}, "fields is a list of names"),
        ({"date": {}, "set": {}}, "will not do"),
    ],
)
def test_a_comparator_that_makes_no_sense_is_refused_with_its_field(said: object, wrong: str) -> None:
    with pytest.raises(MetricOptionError, match="'price'") as caught:
        load_metric("field_accuracy", fields={"price": said})
    assert wrong in str(caught.value)


def test_a_list_of_thousands_of_items_is_compared_in_bounded_time() -> None:
    fields = {"a": {"list": {"order": False, "partial": True}}}
    found = measured(fields, {"a": list(range(500))}, {"a": list(range(100_000))})
    assert found["a"] == pytest.approx(500 / 100_000)
