"""The command line in processes of its own that start at once: each is forked from one that has loaded the program."""

from __future__ import annotations

import multiprocessing
import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from subprocess import CompletedProcess, TimeoutExpired

PRELOADED = ["harness.cli.main", "harness.session", "harness.report", "litellm", "pandas", "scipy.stats", "pydantic", "rich.live"]
"""What nearly every command loads, which takes longer than most of what tests let it do."""


def run_forked(arguments: Sequence[str], folder: Path, environment: Mapping[str, str], limit: float) -> CompletedProcess[str]:
    """Run ``harness`` with arguments in a folder, in a new process; what it prints goes into files, never to a terminal.

    Args:
        arguments: Those after the program's name.
        folder: Its working directory.
        environment: All of its environment.
        limit: Seconds it may take.

    Raises:
        TimeoutExpired: It took longer, and was killed.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(PRELOADED)
    with tempfile.TemporaryDirectory() as kept:
        out, err = Path(kept, "out"), Path(kept, "err")
        process = context.Process(target=_main, args=(list(arguments), folder, dict(environment), out, err))
        process.start()
        process.join(limit)
        if process.exitcode is None:
            process.kill()
            process.join()
            raise TimeoutExpired(arguments, limit, out.read_text(encoding="utf-8"), err.read_text(encoding="utf-8"))
        said = (path.read_text(encoding="utf-8") if path.exists() else "" for path in (out, err))
        return CompletedProcess(["harness", *arguments], process.exitcode, *said)


def _main(arguments: list[str], folder: Path, environment: dict[str, str], out: Path, err: Path) -> None:
    """Become the program."""
    for number, path in ((1, out), (2, err)):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), number)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    sys.argv = ["harness", *arguments]
    from harness.cli import main

    main(arguments)
