"""``harness migrate``."""

from __future__ import annotations

import sys

import click

from harness.cli import options


def _pair(context: click.Context, parameter: click.Parameter, given: tuple[str, ...]) -> list[tuple[str, str]]:
    pairs = []
    for text in given:
        variant, equals, value = text.partition("=")
        if not (variant.strip() and equals and value.strip()):
            raise click.BadParameter(f"{text!r} is not VARIANT={parameter.metavar and parameter.metavar.partition('=')[2]}")
        pairs.append((variant.strip(), value.strip()))
    return pairs


@click.command()
@click.argument("suite")
@click.option(
    "--model", "models", multiple=True, callback=_pair, metavar="VARIANT=MODEL", help="Move VARIANT to MODEL; may be repeated."
)
@click.option("--adapter", "adapters", multiple=True, callback=_pair, metavar="VARIANT=FILE", help="With this LoRA adapter.")
@click.option(
    "--base",
    "bases",
    multiple=True,
    callback=_pair,
    metavar="VARIANT=MODEL",
    help="The new base model, where the name does not tell.",
)
@click.option("--margin", type=click.FloatRange(min=0, min_open=True), help="The loss accepted on the headline metric.")
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="Ask about the first N fixtures only.")
@click.option("--repeats", type=click.IntRange(min=1), metavar="K", help="Ask each question K times.")
@click.option("--fresh", is_flag=True, help="Ask everything again, whatever is stored.")
@click.option("--replay", is_flag=True, help="Use stored responses alone; no connection is opened.")
@options.slots
@click.option("--max-cost", type=click.FloatRange(min=0), metavar="USD", help="Stop before this much would be spent.")
@options.store
@options.as_json
def migrate(
    *,
    suite: str,
    models: list[tuple[str, str]],
    adapters: list[tuple[str, str]],
    bases: list[tuple[str, str]],
    margin: float | None,
    limit: int | None,
    repeats: int | None,
    fresh: bool,
    replay: bool,
    slots: int,
    max_cost: float | None,
    store: str | None,
    as_json: bool,
) -> int:
    """Try a new model in a variant's place: SUITE is asked of old and new side by side.

    The answer is hold (move: it does as well), drop (a prompt on the new base does as well, so no fine-tune is needed), re-tune
    (it is shown to be worse), or not settled.

    Exit code 0: hold or drop. 1: re-tune. 2: the suite or the options are wrong. 3: no verdict. 4: not settled. 130: interrupted.
    """
    from harness.running import make_progress
    from harness.session import migrate as migrate_suite
    from harness.session import report

    if fresh and replay:
        raise click.UsageError("--fresh asks everything again and --replay asks nothing: give one of them.")
    done = migrate_suite(
        suite,
        models=models,
        adapters=dict(adapters),
        bases=dict(bases),
        margin=margin,
        store=store,
        limit=limit,
        repeats=repeats,
        fresh=fresh,
        replay=replay,
        slots=slots,
        max_cost=max_cost,
        progress=make_progress(sys.stderr),
    )
    run = done.evaluated
    written = report(run, f"reports/{run.run.record.suite}/{run.run_id}.html")
    if as_json:
        options.print_json({**done.to_dict(), "report": str(written)})
    else:
        for line in done.lines():
            click.echo(line)
        click.echo(f"report  {written}")
    for variant, fixture in run.missing[:20]:
        click.echo(f"no stored response: {variant} on {fixture}", err=True)
    return done.exit_code
