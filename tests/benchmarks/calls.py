"""Calls a second of one client, in a process of its own: ``python calls.py CLIENT URL CALLS``; prints JSON.

The clock starts with answer ``WARM_UP`` and stops when the client has nothing more to do: for the harness that is when the run
folder is complete, journal and Parquet included. So what is imported, and how long processes take to start, is in nobody's time.
This file imports nothing of the project by itself: inspect-ai and deepeval have a Python of their own.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

CONCURRENCY = 64
WARM_UP = 200
WORDS = "Where is my order number {n}? I have been waiting for it since Monday and nobody answers the telephone at the shop. "


def question(n: int) -> str:
    """About 200 tokens, never the same twice."""
    return (WORDS.format(n=n) * 8)[:820]


class Clock:
    """Starts with answer number ``WARM_UP``."""

    def __init__(self) -> None:
        self.answers = 0
        self.began = time.perf_counter()
        self.started = 0.0
        self.cpu = 0.0

    def answered(self) -> None:
        self.answers += 1
        if self.answers == WARM_UP:
            self.started, self.cpu = time.perf_counter(), _cpu()

    def stop(self) -> dict[str, float]:
        now, counted = time.perf_counter(), self.answers - WARM_UP
        return {
            "calls_per_second": counted / (now - self.started),
            "cpu_ms_per_call": (_cpu() - self.cpu) / counted * 1000,
            "seconds_in_all": now - self.began,
            "calls": self.answers,
        }


def _cpu() -> float:
    return time.process_time()


async def side_by_side(calls: int, one: Callable[[str], Awaitable[object]]) -> dict[str, float]:
    """Make the calls, 64 at a time."""
    clock, numbers = Clock(), iter(range(calls))

    async def lane() -> None:
        for n in numbers:
            await one(question(n))
            clock.answered()

    await asyncio.gather(*(lane() for _ in range(CONCURRENCY)))
    return clock.stop()


async def aiohttp(url: str, calls: int) -> dict[str, float]:
    import aiohttp

    connector = aiohttp.TCPConnector(limit=CONCURRENCY)
    async with aiohttp.ClientSession(connector=connector, headers={"Authorization": "Bearer none"}) as session:

        async def one(text: str) -> object:
            body = {"model": "m", "messages": [{"role": "user", "content": text}]}
            async with session.post(f"{url}/chat/completions", json=body) as answer:
                return await answer.json()

        return await side_by_side(calls, one)


async def litellm(url: str, calls: int, provider: str) -> dict[str, float]:
    """As litellm comes: no setting but the cost map that is not fetched."""
    import litellm

    async def one(text: str) -> object:
        messages = [{"role": "user", "content": text}]
        return await litellm.acompletion(model=f"{provider}/m", api_base=url, api_key="none", messages=messages)

    return await side_by_side(calls, one)


def harness(url: str, calls: int, provider: str, workers: int) -> dict[str, float]:
    """The whole runner: plan, cache, journal, Parquet."""
    from harness.running import Silence, run_suite
    from harness.store import Store
    from harness.suite import load_suite

    class Told(Silence):
        def __init__(self) -> None:
            self.clock = Clock()

        def finished(self, stored: object) -> None:
            self.clock.answered()

    with tempfile.TemporaryDirectory() as folder:
        write_suite(Path(folder), url, calls, provider)
        told = Told()
        outcome = run_suite(load_suite(folder), Store(Path(folder, "runs")), progress=told, workers=workers)
        measured = told.clock.stop()
        record = json.loads((outcome.folder / "run.json").read_text())
        assert record["totals"]["asked"] == calls and record["totals"]["failed"] == 0, record["totals"]
        return measured | {"loop_lag_p95": record["engine"]["loop_lag_p95"]}


def write_suite(folder: Path, url: str, calls: int, provider: str) -> None:
    fixtures = (json.dumps({"id": f"f{n}", "input": question(n), "expected": "8"}) for n in range(calls))
    (folder / "fixtures.jsonl").write_text("\n".join(fixtures))
    (folder / "prompt.yaml").write_text("- {role: user, content: '{{ input }}'}\n")
    (folder / "suite.yaml").write_text(
        f"suite: speed\nfixtures: fixtures.jsonl\nconcurrency: {CONCURRENCY}\nmetrics: [exact_match]\nvariants:\n"
        f"  only: {{role: prompt, model: {provider}/m, api_base: '{url}', prompt: prompt.yaml}}\n"
    )


def inspect(url: str, calls: int) -> dict[str, float]:
    """inspect-ai's own eval of a task without a scorer."""
    os.environ |= {"OPENAI_API_KEY": "none", "OPENAI_BASE_URL": url}
    from inspect_ai import Task, eval
    from inspect_ai.dataset import MemoryDataset, Sample
    from inspect_ai.model import GenerateConfig
    from inspect_ai.solver import generate

    def run(count: int) -> float:
        samples = [Sample(id=n + 1, input=question(n), target="8") for n in range(count)]
        task = Task(dataset=MemoryDataset(samples), solver=generate(), config=GenerateConfig(max_connections=CONCURRENCY))
        began = time.perf_counter()
        with tempfile.TemporaryDirectory() as folder:
            (log,) = eval(
                task,
                model="openai/m",
                model_args={"responses_api": False},
                display="none",
                log_dir=folder,
                max_samples=CONCURRENCY,
            )
        assert log.status == "success", log.error and log.error.message
        return time.perf_counter() - began

    return warmed_up(run, calls)


