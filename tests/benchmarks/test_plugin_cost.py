"""What the pytest plugin costs a session that does not use it: collecting 500 trivial tests with and without it, in turn.

Set HARNESS_BENCH_DEEPEVAL to a Python that has deepeval to see what its plugin costs beside it.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

ROUNDS = 15
QUIET = ("-p", "no:cacheprovider", "--co", "-q")
ONLY = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
"""Other plugins of this environment would add their own cost to both sides."""


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten files of fifty tests each."""
    folder = tmp_path_factory.mktemp("tree")
    for number in range(10):
        tests = "".join(f"def test_{number}_{each}():\n    assert True\n\n\n" for each in range(50))
        (folder / f"test_{number}.py").write_text(tests)
    return folder


def collect(tree: Path, python: str, *options: str, environment: Mapping[str, str] = ONLY) -> float:
    """Seconds that one collection takes."""
    started = time.perf_counter()
    command = [python, "-m", "pytest", *QUIET, *options]
    done = subprocess.run(command, cwd=tree, capture_output=True, text=True, check=False, env={**os.environ, **environment})
    took = time.perf_counter() - started
    assert "500 tests collected" in done.stdout, done.stdout + done.stderr
    return took


def test_collecting_500_tests_with_and_without_the_plugin(tree: Path, benchmark: object) -> None:
    sides = {
        "without": lambda: collect(tree, sys.executable),
        "with": lambda: collect(tree, sys.executable, "-p", "harness.pytest_plugin"),
    }
    deepeval = os.environ.get("HARNESS_BENCH_DEEPEVAL")
    if deepeval:
        sides["deepeval, without"] = lambda: collect(tree, deepeval)
        sides["deepeval, with"] = lambda: collect(tree, deepeval, "-p", "deepeval.plugins.plugin")
    times: dict[str, list[float]] = {name: [] for name in sides}
    for run in sides.values():  # bytecode is written once
        run()
    for _ in range(ROUNDS):
        for name, run in sides.items():
            times[name].append(run())
    benchmark.pedantic(sides["with"], rounds=1)  # type: ignore[attr-defined]
    medians = {name: statistics.median(each) for name, each in times.items()}
    for name, median in medians.items():
        print(f"{name}: {1000 * median:.0f} ms")
        benchmark.extra_info[name] = median  # type: ignore[attr-defined]
    print(f"the plugin: {1000 * (medians['with'] - medians['without']):+.1f} ms (median of {ROUNDS}, in turn)")
