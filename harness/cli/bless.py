"""``harness bless``."""

from __future__ import annotations

import click

from harness.cli import options


@click.command()
@click.argument("runs", nargs=-1, required=True, metavar="RUN...")
@click.option("--by", metavar="NAME", help="Who blesses; kept in the manifest.")
@options.suite_name
@options.store
@options.as_json
def bless(*, runs: tuple[str, ...], by: str | None, suite: str | None, store: str | None, as_json: bool) -> int:
    """Make RUNs the reference of their suite: what later runs and every night are held against.

    Five runs are advised, each made with harness run SUITE --fresh. They are written to the folder reference/ beside
    suite.yaml, which belongs in version control.

    Exit code 2: a run is incomplete, two were not asked the same, or one repeats the answers of another.
    """
    from harness.session import bless as bless_runs

    blessed = bless_runs(runs, suite=suite, store=store, by=by)
    if as_json:
        options.print_json(blessed.to_dict())
    else:
        count = len(blessed.reference.run_ids)
        click.echo(f"{blessed.folder}: {count} {'run' if count == 1 else 'runs'}, {len(blessed.reference.fixtures)} fixtures")
    for warning in blessed.warnings:
        click.echo(warning, err=True)
    return 0
