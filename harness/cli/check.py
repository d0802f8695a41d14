"""``harness check``."""

from __future__ import annotations

import click

from harness.cli import options


@click.command()
@click.argument("suite")
@options.as_json
def check(*, suite: str, as_json: bool) -> int:
    """Check that SUITE loads and that its fixtures are fit to decide with; no model is asked.

    Exit code 1: a fixture also stands in the training data or in a prompt, or two fixtures contradict each other.
    """
    from harness.datachecks import check_suite
    from harness.session import load_suite

    loaded = load_suite(suite)
    findings = check_suite(loaded)
    serious = [f for f in findings if f.severity == "serious"]
    if as_json:
        rows = [{"severity": f.severity, "check": f.check, "message": f.message, "fixtures": list(f.fixtures)} for f in findings]
        options.print_json({"format": 1, "suite": loaded.name, "fixtures": len(loaded.fixtures), "findings": rows})
    else:
        gates = len(loaded.definition.gates)
        click.echo(f"{loaded.name}: fixtures {len(loaded.fixtures)}, variants {len(loaded.variants)}, gates {gates}")
        for f in findings:
            click.echo(f"{f.severity:<7}  {f.message}")
        if not findings:
            click.echo("nothing found against it")
    return 1 if serious else 0
