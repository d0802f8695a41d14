"""``harness gate``."""

from __future__ import annotations

import click

from harness.cli import options


@click.command()
@click.argument("run", default="latest")
@options.suite_name
@options.store
@options.as_json
def gate(*, run: str, suite: str | None, store: str | None, as_json: bool) -> int:
    """Judge the gates of RUN from its stored scores; the exit code is the answer.

    RUN is an id, the beginning of one, latest, a run folder, or a suite's folder: then its latest run.

    0: every gate passed. 1: a gate failed. 3: no verdict. 4: inconclusive where an answer is required.
    """
    from harness.session import load_run

    evaluated = load_run(run, suite=suite, store=store)
    if as_json:
        keys = evaluated.to_dict()
        options.print_json({key: keys[key] for key in ("format", "run_id", "suite", "gates", "exit_code")})
    else:
        if not evaluated.judgement.gates:
            click.echo("this suite declares no gates", err=True)
        for result in evaluated.judgement.gates:
            click.echo(f"{result.status:<12}  {result.name}: {result.sentence}")
    return evaluated.exit_code
