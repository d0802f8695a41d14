"""``harness compare``."""

from __future__ import annotations

from typing import Literal

import click

from harness.cli import options


@click.command()
@click.argument("run", default="latest")
@click.option("--candidate", metavar="VARIANT", help="The variant that is to be better.")
@click.option("--over", metavar="VARIANT", help="The variant it is compared with.")
@click.option(
    "--reference",
    type=click.Choice(["strict", "lenient"]),
    is_flag=False,
    flag_value="strict",
    help="Compare each variant with itself in the suite's reference; strict (the default) refuses another set of fixtures.",
)
@click.option("--metric", metavar="NAME", help="A metric or a part of one (default: the headline metric).")
@click.option("--slice", "slice_name", metavar="SLICE", help="Compare on one slice only, such as tag:edge.")
@click.option("--margin", type=click.FloatRange(min=0), default=0.0, help="The smallest lift worth having.")
@options.suite_name
@options.store
@options.as_json
def compare(
    *,
    run: str,
    candidate: str | None,
    over: str | None,
    reference: Literal["strict", "lenient"] | None,
    metric: str | None,
    slice_name: str | None,
    margin: float,
    suite: str | None,
    store: str | None,
    as_json: bool,
) -> int:
    """Compare two variants of RUN, or RUN with its suite's reference, paired by fixture.

    Exit code 1: the candidate is worse, or what the gates name is worse than in the reference, and it is signal. 2: the
    reference is of another set. 3: no verdict.
    """
    if reference is not None:
        if candidate or over or metric or slice_name or margin:
            raise click.UsageError("--reference compares every variant with itself: leave the other options out.")
        return _with_reference(run, reference, suite, store, as_json)
    if candidate is None or over is None:
        raise click.UsageError("Give --candidate and --over, or --reference.")
    from harness.session import compare as compare_variants
    from harness.session import load_run
    from harness.verdicts import comparison_keys, comparison_sentence

    evaluated = load_run(run, suite=suite, store=store)
    result = compare_variants(evaluated, candidate, over, metric, slice=slice_name, margin=margin)
    if as_json:
        options.print_json({"format": 1, "run_id": evaluated.run_id, **comparison_keys(result)})
    else:
        click.echo(comparison_sentence(result))
    if result.verdict is None:
        return 3
    return 1 if result.verdict == "worse" else 0


def _with_reference(run: str, mode: Literal["strict", "lenient"], suite: str | None, store: str | None, as_json: bool) -> int:
    from rich.console import Console

    from harness.report import print_against_reference
    from harness.session import compare_with_reference

    compared = compare_with_reference(run, mode=mode, suite=suite, store=store)
    if as_json:
        options.print_json(compared.to_dict())
    else:
        print_against_reference(compared.found, Console())
        for sentence in compared.sentences:
            click.echo(sentence)
    return compared.exit_code
