"""Runs in processes of their own, which may be killed. litellm's slow import and first call are done once and forked."""

from __future__ import annotations

import asyncio
import multiprocessing
from multiprocessing.process import BaseProcess
from pathlib import Path

from harness.models import Gateway, quiet_litellm


async def warm_up() -> None:
    async with Gateway():
        await quiet_litellm.warm_up(tools=False)


asyncio.run(warm_up())


def run(suite: Path, root: Path) -> None:
    from harness.running import run_suite
    from harness.store import Store
    from harness.suite import load_suite

    run_suite(load_suite(suite), Store(root))


def start_run(suite: Path, root: Path) -> BaseProcess:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    process = context.Process(target=run, args=(suite, root))
    process.start()
    return process
