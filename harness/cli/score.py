"""``harness score``."""

from __future__ import annotations

import sys

import click

from harness.cli import options


@click.command()
@click.argument("run", default="latest")
@click.option(
    "--metrics", required=True, metavar="FILE", help="A YAML list of metrics, as under metrics: in suite.yaml, or a suite.yaml."
)
@click.option("--ask", is_flag=True, help="Ask judges what is not stored; their answers are kept in the run.")
@click.option("--save", is_flag=True, help="Write the scores to the run, and name the metrics in its run.json.")
@options.suite_name
@options.store
@options.as_json
def score(*, run: str, metrics: str, ask: bool, save: bool, suite: str | None, store: str | None, as_json: bool) -> int:
    """Measure RUN again with the metrics of FILE: an id, the beginning of one, latest, or a run folder.

    No model is asked, and the run stays as it is, unless you say otherwise. Metrics that ask a judge use stored answers.

    Exit code 3: nothing could be measured, or a judge's answers are missing.
    """
    from rich.console import Console

    from harness.report import print_scores
    from harness.running import make_progress
    from harness.session import score as score_run

    scored = score_run(run, metrics, suite=suite, store=store, ask=ask, save=save, progress=make_progress(sys.stderr))
    if as_json:
        options.print_json(scored.to_dict())
    else:
        print_scores(scored.run, scored.metrics, scored.estimates, Console())
    return scored.exit_code
