"""Runs in processes of their own, which may be killed. litellm's slow import and first call are done once and forked."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
import sys
from collections.abc import Callable
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from harness.models import Gateway, quiet_litellm
from harness.running import run_suite
from harness.store import PruneRules, Store
from harness.suite import load_suite


async def warm_up() -> None:
    async with Gateway():
        await quiet_litellm.warm_up(tools=False)


asyncio.run(warm_up())


def die_at(event: str, name: str, time: int) -> None:
    """Kill this process, as ``kill -9`` does, just before it does something to a file for the given time, counted from 1.

    Args:
        event: An audit event of Python, such as os.rename or os.remove.
        name: How the last path of the event ends.
        time: The first time, the second, ...
    """
    left = [time]

    def hook(happened: str, arguments: tuple[Any, ...]) -> None:
        paths = [os.fspath(a) for a in arguments if isinstance(a, str | os.PathLike)]
        if happened == event and paths and paths[-1].endswith(name):
            left[0] -= 1
            if not left[0]:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(hook)


def run(suite: Path, root: Path, options: dict[str, Any], death: tuple[str, str, int] | None) -> None:
    if death is not None:
        die_at(*death)
    run_suite(load_suite(suite), Store(root), **options)


def prune(root: Path, death: tuple[str, str, int] | None) -> None:
    if death is not None:
        die_at(*death)
    store = Store(root)
    store.prune(store.plan_prune(PruneRules(keep=0, older_than=0)))


def start_run(suite: Path, root: Path, *, death: tuple[str, str, int] | None = None, **options: Any) -> BaseProcess:
    """Start a run in a process; ``death`` is for ``die_at``, ``options`` for ``run_suite``."""
    return _start(run, suite, root, options, death)


def start_prune(root: Path, *, death: tuple[str, str, int] | None = None) -> BaseProcess:
    """Start to prune a store of all that is not needed, however new, in a process."""
    return _start(prune, root, death)


def _start(does: Callable[..., None], *arguments: Any) -> BaseProcess:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    process = context.Process(target=does, args=arguments)
    process.start()
    return process
