"""One joint resampling of the size named on the command line, in a process of its own; prints seconds, megabytes and rows."""

from __future__ import annotations

import json
import resource
import sys
import time

import numpy as np

from harness import stats


def report_sized(n: int) -> tuple[dict[str, np.ndarray], dict[str, object]]:
    """20 continuous metrics x 3 variants x 6 slices over n fixtures."""
    rng = np.random.default_rng(7)
    part = np.arange(n) % 6
    columns = {f"n{k}": np.where(part == k, 1.0, np.nan) for k in range(6)}
    statistics = {}
    for name in (f"v{v}m{m}" for v in range(3) for m in range(20)):
        x = rng.random(n)
        for k in range(6):
            columns[f"{name}s{k}"] = np.where(part == k, x, np.nan)
            statistics[f"{name}s{k}"] = lambda totals, column=f"{name}s{k}", count=f"n{k}": totals[column] / totals[count]
    return columns, statistics


def right_or_wrong(n: int) -> tuple[dict[str, np.ndarray], dict[str, object]]:
    """Eight 0/1 metrics over n fixtures."""
    rng = np.random.default_rng(7)
    columns = {f"m{k}": (rng.random(n) < 0.5 + 0.05 * k) * 1.0 for k in range(8)}
    return columns, {name: lambda totals, name=name: totals[name] / totals["n"] for name in columns}


def graded(n: int, levels: int) -> tuple[dict[str, np.ndarray], dict[str, object]]:
    """One metric of so many levels over n fixtures."""
    x = np.random.default_rng(7).integers(0, levels, n) / levels
    return {"x": x}, {"x": lambda totals: totals["x"] / totals["n"]}


def main() -> None:
    """Make the data, resample once, and print what it took; data are not part of the time."""
    kind, *numbers = sys.argv[1:]
    columns, statistics = {"report": report_sized, "binary": right_or_wrong, "graded": graded}[kind](*map(int, numbers))
    stats.resample({"x": np.arange(30.0)}, {"x": lambda t: t["x"] / t["n"]})  # what is imported late is imported now
    start = time.perf_counter()
    found = stats.resample(columns, statistics)
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": seconds, "megabytes": peak, "statistics": len(found)}))


if __name__ == "__main__":
    main()
