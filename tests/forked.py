"""Programs in processes of their own that start at once: each is forked from a process that has loaded what takes long."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from multiprocessing import forkserver
from multiprocessing.context import ForkServerContext
from multiprocessing.process import BaseProcess
from pathlib import Path
from subprocess import CompletedProcess, TimeoutExpired
from typing import Any


def forked(does: Callable[..., None], *arguments: Any) -> BaseProcess:
    """Start a function in a process."""
    context: ForkServerContext = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.preloaded"])
    with contextlib.chdir(Path(__file__).parents[1]):  # from where it finds what it is to load
        forkserver.ensure_running()
    process = context.Process(target=does, args=arguments)
    process.start()
    return process


def run_forked(
    main: Callable[[list[str]], object], arguments: Sequence[str], folder: Path, environment: Mapping[str, str], limit: float
) -> CompletedProcess[str]:
    """Run a program's ``main`` with arguments in a folder; what it prints goes into files, never to a terminal.

    Args:
        main: The program, which takes its arguments.
        arguments: Those after the program's name.
        folder: Its working directory.
        environment: All of its environment.
        limit: Seconds it may take.

    Raises:
        TimeoutExpired: It took longer, and was killed.
    """
    with tempfile.TemporaryDirectory() as kept:
        out, err = Path(kept, "out"), Path(kept, "err")
        out.touch()
        err.touch()
        process = forked(_become, main, list(arguments), folder, dict(environment), (out, err))
        process.join(limit)
        late = process.exitcode is None
        if late:
            process.kill()
            process.join()
        said = [path.read_text(encoding="utf-8", errors="replace") for path in (out, err)]
        if late:
            raise TimeoutExpired(list(arguments), limit, *said)
        return CompletedProcess(list(arguments), process.exitcode or 0, *said)


def _become(
    main: Callable[[list[str]], object],
    arguments: list[str],
    folder: Path,
    environment: dict[str, str],
    written: tuple[Path, Path],
) -> None:
    for number, path in enumerate(written, start=1):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), number)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    sys.argv = ["program", *arguments]
    sys.path.insert(0, str(folder))
    main(arguments)
