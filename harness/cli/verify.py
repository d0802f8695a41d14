"""``harness verify``."""

from __future__ import annotations

import click

from harness.cli import options


@click.command()
@click.argument("file")
@click.option("--key", metavar="FILE", help="The Ed25519 public key it must be signed with (PEM).")
@click.option("--suite", metavar="FOLDER", help="The suite (default: where the sign-off says, in this working tree).")
@click.option("--run", metavar="RUN", help="The run's id or folder (default: found by its id).")
@options.store
@options.as_json
def verify(*, file: str, key: str | None, suite: str | None, run: str | None, store: str | None, as_json: bool) -> int:
    """Check the sign-off FILE: its signature, every digest, and the verdict again from the stored scores.

    Exit code 0: it holds. 1: something is not as it was signed, and is named. 2: FILE or the key cannot be used. 3: something
    is not here, so that it cannot be checked.
    """
    from harness.session import verify_sign_off

    verification = verify_sign_off(file, key=key, suite=suite, run=run, store=store)
    if as_json:
        options.print_json(verification.to_dict())
    else:
        for line in verification.lines():
            click.echo(line)
    if verification.signature in ("unsigned", "unchecked"):
        click.echo(f"THE SIGNATURE IS {verification.signature.upper()}: nothing here says who wrote the file.", err=True)
    return verification.exit_code
