"""The JSON Schema of suite.yaml, for editors; and a definition read back from a stored run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harness.suite.definition import SuiteDefinition


def suite_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) that a suite.yaml keeps, with a description of every key."""
    schema = SuiteDefinition.model_json_schema()
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **schema,
        "title": "finetune-harness suite.yaml",
        "description": "What is asked of which variants, what is measured, and what a release must meet.",
    }


def definition_from_record(record: Mapping[str, Any]) -> SuiteDefinition:
    """Read back what ``definition.model_dump(mode="json")`` wrote.

    Raises:
        SuiteError: The record is no suite definition.
    """
    from harness.errors import raise_faults
    from harness.suite.explain import read_definition
    from harness.suite.yaml_file import YamlFile

    read = read_definition(YamlFile("the stored definition", dict(record)))
    raise_faults(read.faults)
    return read.definition
