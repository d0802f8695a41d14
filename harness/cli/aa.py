"""``harness aa``."""

from __future__ import annotations

import sys

import click

from harness.cli import options


@click.command()
@click.argument("suite")
@click.option("--variant", metavar="NAME", help="Hold this variant against itself (default: the prompt that gates compare with).")
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="Ask about the first N fixtures only.")
@click.option(
    "--repeats", type=click.IntRange(min=2), metavar="K", help="Ask each question K times (default: 2, or twice the suite's own)."
)
@options.slots
@options.workers
@click.option("--store", metavar="DIR", help="Where these runs are kept, apart from the others (default: .harness/aa).")
@options.as_json
def aa(
    *,
    suite: str,
    variant: str | None,
    limit: int | None,
    repeats: int | None,
    slots: int,
    workers: int | None,
    store: str | None,
    as_json: bool,
) -> int:
    """Hold SUITE against itself: ask one variant the same questions again, and see what moves when nothing changes.

    No stored answer is used. The smallest margin worth declaring follows from what is printed.

    Exit code 2: the suite is wrong. 3: too few answers came back. 130: interrupted.
    """
    from harness.running import make_progress
    from harness.session import aa as hold_against_itself

    floor = hold_against_itself(
        suite,
        store=store,
        variant=variant,
        limit=limit,
        repeats=repeats,
        slots=slots,
        workers=workers,
        progress=make_progress(sys.stderr),
    )
    if as_json:
        options.print_json(floor.to_dict())
    else:
        click.echo(floor.text)
    return floor.exit_code
