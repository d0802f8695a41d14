"""``harness metrics``."""

from __future__ import annotations

import shutil
import textwrap
from itertools import groupby
from pathlib import Path

import click

from harness.cli import options

_WIDE = 100
"""Columns from which a metric's summary stands beside its name."""


@click.command()
@click.argument("name", required=False)
@click.option("--suite", metavar="FOLDER", help="Take the metrics of this suite's own metrics.py too.")
@options.as_json
def metrics(*, name: str | None, suite: str | None, as_json: bool) -> int:
    """List the metrics with their options, family by family, or explain the metric NAME."""
    from harness.metrics import Description, describe_metrics

    folder = None if suite is None else Path(suite)
    described = describe_metrics(name, folder.parent if folder is not None and folder.is_file() else folder)
    if as_json:
        rows = [
            {
                "name": d.name,
                "family": d.family,
                "summary": d.summary,
                "options": dict(d.options),
                "unit": d.unit,
                "higher_is_better": d.higher_is_better,
            }
            for d in described
        ]
        options.print_json({"format": 1, "metrics": rows})
        return 0
    if name is not None:
        click.echo(f"{described[0].name}\n\n{described[0].text}")
        if described[0].options:
            click.echo("\nOptions in suite.yaml:")
        for option, default in described[0].options.items():
            click.echo(f"  {option}: {default}")
        return 0
    width = shutil.get_terminal_size((_WIDE, 24)).columns
    names = max(len(d.name) for d in described) if width >= _WIDE else 0

    def lines(one: Description) -> str:
        said = [f"{option} (required)" if default == "required" else option for option, default in one.options.items()]
        rest = " " * (names + 4)
        first = f"  {one.name:<{names}}  " if names else rest
        shown = [] if names else [f"  {one.name}"]
        shown.append(textwrap.fill(one.summary, width, initial_indent=first, subsequent_indent=rest))
        if said:
            listed = f"options: {', '.join(said)}"
            shown.append(textwrap.fill(listed, width, initial_indent=rest, subsequent_indent=f"{rest}  "))
        return "\n".join(shown)

    for family, members in groupby(described, key=lambda d: d.family):
        click.echo(f"{family}\n\n" + "\n".join(map(lines, members)) + "\n")
    click.echo("One of them in full: harness metrics NAME")
    return 0
