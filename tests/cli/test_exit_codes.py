"""What ``harness run`` leaves a script with: 0, 1, 2, 3, 4 or 130, and never 0 without a usable result."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Harness, city, oracle, write_suite
from tests.provider import Provider, Received, Reply, answer, fails, knows_no_model


def country(request: Received) -> int:
    return int(request.last.split()[-1].rstrip("?"))


def knows_one_more(request: Received) -> str:
    return f"city {country(request)}" if country(request) < 31 else "I do not know"


def gate(**said: Any) -> dict[str, Any]:
    return {"name": "g", "metric": "accuracy", "candidate": "tuned", **said}


BETTER = gate(over="baseline", require="better", margin=0.01)


def half(reply: Reply) -> Any:
    return lambda request: reply if country(request) % 2 else oracle(request)


@pytest.mark.parametrize(
    ("strong", "gates", "code"),
    [
        (oracle, [BETTER], 0),
        (oracle, [], 0),
        ("no idea", [gate(at_least=0.9)], 1),
        (knows_one_more, [BETTER], 4),
        (half(fails(400, "odd question")), [gate(at_least=0.9)], 3),
        (half(fails(400, "odd question")), [], 3),
        (knows_no_model("strong"), [BETTER], 3),
        (knows_no_model("strong"), [], 3),
    ],
    ids=[
        "passed",
        "no gates",
        "failed",
        "inconclusive",
        "too few pairs",
        "too few pairs, no gates",
        "given up",
        "given up, no gates",
    ],
)
def test_the_exit_code_says_what_a_run_came_to(  # noqa: PLR0917 - fixtures and the columns of the table
    harness: Harness, tmp_path: Path, provider: Provider, strong: Any, gates: list[dict[str, Any]], code: int
) -> None:
    provider.on("weak", city)
    provider.on("strong", strong)
    write_suite(tmp_path / "capitals", provider.url, gates=gates)
    done = harness("run", "capitals", "--json")
    assert done.returncode == code, done.stderr
    assert json.loads(done.stdout)["exit_code"] == code
    assert "Traceback" not in done.stderr


def test_a_suite_that_is_wrong_is_2_and_a_run_with_nothing_but_failures_is_3(
    harness: Harness, tmp_path: Path, provider: Provider
) -> None:
    provider.default = fails(400, "no")
    write_suite(tmp_path / "capitals", provider.url, gates=[])
    assert harness("run", "capitals", "--limit", "4").returncode == 3
    (tmp_path / "capitals/suite.yaml").write_text("suite: [", encoding="utf-8")
    assert harness("run", "capitals").returncode == 2


def test_unequal_failures_are_told_in_the_console_the_json_and_the_report(
    harness: Harness, tmp_path: Path, provider: Provider
) -> None:
    provider.on("weak", city)
    provider.on("strong", half(fails(400, "odd")))
    write_suite(tmp_path / "capitals", provider.url, gates=[])
    shown = harness("run", "capitals", "--report", "out.html")
    told = " ".join(shown.stdout.split())
    assert "Unequal failures: tuned failed on 20 of 40 calls and baseline failed on 0 of 40 calls" in told
    assert "--retry-failed" in told
    page = (tmp_path / "out.html").read_text(encoding="utf-8")
    assert "Unequal failures" in page and "--retry-failed" in page
    provider.on("strong", oracle)
    again = json.loads(harness("run", "--retry-failed", "latest", "--json").stdout)
    assert (again["unequal_failures"], again["exit_code"]) == ([], 0)
    assert len(provider.asked("weak")) == 40, "only what failed is asked again"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_is_130_and_keeps_what_was_answered(
    harness: Harness, tmp_path: Path, provider: Provider, number: signal.Signals
) -> None:
    provider.default = lambda request: answer(oracle(request), delay=0.2)
    write_suite(tmp_path / "capitals", provider.url, gates=[])
    running = subprocess.Popen(
        [sys.executable, "-m", "harness", "run", "capitals", "--json"],
        cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**os.environ, "LITELLM_LOCAL_MODEL_COST_MAP": "True"},
    )  # fmt: skip
    patience = time.monotonic() + 120
    while len(provider.requests) < 10 and time.monotonic() < patience:
        time.sleep(0.01)
    running.send_signal(number)
    out, err = running.communicate(timeout=120)
    assert running.returncode == 130, err
    keys = json.loads(out)
    assert (keys["exit_code"], keys["status"]) == (130, "stopped")
    sent = len(provider.requests)
    assert sent < 80
    provider.default = oracle
    assert harness("run", "capitals").returncode == 0
    assert len(provider.requests) == 80, "what was answered is not asked again"
