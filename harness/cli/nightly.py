"""``harness nightly``."""

from __future__ import annotations

import sys

import click

from harness.cli import options


@click.command()
@click.argument("suites", nargs=-1, required=True, metavar="SUITE...")
@click.option(
    "--alpha",
    type=click.FloatRange(min=0, max=0.2, min_open=True),
    default=0.05,
    show_default=True,
    metavar="A",
    help="Share of steady months (30 nights) that may raise a false alarm.",
)
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="Ask about the first N fixtures only.")
@options.slots
@click.option(
    "--max-cost",
    type=click.FloatRange(min=0),
    metavar="USD",
    help="Stop before the night would cost this, re-runs included.",
)
@click.option(
    "--out",
    metavar="DIR",
    default="reports/nightly",
    show_default=True,
    help="Write nightly.md, .html, .xml (JUnit) and .json here.",
)
@options.fail_on_retirement
@options.store
@options.as_json
def nightly(
    *,
    suites: tuple[str, ...],
    alpha: float,
    limit: int | None,
    slots: int,
    max_cost: float | None,
    out: str,
    fail_on_retirement: int | None,
    store: str | None,
    as_json: bool,
) -> int:
    """Run SUITEs anew, hold them against their reference and the nights before, and say what happened.

    One of five things: the provider's model moved, the fine-tune regressed, the baseline caught up, the data drifted, or
    nothing. What is suspected is asked again the same night. Where GITHUB_STEP_SUMMARY is set, the Markdown is added to it.

    Exit code 1: a regression is confirmed, or the lift is gone. 2: a suite is wrong. 3: no verdict (the provider failed), or
    the reference is of another set. 130: interrupted.
    """  # fmt: skip
    from rich.console import Console

    from harness.report import print_nights
    from harness.running import make_progress
    from harness.session import nightly as run_nightly
    from harness.session import write_outputs

    done = run_nightly(
        suites,
        store=store,
        alpha=alpha,
        limit=limit,
        slots=slots,
        max_cost=max_cost,
        fail_on_retirement=fail_on_retirement,
        progress=make_progress(sys.stderr),
    )
    written = write_outputs(done, out)
    if as_json:
        options.print_json(done.to_dict())
    else:
        print_nights(done.nights, Console())
        for path in written:
            click.echo(f"written  {path}")
    for line in done.retired:
        click.echo(f"{line}: --fail-on-retirement {fail_on_retirement}", err=True)
    return done.exit_code
