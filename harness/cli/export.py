"""``harness export``."""

from __future__ import annotations

import os
import sys

import click

from harness.cli import options

_FORMATS = ("csv", "parquet", "json", "jsonl", "markdown", "model-card", "junit")


@click.command()
@click.argument("run", default="latest")
@click.option("--to", "target", metavar="FILE", help="The file to write; - or nothing is stdout.")
@click.option("--format", "-f", "form", type=click.Choice(_FORMATS), help="Told by the file's ending unless given.")
@click.option(
    "--what",
    type=click.Choice(["report", "scores", "responses"]),
    help="What of the run: the report unless given, and the scores for csv, parquet and jsonl.",
)
@click.option("--variant", metavar="NAME", help="Model card: the variant that is the model (default: the candidate).")
@click.option("--model-name", metavar="NAME", help="Model card: the model's name on the Hub.")
@click.option("--task", metavar="ID", help="Model card: the Hub's id of the task (default: text-generation).")
@click.option("--dataset", metavar="ID", help="Model card: the dataset's id on the Hub (default: the suite's name).")
@click.option("--source", metavar="URL", help="Model card: where the results can be read.")
@options.suite_name
@options.store
@options.as_json
def export(
    *,
    run: str,
    target: str | None,
    form: str | None,
    what: str | None,
    variant: str | None,
    model_name: str | None,
    task: str | None,
    dataset: str | None,
    source: str | None,
    suite: str | None,
    store: str | None,
    as_json: bool,
) -> int:
    """Write RUN for other programs: tables of scores and responses, or its report as Markdown, JUnit, JSON or a model card.

    RUN is an id, the beginning of one, latest, a run folder, or a suite's folder: then its latest run. Markdown is made to be
    a pull request's comment; model-card is the evaluation section of a Hugging Face model card with its metadata.

    In CSV, texts that a spreadsheet would take for a formula begin with an apostrophe.
    """
    from harness.session import export as export_run

    card = {"variant": variant, "name": model_name, "task": task, "dataset": dataset, "source": source}
    if form != "model-card" and any(card.values()):
        raise click.UsageError("--variant, --model-name, --task, --dataset and --source are for --format model-card.")
    to_stdout = target in (None, "-")
    if to_stdout and as_json:
        raise click.UsageError("--json says what was written where: name a file with --to.")
    if to_stdout and form == "parquet" and os.isatty(sys.stdout.fileno()):
        raise click.UsageError("Parquet is no text for a terminal: name a file with --to.")
    done = export_run(
        run,
        sys.stdout.buffer if to_stdout else str(target),
        format=form,  # type: ignore[arg-type]  # the choices above
        what=what,  # type: ignore[arg-type]  # the choices above
        suite=suite,
        store=store,
        card=card,
    )
    if as_json:
        options.print_json(done.to_dict())
    elif not to_stdout:
        click.echo(done.path)
    return 0
