"""``harness report``."""

from __future__ import annotations

import click

from harness.cli import options


@click.command()
@click.argument("run", default="latest")
@click.option("--output", "-o", metavar="FILE", help="Write here (default: reports/<suite>/<run id>.html).")
@options.suite_name
@options.store
@options.as_json
def report(*, run: str, output: str | None, suite: str | None, store: str | None, as_json: bool) -> int:
    """Write the HTML report of RUN: an id, the beginning of one, latest, or a run folder."""
    from harness.session import load_run
    from harness.session import report as write_report

    evaluated = load_run(run, suite=suite, store=store)
    written = write_report(evaluated, output or f"reports/{evaluated.run.record.suite}/{evaluated.run_id}.html")
    if as_json:
        options.print_json({"format": 1, "run_id": evaluated.run_id, "report": str(written)})
    else:
        click.echo(written)
    return 0
