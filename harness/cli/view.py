"""``harness view``."""

from __future__ import annotations

import sys

import click

from harness.cli import options


@click.command()
@click.option("--port", type=click.IntRange(0, 65_535), default=0, help="Serve at this port (default: a free one).")
@click.option("--browser/--no-browser", default=None, help="Open a browser (default: where the output is a terminal), or do not.")
@options.store
@options.as_json
def view(*, port: int, browser: bool | None, store: str | None, as_json: bool) -> int:
    """Serve the store's reports to a browser on this machine, with an index of the runs; Ctrl-C ends it.

    It listens on 127.0.0.1 alone, and the address that it prints has a secret without which nothing is shown.
    """
    from harness.store import DEFAULT_ROOT
    from harness.view import serve

    def ready(address: str) -> None:
        if as_json:
            options.print_json({"format": 1, "address": address})
        else:
            click.echo(address)
            click.echo("Ctrl-C ends it", err=True)
        sys.stdout.flush()
        if sys.stdout.isatty() if browser is None else browser:
            import webbrowser

            webbrowser.open(address)

    serve(store or DEFAULT_ROOT, port=port, ready=ready)
    return 0
