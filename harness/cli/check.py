"""``harness check``."""

from __future__ import annotations

import click

from harness.cli import options


@click.command()
@click.argument("suite")
@options.fail_on_retirement
@options.as_json
def check(*, suite: str, fail_on_retirement: int | None, as_json: bool) -> int:
    """Check that SUITE loads and that its fixtures are fit to decide with; no model is asked.

    Exit code 1: a fixture also stands in the training data or in a prompt, or two fixtures contradict each other;
    or a model is retired within the days that --fail-on-retirement allows.
    """
    from datetime import UTC, datetime

    from harness.datachecks import check_suite
    from harness.models import models_of, retirement_keys, retirement_sentence, retirements, retiring
    from harness.session import load_suite

    loaded = load_suite(suite)
    today = datetime.now(UTC).date()
    findings = check_suite(loaded, today=today)
    calendar = retirements(models_of(loaded.definition), today, loaded.definition.retirements)
    gone = () if fail_on_retirement is None else retiring(calendar, fail_on_retirement)
    serious = [f for f in findings if f.severity == "serious"]
    if as_json:
        rows = [{"severity": f.severity, "check": f.check, "message": f.message, "fixtures": list(f.fixtures)} for f in findings]
        options.print_json(
            {
                "format": 1,
                "suite": loaded.name,
                "fixtures": len(loaded.fixtures),
                "findings": rows,
                "retirements": [retirement_keys(one) for one in calendar],
            }
        )
    else:
        gates = len(loaded.definition.gates)
        click.echo(f"{loaded.name}: fixtures {len(loaded.fixtures)}, variants {len(loaded.variants)}, gates {gates}")
        for f in findings:
            click.echo(f"{f.severity:<7}  {f.message}")
        if not findings:
            click.echo("nothing found against it")
    for one in gone:
        click.echo(f"{retirement_sentence(one)}: --fail-on-retirement {fail_on_retirement}", err=True)
    return 1 if serious or gone else 0
