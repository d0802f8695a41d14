"""Ctrl-C, SIGTERM and a closed terminal, at every stage of a real ``harness run``: exit 130, nothing answered is lost."""

from __future__ import annotations

import json
import os
import pty
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from harness.store import Store
from tests.cli.conftest import city, oracle, write_suite
from tests.provider import Provider, answer, hangs

Started = Callable[..., "subprocess.Popen[str]"]
SAFE = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}


@pytest.fixture
def started(tmp_path: Path) -> Iterator[Started]:
    """Start ``harness`` in a process group of its own."""
    processes: list[subprocess.Popen[str]] = []

    def start(*arguments: str, **options: object) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "harness", *arguments]
        environment = {**os.environ, "LITELLM_LOCAL_MODEL_COST_MAP": "True"}
        processes.append(
            subprocess.Popen(
                command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment,
                start_new_session=True, **options,  # type: ignore[call-overload]
            )
        )  # fmt: skip
        return processes[-1]

    yield start
    for process in processes:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@pytest.fixture
def slow(tmp_path: Path, provider: Provider) -> Path:
    """The suite of capitals at models that take a moment."""
    provider.on("weak", lambda request: answer(city(request), delay=0.1))
    provider.on("strong", lambda request: answer(oracle(request), delay=0.1))
    return write_suite(tmp_path / "capitals", provider.url, concurrency=4)


def asked(provider: Provider, process: subprocess.Popen[str], number: int, model: str | None = None) -> None:
    until = time.monotonic() + 120
    while len(provider.requests if model is None else provider.asked(model)) < number:
        assert process.poll() is None and time.monotonic() < until, process.communicate()
        time.sleep(0.002)


def kept(tmp_path: Path) -> int:
    """Answers in the newest run, which is complete as a folder."""
    store = Store(tmp_path / ".harness/runs")
    newest = store.listed()[0]
    assert sorted(p.name for p in newest.folder.iterdir() if p.name.startswith(("journal", "responses", "lock"))) == [
        "responses.parquet"
    ]
    return len(store.read(newest.folder).responses)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP])
def test_the_first_signal_drains_and_exits_130(
    started: Started, slow: Path, provider: Provider, tmp_path: Path, number: signal.Signals
) -> None:
    process = started("run", "capitals", "--json")
    asked(provider, process, 20)
    process.send_signal(number)
    out, err = process.communicate(timeout=120)

    assert process.returncode == 130, err
    assert "stopping: waiting for " in err and "Traceback" not in err
    assert json.loads(out)["totals"]["interrupted"] is True
    assert 20 <= len(provider.requests) <= 24
    assert kept(tmp_path) == len(provider.requests)


def test_ctrl_c_at_a_terminal_goes_to_the_workers_too_and_nothing_is_lost(
    started: Started, slow: Path, provider: Provider, tmp_path: Path
) -> None:
    process = started("run", "capitals", "--workers", "2")
    asked(provider, process, 20)
    os.killpg(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=120)

    assert process.returncode == 130, err
    assert "Traceback" not in err
    assert kept(tmp_path) == len(provider.requests)


def test_the_second_signal_does_not_wait(started: Started, provider: Provider, tmp_path: Path) -> None:
    provider.on("weak", lambda request: answer(city(request)) if "country 3?" not in request.last else hangs())
    write_suite(tmp_path / "capitals", provider.url, concurrency=1)
    process = started("run", "capitals")
    asked(provider, process, 4)
    process.send_signal(signal.SIGTERM)
    time.sleep(0.5)
    assert process.poll() is None, "the first waits for what is in flight"
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=60)

    assert process.returncode == 130
    assert "Traceback" not in err
    assert kept(tmp_path) == 3


def test_a_closed_terminal_ends_the_run_as_ctrl_c_does(slow: Path, provider: Provider, tmp_path: Path) -> None:
    child, terminal = pty.fork()
    if not child:
        os.chdir(tmp_path)
        os.execve(sys.executable, [sys.executable, "-m", "harness", "run", "capitals"], dict(os.environ))
    until = time.monotonic() + 120
    while len(provider.requests) < 20 and time.monotonic() < until:
        if not provider.requests:
            time.sleep(0.01)
        else:
            os.read(terminal, 65536)
    os.close(terminal)
    _, status = os.waitpid(child, 0)

    assert os.waitstatus_to_exitcode(status) == 130
    assert 20 <= len(provider.requests) < 80
    assert kept(tmp_path) == len(provider.requests)
    assert list((tmp_path / "reports").rglob("*.html")), "the report of what is there is written"


