"""``harness signoff``."""

from __future__ import annotations

import click

from harness.cli import options


@click.command()
@click.argument("run", default="latest")
@click.option("--by", metavar="NAME", help="Who stands for the release.")
@click.option("--key", metavar="FILE", help="Sign with this Ed25519 private key (PEM); without one nothing is signed.")
@click.option("--waive", multiple=True, metavar="'GATE: REASON'", help="Let a gate through that did not pass; may be repeated.")
@click.option("--output", "-o", metavar="FILE", help="Write here (default: sign-offs/<suite>/<run id>.intoto.json).")
@click.option("--new-key", metavar="FILE", help="Make a key pair, FILE and FILE.pub, and sign nothing.")
@options.suite_name
@options.store
@options.as_json
def signoff(
    *,
    run: str,
    by: str | None,
    key: str | None,
    waive: tuple[str, ...],
    output: str | None,
    new_key: str | None,
    suite: str | None,
    store: str | None,
    as_json: bool,
) -> int:
    """Sign RUN off: write a record over the digests of all it rests on, with its gates, numbers, waivers and a name.

    RUN is an id, the beginning of one, latest, a run folder, or a suite's folder: then its latest run.

    Refused, with every reason at once: exit code 1 where a gate failed or a leak was found, 2 where files are not what the run
    was made with or git is dirty, 3 where coverage is low, the run incomplete or the leak check missing, 4 where a gate is
    inconclusive.
    """
    if new_key is not None:
        from pathlib import Path

        from harness.signoff import new_key as make_key

        private, public = make_key(Path(new_key))
        if as_json:
            options.print_json({"format": 1, "private_key": str(private), "public_key": str(public)})
        else:
            click.echo(f"private key {private}: keep it secret\npublic key  {public}: give it to those who verify")
        return 0
    if by is None:
        raise click.UsageError("Missing option '--by': a sign-off needs a name.")
    from harness.session import sign_off

    done = sign_off(run, by=by, key=key, waive=waive, output=output, suite=suite, store=store)
    if as_json:
        options.print_json({"format": 1, "file": str(done.file), "key": done.key, "statement": dict(done.statement)})
    else:
        click.echo(f"signed off by {by}: {done.result}\n{done.file}")
    if done.key is None:
        click.echo("NOT SIGNED: no --key was given, so anybody can write such a file.", err=True)
    return 0
