"""Whole sessions in processes of their own, which may be killed."""

from __future__ import annotations

import multiprocessing
from multiprocessing.process import BaseProcess
from pathlib import Path

import tests.running.process  # litellm's slow first call is done once and forked
from harness.session import run

assert tests.running.process


def session(suite: Path, root: Path) -> None:
    run(suite, store=root)


def start_run(suite: Path, root: Path) -> BaseProcess:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    process = context.Process(target=session, args=(suite, root))
    process.start()
    return process
