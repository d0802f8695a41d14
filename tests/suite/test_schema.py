"""The JSON Schema of suite.yaml agrees with what is read, and tells an editor what each key is for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from harness.suite import suite_schema
from tests.suite.test_load import RICH
from tests.suite.test_suite_faults import MANY
from tests.suite.writing import SUITE


@pytest.fixture(scope="module")
def validator() -> jsonschema.Draft202012Validator:
    jsonschema.Draft202012Validator.check_schema(suite_schema())
    return jsonschema.Draft202012Validator(suite_schema())


@pytest.mark.parametrize("suite", [SUITE, RICH])
def test_a_good_suite_is_valid(validator: jsonschema.Draft202012Validator, suite: str) -> None:
    assert list(validator.iter_errors(yaml.safe_load(suite))) == []


def test_a_bad_suite_is_not(validator: jsonschema.Draft202012Validator) -> None:
    bad = yaml.safe_load(MANY)
    bad["variants"] = {str(name): variant for name, variant in bad["variants"].items()}
    places = {".".join(map(str, error.absolute_path)) for error in validator.iter_errors(bad)}
    assert {"suite", "training_data", "", "variants.misspelt", "variants.roleless.role", "floors", "metrics.1"} <= places


def test_every_key_is_described_and_none_may_be_added() -> None:
    schema = suite_schema()
    assert schema["title"] == "finetune-harness suite.yaml"

    def objects(node: Any) -> Iterator[dict[str, Any]]:
        if isinstance(node, dict):
            if "properties" in node:
                yield node
            for value in node.values():
                yield from objects(value)

    found = list(objects(schema))
    assert len(found) >= 7
    for part in found:
        assert part["additionalProperties"] is False
        assert all(key.get("description") for key in part["properties"].values()), part["title"]


def test_the_starter_suite_is_valid(validator: jsonschema.Draft202012Validator) -> None:
    import harness.suite

    text = (Path(harness.suite.__file__).parent / "starter" / "suite.yaml").read_text().replace("SUITE_NAME", "mine")
    assert list(validator.iter_errors(yaml.safe_load(text))) == []
