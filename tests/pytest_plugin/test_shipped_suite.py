"""The shipped suite in a fresh checkout, replayed: no key, no model, no socket."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NO_SOCKET = """
import sys

def forbid(event, _):
    if event == "socket.__new__":
        raise AssertionError("a socket was opened")

sys.addaudithook(forbid)
"""


def test_replay_decides_by_the_gates_without_a_socket_in_seconds(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(ROOT / "evals" / "order_intake", pytester.path / "evals" / "order_intake")
    (pytester.path / "conftest.py").write_text(NO_SOCKET)
    started = time.monotonic()
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")  # others open sockets for themselves
    result = pytester.runpytest_subprocess("-p", "harness.pytest_plugin", "--evals", "--evals-replay")
    took = time.monotonic() - started
    result.assert_outcomes(passed=4, failed=2)
    result.stdout.fnmatch_lines(["*tuned_rag is -13.3 points*over current on field_accuracy*"])
    print(f"replayed and decided in {took:.1f} s")
    assert took < 60  # a busy machine; the figure of a quiet one is in docs/evaluate-in-pytest.md


def test_the_python_of_the_page_runs_as_tests(pytester: pytest.Pytester) -> None:
    from tests.docs.test_code_blocks import blocks

    shutil.copytree(ROOT / "evals" / "order_intake", pytester.path / "evals" / "order_intake")
    pytester.makepyfile(test_page="\n".join(blocks(ROOT / "docs" / "evaluate-in-pytest.md", "python")))
    result = pytester.runpytest_subprocess("--evals-replay", "-v")
    assert result.parseoutcomes().get("passed", 0) >= 5, result.stdout.str()
    assert "errors" not in result.parseoutcomes()
