"""Calls a second of the whole runner beside bare clients and other tools, all in one run against one server (``nox -s bench``).

The server is nginx, which answers at once; so what is measured is what each tool costs beside the provider's own time. The
contestants take turns, each in a process of its own, and the best of the rounds counts: whatever else the machine does only ever
slows one down. inspect-ai and deepeval take part where ``HARNESS_BENCH_RIVALS`` names a Python that has them.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.benchmarks.zero_latency import nginx, serving

SCRIPT = Path(__file__).with_name("calls.py")
CALLS = int(os.environ.get("HARNESS_BENCH_CALLS", "2000"))
ROUNDS = int(os.environ.get("HARNESS_BENCH_ROUNDS", "3"))
RIVALS = os.environ.get("HARNESS_BENCH_RIVALS")
RESULTS = os.environ.get("HARNESS_BENCH_RESULTS")
"""A file to write the figures to, from which docs/performance.md is made."""

FEWER = {"inspect-ai": 5, "deepeval": 20}
"""The slow ones are given a fraction of the calls."""

OURS = (
    "aiohttp",
    "litellm openai",
    "harness openai, 1 worker",
    "harness openai, 2 workers",
    "litellm hosted_vllm",
    "harness hosted_vllm, 1 worker",
    "harness hosted_vllm, 2 workers",
)
THEIRS = ("inspect-ai", "deepeval")

TARGETS = (
    ("harness openai, 1 worker", "litellm openai", 0.9),
    ("harness openai, 2 workers", "litellm openai", 1.6),
    ("harness hosted_vllm, 1 worker", "litellm hosted_vllm", 0.9),
    ("harness hosted_vllm, 2 workers", "litellm hosted_vllm", 1.6),
    ("harness openai, 2 workers", "inspect-ai", 4.0),
)
"""What is compared with another tool is what ``--workers auto`` does on two processors."""

pytestmark = [
    pytest.mark.skipif(nginx() is None, reason="nginx is not installed: apt-get install nginx-light"),
    pytest.mark.timeout(3600),
]


def once(client: str, url: str) -> dict[str, float]:
    """One client in a process of its own."""
    calls = CALLS // FEWER.get(client, 1)
    python = RIVALS if client in THEIRS and RIVALS else sys.executable
    environment = {**os.environ, "LITELLM_LOCAL_MODEL_COST_MAP": "True"}
    command = [python, str(SCRIPT), client, url, str(calls)]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return dict(json.loads(done.stdout.splitlines()[-1]))


def rounds(clients: Sequence[str], url: str) -> dict[str, dict[str, float]]:
    """Everyone once, then everyone again; the fastest of each."""
    found: dict[str, list[dict[str, float]]] = defaultdict(list)
    for _ in range(ROUNDS):
        for client in clients:
            found[client].append(once(client, url))
    return {client: max(each, key=lambda run: run["calls_per_second"]) for client, each in found.items()}


def test_calls_a_second_beside_bare_clients_and_other_tools(benchmark: Any) -> None:
    clients = [*OURS, *(THEIRS if RIVALS else ())]
    with serving() as url:
        best = benchmark.pedantic(rounds, (clients, url), rounds=1)
    rates = {client: run["calls_per_second"] for client, run in best.items()}
    ratios = [(a, b, rates[a] / rates[b], target) for a, b, target in TARGETS if b in rates]
    for client, run in best.items():
        print(f"{client:32} {run['calls_per_second']:8.0f} calls/s {run['cpu_ms_per_call']:6.2f} ms of this process's CPU a call")
    for a, b, ratio, target in ratios:
        print(f"{a} / {b}: {ratio:.2f} (target {target}) {'reached' if ratio >= target else 'MISSED'}")
    benchmark.extra_info.update({client: round(rate) for client, rate in rates.items()})
    if RESULTS:
        said = {"calls": CALLS, "rounds": ROUNDS, "cores": len(os.sched_getaffinity(0)), "clients": best}
        Path(RESULTS).write_text(json.dumps(said, indent=1) + "\n")
    assert rates["harness openai, 1 worker"] > 0.5 * rates["litellm openai"]  # far below the target: a busy machine is no fault
