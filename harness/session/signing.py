"""Signing a run off, and checking what was signed."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from harness.errors import Fault, HarnessError, StoreError, SuiteError
from harness.session.evaluated import EvaluatedRun, find_run
from harness.session.loading import broad_suites, load_suite
from harness.session.origin import RECORDED, metrics_of, suite_folder
from harness.session.others import other_runs
from harness.signoff import (
    Part,
    RefusedError,
    Verification,
    artifacts_of,
    key_id,
    make_statement,
    payload_of,
    read_private_key,
    read_public_key,
    read_signoff,
    read_waivers,
    refusals,
    revision_of,
    sign_envelope,
    suite_path_of,
    verify_statement,
)
from harness.store import DEFAULT_ROOT, Store
from harness.verdicts import Judgement, Other, judge


@dataclass(frozen=True)
class SignedOff:
    """A sign-off that was written.

    Attributes:
        file: The envelope.
        statement: What it states.
        key: The id of the key it is signed with; None where it is not signed.
    """

    file: Path
    statement: Mapping[str, Any]
    key: str | None

    @property
    def result(self) -> str:
        """PASSED, or WARNED where something was waived."""
        return str(self.statement["predicate"]["result"])


def sign_off(
    run: EvaluatedRun | str | os.PathLike[str] = "latest",
    *,
    by: str,
    key: str | os.PathLike[str] | None = None,
    waive: Sequence[str] = (),
    output: str | os.PathLike[str] | None = None,
    suite: str | None = None,
    store: str | os.PathLike[str] | None = None,
    now: datetime | None = None,
) -> SignedOff:
    """Write the sign-off of a run: a statement over the digests of all it rests on, signed where a key is given.

    Args:
        run: A run, a run id, the beginning of one, ``latest``, the path of a run folder, or that of a suite: its latest run.
        by: Who stands for it.
        key: An Ed25519 private key in PEM form; without one the file is not signed.
        waive: Gates that did not pass and are let through: ``GATE: reason``.
        output: The file to write; ``sign-offs/<suite>/<run id>.intoto.json`` unless given.
        suite: Look among the runs of this suite only.
        store: The folder that holds the runs; ``.harness/runs`` unless given.
        now: When it is signed, with a zone; the present moment unless given.

    Raises:
        RefusedError: A gate did not pass, coverage is low, the leak check failed or is missing, the git tree is dirty, or files
            are not what the run was made with; every reason at once.
        SuiteError: A waiver or the key cannot be used, or the file is there already.
        StoreError: There is no such run.
    """
    if not by.strip():
        raise SuiteError(Fault("nobody signs off", "give --by NAME"))
    signing = None if key is None else read_private_key(Path(key))
    if isinstance(run, EvaluatedRun):
        stored = run.run
    else:
        runs = Store(store or DEFAULT_ROOT)
        stored = runs.read(find_run(runs, run, suite))
    record = stored.record
    file = Path(output) if output is not None else Path("sign-offs") / record.suite / f"{record.run_id}.intoto.json"
    if file.exists() or file.is_symlink():
        raise SuiteError(Fault("there is something here already", "name another file with --output", str(file)))
    folder = suite_folder(stored)
    if folder is None:
        raise SuiteError(Fault("the suite of this run is not there", "run this where the run was made", record.suite_path))
    loaded = load_suite(folder)
    broad, others = broad_suites(loaded), other_runs(stored)
    found_runs = {named: other[0] for named, other in others.items() if not isinstance(other, str)}
    parts = (Part(loaded, stored), *(Part(broad[named], run, named) for named, run in found_runs.items() if named in broad))
    judgement = _judged(parts, others)
    waivers = read_waivers(waive, by.strip(), judgement.gates)
    revision = revision_of(parts[0].suite.folder)
    root = parts[0].suite.folder if revision is None else revision.root
    reasons: list[tuple[int, Fault]] = []
    artifacts = {}
    for part in parts:
        try:
            artifacts[part.name] = artifacts_of(part, root)
        except SuiteError as error:
            reasons += [(error.exit_code, fault) for fault in error.faults]
    found = [artifact for each in artifacts.values() for artifact in each]
    reasons = [*refusals(parts, judgement, waivers, found, revision), *reasons]
    if reasons:
        raise RefusedError(reasons)
    assert revision is not None and revision.commit is not None
    statement = make_statement(
        parts,
        judgement,
        artifacts,
        by=by.strip(),
        at=now or datetime.now(UTC),
        waivers=waivers,
        commit=revision.commit,
        suite_path=parts[0].suite.path.resolve().relative_to(root.resolve()).as_posix(),
    )
    _write(file, sign_envelope(payload_of(statement), signing))
    return SignedOff(file, statement, None if signing is None else key_id(signing.public_key()))


def verify_sign_off(
    file: str | os.PathLike[str],
    *,
    key: str | os.PathLike[str] | None = None,
    suite: str | os.PathLike[str] | None = None,
    run: str | os.PathLike[str] | None = None,
    store: str | os.PathLike[str] | None = None,
) -> Verification:
    """Check a sign-off: the signature, every digest, and the verdict again from the stored scores; nothing is asked.

    Args:
        file: What ``sign_off`` wrote.
        key: The Ed25519 public key it must be signed with, in PEM form; without one the signature is not checked.
        suite: The suite's folder; where the sign-off says it is, in this working tree, unless given.
        run: The run's id or folder; looked for in the store and beside the suite unless given.
        store: The folder that holds the runs; ``.harness/runs`` unless given.

    Raises:
        SuiteError: The file is no sign-off, or the key cannot be used.
        StoreError: There is no such run.
    """
    public = None if key is None else read_public_key(Path(key))
    read = read_signoff(Path(file))
    if read.statement is None:
        return verify_statement(read, key=public, suite_file=None, runs={}, rebuild=_nothing)
    said = read.sign_off
    if suite is None:
        here = revision_of(Path.cwd())
        suite_file = suite_path_of(said, Path.cwd() if here is None else here.root)
    else:
        given = Path(suite)
        suite_file = given / "suite.yaml" if given.is_dir() else given
        if not suite_file.is_file():
            raise SuiteError(Fault("there is no such suite", "give the folder that holds suite.yaml", str(suite)))
    folders = _run_folders(said, suite_file, run, store)

    def rebuild() -> tuple[Sequence[Part], Judgement]:
        assert suite_file is not None
        loaded = load_suite(suite_file)
        broad, runs = broad_suites(loaded), {part: Store(DEFAULT_ROOT).read(folder) for part, folder in folders.items()}
        parts = (Part(loaded, runs[""]), *(Part(broad[named], run, named) for named, run in runs.items() if named in broad))
        return parts, _judged(parts)

    revision = None if suite_file is None else revision_of(suite_file.resolve().parent)
    return verify_statement(read, key=public, suite_file=suite_file, runs=folders, rebuild=rebuild, revision=revision)


def _judged(parts: Sequence[Part], others: Mapping[str, Other] | None = None) -> Judgement:
    """Judge a run from its stored scores, with the metrics of the suites at hand."""
    own, *rest = parts
    found: dict[str, Other] = {part.name: (part.run, metrics_of(part.run, part.suite.folder)) for part in rest}
    return judge(own.run, metrics_of(own.run, own.suite.folder), others={**(others or {}), **found})


def _run_folders(
    said: Mapping[str, Any], suite_file: Path | None, run: str | os.PathLike[str] | None, store: str | os.PathLike[str] | None
) -> dict[str, Path]:
    folders: dict[str, Path] = {}
    for number, one in enumerate(said["runs"]):
        if number == 0 and run is not None:
            folders[one["part"]] = Store(store or DEFAULT_ROOT).find(run)
            continue
        places = [Path(store or DEFAULT_ROOT)]
        if suite_file is not None:
            places.append(suite_file.parent / RECORDED)
        candidates = [place / one["suite"] / one["id"] for place in places]
        found = next((folder for folder in candidates if (folder / "run.json").exists()), None)
        if found is not None:
            folders[one["part"]] = found
    return folders


def _nothing() -> tuple[Sequence[Part], Judgement]:
    raise HarnessError("the statement cannot be read")


def _write(file: Path, envelope: Mapping[str, Any]) -> None:
    text = json.dumps(envelope, indent=1) + "\n"
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        temporary = file.with_name(f".{file.name}.{os.getpid()}.tmp")
        temporary.write_text(text, encoding="utf-8")
        os.link(temporary, file)  # unlike a rename it never replaces a file that came meanwhile
        temporary.unlink()
    except OSError as error:
        why = error.strerror or error
        raise StoreError(Fault(f"the sign-off cannot be written: {why}", "name another place", str(file))) from error
