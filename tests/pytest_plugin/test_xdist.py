"""Under pytest-xdist the processes share one run: the same result and the same number of calls."""

from __future__ import annotations

import pytest

from tests.provider import Provider
from tests.pytest_plugin.running import run_pytest
from tests.pytest_plugin.test_options import asking, asking_suite  # noqa: F401

TESTS = """
import pytest
from harness.assertions import assert_better

@pytest.mark.evals(suite="evals/forms")
@pytest.mark.parametrize("n", range(8))
def test_better(eval_run, n):
    assert_better(eval_run, "tuned", over="baseline", metric="accuracy")
"""


@pytest.mark.parametrize("processes", [0, 2, 8])
def test_any_number_of_processes_asks_once(pytester: pytest.Pytester, asking: Provider, processes: int) -> None:  # noqa: F811
    asking_suite(pytester.path / "evals" / "other", asking.url)
    pytester.makepyfile(test_forms=TESTS)
    result = run_pytest(pytester, "--evals", "-n", str(processes))
    result.assert_outcomes(passed=12)
    assert len(asking.requests) == 48  # both suites ask the same questions; the second finds the answers of the first
    result.stdout.fnmatch_lines(["*evaluation gates*", "forms", "  passed*", "  passed*", "other", "  passed*", "  passed*"])
    assert len(list((pytester.path / ".harness" / "runs" / "forms").glob("*/run.json"))) == 1


def test_an_error_is_the_same_in_every_process(pytester: pytest.Pytester, asking: Provider) -> None:  # noqa: F811
    pytester.makepyfile(test_forms=TESTS)
    result = run_pytest(pytester, "-n", "2", "--evals-max-cost", "0.000001")
    result.assert_outcomes(errors=8)
    assert not asking.requests
