"""``harness init``."""

from __future__ import annotations

import click


@click.command()
@click.argument("folder")
def init(folder: str) -> int:
    """Start a suite in FOLDER (new or empty): it runs as it is, on the embedded model."""
    from harness.suite.starting import start_suite

    for path in start_suite(folder):
        click.echo(path)
    click.echo(f"next: harness run {folder}", err=True)
    return 0