def deepeval(url: str, calls: int) -> dict[str, float]:
    """deepeval's own evaluate, one judge's call to each test case."""
    os.environ |= {"OPENAI_API_KEY": "none", "DEEPEVAL_TELEMETRY_OPT_OUT": "YES", "DEEPEVAL_FILE_SYSTEM": "READ_ONLY"}
    from deepeval import evaluate
    from deepeval.evaluate import AsyncConfig, CacheConfig, DisplayConfig
    from deepeval.metrics import GEval
    from deepeval.models import GPTModel
    from deepeval.test_case import LLMTestCase, LLMTestCaseParams

    def run(count: int) -> float:
        judge = GPTModel(model="gpt-4o-mini", base_url=url, api_key="none")
        metric = GEval(
            name="said",
            evaluation_steps=["Says when it comes."],
            evaluation_params=[LLMTestCaseParams.ACTUAL_OUTPUT],
            model=judge,
        )
        cases = [LLMTestCase(input=question(n), actual_output=question(n)) for n in range(count)]
        began = time.perf_counter()
        evaluate(
            cases,
            [metric],
            async_config=AsyncConfig(max_concurrent=CONCURRENCY, throttle_value=0),
            display_config=DisplayConfig(show_indicator=False, print_results=False),
            cache_config=CacheConfig(write_cache=False),
        )
        return time.perf_counter() - began

    return warmed_up(run, calls)


def warmed_up(run: Callable[[int], float], calls: int) -> dict[str, float]:
    """A run that loads everything, then the one that counts."""
    first = run(20)
    cpu, seconds = time.process_time(), run(calls)
    cpu = time.process_time() - cpu
    return {
        "calls_per_second": calls / seconds,
        "cpu_ms_per_call": cpu / calls * 1000,
        "seconds_in_all": first + seconds,
        "calls": calls,
    }


CLIENTS: dict[str, Callable[[str, int], dict[str, float]]] = {
    "aiohttp": lambda url, calls: asyncio.run(aiohttp(url, calls)),
    "litellm openai": lambda url, calls: asyncio.run(litellm(url, calls, "openai")),
    "litellm hosted_vllm": lambda url, calls: asyncio.run(litellm(url, calls, "hosted_vllm")),
    "harness openai, 1 worker": lambda url, calls: harness(url, calls, "openai", 1),
    "harness openai, 2 workers": lambda url, calls: harness(url, calls, "openai", 2),
    "harness hosted_vllm, 1 worker": lambda url, calls: harness(url, calls, "hosted_vllm", 1),
    "harness hosted_vllm, 2 workers": lambda url, calls: harness(url, calls, "hosted_vllm", 2),
    "inspect-ai": inspect,
    "deepeval": deepeval,
}


if __name__ == "__main__":
    client, url, calls = sys.argv[1:]
    said = sys.stdout
    sys.stdout = sys.stderr
    print(json.dumps(CLIENTS[client](url, int(calls))), file=said)
