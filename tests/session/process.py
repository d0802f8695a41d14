"""Whole sessions in processes of their own, which may be killed."""

from __future__ import annotations

from multiprocessing.process import BaseProcess
from pathlib import Path

from harness.session import run
from tests.forked import forked


def session(suite: Path, root: Path) -> None:
    run(suite, store=root)


def start_run(suite: Path, root: Path) -> BaseProcess:
    return forked(session, suite, root)
