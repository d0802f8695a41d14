"""``harness metrics``."""

from __future__ import annotations

import click

from harness.cli import options


@click.command()
@click.argument("name", required=False)
@options.as_json
def metrics(*, name: str | None, as_json: bool) -> int:
    """List the metrics with their options, or explain the metric NAME."""
    from harness.metrics import describe_metrics

    described = describe_metrics(name)
    if as_json:
        rows = [
            {
                "name": d.name,
                "summary": d.summary,
                "options": dict(d.options),
                "unit": d.unit,
                "higher_is_better": d.higher_is_better,
            }
            for d in described
        ]
        options.print_json({"format": 1, "metrics": rows})
    elif name is not None:
        click.echo(f"{described[0].name}\n\n{described[0].text}")
        if described[0].options:
            click.echo("\nOptions in suite.yaml:")
        for option, default in described[0].options.items():
            click.echo(f"  {option}: {default}")
    else:
        width = max(len(d.name) for d in described)
        for d in described:
            click.echo(f"{d.name:<{width}}  {d.summary}")
    return 0
