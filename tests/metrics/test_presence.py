"""missing_fields and extra_fields."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import SuiteError
from harness.metrics import MetricOptionError, load_metric
from harness.models import Response
from harness.suite import Fixture

EXPECTED = {"order": "1", "gone": None, "ship": {"city": "x", "zip": "y"}, "lines": [{"sku": "A", "n": 1}, {"sku": "B"}]}
SCHEMA = {
    "properties": {
        "order": {"type": "string"},
        "ship": {"properties": {"city": {}, "zip": {}}, "required": ["city"]},
        "lines": {"items": {"properties": {"sku": {}, "n": {}}, "required": ["sku"]}},
    },
    "required": ["order", "ship", "lines"],
}
json_objects = st.dictionaries(
    st.text(max_size=3),
    st.recursive(
        st.none() | st.booleans() | st.integers(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
        max_leaves=8,
    ),
    max_size=4,
)


def count(name: str, answer: object, expected: object = EXPECTED, **options: object) -> float | None:
    text = answer if isinstance(answer, str) else json.dumps(answer)
    return load_metric(name, **options).measure(Fixture(id="a", expected=expected), Response(text=text)).get("value")


@pytest.mark.parametrize(
    ("answer", "missing", "extra"),
    [
        (EXPECTED, 0, 0),
        ({**EXPECTED, "gone": "here"}, 0, 1),
        ({**EXPECTED, "note": None}, 0, 0),
        ({**EXPECTED, "order": None}, 1, 0),
        ({**EXPECTED, "ship": {"city": "x", "road": "z", "house": 1}}, 1, 2),
        ({**EXPECTED, "ship": "x y"}, 2, 0),
        ({key: value for key, value in EXPECTED.items() if key != "ship"}, 2, 0),
        ({**EXPECTED, "lines": [{"n": 2}, {"sku": "A", "colour": "red"}, {"colour": "blue"}]}, 0, 1),
        ({**EXPECTED, "lines": []}, 2, 0),
        ({**EXPECTED, "extra": {"a": 1, "b": {"c": 2}}}, 0, 2),
        ({}, 5, 0),
        ([], 5, 0),
        ("not json", 5, 0),
    ],
)
def test_fields_are_counted_against_what_is_expected(answer: object, missing: int, extra: int) -> None:
    assert (count("missing_fields", answer), count("extra_fields", answer)) == (missing, extra)


def test_fields_are_counted_against_a_list() -> None:
    options = {"fields": ["order", "ship.city", "lines[*].sku"]}
    assert count("missing_fields", {"order": 1, "lines": [{"n": 1}]}, None, **options) == 2
    assert count("extra_fields", EXPECTED, None, **options) == 2  # ship.zip and lines[*].n
    assert count("extra_fields", EXPECTED, None, fields=["order", "ship", "lines"]) == 0
    assert count("missing_fields", {"order": 1, "ship": {"any": 1}}, None, fields=["order", "ship"]) == 0


def test_fields_are_counted_against_a_schema(tmp_path) -> None:
    (tmp_path / "s.json").write_text(json.dumps(SCHEMA))
    options = {"schema": "s.json", "folder": tmp_path}
    assert count("missing_fields", EXPECTED, None, **options) == 0
    assert count("missing_fields", {"order": 1, "ship": {"zip": 1}, "lines": [{"n": 1}]}, None, **options) == 2
    assert count("extra_fields", EXPECTED, None, **options) == 0
    assert count("extra_fields", {"lines": [{"sku": 1, "x": 1}], "y": 1}, None, schema=SCHEMA) == 2


def test_fixtures_that_expect_no_object_are_left_out() -> None:
    for expected in ("text", 3, None, ["a"], {"tool_calls": []}):
        assert count("missing_fields", {}, expected) is None
        assert count("extra_fields", {}, expected) is None


def test_options_that_make_no_sense_are_refused() -> None:
    for name in ("missing_fields", "extra_fields"):
        with pytest.raises(MetricOptionError, match="both given"):
            load_metric(name, fields=["a"], schema={})
        with pytest.raises(MetricOptionError, match="names no field"):
            load_metric(name, fields=[])
    with pytest.raises(SuiteError, match="requires no field"):
        load_metric("missing_fields", schema={"properties": {"a": {}}})
    with pytest.raises(SuiteError, match="has no properties"):
        load_metric("extra_fields", schema={"type": "object"})


@given(json_objects, json_objects)
def test_nothing_is_missing_from_or_too_much_in_what_is_expected_and_the_two_mirror_each_other(one: dict, other: dict) -> None:
    assert count("missing_fields", one, one) == count("extra_fields", one, one) == 0
    assert count("missing_fields", one, other) == count("extra_fields", other, one)
    turned = dict(reversed(list(one.items())))
    assert count("missing_fields", turned, other) == count("missing_fields", one, other)
