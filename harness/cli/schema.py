"""``harness schema``."""

from __future__ import annotations

import click

from harness.cli import options


@click.command()
@click.argument("of", type=click.Choice(["suite", "signoff"]), default="suite")
def schema(*, of: str) -> int:
    """Print a JSON Schema: of suite.yaml, for editors, or of the statement in a sign-off."""
    if of == "signoff":
        from harness.signoff import signoff_schema

        options.print_json(signoff_schema())
    else:
        from harness.suite import suite_schema

        options.print_json(suite_schema())
    return 0