def test_under_nohup_a_closed_terminal_is_no_matter(started: Started, slow: Path, provider: Provider, tmp_path: Path) -> None:
    process = started("run", "capitals", preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
    asked(provider, process, 10)
    process.send_signal(signal.SIGHUP)
    _, err = process.communicate(timeout=120)

    assert process.returncode == 0, err
    assert kept(tmp_path) == 80


def test_signals_before_anything_is_asked_end_it_at_once(
    started: Started, slow: Path, provider: Provider, tmp_path: Path
) -> None:
    moments = random.Random(7)
    for number in sorted(SAFE):
        before = len(provider.requests)
        process = started("run", "capitals")
        time.sleep(0.1 + moments.random() * 2)
        early = len(provider.requests) == before
        process.send_signal(number)
        _, err = process.communicate(timeout=120)
        # Until Python runs our first line, a signal does what it does to any program.
        assert process.returncode in (130, -number, -signal.SIGINT), err  # the last is 130 to a shell
        if process.returncode == 130:
            assert "Traceback" not in err and ("interrupted" in err or "stopping" in err or not early)
    whole = started("run", "capitals")
    whole.communicate(timeout=120)
    assert whole.returncode == 0
    assert kept(tmp_path) == 80


def test_signals_while_the_run_is_completed_lose_nothing(started: Started, provider: Provider, tmp_path: Path) -> None:
    provider.on("weak", city)
    provider.on("strong", oracle)
    write_suite(tmp_path / "capitals", provider.url, concurrency=4)
    process = started("run", "capitals")
    asked(provider, process, 80)
    for _ in range(3):
        process.send_signal(signal.SIGINT)
        time.sleep(0.03)
    _, err = process.communicate(timeout=120)

    assert process.returncode in (0, 130, -signal.SIGINT), err  # the last is 130 to a shell
    assert "Traceback" not in err
    again = started("run", "capitals", "--json")
    out, _ = again.communicate(timeout=120)
    assert len(provider.requests) - 80 <= 4, "at most what was in flight"
    assert json.loads(out)["totals"]["asked"] == len(provider.requests) - 80


def test_a_signal_while_judges_are_asked_keeps_what_they_said(started: Started, provider: Provider, tmp_path: Path) -> None:
    provider.on("weak", city)
    provider.on("strong", oracle)
    provider.on("judge", lambda request: answer('{"score": 4}', delay=0.1))
    rubric = {"rubric": {"model": "openai/judge", "criteria": "Is it right?", "api_base": provider.url}}
    write_suite(tmp_path / "capitals", provider.url, concurrency=4, metrics=[rubric], gates=[])
    process = started("run", "capitals")
    asked(provider, process, 10, model="judge")
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=120)

    assert process.returncode == 130, err
    assert "Traceback" not in err
    first = len(provider.asked("judge"))
    assert 10 <= first <= 14
    again = started("run", "capitals", "--json")
    out, _ = again.communicate(timeout=120)
    totals = json.loads(out)["totals"]
    assert totals["judge_missing"] == 0
    assert len(provider.asked("judge")) == len({request.last for request in provider.asked("judge")})


@pytest.mark.local_model
def test_a_signal_while_the_embedded_model_starts(started: Started, weights: Path, tmp_path: Path, provider: Provider) -> None:
    write_suite(tmp_path / "capitals", provider.url)
    definition = json.loads((tmp_path / "capitals/suite.yaml").read_text())
    for variant in definition["variants"].values():
        variant["model"] = "local/smollm2-135m-instruct"
        del variant["api_base"], variant["price"]
        variant["params"] = {"max_tokens": 4}
    (tmp_path / "capitals/suite.yaml").write_text(json.dumps(definition))
    process = started("run", "capitals", "--limit", "6")
    assert process.stderr is not None
    while "responses planned" not in process.stderr.readline():
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=120)

    assert process.returncode == 130, err
    assert "Traceback" not in err
    assert kept(tmp_path) <= 6
