"""json_schema beside jsonschema itself, its parts, and answers that would make a schema slow."""

from __future__ import annotations

import json
import time

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.metrics import load_metric
from harness.metrics.rows import Broken, row_of
from harness.metrics.schemas import KEYWORDS
from harness.models import Response
from harness.store import StoredResponse
from harness.suite import Fixture

FIXTURE = Fixture(id="a")

ORDER = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "properties": {
        "sku": {"$ref": "#/$defs/sku"},
        "lines": {
            "type": "array",
            "prefixItems": [{"type": "integer"}],
            "items": {
                "type": "object",
                "required": ["n"],
                "properties": {"n": {"type": "integer", "minimum": 1, "multipleOf": 0.5}},
            },
            "uniqueItems": True,
            "maxItems": 3,
        },
        "kind": {"enum": ["a", 1, None]},
        "never": False,
        "either": {"anyOf": [{"type": "string", "minLength": 2}, {"const": 0}]},
        "more": {"$ref": "#"},
    },
    "patternProperties": {"^x-": {"type": "number"}},
    "required": ["sku"],
    "additionalProperties": {"type": "boolean"},
    "if": {"required": ["kind"]},
    "then": {"required": ["either"]},
    "$defs": {"sku": {"type": "string", "pattern": "^[A-Z]+$", "maxLength": 3}},
}

WHOLE, BY_KEYWORD = load_metric("json_schema", schema=ORDER), load_metric("json_schema", schema=ORDER, keywords=True)

leaves = st.sampled_from([None, True, False, 0, 1, 1.0, 2, 0.25, -1, "", "A", "AB", "ABCD", "b"])
orders = st.recursive(
    leaves,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["sku", "lines", "n", "kind", "never", "either", "more", "x-1", "other"]), inner, max_size=5
        )
    ),
    max_leaves=14,
)


def measured(text: str, schema: object, **options: object) -> dict[str, float]:
    return dict(load_metric("json_schema", schema=schema, **options).measure(FIXTURE, Response(text=text)))


@settings(max_examples=200)
@given(
    orders
    | st.fixed_dictionaries({"sku": st.sampled_from(["A", "b", 1])}, optional={"lines": orders, "more": orders, "kind": leaves})
)
def test_validity_and_broken_keywords_are_those_that_jsonschema_finds(value: object) -> None:
    errors = list(jsonschema.Draft202012Validator(ORDER).iter_errors(value))
    found = dict(BY_KEYWORD.measure(FIXTURE, Response(text=json.dumps(value))))
    assert found.pop("value") == float(not errors)
    assert found.pop("not_json") == 0.0
    assert {name for name, broken in found.items() if broken} == {e.validator for e in errors} - {None}
    assert WHOLE.measure(FIXTURE, Response(text=json.dumps(value))) == {"value": float(not errors)}


@pytest.mark.parametrize("draft", ["Draft4Validator", "Draft6Validator", "Draft7Validator", "Draft201909Validator"])
@given(value=orders)
def test_older_drafts_are_kept_to_as_well(draft: str, value: object) -> None:
    kind = getattr(jsonschema, draft)
    schema = {
        "$schema": kind.META_SCHEMA.get("$id", kind.META_SCHEMA.get("id")),
        "items": [{"type": "integer"}, {"type": "string"}],
        "additionalItems": False,
        "properties": {"lines": {"items": {"type": ["string", "number"]}}, "more": {"$ref": "#"}},
        "dependencies": {"kind": ["sku"]},
    }
    assert measured(json.dumps(value), schema)["value"] == float(kind(schema).is_valid(value))


def test_the_parts_say_which_keyword_is_broken_and_less_of_them_is_better() -> None:
    metric = load_metric("json_schema", schema=ORDER, keywords=True)
    assert set(metric.parts()) == {
        *("type", "required", "additionalProperties", "uniqueItems", "maxItems", "enum", "anyOf", "pattern"),
        *("maxLength", "minimum", "multipleOf", "not_json"),
    }
    assert set(metric.parts()) <= metric.lower_is_better
    found = measured('{"sku": "b", "other": 1}', ORDER, keywords=True)
    assert {name for name, value in found.items() if value} == {"pattern", "type"}
    assert measured("no", ORDER, keywords=True)["not_json"] == 1.0
    assert load_metric("json_schema", schema=ORDER).parts() == ()


