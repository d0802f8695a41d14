"""``harness decide``."""

from __future__ import annotations

import click

from harness.cli import options


@click.command()
@click.argument("run", default="latest")
@click.option("--markdown", is_flag=True, help="Print Markdown, for a pull request or a CI summary.")
@options.suite_name
@options.store
@options.as_json
def decide(*, run: str, markdown: bool, suite: str | None, store: str | None, as_json: bool) -> int:
    """Say whether to fine-tune at all, from the evidence of RUN; no model is asked.

    RUN is an id, the beginning of one, latest, a run folder, or a suite's folder: then its latest run.

    0: an answer. 3: none yet, the run is incomplete. 4: none yet, more fixtures are needed.
    """
    if markdown and as_json:
        raise click.UsageError("--markdown and --json: give one of them.")
    from rich.console import Console

    from harness.report import decision_markdown, print_decision
    from harness.session import decide as decide_run

    decision = decide_run(run, suite=suite, store=store)
    if as_json:
        options.print_json(decision.to_dict())
    elif markdown:
        click.echo(decision_markdown(decision), nl=False)
    else:
        print_decision(decision, Console())
    return decision.exit_code
