"""People who prefer Python write tests about a run."""

from __future__ import annotations

import pytest

from tests.pytest_plugin.running import run_pytest
from tests.pytest_plugin.suites import write_suite

TESTS = """
import pytest
from harness.assertions import assert_at_least, assert_better, assert_no_worse

pytestmark = pytest.mark.evals(suite="evals/forms")

@pytest.fixture(scope="module")
def variants(eval_run):
    return list(eval_run.run.record.variants)

def test_better(eval_run, variants):
    assert variants == ["baseline", "close", "tuned"]
    gate = assert_better(eval_run, "tuned", over="baseline", metric="accuracy", margin=.02)
    assert gate.value > .5

@pytest.mark.parametrize("slice", ["tag:even", "tag:odd"])
def test_slices(eval_run, slice):
    assert_better(eval_run, "tuned", over="baseline", slice=slice)

def test_worse(eval_run):
    assert_no_worse(eval_run, "baseline", over="tuned", metric="accuracy", margin=.05)

def test_least(eval_run, eval_suite):
    assert_at_least(eval_run, "tuned", .75, metric="accuracy")
    assert eval_suite.name == "forms"

@pytest.mark.evals(suite="evals/forms", variants=["tuned"], repeats=2)
def test_another_run(eval_run):
    assert list(eval_run.run.record.variants) == ["tuned"]
    assert len(eval_run.run.responses) == 120
"""


def test_assertions_have_the_words_of_gates(pytester: pytest.Pytester) -> None:
    write_suite(pytester.path / "evals" / "forms")
    pytester.makepyfile(test_forms=TESTS)
    result = run_pytest(pytester, "-v")
    result.assert_outcomes(passed=5, failed=1)
    said = result.stdout.str()
    assert "no worse by more than 5.0" in said and "points was asked: failed" in said
    assert "baseline lost 36 and won 2 of 60" in said
    assert "asserting.py" not in said
    assert "test_forms.py::test_better PASSED" in said  # no parameter in the name
    assert len(list((pytester.path / ".harness" / "runs" / "forms").glob("*/run.json"))) == 2


def test_the_only_suite_needs_no_name(pytester: pytest.Pytester) -> None:
    write_suite(pytester.path / "evals" / "forms")
    pytester.makepyfile(test_one="def test_one(eval_suite):\n    assert eval_suite.name == 'forms'\n")
    run_pytest(
        pytester,
    ).assert_outcomes(passed=1)
    write_suite(pytester.path / "evals" / "other")
    result = run_pytest(
        pytester,
    )
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*name the suite with @pytest.mark.evals(suite=...): found forms, other*"])


def test_a_word_the_marker_does_not_know_is_refused(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(test_one="import pytest\n@pytest.mark.evals(siute='x')\ndef test_one(eval_run):\n    pass\n")
    result = run_pytest(
        pytester,
    )
    assert result.ret != 0
    assert "mark.evals takes suite, variants, repeats; not siute" in result.stdout.str() + result.stderr.str()


def test_a_suite_that_is_not_there_is_one_line(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(test_one="import pytest\n@pytest.mark.evals(suite='evals/gone')\ndef test_one(eval_run):\n    pass\n")
    result = run_pytest(
        pytester,
    )
    result.assert_outcomes(errors=1)
    assert "evals/gone" in result.stdout.str() and "shared_runs.py" not in result.stdout.str()
