"""What is asked: suite.yaml, fixtures and prompts, read and checked."""

from harness.suite.definition import Gate, Price, Retrieval, SuiteDefinition, Training, Variant
from harness.suite.explain import did_you_mean
from harness.suite.files import SourceFile, find_files
from harness.suite.fixture import Fixture, Message
from harness.suite.fixture_file import read_fixtures
from harness.suite.fixture_record import fixture_from_record, fixture_record
from harness.suite.load import Check, load_suite, read_corpus
from harness.suite.prompt import Prompt
from harness.suite.prompt_file import read_prompt
from harness.suite.schema import definition_from_record, suite_schema
from harness.suite.suite import MetricEntry, Suite, in_slice
from harness.suite.yaml_file import YamlFile, read_yaml

__all__ = [
    "Check",
    "Fixture",
    "Gate",
    "Message",
    "MetricEntry",
    "Price",
    "Prompt",
    "Retrieval",
    "SourceFile",
    "Suite",
    "SuiteDefinition",
    "Training",
    "Variant",
    "YamlFile",
    "definition_from_record",
    "did_you_mean",
    "find_files",
    "fixture_from_record",
    "fixture_record",
    "in_slice",
    "load_suite",
    "read_corpus",
    "read_fixtures",
    "read_prompt",
    "read_yaml",
    "suite_schema",
]
