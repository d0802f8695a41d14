"""The command group: commands are imported when they are called, so that help is instant."""

from __future__ import annotations

import errno
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from types import FrameType
from typing import NoReturn

import click

from harness import __version__
from harness.errors import HarnessError

INTERRUPTED = 130

_COMMANDS = {
    "init": "Start a suite: a folder that runs as it is.",
    "check": "Check that a suite loads and its fixtures are fit to decide with.",
    "import": "Turn logs of production traffic into fixtures, or into a suite that compares who answered.",
    "run": "Run a suite: ask, measure, judge, report.",
    "score": "Measure a stored run again with other metrics; no model is asked.",
    "compare": "Compare two variants of a run, a run with the reference, or two runs.",
    "aa": "Hold a suite against itself: how much moves when nothing changes.",
    "gate": "Judge a run's gates: the exit code is the answer.",
    "decide": "Say whether to fine-tune at all, and what would change the answer.",
    "bless": "Make runs the suite's reference.",
    "nightly": "Run suites anew, compare with the reference and the nights before, say what happened.",
    "migrate": "Try a new model in a variant's place: hold, re-tune, or drop the fine-tune.",
    "signoff": "Sign a run off: a record with its gates, digests and a name.",
    "verify": "Check a sign-off: signature, digests, verdict.",
    "report": "Write the HTML report of a run.",
    "export": "Write a run as Markdown, a model card, JUnit, JSON, CSV or Parquet.",
    "runs": "List the runs.",
    "view": "Serve the reports to a browser on this machine.",
    "metrics": "List the metrics, or explain one.",
    "schema": "Print the JSON Schema of suite.yaml, or of a sign-off.",
}


class LazyGroup(click.Group):
    """A group that knows its commands by name and imports each when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name the commands, in the order a user meets them."""
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one command; None where there is no such command."""
        if cmd_name not in _COMMANDS:
            return None
        name = "importing" if cmd_name == "import" else cmd_name
        command = getattr(import_module(f"harness.cli.{name}"), name)
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(_COMMANDS.items()))


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="harness")
def cli() -> None:
    """Is a fine-tune's lift real, is it worth having, what did it break, and may it ship?"""


def main(arguments: list[str] | None = None) -> NoReturn:
    """Run the command line and leave with its exit code."""
    try:
        with _ended_by_signals():
            code = cli.main(args=arguments, prog_name="harness", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        code = 2
    except (click.Abort, KeyboardInterrupt):
        _tell("interrupted")
        code = INTERRUPTED
    except HarnessError as error:
        _tell(str(error))
        code = error.exit_code
    except RuntimeError as error:
        if str(error) != "Query interrupted":  # what DuckDB makes of Ctrl-C
            raise
        _tell("interrupted")
        code = INTERRUPTED
    except BrokenPipeError:
        sys.stderr.close()
        code = 0
    except OSError as error:
        code = _system_fault(error)
    _let_go_of_a_closed_terminal()
    sys.exit(code if isinstance(code, int) else 0)


@contextmanager
def _ended_by_signals() -> Iterator[None]:
    """Let SIGTERM, and SIGHUP when the terminal is closed, end a command as Ctrl-C does; a run hears them by itself."""
    heard: list[signal.Signals] = []
    if threading.current_thread() is threading.main_thread():
        heard = [n for n in (signal.SIGTERM, signal.SIGHUP) if signal.getsignal(n) is signal.SIG_DFL]

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    for number in heard:
        signal.signal(number, interrupt)
    try:
        yield
    finally:
        for number in heard:
            signal.signal(number, signal.SIG_DFL)


def _system_fault(error: OSError) -> int:
    """Say what the system refused: a full disk under a report, a folder nobody may write to."""
    if error.filename is None and error.errno == errno.EIO:  # the terminal was closed
        return INTERRUPTED
    place = f"{error.filename}: " if error.filename is not None else ""
    _tell(f"{place}{error.strerror or error}.")
    return 3


def _tell(text: str) -> None:
    with suppress(OSError):
        click.echo(text, err=True)


def _let_go_of_a_closed_terminal() -> None:
    """What cannot be written any more must not change the exit code when Python flushes it."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except ValueError:  # closed
            continue
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
