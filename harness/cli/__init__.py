"""The command line: one file per command, no logic of its own."""

from harness.cli.main import main

__all__ = ["main"]
