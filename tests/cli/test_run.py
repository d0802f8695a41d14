"""``harness run`` as a person and a CI job use it."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.conftest import Harness, write_suite
from tests.provider import Provider, refuses_key


def test_a_run_prints_the_verdict_and_the_report_and_passes(harness: Harness, capitals: Path) -> None:
    done = harness("run", "capitals")
    assert done.returncode == 0, done.stderr
    assert "tuned" in done.stdout
    assert "beats" in done.stdout
    report = capitals.parent / done.stdout.split("report ")[-1].strip()
    assert report.read_text(encoding="utf-8").startswith("<!doctype html>")


def test_the_json_has_the_promised_keys(harness: Harness, capitals: Path) -> None:
    done = harness("run", "capitals", "--json")
    keys = json.loads(done.stdout)
    assert keys["run_id"]
    value = keys["variants"]["tuned"]["metrics"]["accuracy"]
    assert {"value", "low", "high", "n"} <= set(value)
    assert (value["value"], value["n"]) == (1.0, 40)
    assert keys["variants"]["baseline"]["metrics"]["accuracy"]["value"] == 0.75
    comparison = next(
        c for c in keys["comparisons"] if (c["candidate"], c["over"], c["metric"]) == ("tuned", "baseline", "accuracy")
    )
    assert {"effect", "low", "high", "p", "verdict", "route"} <= set(comparison)
    assert (comparison["effect"], comparison["verdict"]) == (0.25, "better")
    assert [(g["name"], g["passed"]) for g in keys["gates"]] == [("beats", True)]


def test_a_second_run_asks_nothing(harness: Harness, capitals: Path, provider: Provider) -> None:
    first = json.loads(harness("run", "capitals", "--json").stdout)
    asked = len(provider.requests)
    second = json.loads(harness("run", "capitals", "--json").stdout)
    assert asked == 80
    assert len(provider.requests) == asked
    assert second["comparisons"] == first["comparisons"]
    assert second["run_id"] != first["run_id"]


def test_fresh_asks_everything_again(harness: Harness, capitals: Path, provider: Provider) -> None:
    harness("run", "capitals")
    harness("run", "capitals", "--fresh")
    assert len(provider.requests) == 160


def test_limit_and_variants_choose_what_is_asked(harness: Harness, capitals: Path, provider: Provider) -> None:
    done = harness("run", "capitals", "--limit", "5", "--variants", "baseline", "--json")
    assert len(provider.requests) == 5
    assert set(json.loads(done.stdout)["variants"]) == {"baseline"}


def test_an_unknown_variant_is_named_and_nothing_is_asked(harness: Harness, capitals: Path, provider: Provider) -> None:
    done = harness("run", "capitals", "--variants", "basline")
    assert done.returncode == 2
    assert "basline" in done.stderr
    assert "baseline" in done.stderr
    assert provider.requests == []


def test_a_failed_gate_is_exit_1(harness: Harness, tmp_path: Path, provider: Provider) -> None:
    provider.on("weak", "city 1")
    provider.on("strong", "no idea")
    gate = {"name": "right", "metric": "accuracy", "candidate": "tuned", "at_least": 0.9}
    write_suite(tmp_path / "bad", provider.url, gates=[gate])
    assert harness("run", "bad").returncode == 1


def test_replay_opens_no_connection_and_names_what_is_missing(harness: Harness, capitals: Path, provider: Provider) -> None:
    harness("run", "capitals", "--variants", "baseline")
    asked = len(provider.requests)
    done = harness("run", "capitals", "--replay")
    assert done.returncode == 3
    assert len(provider.requests) == asked
    assert "tuned on c0" in done.stderr
    harness("run", "capitals")
    assert harness("run", "capitals", "--replay").returncode == 0


def test_fresh_and_replay_contradict_each_other(harness: Harness, capitals: Path) -> None:
    done = harness("run", "capitals", "--fresh", "--replay")
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_a_refused_key_is_one_line_exit_3_and_keeps_the_other_variant(
    harness: Harness, capitals: Path, provider: Provider
) -> None:
    provider.on("strong", refuses_key("sk-secret-of-the-test"))
    done = harness("run", "capitals", "--json", OPENAI_API_KEY="sk-secret-of-the-test")
    keys = json.loads(done.stdout)
    assert done.returncode == 3
    assert keys["variants"]["baseline"]["outcomes"]["answered"] == 40
    assert list(keys["stopped"]) == ["tuned"]
    assert len(provider.asked("strong")) < 20
    assert [line for line in done.stderr.splitlines() if "tuned" in line and "key" in line]
    everything = (
        done.stdout
        + done.stderr
        + "".join(p.read_bytes().decode("utf-8", "replace") for p in (capitals.parent / ".harness").rglob("*") if p.is_file())
    )
    assert "sk-secret-of-the-test" not in everything


def test_a_dead_endpoint_is_one_line_and_exit_3(harness: Harness, tmp_path: Path) -> None:
    write_suite(tmp_path / "dead", "http://127.0.0.1:9/v1")
    done = harness("run", "dead", "--limit", "20")
    assert done.returncode == 3
    assert "Traceback" not in done.stderr
    assert [line for line in done.stderr.splitlines() if "127.0.0.1:9" in line]


def test_the_working_directory_does_not_matter_to_the_suite(harness: Harness, capitals: Path, tmp_path: Path) -> None:
    assert harness("run", str(capitals / "suite.yaml"), "--limit", "3").returncode in {0, 3, 4}
