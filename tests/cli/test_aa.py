"""``harness aa``: a suite against itself."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.conftest import Harness
from tests.provider import Provider


def test_nothing_stored_is_used_and_the_latest_run_stays_what_it_was(
    harness: Harness, capitals: Path, provider: Provider
) -> None:
    run_id = json.loads(harness("run", "capitals", "--json").stdout)["run_id"]
    asked = len(provider.asked("weak"))
    done = harness("aa", "capitals")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("capitals: baseline against itself, 40 fixtures asked 2 times each.")
    assert len(provider.asked("weak")) == asked + 80
    listed = json.loads(harness("runs", "--json").stdout)
    assert [r["run_id"] for r in listed["runs"]] == [run_id]


def test_the_variant_the_fixtures_and_the_store_can_be_chosen(harness: Harness, capitals: Path, provider: Provider) -> None:
    done = harness("aa", "capitals", "--variant", "tuned", "--limit", "25", "--repeats", "3", "--store", "noise", "--json")
    keys = json.loads(done.stdout)
    assert (keys["variant"], keys["fixtures"], keys["repeats"], keys["exit_code"]) == ("tuned", 25, 3, 0)
    assert keys["metrics"]["accuracy"]["runs"] == [1.0, 1.0, 1.0]
    assert len(provider.requests) == len(provider.asked("strong")) == 75
    assert (capitals.parent / "noise" / "capitals").is_dir()


def test_an_unknown_variant_is_exit_2(harness: Harness, capitals: Path, provider: Provider) -> None:
    done = harness("aa", "capitals", "--variant", "basline")
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert provider.requests == []
