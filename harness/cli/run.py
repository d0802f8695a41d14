"""``harness run``."""

from __future__ import annotations

import sys

import click

from harness.cli import options


@click.command()
@click.argument("suite")
@click.option("--variants", metavar="A,B", help="Ask these variants only.")
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="Ask about the first N fixtures only.")
@click.option("--repeats", type=click.IntRange(min=1), metavar="K", help="Ask each question K times.")
@click.option("--fresh", is_flag=True, help="Ask everything again, whatever is stored.")
@click.option("--replay", is_flag=True, help="Use stored responses alone; no connection is opened.")
@click.option(
    "--slots",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    metavar="N",
    help="Requests the embedded model works on at once; above 1 its answers are not deterministic.",
)
@click.option("--report", "report_path", metavar="FILE", help="Write the HTML report here.")
@options.store
@options.as_json
def run(
    *,
    suite: str,
    variants: str | None,
    limit: int | None,
    repeats: int | None,
    fresh: bool,
    replay: bool,
    slots: int,
    report_path: str | None,
    store: str | None,
    as_json: bool,
) -> int:
    """Run SUITE: ask what has not been answered yet, measure, judge, and write the report.

    Exit code 0: every gate passed. 1: a gate failed. 2: the suite is wrong. 3: no verdict, the run is incomplete.
    4: a gate needs an answer and the data give none. 130: interrupted, everything answered so far is kept.
    """
    if fresh and replay:
        raise click.UsageError("--fresh asks everything again and --replay asks nothing: give one of them.")
    from rich.console import Console

    from harness.report import print_summary
    from harness.running import make_progress
    from harness.session import load_suite, report
    from harness.session import run as run_session

    loaded = load_suite(suite)
    evaluated = run_session(
        loaded,
        store=store,
        variants=[v.strip() for v in variants.split(",")] if variants else None,
        limit=limit,
        repeats=repeats,
        fresh=fresh,
        replay=replay,
        slots=slots,
        progress=make_progress(sys.stderr),
    )
    written = report(evaluated, report_path or f"reports/{loaded.name}/{evaluated.run_id}.html")
    if as_json:
        options.print_json({**evaluated.to_dict(), "report": str(written)})
    else:
        print_summary(evaluated.run, evaluated.judgement, Console())
        click.echo(f"report  {written}")
    for variant, fixture in evaluated.missing[:20]:
        click.echo(f"no stored response: {variant} on {fixture}", err=True)
    if evaluated.missing:
        click.echo(f"{len(evaluated.missing)} responses are missing; run without --replay to ask for them.", err=True)
    return evaluated.exit_code
