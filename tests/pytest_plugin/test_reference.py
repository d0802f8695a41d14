"""A suite's run against its reference, as one more item."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.provider import Provider
from tests.pytest_plugin.running import run_pytest
from tests.pytest_plugin.test_options import asking  # noqa: F401


@pytest.mark.parametrize("processes", ["0", "2"])
def test_a_run_is_held_against_the_reference_when_that_is_asked_for(
    pytester: pytest.Pytester,
    asking: Provider,  # noqa: F811
    processes: str,
) -> None:
    run = ("--evals", "--evals-fresh", "-n", processes)
    unblessed = run_pytest(pytester, *run, "--evals-reference", "lenient")
    unblessed.assert_outcomes(passed=2, failed=1)
    unblessed.stdout.fnmatch_lines(["*harness bless*"])
    bless = [sys.executable, "-m", "harness", "bless", "latest"]
    done = subprocess.run(bless, cwd=pytester.path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr

    run_pytest(pytester, *run, "--evals-reference", "strict").assert_outcomes(passed=3)
    fewer = run_pytest(pytester, *run, "--evals-reference", "strict", "--evals-limit", "22")
    fewer.assert_outcomes(passed=2, failed=1)
    fewer.stdout.fnmatch_lines(["*the reference is of another set*"])
    run_pytest(pytester, *run, "--evals-reference", "lenient", "--evals-limit", "22").assert_outcomes(passed=3)

    asking.on("tuned", lambda request: request.last if request.last[-1] in "12345" else "no")
    worse = run_pytest(pytester, *run, "--evals-reference", "strict", "-k", "reference")
    worse.assert_outcomes(failed=1)
    worse.stdout.fnmatch_lines(["worse than the reference: accuracy of tuned"])
    assert "Traceback" not in worse.stdout.str()
