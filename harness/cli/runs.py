"""``harness runs``."""

from __future__ import annotations

import shutil
import sys
from typing import TYPE_CHECKING

import click

from harness.cli import options

if TYPE_CHECKING:
    from harness.store import Store


@click.group(invoke_without_command=True)
@options.suite_name
@options.store
@options.as_json
@click.pass_context
def runs(context: click.Context, *, suite: str | None, store: str | None, as_json: bool) -> int:
    """List the runs, newest first: how they ended, what they hold, what they cost, how much room they take.

    A run is running while a process works on it, complete, stopped (interrupted, capped, or a variant was given up), or
    unfinished (killed, or the disk was full); what an unfinished one holds is used like that of all others.
    """
    if context.invoked_subcommand is not None:
        context.obj = {"suite": suite, "store": store, "as_json": as_json}
        return 0
    from harness.report import run_lines
    from harness.store import DEFAULT_ROOT, Store

    kept = Store(store or DEFAULT_ROOT)
    listed = kept.listed(suite)
    _tell_notes(kept)
    if as_json:
        options.print_json({"format": 1, "runs": [run.to_dict() for run in listed]})
    elif listed:
        click.echo("\n".join(run_lines(listed, _width())))
    else:
        click.echo("no runs yet; start one with: harness run SUITE", err=True)
    return 0


@runs.command()
@click.argument("suites", nargs=-1)
@click.option(
    "--keep", type=click.IntRange(min=0), default=5, show_default=True, metavar="K", help="Keep each suite's K newest runs."
)
@click.option(
    "--older-than", type=click.FloatRange(min=0), default=14, show_default=True, metavar="DAYS", help="Keep what is younger."
)
@click.option(
    "--drop-answers", is_flag=True, help="Remove a run also where it has the only copy of answers: they are then paid for again."
)
@click.option("--dry-run", is_flag=True, help="Only print what would be removed.")
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
@options.suite_name
@options.store
@options.as_json
@click.pass_context
def prune(
    context: click.Context,
    *,
    suites: tuple[str, ...],
    keep: int,
    older_than: float,
    drop_answers: bool,
    dry_run: bool,
    yes: bool,
    suite: str | None,
    store: str | None,
    as_json: bool,
) -> int:
    """Remove old runs that nothing needs; says what would go, and asks first.

    Kept are: runs that a process works on, and all runs of their suite; runs that a suite's reference names; the newest
    complete run of each suite; the K newest; those younger than DAYS; and those with the only copy of an answer, for the runs
    are the cache too. SUITES are folders of suites whose references count, besides those that the runs themselves name.

    Exit code 2: nothing was removed, because there was nobody to ask and no --yes.
    """
    from harness.report import prune_lines, size_words
    from harness.store import DEFAULT_ROOT, PruneRules, Store

    above = context.obj or {}
    suite, as_json = suite or above.get("suite"), as_json or above.get("as_json", False)
    kept = Store(store or above.get("store") or DEFAULT_ROOT)
    rules = PruneRules(keep=keep, older_than=older_than, drop_answers=drop_answers)
    plan = kept.plan_prune(rules, suites=None if suite is None else {suite}, folders=suites)
    _tell_notes(kept)
    if not as_json:
        click.echo("\n".join(prune_lines(plan, _width())))
    something = bool(plan.remove or plan.leftovers)
    go = something and not dry_run and (yes or _agreed(as_json))
    left = kept.prune(plan) if go else ()
    if as_json:
        options.print_json({"format": 1, "removed": go, **plan.to_dict(), "left": [run.record.run_id for run in left]})
    for run in left:
        click.echo(f"{run.record.run_id} was left: a process has begun to work on it", err=True)
    if go and not as_json:
        click.echo(f"removed; {size_words(plan.size)} freed")
    if something and not go and not dry_run:
        click.echo("nothing was removed", err=True)
        return 2
    return 0


def _agreed(as_json: bool) -> bool:
    """Ask, where there is somebody to ask."""
    if as_json or not sys.stdin.isatty():
        click.echo("say --yes to remove them, or --dry-run only to look", err=True)
        return False
    return click.confirm("remove them?", err=True)


def _width() -> int | None:
    """The columns of the window; None where what is printed goes elsewhere."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def _tell_notes(store: Store) -> None:
    for line in store.notes:
        click.echo(line, err=True)
