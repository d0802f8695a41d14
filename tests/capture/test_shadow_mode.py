"""A litellm app with the callback in shadow mode: captured, corrected, turned into fixtures, compared as a run."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import harness
import harness.capture.redacting
from tests.provider import Provider, Received, fails

litellm = pytest.importorskip("litellm")


@pytest.fixture
def provider() -> Iterator[Provider]:
    with Provider("ok") as running:
        yield running


@pytest.fixture(autouse=True)
def callbacks() -> Iterator[None]:
    before = litellm.callbacks
    yield
    litellm.callbacks = before
    for name in ("success_callback", "failure_callback", "_async_success_callback", "_async_failure_callback", "input_callback"):
        setattr(litellm, name, [kept for kept in getattr(litellm, name) if not isinstance(kept, harness.capture.Capture)])
    from harness.capture.corrections import OPEN

    OPEN.clear()


def production(request: Received) -> str:
    """Right on three questions of four."""
    number = int(request.last.split()[-1])
    return f"city {number}" if number % 4 else "I do not know"


def candidate(request: Received) -> str:
    return f"city {int(request.last.split()[-1])}"


def lines(folder: Path, prefix: str = "calls") -> list[dict[str, object]]:
    files = sorted(folder.glob(f"{prefix}-*.jsonl"))
    return [json.loads(line) for file in files for line in file.read_text(encoding="utf-8").splitlines()]


def until(capture: harness.capture.Capture, count: int) -> None:
    """litellm tells of a call after the call; wait for it."""
    end = time.monotonic() + 30
    while capture.counts["seen"] < count and time.monotonic() < end:
        time.sleep(0.02)
    assert capture.flush(), capture.counts


def test_200_calls_of_an_app_are_captured_turned_into_fixtures_and_compared_with_the_shadow(
    tmp_path: Path, provider: Provider
) -> None:
    provider.on("prod", production)
    provider.on("cand", candidate)
    options = {"api_base": provider.url, "api_key": "no-key"}
    shadow = harness.capture.Shadow(
        "tuned", "openai/cand", params=options, prompt=lambda turns: [turn for turn in turns if turn["role"] != "system"]
    )
    capture = harness.capture.Capture(tmp_path / "logs", shadow=shadow)
    litellm.callbacks = [capture]
    slow: list[float] = []

    async def app() -> None:
        async def beat() -> None:
            while True:
                before = time.perf_counter()
                await asyncio.sleep(0.005)
                slow.append(time.perf_counter() - before - 0.005)

        async def ask(number: int) -> None:
            turns = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": f"What is the capital of {number}"}]
            own = {
                "id": f"q{number}",
                "variant": "production",
                "prompt_version": "v7",
                "tags": ["even"] if number % 2 == 0 else [],
            }
            await litellm.acompletion(model="openai/prod", messages=turns, metadata={"harness": own}, **options)

        beating = asyncio.create_task(beat())
        for start in range(0, 200, 20):
            await asyncio.gather(*(ask(number) for number in range(start, start + 20)))
        await asyncio.sleep(0.2)
        beating.cancel()

    asyncio.run(app())
    until(capture, 200)
    print(f"200 calls with a shadow each: the event loop was late by {sorted(slow)[len(slow) // 2] * 1e3:.1f} ms in the median")
    assert capture.counts == {
        "seen": 200, "captured": 200, "sampled_out": 0, "lost": 0, "shadowed": 200, "shadow_failed": 0, "shadow_left_out": 0,
    }  # fmt: skip
    for number in range(200):
        harness.capture.correct(f"q{number}", f"city {number}")  # right answers are confirmed, wrong ones corrected

    written = lines(tmp_path / "logs")
    assert len(written) == 400
    assert {(line["variant"], line.get("shadow", False)) for line in written} == {("production", False), ("tuned", True)}
    sent = next(r for r in provider.asked("cand"))
    assert [turn["role"] for turn in sent.messages] == ["user"]

    logs = harness.capture.read_logs(tmp_path / "logs")
    fixtures = harness.capture.fixtures_of(logs.calls)
    assert len(fixtures) == 200
    by_id = {fixture.id: fixture for fixture in fixtures}
    assert by_id["q6"].input == "What is the capital of 6"
    assert (by_id["q6"].expected, by_id["q6"].tags, by_id["q6"].meta["prompt_version"]) == ("city 6", ("even",), "v7")

    suite = harness.capture.shadow_suite(logs, tmp_path / "compared")
    before = len(provider.requests)
    run = harness.run(suite, store=tmp_path / "runs")
    assert len(provider.requests) == before
    found = harness.compare(run, candidate="tuned", over="production", metric="accuracy")
    # By construction production is wrong on the 50 numbers that 4 divides, and the candidate on none.
    assert (found.effect, found.wins, found.losses, found.verdict) == (pytest.approx(0.25), 50, 0, "better")
    latency = harness.compare(run, candidate="tuned", over="production", metric="latency_p50")
    assert latency.n == 200


def test_a_sample_is_drawn_by_id_and_the_same_everywhere(tmp_path: Path) -> None:
    kept = []
    for folder, share in (("a", 0.3), ("b", 0.3), ("c", 0.6)):
        capture = harness.capture.Capture(tmp_path / folder, sample=share)
        litellm.callbacks = [capture]
        for number in range(100):
            litellm.completion(
                model="gpt-4o-mini",
                mock_response="x",
                messages=[{"role": "user", "content": "hi"}],
                metadata={"harness": {"id": str(number)}},
            )
        until(capture, 100)
        assert capture.counts["captured"] + capture.counts["sampled_out"] == 100
        kept.append({line["id"] for line in lines(tmp_path / folder)})
    assert kept[0] == kept[1] < kept[2]
    assert 15 <= len(kept[0]) <= 45


def test_what_is_sensitive_is_masked_before_it_is_written(tmp_path: Path) -> None:
    capture = harness.capture.Capture(tmp_path)
    litellm.callbacks = [capture]
    litellm.completion(
        model="gpt-4o-mini",
        mock_response="I wrote to jane.doe@acme-shop.com",
        messages=[{"role": "user", "content": "mail jane.doe@acme-shop.com, card 4111 1111 1111 1111"}],
    )
    until(capture, 1)
    capture.correct("x", "ask jane.doe@acme-shop.com")
    text = "".join(path.read_text(encoding="utf-8") for path in tmp_path.glob("*.jsonl"))
    assert "jane.doe" not in text
    assert "4111" not in text
    assert "[EMAIL]" in text
    assert "[CARD]" in text
    long = "word " * 60_000 + "mail jane.doe@acme-shop.com"
    assert harness.capture.redacting.masked(long) == long.replace("jane.doe@acme-shop.com", "[EMAIL]")
    for shift in range(0, 60, 7):  # what a piece might cut in two is found all the same
        split = "x" * (9_960 + shift) + " card 4111 1111 1111 1111 was declined " + "word " * 3000
        assert "[CARD]" in harness.capture.redacting.masked(split)
    assert oct(next(tmp_path.glob("calls-*")).stat().st_mode & 0o777) == "0o600"


def test_streams_failures_and_tool_calls_are_captured(tmp_path: Path, provider: Provider) -> None:
    from tests.provider import calls_tools

    provider.on("bad", fails(400))
    provider.on("tools", calls_tools(("find", {"order": 7})))
    capture = harness.capture.Capture(tmp_path)
    litellm.callbacks = [capture]
    ask = {"messages": [{"role": "user", "content": "hi"}], "api_base": provider.url, "api_key": "k"}
    for _ in litellm.completion(model="gpt-4o-mini", mock_response="in parts", stream=True, messages=ask["messages"]):
        pass
    with pytest.raises(litellm.exceptions.BadRequestError):
        litellm.completion(model="openai/bad", max_retries=0, **ask)
    litellm.completion(model="openai/tools", **ask)
    until(capture, 3)
    streamed, failed, called = sorted(lines(tmp_path), key=lambda line: str(line["model"]) != "openai/gpt-4o-mini")[:3]
    failed, called = (failed, called) if "error" in failed else (called, failed)
    assert streamed["output"] == "in parts"
    assert (failed["error"], "output" in failed) == ("BadRequestError", False)
    assert called["tool_calls"] == [{"name": "find", "arguments": {"order": 7}}]
    read = {call.model: call for call in harness.capture.read_logs(tmp_path).calls}
    assert not read["openai/bad"].has_output


def test_what_cannot_be_masked_is_not_written(tmp_path: Path) -> None:
    def mask(text: str) -> str:
        raise RuntimeError("no rules")

    capture = harness.capture.Capture(tmp_path, redact=mask)
    litellm.callbacks = [capture]
    litellm.completion(model="gpt-4o-mini", mock_response="x", messages=[{"role": "user", "content": "secret"}])
    until(capture, 1)
    assert capture.counts["lost"] == 1
    assert lines(tmp_path) == []


def test_a_disk_that_cannot_be_written_never_reaches_the_application(tmp_path: Path) -> None:
    (tmp_path / "blocked").write_text("a file where the folder should be", encoding="utf-8")
    capture = harness.capture.Capture(tmp_path / "blocked" / "logs", waiting=5)
    litellm.callbacks = [capture]
    for _ in range(12):
        litellm.completion(model="gpt-4o-mini", mock_response="x", messages=[{"role": "user", "content": "hi"}])
    end = time.monotonic() + 30
    while capture.counts["lost"] < 12 and time.monotonic() < end:
        time.sleep(0.05)
    assert capture.counts["lost"] == 12


def test_a_shadow_that_is_slow_or_fails_or_costs_too_much_is_left_out_and_counted(tmp_path: Path, provider: Provider) -> None:
    provider.on("down", fails(500))
    options = {"api_base": provider.url, "api_key": "k"}
    shadows = [
        harness.capture.Shadow("down", "openai/down", params=options),
        harness.capture.Shadow("few", "openai/few", params=options, max_calls=3),
        harness.capture.Shadow("dear", "openai/dear", params=options, max_cost=0.01),
    ]
    capture = harness.capture.Capture(tmp_path, shadow=shadows)
    litellm.callbacks = [capture]
    for number in range(10):
        litellm.completion(model="gpt-4o-mini", mock_response="x", messages=[{"role": "user", "content": str(number)}])
        time.sleep(0.05)
    until(capture, 10)
    counts = capture.counts
    assert counts["shadow_failed"] == 10
    assert len(provider.asked("few")) == 3
    assert 1 <= len(provider.asked("dear")) < 10  # its price is unknown, so a cap stops it as soon as the first answer is in
    assert counts["shadow_left_out"] == 20 - len(provider.asked("few")) - len(provider.asked("dear"))


def test_files_are_rotated_by_size_and_a_forked_process_writes_its_own(tmp_path: Path) -> None:
    program = f"""
