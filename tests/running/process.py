"""Runs in processes of their own, which may be killed."""

from __future__ import annotations

import os
import signal
import sys
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from harness.running import run_suite
from harness.store import PruneRules, Store
from harness.suite import load_suite
from tests.forked import forked


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
    return forked(run, suite, root, options, death)


def start_prune(root: Path, *, death: tuple[str, str, int] | None = None) -> BaseProcess:
    """Start to prune a store of all that is not needed, however new, in a process."""
    return forked(prune, root, death)
