"""``harness report``."""

from __future__ import annotations

import click

from harness.cli import options


@click.command()
@click.argument("run", default="latest")
@click.option("--output", "-o", metavar="FILE", help="Write here (default: reports/<suite>/<run id>.html).")
@click.option(
    "--max-size", type=click.FloatRange(min=1), metavar="MB", help="Leave out texts that would make it larger (default: 15)."
)
@options.suite_name
@options.store
@options.as_json
def report(*, run: str, output: str | None, max_size: float | None, suite: str | None, store: str | None, as_json: bool) -> int:
    """Write the HTML report of RUN: an id, the beginning of one, latest, or a run folder."""
    from harness.session import load_run
    from harness.session import report as write_report

    evaluated = load_run(run, suite=suite, store=store)
    path = output or f"reports/{evaluated.run.record.suite}/{evaluated.run_id}.html"
    written = write_report(evaluated, path, size=None if max_size is None else int(max_size * 1_000_000))
    if as_json:
        options.print_json({"format": 1, "run_id": evaluated.run_id, "report": str(written)})
    else:
        click.echo(written)
    return 0
