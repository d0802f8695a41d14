"""``harness check``."""

from __future__ import annotations

import click

from harness.cli import options


@click.command()
@click.argument("suite")
@click.option("--run", metavar="RUN", help="An earlier run that power and bias are judged by (default: the latest, if any).")
@click.option("--against", multiple=True, metavar="LOGS", help="Production logs to compare with the fixtures; may be repeated.")
@click.option(
    "--propose", type=click.IntRange(min=1), metavar="N", help="Choose N inputs of the logs to label next; goes with --output."
)
@click.option("--output", metavar="FILE", help="The new .jsonl file they are written to, as fixtures without expected.")
@click.option("--propose-groups", metavar="FILE", help="Write the fixtures with a group for those that depend on each other.")
@click.option("--redact", metavar="DIR", help="Write fixtures and training data without keys and personal data.")
@click.option(
    "--rows",
    type=click.IntRange(min=0),
    default=3,
    show_default=True,
    metavar="N",
    help="Rows of evidence shown of each finding.",
)
@options.store
@options.fail_on_retirement
@options.as_json
def check(
    *,
    suite: str,
    run: str | None,
    against: tuple[str, ...],
    propose: int | None,
    output: str | None,
    propose_groups: str | None,
    redact: str | None,
    rows: int,
    store: str | None,
    fail_on_retirement: int | None,
    as_json: bool,
) -> int:
    """Check that SUITE loads and that its fixtures are fit to decide with; no model is asked.

    Exit code 1: something serious was found (fixtures that also stand in the training data or in a prompt, fixtures that
    contradict each other, keys in the data), or a model is retired within the days that --fail-on-retirement allows.
    """
    from datetime import UTC, datetime
    from pathlib import Path

    from harness.capture import write_fixtures
    from harness.datachecks import check_suite, counted, write_grouped, write_redacted
    from harness.models import models_of, retirement_keys, retirement_sentence, retirements, retiring
    from harness.session import check_against, check_bias, check_power, earlier_run, judged_without_leaks, load_suite

    if (propose is None) != (output is None) or (propose is not None and not against):
        raise click.UsageError("--propose N, --output FILE and --against LOGS go together.")
    loaded = load_suite(suite)
    earlier = earlier_run(loaded, run, store)
    power = check_power(loaded, earlier, store=store)
    production = check_against(loaded, against) if against else None
    more = (*power.findings, *check_bias(loaded, earlier), *(production.findings if production is not None else ()))
    proposed = ""
    if production is not None and propose is not None and output is not None:
        proposed = str(write_fixtures(production.propose(propose), output))
    wrote = [] if redact is None else [str(path) for path in write_redacted(loaded, Path(redact))]
    grouped = None if propose_groups is None else write_grouped(loaded, Path(propose_groups))
    today = datetime.now(UTC).date()
    findings = check_suite(loaded, today=today, more=(lambda _: more,))
    calendar = retirements(models_of(loaded.definition), today, loaded.definition.retirements)
    gone = () if fail_on_retirement is None else retiring(calendar, fail_on_retirement)
    serious = [f for f in findings if f.severity == "serious"]
    unseen = judged_without_leaks(earlier, findings)
    if as_json:
        options.print_json(
            {
                "format": 1,
                "suite": loaded.name,
                "fixtures": len(loaded.fixtures),
                "findings": [finding.to_dict() for finding in findings],
                "run": None if earlier is None else earlier.record.run_id,
                "power": list(power.gates),
                "drift": None if production is None else production.to_dict(),
                "proposed": proposed or None,
                "grouped": grouped,
                "redacted": wrote or None,
                "without_leaks": None if unseen is None else unseen.to_dict(),
                "retirements": [retirement_keys(one) for one in calendar],
            }
        )
    else:
        from rich.console import Console

        from harness.report import print_findings, print_without_leaks

        console = Console()
        counts = {
            "fixture": len(loaded.fixtures),
            "training example": len(loaded.training),
            "variant": len(loaded.variants),
            "gate": len(loaded.definition.gates),
        }
        about = f"{loaded.name}: {', '.join(counted(count, word) for word, count in counts.items() if count)}"
        print_findings(about, findings, console, rows=rows)
        if unseen is not None:
            print_without_leaks(unseen.to_dict(), console)
    said = [f"wrote {proposed}: give each an expected answer, then add the file to fixtures"] if proposed else []
    if grouped is not None:
        said.append(f"wrote {propose_groups}: {counted(grouped, 'fixture')} with a group they did not have")
    for line in [*said, *(f"wrote {path}, redacted" for path in wrote)]:
        click.echo(line, err=as_json)
    for one in gone:
        click.echo(f"{retirement_sentence(one)}: --fail-on-retirement {fail_on_retirement}", err=True)
    return 1 if serious or gone else 0
