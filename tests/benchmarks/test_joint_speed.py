"""What a whole report's resampling costs: seconds and the peak memory of a process that does nothing else."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

RUNS = Path(__file__).with_name("joint_runs.py")
PICTURE = Path(__file__).parents[2] / "docs" / "resampling-cost.svg"


def alone(*arguments: object) -> dict[str, float]:
    """Run one resampling in a child process."""
    done = subprocess.run([sys.executable, str(RUNS), *map(str, arguments)], capture_output=True, text=True, check=True)
    return dict(json.loads(done.stdout))


def measured(benchmark: Any, *arguments: object) -> dict[str, float]:
    """The best of three runs, its own clock beside the benchmark's (which starts Python and makes the data)."""
    results: list[dict[str, float]] = []
    benchmark.pedantic(lambda: results.append(alone(*arguments)), rounds=3)
    best = min(results, key=lambda r: r["seconds"])
    benchmark.extra_info.update({name: round(value, 2) for name, value in best.items()})
    return best


def test_twenty_metrics_of_three_variants_on_six_slices(benchmark: Any) -> None:
    best = measured(benchmark, "report", 10_000)
    assert best["statistics"] == 360
    assert best["seconds"] < 6
    assert best["megabytes"] < 400


def test_a_million_fixtures_of_eight_right_or_wrong_metrics(benchmark: Any) -> None:
    best = measured(benchmark, "binary", 1_000_000)
    assert best["seconds"] < 2


@pytest.mark.parametrize("fixtures", [10_000, 100_000, 1_000_000])
def test_the_cost_grows_with_distinct_rows_and_not_with_fixtures(benchmark: Any, fixtures: int) -> None:
    few = alone("graded", fixtures, 10)
    more = measured(benchmark, "graded", fixtures, 1000)
    benchmark.extra_info["seconds at 10 levels"] = round(few["seconds"], 3)
    assert more["seconds"] > few["seconds"]


def draw_the_cost() -> None:
    """Write docs/resampling-cost.svg: seconds by fixtures, a line for each number of distinct rows."""
    import altair as alt
    import pandas as pd

    rows = [
        {"fixtures": n, "distinct values": levels, "seconds": min(alone("graded", n, levels)["seconds"] for _ in range(3))}
        for levels in (2, 11, 101, 1001)
        for n in (10_000, 30_000, 100_000, 300_000, 1_000_000)
    ]
    chart = (
        alt.Chart(pd.DataFrame(rows))
        .mark_line(point=True)
        .encode(
            x=alt.X("fixtures:Q", scale=alt.Scale(type="log")),
            y=alt.Y("seconds:Q", scale=alt.Scale(type="log"), title="seconds for 10,000 resamples"),
            color=alt.Color("distinct values:O", scale=alt.Scale(scheme="viridis")),
        )
        .properties(width=360, height=220)
    )
    chart.save(PICTURE)


if __name__ == "__main__":
    draw_the_cost()
