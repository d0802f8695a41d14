"""``harness runs``."""

from __future__ import annotations

import click

from harness.cli import options


@click.command()
@options.suite_name
@options.store
@options.as_json
def runs(*, suite: str | None, store: str | None, as_json: bool) -> int:
    """List the runs, newest first."""
    from harness.store import DEFAULT_ROOT, Store

    records = [r for r in Store(store or DEFAULT_ROOT).list() if suite in (None, r.suite)]
    if as_json:
        rows = [
            {"run_id": r.run_id, "suite": r.suite, "status": r.status, "started_at": r.started_at, "totals": dict(r.totals)}
            for r in records
        ]
        options.print_json({"format": 1, "runs": rows})
        return 0
    if not records:
        click.echo("no runs yet; start one with: harness run SUITE", err=True)
        return 0
    width = max(len(r.suite) for r in records)
    for r in records:
        asked, cached = r.totals.get("asked", "?"), r.totals.get("cached", "?")
        click.echo(f"{r.run_id}  {r.suite:<{width}}  {r.status:<9}  {asked} asked, {cached} stored before")
    return 0
