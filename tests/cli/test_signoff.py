"""``harness signoff``, ``verify``, ``migrate`` and ``check --fail-on-retirement``, as a user gives them."""

from __future__ import annotations

import json
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.cli.conftest import Harness, city
from tests.provider import Provider, Received
from tests.signoff.building import Release, make_release

ROOT = Path(__file__).parents[2]


@pytest.fixture
def release(tmp_path: Path) -> Release:
    return make_release(tmp_path, fixtures=60)


def test_a_run_is_signed_with_a_new_key_verified_and_found_changed(harness: Harness, release: Release) -> None:
    assert harness("signoff", "--new-key", "ada.pem").returncode == 0
    done = harness("signoff", "latest", "--by", "Ada", "--key", "ada.pem", "-o", "s.json", "--json")
    assert done.returncode == 0, done.stderr
    keys = json.loads(done.stdout)
    assert (keys["file"], keys["statement"]["predicate"]["result"]) == ("s.json", "PASSED")
    assert "NOT SIGNED" not in done.stderr

    verified = harness("verify", "s.json", "--key", "ada.pem.pub")
    assert verified.returncode == 0, verified.stdout + verified.stderr
    assert verified.stdout.startswith("the sign-off holds: s.json\nsigned off by Ada at ")

    (release.suite / "prompts/short.yaml").write_text("- {role: user, content: '{{ input }}'}\n", encoding="utf-8")
    changed = harness("verify", "s.json", "--key", "ada.pem.pub", "--json")
    assert changed.returncode == 1
    keys = json.loads(changed.stdout)
    assert keys["problems"][0]["what"] == "evals/capitals/prompts/short.yaml (prompt)"
    assert (keys["signature"], keys["holds"], keys["exit_code"]) == ("good", False, 1)


def test_what_is_not_signed_is_said_loudly_by_both_commands(harness: Harness, release: Release) -> None:
    done = harness("signoff", "latest", "--by", "Ada", "-o", "s.json")
    assert (done.returncode, done.stderr.startswith("NOT SIGNED")) == (0, True)
    verified = harness("verify", "s.json")
    assert (verified.returncode, "THE SIGNATURE IS UNSIGNED" in verified.stderr) == (0, True)
    harness("signoff", "--new-key", "k.pem")
    assert harness("verify", "s.json", "--key", "k.pem.pub").returncode == 1


def test_wrong_use_is_exit_2_with_a_line_and_no_traceback(harness: Harness, release: Release) -> None:
    for arguments in (
        ("signoff", "latest"),
        ("signoff", "latest", "--by", "Ada", "--key", "absent.pem"),
        ("signoff", "latest", "--by", "Ada", "--waive", "nonsense"),
        ("signoff", "none-such", "--by", "Ada"),
        ("verify", "absent.json"),
        ("verify", ".gitignore"),
        ("migrate", "evals/capitals"),
        ("migrate", "evals/capitals", "--model", "tuned"),
        ("migrate", "evals/capitals", "--model", "rules=openai/x"),
    ):
        done = harness(*arguments)
        assert done.returncode == 2, (arguments, done.stdout, done.stderr)
        assert "Traceback" not in done.stderr
        assert done.stderr.strip()


def test_the_shipped_run_is_refused_and_in_a_clean_clone_signed_off_with_waivers(harness: Harness, tmp_path: Path) -> None:
    clone = _clone(tmp_path)
    run = next((clone / "evals/order_intake/recorded/order_intake").iterdir())
    gates = json.loads(harness("gate", str(run), "--json").stdout)["gates"]
    short = [gate["name"] for gate in gates if gate["status"] != "passed"]
    assert short, "a run of which every gate passes needs no waiver: sign it off without"
    refused = harness("signoff", str(run), "--by", "Ada")
    assert refused.returncode in {1, 4}, refused.stderr
    lines = refused.stderr.strip().splitlines()
    assert len(lines) == len(short)
    assert all(f"the gate {name!r}" in line for name, line in zip(short, lines, strict=True))

    harness("signoff", "--new-key", "k.pem")
    waivers = [word for name in short for word in ("--waive", f"{name}: a pilot with people behind it")]
    done = harness("signoff", str(run), "--by", "Ada", "--key", "k.pem", "-o", "s.json", *waivers)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("signed off by Ada: WARNED")
    verified = harness("verify", "s.json", "--key", "k.pem.pub", "--suite", str(clone / "evals/order_intake"))
    assert verified.returncode == 0, verified.stdout
    assert verified.stdout.count("waived: ") == len(short)


def test_a_retirement_within_the_days_given_is_exit_1(harness: Harness, capitals: Path) -> None:
    suite = capitals / "suite.yaml"
    soon = (datetime.now(UTC).date() + timedelta(days=20)).isoformat()
    suite.write_text(
        json.dumps({**json.loads(suite.read_text(encoding="utf-8")), "retirements": {"strong": soon}}), encoding="utf-8"
    )
    warned = harness("check", "capitals")
    assert (warned.returncode, "tuned asks openai/strong, which is retired on" in warned.stdout) == (0, True)
    assert harness("check", "capitals", "--fail-on-retirement", "10").returncode == 0
    failed = harness("check", "capitals", "--fail-on-retirement", "30", "--json")
    assert (failed.returncode, "--fail-on-retirement 30" in failed.stderr) == (1, True)
    calendar = {one["model"]: one for one in json.loads(failed.stdout)["retirements"]}
    assert calendar["openai/strong"]["date"] == soon
    assert calendar["openai/weak"]["source"] == "unknown"


def test_a_model_that_is_worse_is_exit_1_with_its_numbers(harness: Harness, capitals: Path, provider: Provider) -> None:
    provider.on("new", _twenty)
    done = harness("migrate", "capitals", "--model", "tuned=openai/new", "--margin", "0.1", "--json")
    assert done.returncode == 1, done.stderr
    keys = json.loads(done.stdout)
    (found,) = keys["migrations"]
    assert (found["answer"], found["new"], found["exit_code"]) == ("retune", "tuned_new", 1)
    assert found["evidence"][0]["value"] == -0.5
    assert (capitals.parent / keys["report"]).is_file()
    said = harness("migrate", "capitals", "--model", "tuned=openai/new", "--margin", "0.1").stdout
    assert said.startswith("re-tune: tuned_new on openai/new")


def _twenty(request: Received) -> str:
    """A model that knows the capitals of the first twenty countries."""
    return city(request) if int(request.last.split()[-1].rstrip("?")) < 20 else "no"


def _clone(folder: Path) -> Path:
    """A clean clone of what is committed here, with its history."""
    shallow = subprocess.run(
        ["git", "-C", str(ROOT), "rev-parse", "--is-shallow-repository"], capture_output=True, text=True, check=False
    )
    if shallow.stdout.strip() != "false":
        pytest.skip("the tests do not run in a git repository with its history")
    clone = folder / "clone"
    subprocess.run(["git", "clone", "-q", str(ROOT), str(clone)], check=True)
    return clone
