"""Sending single attempts in a test's few words, through this process or through workers, and finding the workers."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from harness.models import Request
from harness.models.failure import ProviderFailure, ProviderRefusal
from harness.models.sender import Call, InProcessSender, Sender, Sent
from harness.models.worker_sender import WorkerSender
from tests.models.asking import request
from tests.provider import Provider

Brought = Sent | ProviderFailure | ProviderRefusal


def attempt(provider: Provider, model: str, *, key: str = "none", **fields: Any) -> tuple[Call, Request]:
    """One attempt at a model of the provider."""
    asked = request(provider, f"openai/{model}", **fields)
    arguments: dict[str, Any] = {
        "model": asked.model,
        "api_base": provider.url,
        "api_key": key,
        "messages": [dict(message) for message in asked.messages],
        "timeout": asked.timeout,
        "num_retries": 0,
        "max_retries": 0,
    }
    if asked.tools:
        arguments["tools"] = [dict(tool) for tool in asked.tools]
    return Call(arguments, provider.url, (key,)), asked


def new_sender(name: str) -> Sender:
    return WorkerSender(2) if name == "workers" else InProcessSender()


async def brought(sender: Sender, call: Call, asked: Request) -> Brought:
    try:
        return await sender.send(call, asked)
    except (ProviderFailure, ProviderRefusal) as error:
        return error


async def send_all(sender: Sender, attempts: Iterable[tuple[Call, Request]]) -> list[Brought]:
    """All at once; what failed is among them."""
    return list(await asyncio.gather(*(brought(sender, call, asked) for call, asked in attempts)))


def workers_of(pid: int | None = None) -> list[int]:
    """The worker processes of a process, this one unless given."""
    command = ["ps", "-ww", "--ppid", str(pid or os.getpid()), "-o", "pid=", "-o", "args="]
    found = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    return [int(line.split()[0]) for line in found.splitlines() if "sending_process" in line]


def ended(pids: Iterable[int], within: float = 1.0) -> bool:
    """Whether all of these are gone, or only wait to be reaped, within so many seconds."""
    deadline = time.monotonic() + within
    left = list(pids)
    while left and time.monotonic() < deadline:
        left = [pid for pid in left if _runs(pid)]
        time.sleep(0.02)
    return not left


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


ASKS = """
import asyncio, sys
from tests.models.asking import request
from harness.models import Gateway

async def main(url, questions):
    async with Gateway(workers=2) as gateway:
        async def ask(n):
            response = await gateway.ask(request(text=f"q{n}", api_base=url, timeout=60.0))
            print(response.outcome, response.error, flush=True)
        await asyncio.gather(*(ask(n) for n in range(questions)))

import signal
signal.signal(signal.SIGINT, lambda number, frame: print("interrupted", flush=True))
asyncio.run(main(sys.argv[1], int(sys.argv[2])))
"""
"""A program that asks through two workers, prints each outcome, and lets Ctrl-C pass."""


def start_asking(provider: Provider, questions: int) -> subprocess.Popen[str]:
    """Start that program in a process group of its own."""
    command = [sys.executable, "-c", ASKS, provider.url, str(questions)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True)
