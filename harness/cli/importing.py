"""``harness import``."""

from __future__ import annotations

import click

from harness.cli import options


@click.command("import")
@click.argument("form", metavar="FORMAT", type=click.Choice(["logs"]))
@click.argument("files", nargs=-1, required=True)
@click.option("--to", metavar="FILE", help="Write the questions as fixtures to this new .jsonl file.")
@click.option("--to-suite", metavar="DIR", help="Write a suite that compares who answered them, in this new folder.")
@options.as_json
def importing(*, form: str, files: tuple[str, ...], to: str | None, to_suite: str | None, as_json: bool) -> int:
    """Read FILES, logs of production traffic, and turn them into fixtures or a suite; no model is asked.

    FORMAT is logs: what harness.capture writes, plain traces as JSON lines, OpenAI's chat format, or OpenTelemetry GenAI spans
    exported as JSON, told apart line by line. A folder stands for the .jsonl and .json files in it.

    What was corrected has that as its expected answer; all else is left to be labelled.
    """
    from harness.capture import fixtures_of, only_mistakes, read_logs, shadow_suite, write_fixtures

    if to is None and to_suite is None:
        raise click.UsageError("Nothing says where to: give --to FILE or --to-suite DIR.")
    logs = read_logs(files)
    fixtures = fixtures_of(logs.calls)
    labelled = sum(fixture.expected is not None for fixture in fixtures)
    wrote = []
    if to is not None:
        wrote.append(str(write_fixtures(fixtures, to)))
    if to_suite is not None:
        wrote.append(str(shadow_suite(logs, to_suite)))
    if as_json:
        options.print_json(
            {
                "format": 1,
                "calls": len(logs.calls),
                "questions": len(fixtures),
                "with_expected": labelled,
                "variants": list(logs.variants),
                "passed_over": dict(logs.passed_over),
                "only_mistakes_corrected": only_mistakes(logs),
                "wrote": wrote,
            }
        )
    else:
        click.echo(f"calls {len(logs.calls):,}, questions {len(fixtures):,}, with an expected answer {labelled:,}")
        click.echo(f"answered by {', '.join(logs.variants)}")
        for place in wrote:
            click.echo(f"wrote {place}")
    for what, count in logs.passed_over.items():
        click.echo(f"passed over: {count:,} {what}", err=True)
    if only_mistakes(logs):
        said = "every correction differs from what production answered, so production loses on each of them by selection"
        click.echo(f"note: {said}. Log also which answers were right: harness.capture.correct(id, the same answer).", err=True)
    return 0
