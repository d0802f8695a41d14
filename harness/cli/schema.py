"""``harness schema``."""

from __future__ import annotations

import click

from harness.cli import options


@click.command()
def schema() -> int:
    """Print the JSON Schema of suite.yaml, for editors."""
    from harness.suite import suite_schema

    options.print_json(suite_schema())
    return 0
