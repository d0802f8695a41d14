"""``harness run`` with money in view: what it would cost, a cap, and asking again what failed."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Harness, city, oracle, write_suite
from tests.provider import Provider, Received, Reply, answer, fails

WITHOUT_SOCKETS = """
import sys

def refuse(event, arguments):
    if event.startswith("socket."):
        raise RuntimeError(f"{event} {arguments}")

sys.addaudithook(refuse)
from harness.cli.main import main

main(sys.argv[1:])
"""


def priced(folder: Path, url: str, **changes: Any) -> Path:
    """The capitals with a limit on the length of answers."""
    write_suite(folder, url, **changes)
    said = json.loads((folder / "suite.yaml").read_text(encoding="utf-8"))
    for variant in said["variants"].values():
        variant["params"] = {"max_tokens": 20}
    (folder / "suite.yaml").write_text(json.dumps(said, indent=1), encoding="utf-8")
    return folder


def long_answers(request: Received) -> Reply:
    return answer(city(request) if request.model == "weak" else oracle(request), input_tokens=20, output_tokens=20)


@pytest.fixture
def suite(tmp_path: Path, provider: Provider) -> Path:
    provider.default = long_answers
    return priced(tmp_path / "capitals", provider.url)


def test_a_dry_run_opens_no_socket_and_tells_calls_and_cost(suite: Path, provider: Provider) -> None:
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_SOCKETS, "run", "capitals", "--dry-run", "--json"],
        cwd=suite.parent, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    keys = json.loads(done.stdout)
    assert (keys["format"], keys["to_ask"], keys["at_least"]) == (1, 80, False)
    assert keys["variants"]["tuned"]["output_tokens"]["high"] == 40 * 20
    assert 0 < keys["cost"]["low"] < keys["cost"]["expected"] < keys["cost"]["high"]
    assert provider.requests == []
    assert not (suite.parent / ".harness").exists()
    assert not (suite.parent / "reports").exists()


def test_a_dry_run_with_a_hosted_model_of_known_tokenizer_opens_no_socket(suite: Path) -> None:
    text = (suite / "suite.yaml").read_text(encoding="utf-8")
    (suite / "suite.yaml").write_text(text.replace("openai/weak", "openai/gpt-4o-mini"), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_SOCKETS, "run", "capitals", "--dry-run", "--json"],
        cwd=suite.parent, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    counted = {name: v["counted_by"] for name, v in json.loads(done.stdout)["variants"].items()}
    assert counted == {"baseline": "litellm", "tuned": "characters"}


@pytest.mark.parametrize("columns", [60, 100, 160])
def test_a_dry_run_reads_well_in_any_width(harness: Harness, suite: Path, columns: int) -> None:
    done = harness("run", "capitals", "--dry-run", COLUMNS=str(columns))
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert max(map(len, lines)) <= columns
    row = next(line for line in lines if line.startswith("baseline"))
    assert "40" in row and "0.00" in row
    assert "Total: USD 0.00" in done.stdout
    assert "Tokens guessed as a quarter of the characters" in " ".join(done.stdout.split())


def test_a_dry_run_says_what_becomes_of_a_cap(harness: Harness, suite: Path) -> None:
    words = {"0.000001": "would be refused", "0.005": "may stop the run", "5": "is enough"}
    for cap, told in words.items():
        assert told in " ".join(harness("run", "capitals", "--dry-run", "--max-cost", cap).stdout.split())


def test_a_cap_stops_with_exit_3_and_a_higher_one_goes_on(harness: Harness, suite: Path, provider: Provider) -> None:
    first = harness("run", "capitals", "--max-cost", "0.003", "--json")
    keys = json.loads(first.stdout)
    assert (first.returncode, keys["exit_code"], keys["status"]) == (3, 3, "stopped")
    assert "the cap of $0.003 is reached" in keys["stopped"]["tuned"]
    asked = len(provider.requests)
    assert 0 < asked < 80
    assert keys["totals"]["cost"] == pytest.approx(asked * 60e-6) and keys["totals"]["cost"] <= 0.003

    second = harness("run", "capitals", "--max-cost", "1")
    assert second.returncode == 0, second.stderr
    assert len(provider.requests) == 80
    said = " ".join(second.stdout.split())
    assert "in this run; its answers cost USD 0.00480 when they were first asked for" in said
    assert json.loads(harness("run", "capitals", "--max-cost", "0", "--json").stdout)["totals"]["cost"] == 0


def test_a_stopped_run_stays_incomplete_when_it_is_read_again(harness: Harness, suite: Path) -> None:
    stopped = harness("run", "capitals", "--max-cost", "0.003")
    assert stopped.returncode == 3
    assert "stopped at the cap of USD 0.00300" in stopped.stdout
    assert harness("gate", "latest").returncode == 3


def test_a_cap_that_cannot_be_kept_is_refused_with_exit_2(harness: Harness, suite: Path, provider: Provider) -> None:
    low = harness("run", "capitals", "--max-cost", "0.000001")
    assert low.returncode == 2
    assert "below the least the run may cost" in low.stderr
    text = (suite / "suite.yaml").read_text(encoding="utf-8").replace('"price"', '"training": {"examples": 1}, "price"')
    said = json.loads(text)
    del said["variants"]["tuned"]["price"]
    (suite / "suite.yaml").write_text(json.dumps(said, indent=1), encoding="utf-8")
    unpriced = harness("run", "capitals", "--max-cost", "1")
    assert unpriced.returncode == 2
    assert "price:" in unpriced.stderr and "tuned" in unpriced.stderr and "suite.yaml:" in unpriced.stderr
    assert provider.requests == []


def test_retry_failed_asks_only_what_failed(harness: Harness, suite: Path, provider: Provider) -> None:
    provider.on("strong", fails(400), fails(400), long_answers)
    harness("run", "capitals", "--limit", "10")
    asked = len(provider.requests)
    done = harness("run", "--retry-failed", "latest", "--json")
    assert done.returncode in {0, 4}, done.stderr
    assert len(provider.requests) == asked + 2
    keys = json.loads(done.stdout)
    assert keys["variants"]["tuned"]["outcomes"]["answered"] == 10
    assert "2 responses failed in that run, 0 are missing from it" in done.stderr


@pytest.mark.parametrize(
    "options",
    [
        ("capitals", "--retry-failed", "latest", "--limit", "3"),
        ("capitals", "--dry-run", "--replay"),
        (),
        ("capitals", "--max-cost", "-1"),
    ],
)
def test_options_that_contradict_each_other_are_told(harness: Harness, suite: Path, options: tuple[str, ...]) -> None:
    done = harness("run", *options)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
