"""The suite that comes with the project: asked for real, replayed without a network, and its report rendered again."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

import harness as package
from tests.cli.conftest import Harness

ROOT = Path(__file__).parents[2]
VARIANTS = {"current", "baseline", "rag", "tuned", "tuned_rag", "majority", "nearest"}


@pytest.fixture
def shipped(tmp_path: Path) -> Path:
    target = tmp_path / "evals/order_intake"
    shutil.copytree(ROOT / "evals/order_intake", target, ignore=shutil.ignore_patterns("__pycache__", "training"))
    return target


@pytest.mark.local_model
@pytest.mark.timeout(600)
def test_two_fixtures_are_answered_by_the_embedded_model_with_and_without_its_adapters(
    harness: Harness, shipped: Path, weights: Path
) -> None:
    done = harness("run", "evals/order_intake", "--limit", "2", "--json")
    keys = json.loads(done.stdout)
    assert done.returncode in {0, 1, 3, 4}, done.stderr
    assert set(keys["variants"]) == VARIANTS
    for variant in keys["variants"].values():
        assert variant["outcomes"]["answered"] + variant["outcomes"].get("truncated", 0) == 2
        assert {"value", "low", "high", "n"} <= set(variant["metrics"]["field_accuracy"])
    assert keys["variants"]["tuned"]["answered_by"] == {"smollm2-135m-instruct": 2}
    assert {g["name"] for g in keys["gates"]} >= {"beats the strong prompt", "beats retrieval alone"}

    again = json.loads(harness("run", "evals/order_intake", "--limit", "2", "--json").stdout)
    assert again["totals"]["asked"] == 0
    assert again["comparisons"] == keys["comparisons"]


def test_the_recorded_run_is_replayed_in_a_fresh_checkout(harness: Harness, shipped: Path) -> None:
    done = harness("run", "evals/order_intake", "--replay", "--json")
    keys = json.loads(done.stdout)
    assert done.returncode in {0, 1, 4}, done.stderr
    assert keys["totals"]["missing"] == 0
    recorded = package.load_run("latest", store=shipped / "recorded")
    assert keys["headline"] == recorded.judgement.headline
    assert keys["gates"] == json.loads(json.dumps(recorded.to_dict()["gates"]))


def test_the_committed_report_is_what_the_recorded_run_renders_to(tmp_path: Path) -> None:
    run = package.load_run("latest", store=ROOT / "evals/order_intake/recorded")
    once = package.report(run, tmp_path / "once.html").read_bytes()
    assert package.report(run, tmp_path / "twice.html").read_bytes() == once
    assert (ROOT / "reports/order_intake.html").read_bytes() == once, "regenerate it with: nox -s example"


def test_no_variant_of_the_shipped_suite_is_at_an_end_of_the_scale() -> None:
    judgement = package.load_run("latest", store=ROOT / "evals/order_intake/recorded").judgement
    values = {name: judgement.estimate(name, "field_accuracy").value for name in VARIANTS}  # type: ignore[union-attr]
    assert all(0.05 < value < 0.99 for value in values.values()), values
    assert values["baseline"] > max(values["majority"], values["nearest"])
