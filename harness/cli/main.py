"""The command group: commands are imported when they are called, so that help is instant."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import NoReturn

import click

from harness import __version__
from harness.errors import HarnessError

_COMMANDS = {
    "init": "Start a suite: a folder that runs as it is.",
    "check": "Check that a suite loads and its fixtures are fit to decide with.",
    "run": "Run a suite: ask, measure, judge, report.",
    "score": "Measure a stored run again with other metrics; no model is asked.",
    "compare": "Compare two variants of a run.",
    "aa": "Hold a suite against itself: how much moves when nothing changes.",
    "gate": "Judge a run's gates: the exit code is the answer.",
    "report": "Write the HTML report of a run.",
    "runs": "List the runs.",
    "metrics": "List the metrics, or explain one.",
    "schema": "Print the JSON Schema of suite.yaml.",
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
        command = getattr(import_module(f"harness.cli.{cmd_name}"), cmd_name)
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
        code = cli.main(args=arguments, prog_name="harness", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        code = 2
    except click.Abort:
        click.echo("interrupted", err=True)
        code = 130
    except HarnessError as error:
        click.echo(str(error), err=True)
        code = error.exit_code
    except BrokenPipeError:
        sys.stderr.close()
        code = 0
    sys.exit(code if isinstance(code, int) else 0)