import json, os, sys
from harness.capture.writer import LogWriter
writer = LogWriter({str(tmp_path)!r}, max_bytes=2000)
for n in range(100):
    writer.put({{"n": n, "text": "x" * 80}})
writer.flush()
if os.fork() == 0:
    for n in range(100, 150):
        writer.put({{"n": n, "text": "x" * 80}})
    writer.flush(); os._exit(0)
os.wait()
writer.put({{"n": 150}})
"""
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)  # the last line is flushed as the process ends
    assert sorted(line["n"] for line in lines(tmp_path)) == list(range(151))
    sizes = [path.stat().st_size for path in tmp_path.glob("*.jsonl")]
    assert len(sizes) > 6
    assert max(sizes) <= 2000


def test_a_killed_process_loses_a_second_at_most_and_leaves_no_broken_file(tmp_path: Path) -> None:
    program = f"""
import time
from harness.capture.writer import LogWriter
writer = LogWriter({str(tmp_path)!r})
n = 0
while True:
    writer.put({{"id": str(n), "input": "q", "output": "a" * 500}}); n += 1
    if n == 2000: print("go", flush=True)
    time.sleep(0.0005)
"""
    process = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "go\n"
    time.sleep(1.5)
    process.kill()
    process.wait()
    calls = harness.capture.read_logs(tmp_path).calls
    assert len(calls) > 1500
    assert [call.id for call in calls] == [str(n) for n in range(len(calls))]


def test_capturing_a_call_costs_the_event_loop_next_to_nothing(tmp_path: Path) -> None:
    from datetime import datetime, timedelta

    capture = harness.capture.Capture(tmp_path, redact=False)
    response = litellm.completion(model="gpt-4o-mini", mock_response="word " * 200, messages=[{"role": "user", "content": "x"}])
    kwargs = {"messages": [{"role": "user", "content": "word " * 2000}] * 10, "model": "m", "litellm_call_id": "a"}
    began = datetime.now()
    taken = []
    for _ in range(200):
        before = time.perf_counter()
        capture.log_success_event(kwargs, response, began, began + timedelta(seconds=1))
        taken.append(time.perf_counter() - before)
    assert capture.flush()
    print(f"median {sorted(taken)[100] * 1e6:.0f} us, of 200 calls of 100 kB")
    assert sorted(taken)[100] < 0.002
