"""pytest with the plugin in a process of its own, as ``pytester.runpytest_subprocess`` has it, but at once."""

from __future__ import annotations

import os
import sys
import time

import pytest

from tests.forked import run_forked

QUIET = ("-W", "ignore::pytest.PytestAssertRewriteWarning")
"""What is loaded before the session cannot be rewritten for its asserts."""


def run_pytest(pytester: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    """Run pytest with arguments in the tester's folder."""
    began = time.perf_counter()
    done = run_forked(_main, [*QUIET, *map(str, arguments)], pytester.path, os.environ, limit=280)
    print(done.stdout)
    print(done.stderr, file=sys.stderr)
    return pytest.RunResult(done.returncode, done.stdout.splitlines(), done.stderr.splitlines(), time.perf_counter() - began)


def _main(arguments: list[str]) -> None:
    sys.exit(pytest.main(arguments))
