"""json_valid, json_schema and the reading of JSON out of hostile text."""

from __future__ import annotations

import json
import math

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import SuiteError
from harness.metrics import MetricOptionError, load_metric
from harness.models import Response
from harness.suite import Fixture

FIXTURE = Fixture(id="a", input="x")

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def value(metric_name: str, text: str, **options: object) -> float:
    return load_metric(metric_name, **options).measure(FIXTURE, Response(text=text))["value"]


@pytest.mark.parametrize(
    ("text", "valid"),
    [
        ('{"a": 1}', True),
        (" [1, 2]\n", True),
        ("null", True),
        ('"text"', True),
        ("1e400", True),
        ('"\\ud800"', True),
        ("", False),
        ("NaN", False),
        ("[Infinity]", False),
        ("-Infinity", False),
        ('{"a": 1, "a": 1}', False),
        ('{"a": {"b": 1, "b": 2}}', False),
        ("{'a': 1}", False),
        ('{"a": 1,}', False),
        ('{"a": 1} thanks', False),
        ('"a\nb"', False),
        ("\ufeff{}", False),
        ("01", False),
    ],
)
def test_json_valid_reads_json_as_rfc_8259_has_it(text: str, valid: bool) -> None:
    assert value("json_valid", text) == float(valid)


def test_hostile_text_is_invalid_and_never_an_exception() -> None:
    assert value("json_valid", "[" * 101 + "]" * 101) == 0.0
    for text in ["[" * 100_000, '{"a":' * 100_000, "1" * 5000, "[" + "1," * 600_000 + "1]", "\ud800"]:
        for options in [{}, {"fenced": True}, {"surrounding": True}]:
            assert value("json_valid", text, **options) == 0.0
    assert value("json_valid", "[" * 100 + "]" * 100) == 1.0


def test_a_fence_is_accepted_only_where_it_is_asked_for() -> None:
    fenced = '```json\n{"a": 1}\n```\n'
    assert value("json_valid", fenced) == 0.0
    assert value("json_valid", fenced, fenced=True) == 1.0
    assert value("json_valid", "```\nno\n```", fenced=True) == 0.0
    assert value("json_valid", 'Here:\n```json\n{"a": 1}\n```', fenced=True) == 0.0


def test_prose_around_is_accepted_only_where_it_is_asked_for_and_the_longest_value_is_taken() -> None:
    prose = 'As noted [1], the order is {"a": 1, "b": [2]}. Anything else?'
    schema = {"type": "object", "required": ["a", "b"]}
    assert value("json_valid", prose) == 0.0
    assert value("json_valid", prose, surrounding=True) == 1.0
    assert value("json_schema", prose, schema=schema, surrounding=True) == 1.0
    assert value("json_valid", "no value { here", surrounding=True) == 0.0


@given(json_values)
def test_whatever_json_writes_is_valid(written: object) -> None:
    assert value("json_valid", json.dumps(written)) == 1.0


@given(json_values)
def test_json_schema_agrees_with_jsonschema(written: object) -> None:
    schema = {
        "type": ["object", "array", "string", "number"],
        "maxLength": 3,
        "maximum": 10,
        "items": {"type": "integer"},
        "additionalProperties": {"type": "string"},
    }
    expected = jsonschema.Draft202012Validator(schema).is_valid(written)
    assert value("json_schema", json.dumps(written), schema=schema) == float(expected)


def test_json_schema_counts_text_that_is_not_json_as_zero() -> None:
    assert value("json_schema", "not json", schema={}) == 0.0
    assert value("json_schema", "NaN", schema={"type": "number"}) == 0.0


def test_a_schema_file_is_read_from_the_suites_folder_with_references_to_files_beside_it(tmp_path) -> None:
    (tmp_path / "order.json").write_text(json.dumps({"properties": {"sku": {"$ref": "sku.json"}}, "required": ["sku"]}))
    (tmp_path / "sku.json").write_text(json.dumps({"type": "string", "pattern": "^[A-Z]{2}-[0-9]+$"}))
    metric = load_metric("json_schema", folder=tmp_path, schema="order.json")
    assert metric.measure(FIXTURE, Response(text='{"sku": "AB-12"}')) == {"value": 1.0}
    assert metric.measure(FIXTURE, Response(text='{"sku": "12"}')) == {"value": 0.0}


def test_formats_are_checked_only_where_it_is_asked_for() -> None:
    schema = {"type": "string", "format": "date"}
    assert value("json_schema", '"2025-02-30"', schema=schema) == 1.0
    assert value("json_schema", '"2025-02-30"', schema=schema, formats=True) == 0.0
    assert value("json_schema", '"2025-02-28"', schema=schema, formats=True) == 1.0


@pytest.mark.parametrize(
    ("content", "said", "line"),
    [
        ('{"type":\n "objec"}', "not a JSON Schema: at type", None),
        ('{"type":\n oops}', "not JSON", 2),
        ("[1]", "a JSON Schema is an object", None),
        ('{"$ref": "#/$defs/order"}', "leads nowhere", None),
        ('{"$ref": "../secret.json"}', "leads nowhere", None),
        ('{"$ref": "http://127.0.0.1:9/x.json"}', "leads nowhere", None),
    ],
)
def test_a_schema_that_cannot_be_used_is_named_with_its_file(tmp_path, content: str, said: str, line: int | None) -> None:
    (tmp_path.parent / "secret.json").write_text("{}")
    (tmp_path / "s.json").write_text(content)
    with pytest.raises(SuiteError) as caught:
        load_metric("json_schema", folder=tmp_path, schema="s.json")
    (fault,) = caught.value.faults
    assert said in fault.message
    assert fault.file == str(tmp_path / "s.json")
    assert fault.line == line


def test_a_schema_file_that_is_missing_is_named(tmp_path) -> None:
    with pytest.raises(SuiteError, match=r"there is no schema file .*order.json"):
        load_metric("json_schema", folder=tmp_path, schema="order.json")


def test_a_deep_answer_to_a_recursive_schema_is_measured() -> None:
    tree = {"type": "object", "properties": {"child": {"$ref": "#"}}}
    deep = '{"child":' * 99 + "{}" + "}" * 99
    assert value("json_schema", deep, schema=tree) in (0.0, 1.0)


def test_the_options_are_typed() -> None:
    with pytest.raises(MetricOptionError, match="'fenced' is 'yes'"):
        load_metric("json_valid", fenced="yes")
    assert not math.isnan(value("json_valid", "{}"))
