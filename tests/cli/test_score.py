"""``harness score``."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from pathlib import Path

from harness.session import load_run
from tests.cli.conftest import Harness
from tests.provider import Provider

ROOT = Path(__file__).parents[2]

TEN = """\
- accuracy
- field_accuracy: {fields: [order, sku, email, date, issue]}
- json_valid
- json_schema: {schema: order.schema.json}
- edit_similarity
- f1: {field: issue}
- balanced_accuracy: {field: issue}
- latency_p95
- cost_per_1000_calls
- output_tokens
"""


def test_a_stored_run_is_measured_again_and_nothing_is_asked(harness: Harness, capitals: Path, provider: Provider) -> None:
    run_id = json.loads(harness("run", "capitals", "--json").stdout)["run_id"]
    asked = len(provider.requests)
    (capitals.parent / "list.yaml").write_text("- accuracy: {normalise: casefold}\n- edit_similarity\n", encoding="utf-8")

    done = harness("score", run_id[-6:], "--metrics", "list.yaml", "--json")
    keys = json.loads(done.stdout)
    assert (done.returncode, keys["format"], keys["run_id"], keys["saved"]) == (0, 1, run_id, False)
    value = keys["variants"]["baseline"]["metrics"]["accuracy"]
    assert value["low"] < value["value"] < value["high"]
    assert (value["value"], value["n"]) == (0.75, 40)
    assert keys["metrics"]["edit_similarity"] == {"unit": "score", "higher_is_better": True}
    assert len(provider.requests) == asked

    for width in ("60", "160"):
        shown = harness("score", "--metrics", "list.yaml", COLUMNS=width).stdout
        assert "75.0 %" in shown
        assert "tuned" in shown
        assert max(map(len, shown.splitlines())) <= int(width)

    saved = harness("score", f".harness/runs/capitals/{run_id}", "--metrics", "list.yaml", "--save")
    assert saved.returncode == 0, saved.stderr
    assert (
        "edit_similarity"
        in harness("compare", "--candidate", "tuned", "--over", "baseline", "--metric", "edit_similarity").stdout
    )


def test_the_recorded_run_is_measured_with_ten_metrics_of_four_families(harness: Harness, tmp_path: Path) -> None:
    (tmp_path / "ten.yaml").write_text(TEN, encoding="utf-8")
    recorded = os.path.relpath(ROOT / "evals/order_intake/recorded", tmp_path)
    done = harness("score", "latest", "--store", recorded, "--metrics", "ten.yaml", "--json")
    assert done.returncode == 0, done.stderr
    keys = json.loads(done.stdout)
    assert len(keys["metrics"]) == 10
    measured = keys["variants"]["tuned_rag"]["metrics"]
    assert all(measured[name]["value"] is not None for name in keys["metrics"])
    assert measured["accuracy"]["value"] == measured["field_accuracy.whole"]["value"] == counted_by_hand("tuned_rag")


def counted_by_hand(variant: str) -> float:
    """The share of a recorded variant's answers that are, as JSON, what the fixture expects."""
    run = load_run("latest", store=ROOT / "evals/order_intake/recorded").run
    expected = {fixture.id: fixture.expected for fixture in run.fixtures}
    right = []
    for stored in run.responses:
        if stored.variant == variant:
            with suppress(ValueError):
                right.append(json.loads(stored.response.text) == expected[stored.fixture_id])
    return sum(right) / len(expected)


def test_bad_input_is_told_by_line_and_is_exit_2(harness: Harness, capitals: Path) -> None:
    harness("run", "capitals")
    (capitals.parent / "list.yaml").write_text("- accuracy\n- edit_similarty\n", encoding="utf-8")
    done = harness("score", "--metrics", "list.yaml")
    assert done.returncode == 2
    assert done.stderr.startswith("list.yaml:2: there is no metric 'edit_similarty'. did you mean edit_similarity")
    assert harness("score").returncode == 2
    assert harness("score", "nope", "--metrics", "list.yaml").returncode == 2
