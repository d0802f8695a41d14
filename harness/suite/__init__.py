"""What is asked: suite.yaml, fixtures and prompts, read and checked."""

from harness.suite.broad import JOIN, broad_name, broad_suite, find_suite
from harness.suite.definition import Checks, Gate, Limit, Price, Retrieval, Stated, SuiteDefinition, Training, Variant
from harness.suite.explain import did_you_mean
from harness.suite.files import SourceFile, find_files
from harness.suite.fixture import Fixture, Message
from harness.suite.fixture_file import read_fixtures
from harness.suite.fixture_record import fixture_from_record, fixture_record
from harness.suite.limits import limit_name
from harness.suite.load import Check, load_suite, read_corpus
from harness.suite.prompt import Named, Prompt, as_text, plain_parts, variables
from harness.suite.prompt_file import read_prompt
from harness.suite.schema import definition_from_record, suite_schema
from harness.suite.slices import slice_trouble
from harness.suite.successors import Successor, free_name, variant_named, with_successors
from harness.suite.suite import MetricEntry, Suite, in_slice
from harness.suite.yaml_file import YamlFile, read_yaml

__all__ = [
    "JOIN",
    "Check",
    "Checks",
    "Fixture",
    "Gate",
    "Limit",
    "Message",
    "MetricEntry",
    "Named",
    "Price",
    "Prompt",
    "Retrieval",
    "SourceFile",
    "Stated",
    "Successor",
    "Suite",
    "SuiteDefinition",
    "Training",
    "Variant",
    "YamlFile",
    "as_text",
    "broad_name",
    "broad_suite",
    "definition_from_record",
    "did_you_mean",
    "find_files",
    "find_suite",
    "fixture_from_record",
    "fixture_record",
    "free_name",
    "in_slice",
    "limit_name",
    "load_suite",
    "plain_parts",
    "read_corpus",
    "read_fixtures",
    "read_prompt",
    "read_yaml",
    "slice_trouble",
    "suite_schema",
    "variables",
    "variant_named",
    "with_successors",
]
