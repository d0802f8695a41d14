"""``harness metrics``: the list by family, and one metric in full."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Harness, write_suite


@pytest.mark.parametrize("columns", [60, 100, 160])
def test_the_list_stands_by_family_and_keeps_to_the_width(harness: Harness, columns: int) -> None:
    shown = harness("metrics", COLUMNS=str(columns)).stdout
    assert max(map(len, shown.splitlines())) <= columns
    headings = [line for line in shown.splitlines() if line and not line.startswith(" ")]
    assert headings[:2] == ["Right answers", "Classification"]
    assert "Judges" in headings
    assert "Other" not in headings, "a new module of metrics belongs to a family"
    names = [line.split()[0] for line in shown.splitlines() if line.startswith("  ") and not line.startswith("   ")]
    listed = [row["name"] for row in json.loads(harness("metrics", "--json").stdout)["metrics"]]
    assert names == listed
    assert len(listed) >= 40


def test_one_metric_is_explained_with_its_options(harness: Harness) -> None:
    shown = harness("metrics", "rubric").stdout
    assert "never scored as a zero" in shown
    assert "scale: (1, 5)" in shown


def test_a_suites_own_metrics_are_listed_with_the_others(harness: Harness, tmp_path: Path) -> None:
    folder = write_suite(tmp_path / "mine", "http://127.0.0.1:9/v1")
    (folder / "metrics.py").write_text(
        "import harness\n\n\n@harness.metric\ndef polite(fixture, response, *, word='please'):\n"
        '    """1 where an answer is polite."""\n    return float(word in response.text)\n'
    )
    own = harness("metrics", "--suite", "mine").stdout.partition("\nThe suite's own\n")[2]
    assert "polite" in own
    assert "options: word" in own
    assert "1 where an answer is polite." in harness("metrics", "polite", "--suite", "mine/suite.yaml").stdout
