"""Options that several commands share, so that they are spelled and explained the same everywhere."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import click

store = click.option("--store", metavar="DIR", help="Where the runs are kept (default: .harness/runs).")
as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON with stable keys to stdout.")
suite_name = click.option("--suite", metavar="NAME", help="Look among the runs of this suite only.")
fail_on_retirement = click.option(
    "--fail-on-retirement",
    type=click.IntRange(min=0),
    metavar="DAYS",
    help="Exit code 1 where a model is retired within DAYS; an unknown date never fails.",
)
slots = click.option(
    "--slots",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    metavar="N",
    help="Requests the embedded model works on at once; above 1 its answers are not deterministic.",
)


def _workers(ctx: click.Context, param: click.Parameter, value: str) -> int | None:
    """A number, or auto, which is None."""
    if value == "auto":
        return None
    if not value.isdecimal() or int(value) < 1:
        raise click.BadParameter(f"{value!r} is neither auto nor a number of 1 or more.", ctx, param)
    return int(value)


workers = click.option(
    "--workers",
    default="auto",
    callback=_workers,
    show_default=True,
    metavar="N|auto",
    help="Processes that send to hosted models; auto is 1 unless there are many calls to make and many in flight at once.",
)


def print_json(value: Mapping[str, Any] | list[Any]) -> None:
    """Print a JSON value to stdout; NaN never appears in it."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False))
