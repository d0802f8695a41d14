"""A session that does not use the plugin does not pay for it."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = ("litellm", "pandas", "scipy", "duckdb", "jinja2", "pydantic", "numpy", "harness.session", "harness.suite", "asyncio")


def test_the_module_imports_pytest_and_the_standard_library_only() -> None:
    code = (
        "import sys, pytest; before = set(sys.modules); import harness.pytest_plugin;"
        "new = {name.split('.')[0] for name in set(sys.modules) - before} - {'harness'} - set(sys.stdlib_module_names);"
        f"loaded = [name for name in {HEAVY!r} if name in set(sys.modules) - before]; print(sorted(new), loaded)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[] []"


def test_an_unrelated_session_prints_nothing_starts_no_thread_and_imports_nothing(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        "import sys, threading\n"
        "def test_one():\n"
        "    assert threading.active_count() == 1\n"
        f"    assert not [name for name in {HEAVY[:7]!r} if name in sys.modules]\n"
    )
    result = pytester.runpytest_subprocess("-p", "no:xdist", "-p", "no:randomly")  # which imports numpy
    result.assert_outcomes(passed=1)
    assert "evals" not in result.stdout.str() and "gates" not in result.stdout.str()


def test_other_plugins_do_no_harm(pytester: pytest.Pytester) -> None:
    from tests.pytest_plugin.suites import ENOUGH, write_suite

    write_suite(pytester.path / "evals" / "forms", (ENOUGH,))
    pytester.makepyfile(test_one="import asyncio\n\nasync def test_one():\n    await asyncio.sleep(0)\n")
    options = []
    for package, given in (
        ("pytest_randomly", ()),
        ("pytest_rerunfailures", ("--reruns", "2")),
        ("pytest_cov", ("--cov=harness",)),
        ("pytest_asyncio", ("-o", "asyncio_mode=auto")),
    ):
        pytest.importorskip(package)
        options += given
    result = pytester.runpytest_subprocess("--evals", "--timeout", "1", *options)
    assert result.parseoutcomes() | {"warnings": 0} == {"passed": 1, "failed": 1, "rerun": 2, "warnings": 0}
    assert len(list((pytester.path / ".harness" / "runs" / "forms").glob("*/run.json"))) == 1