def test_every_keyword_of_every_draft_is_known_to_be_worse_when_there_is_more_of_it() -> None:
    applying = {"$ref", "$dynamicRef", "$recursiveRef", "properties", "patternProperties", "if"}
    drafts = (jsonschema.Draft4Validator, jsonschema.Draft7Validator, jsonschema.Draft201909Validator)
    for draft in (*drafts, jsonschema.Draft202012Validator):
        assert set(draft.VALIDATORS) - applying <= KEYWORDS


def test_parts_are_unknown_once_the_schema_file_is_gone(tmp_path) -> None:
    (tmp_path / "s.json").write_text('{"type": "object"}')
    metric = load_metric("json_schema", folder=tmp_path, schema="s.json", keywords=True)
    assert metric.parts() == ("type", "not_json")
    (tmp_path / "s.json").unlink()
    from harness.metrics import metrics_from_definition

    (stored, *_) = metrics_from_definition({"metrics": [{"json_schema": {"schema": "s.json", "keywords": True}}]}, tmp_path)
    assert stored.parts() is None


def test_a_dynamic_reference_means_what_jsonschema_takes_it_for() -> None:
    schema = {
        "$id": "https://example.org/tree",
        "$dynamicAnchor": "node",
        "type": "object",
        "properties": {"data": True, "children": {"type": "array", "items": {"$dynamicRef": "#node"}}},
        "unevaluatedProperties": False,
    }
    for text in ('{"children": [{"data": 1}]}', '{"children": [{"daat": 1}]}', '{"children": [3]}'):
        expected = jsonschema.Draft202012Validator(schema).is_valid(json.loads(text))
        assert measured(text, schema)["value"] == float(expected)


@pytest.mark.parametrize(
    ("schema", "text"),
    [
        ({"items": {"type": "integer", "minimum": 0, "maximum": 9}}, "[" + "1," * 400_000 + "1]"),
        ({"uniqueItems": True}, "[" + ",".join(f'{n},"{n}",[{n}]' for n in range(30_000)) + "]"),
        ({"unevaluatedItems": False}, "[" + "1," * 400_000 + "1]"),
        ({"contains": {"type": "string"}, "minContains": 2}, "[" + "1," * 400_000 + "1]"),
        ({"additionalProperties": {"type": "string"}}, "{" + ",".join(f'"{n}":1' for n in range(80_000)) + "}"),
        ({"anyOf": [{"properties": {"a": {"$ref": "#"}}}] * 8}, '{"a":' * 90 + "1" + "}" * 90),
        ({"multipleOf": 0.1}, "1e999"),
        ({"multipleOf": 0.1}, "1" * 4000),
        ({"format": "regex"}, json.dumps("(" * 900_000)),
        ({"format": "date-time"}, json.dumps("2" * 900_000)),
    ],
    ids=["many items", "unique", "unevaluated", "contains", "many keys", "any of any of", "infinite", "digits", "regex", "date"],
)
def test_no_answer_makes_a_schema_slow(schema: dict, text: str) -> None:
    for keywords in (False, True):
        metric = load_metric("json_schema", schema=schema, formats=True, keywords=keywords)
        began = time.process_time()
        assert metric.measure(FIXTURE, Response(text=text))["value"] in (0.0, 1.0)
        assert time.process_time() - began < 30


def test_a_pattern_that_explodes_costs_that_answer_its_score_and_says_so() -> None:
    metric = load_metric("json_schema", schema={"type": "string", "pattern": "^(a|aa)+$"})
    stored = StoredResponse("h", "v", "a", 0, Response(text=json.dumps("a" * 60 + "!")))
    broken = row_of(metric, FIXTURE, stored)
    assert isinstance(broken, Broken)
    assert "the pattern '^(a|aa)+$' took longer than 0.2 s on a text of 61 characters" in broken.said


def test_keys_that_come_again_are_counted() -> None:
    def count(text: str, **options: bool) -> float:
        return load_metric("duplicate_keys", **options).measure(FIXTURE, Response(text=text))["value"]

    assert count('{"a": 1, "a": 2, "b": {"c": 1, "c": 1, "c": 1}}') == 3
    assert count('{"a": 1, "b": {"a": 1}}') == 0
    assert count("no") == 0
    assert count('```json\n{"a": 1, "a": 2}\n```') == 0
    assert count('```json\n{"a": 1, "a": 2}\n```', fenced=True) == 1
    assert not load_metric("duplicate_keys").higher_is_better
