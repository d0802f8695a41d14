"""``harness run``."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from harness.cli import options

if TYPE_CHECKING:
    from harness.running import RunEstimate


@click.command()
@click.argument("suite", required=False)
@click.option("--variants", metavar="A,B", help="Ask these variants only.")
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="Ask about the first N fixtures only.")
@click.option("--repeats", type=click.IntRange(min=1), metavar="K", help="Ask each question K times.")
@click.option("--fresh", is_flag=True, help="Ask everything again, whatever is stored.")
@click.option("--replay", is_flag=True, help="Use stored responses alone; no connection is opened.")
@options.slots
@options.workers
@click.option("--dry-run", is_flag=True, help="Send nothing; print what would be asked, and its cost and time.")
@click.option(
    "--max-cost", type=click.FloatRange(min=0), metavar="USD", help="Stop before this much would be spent, judges included."
)
@click.option("--retry-failed", metavar="RUN", help="Run what RUN did, which asks again only what failed or is missing.")
@click.option("--report", "report_path", metavar="FILE", help="Write the HTML report here.")
@options.store
@options.as_json
def run(
    *,
    suite: str | None,
    variants: str | None,
    limit: int | None,
    repeats: int | None,
    fresh: bool,
    replay: bool,
    slots: int,
    workers: int | None,
    dry_run: bool,
    max_cost: float | None,
    retry_failed: str | None,
    report_path: str | None,
    store: str | None,
    as_json: bool,
) -> int:
    """Run SUITE: ask what has not been answered yet, measure, judge, and write the report.

    Exit code 0: every gate passed. 1: a gate failed. 2: the suite is wrong. 3: no verdict, the run is incomplete.
    4: a gate needs an answer and the data give none. 130: interrupted, everything answered so far is kept.
    """
    if retry_failed and (variants or limit or repeats or fresh or replay):
        raise click.UsageError("--retry-failed takes variants, limit and repeats from the run: leave the other options out.")
    if suite is None and not retry_failed:
        raise click.UsageError("Missing argument 'SUITE'.")
    _refuse_contradictions(fresh=fresh, replay=replay, dry_run=dry_run)
    from rich.console import Console

    from harness.report import print_summary, spent_lines
    from harness.running import make_progress
    from harness.session import estimate, find_retry, load_suite, other_lines, report
    from harness.session import run as run_session

    if retry_failed:
        retry = find_retry(retry_failed, suite=suite, store=store)
        loaded, selection = retry.suite, retry.selection
        click.echo(f"{retry.failed} responses failed in that run, {retry.absent} are missing from it", err=True)
    else:
        loaded = load_suite(str(suite))
        names = [v.strip() for v in variants.split(",")] if variants else None
        selection = {"variants": names, "limit": limit, "repeats": repeats}
    if dry_run:
        _print_estimate(estimate(loaded, store=store, fresh=fresh, slots=slots, **selection), as_json, max_cost)
        return 0
    evaluated = run_session(
        loaded,
        store=store,
        fresh=fresh,
        replay=replay,
        slots=slots,
        workers=workers,
        max_cost=max_cost,
        progress=make_progress(sys.stderr),
        **selection,
    )
    written = report(evaluated, report_path or f"reports/{loaded.name}/{evaluated.run_id}.html")
    if as_json:
        options.print_json({**evaluated.to_dict(), "report": str(written)})
    else:
        print_summary(evaluated.run, evaluated.judgement, Console())
        for line in (*spent_lines(evaluated.run.record), *other_lines(evaluated.run.record)):
            click.echo(line)
        click.echo(f"report  {written}")
    for variant, fixture in evaluated.missing[:20]:
        click.echo(f"no stored response: {variant} on {fixture}", err=True)
    if evaluated.missing:
        click.echo(f"{len(evaluated.missing)} responses are missing; run without --replay to ask for them.", err=True)
    return evaluated.exit_code


def _refuse_contradictions(*, fresh: bool, replay: bool, dry_run: bool) -> None:
    if fresh and replay:
        raise click.UsageError("--fresh asks everything again and --replay asks nothing: give one of them.")
    if dry_run and replay:
        raise click.UsageError("--dry-run tells what would be asked and --replay asks nothing: give one of them.")


def _print_estimate(estimate: RunEstimate, as_json: bool, max_cost: float | None) -> None:
    from rich.console import Console

    from harness.report import print_estimate

    if as_json:
        options.print_json(estimate.to_dict())
    else:
        print_estimate(estimate, Console(), max_cost=max_cost)
