"""``harness compare``."""

from __future__ import annotations

from typing import Any, Literal

import click

from harness.cli import options


@click.command()
@click.argument("run", default="latest")
@click.argument("later", required=False)
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
@click.option("--margin", type=click.FloatRange(min=0), help="The smallest lift worth having (two runs: what the gates say).")
@click.option("--output", "-o", metavar="FILE", help="Of two runs: write an HTML page here as well.")
@options.suite_name
@options.store
@options.as_json
def compare(
    *,
    run: str,
    later: str | None,
    candidate: str | None,
    over: str | None,
    reference: Literal["strict", "lenient"] | None,
    metric: str | None,
    slice_name: str | None,
    margin: float | None,
    output: str | None,
    suite: str | None,
    store: str | None,
    as_json: bool,
) -> int:
    """Compare two variants of RUN, or RUN with its suite's reference, or two runs, paired by fixture.

    RUN alone takes --candidate and --over, or --reference. With two runs, the earlier first, each variant is compared with
    itself on the fixtures that both have unchanged; --candidate and --over then name a variant of the later run and one of
    the earlier. Each is an id, the beginning of one, latest, or a run folder.

    Exit code 1: the candidate is worse, or what the gates name is worse than in the reference or in the earlier run, and it
    is signal. 2: the runs or the reference have nothing in common. 3: no verdict.
    """
    if later is not None:
        if reference is not None:
            raise click.UsageError("--reference compares one run: leave the second run out.")
        what: dict[str, Any] = {
            "candidate": candidate, "over": over, "metric": metric, "slice": slice_name, "margin": margin,
            "suite": suite, "store": store,
        }  # fmt: skip
        return _two_runs(run, later, what, output, as_json)
    if output is not None:
        raise click.UsageError("--output writes a page about two runs: name the second one.")
    if reference is not None:
        if candidate or over or metric or slice_name or margin:
            raise click.UsageError("--reference compares every variant with itself: leave the other options out.")
        return _with_reference(run, reference, suite, store, as_json)
    if candidate is None or over is None:
        raise click.UsageError("Give --candidate and --over, or --reference, or a second run.")
    from harness.session import compare as compare_variants
    from harness.session import load_run
    from harness.verdicts import comparison_keys, comparison_sentence

    evaluated = load_run(run, suite=suite, store=store)
    result = compare_variants(evaluated, candidate, over, metric, slice=slice_name, margin=margin or 0.0)
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


def _two_runs(before: str, after: str, what: dict[str, Any], output: str | None, as_json: bool) -> int:
    from rich.console import Console

    from harness.report import print_two_runs
    from harness.session import compare_runs, write_comparison

    compared = compare_runs(before, after, **what)
    page = None if output is None else write_comparison(compared, output)
    if as_json:
        options.print_json({**compared.to_dict(), "page": None if page is None else str(page)})
    else:
        print_two_runs(compared, Console())
    if page is not None:
        click.echo(f"page: {page}", err=True)
    return compared.exit_code
