"""``harness compare``."""

from __future__ import annotations

import click

from harness.cli import options


@click.command()
@click.argument("run", default="latest")
@click.option("--candidate", required=True, metavar="VARIANT", help="The variant that is to be better.")
@click.option("--over", required=True, metavar="VARIANT", help="The variant it is compared with.")
@click.option("--metric", metavar="NAME", help="A metric or a part of one (default: the headline metric).")
@click.option("--slice", "slice_name", metavar="SLICE", help="Compare on one slice only, such as tag:edge.")
@click.option("--margin", type=click.FloatRange(min=0), default=0.0, help="The smallest lift worth having.")
@options.suite_name
@options.store
@options.as_json
def compare(
    *,
    run: str,
    candidate: str,
    over: str,
    metric: str | None,
    slice_name: str | None,
    margin: float,
    suite: str | None,
    store: str | None,
    as_json: bool,
) -> int:
    """Compare two variants of RUN, paired by fixture. Exit code 1: the candidate is worse, and it is signal."""
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
