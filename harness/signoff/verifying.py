"""Checking a sign-off: the signature, every digest, and the verdict again from the stored scores.

Nothing that a statement names is opened unless it lies within the suite's working tree or the run's folder, and no code of the
suite is run unless its digest is the one that was signed.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.errors import Fault, HarnessError, SuiteError
from harness.signoff.differing import differences
from harness.signoff.digests import artifacts_of, file_digest, inside, name_digest
from harness.signoff.dsse import PAYLOAD_TYPE, Envelope, key_id, read_envelope, strict_json
from harness.signoff.part import Part
from harness.signoff.refusing import Waiver
from harness.signoff.revision import Revision, some
from harness.signoff.schema import schema_problems
from harness.signoff.statement import EXTENSION, MODEL, make_statement
from harness.signoff.verification import Problem, Signature, Verification
from harness.verdicts import Judgement

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

Rebuild = Callable[[], tuple[Sequence[Part], Judgement]]
"""Loads the suite, reads the run and judges it again from its stored scores."""

_CODE = ("suite", "callable", "metric")


@dataclass(frozen=True)
class ReadStatement:
    """A sign-off that has been read.

    Attributes:
        file: Where it stands.
        envelope: The envelope.
        statement: The statement; None where the payload is none.
        problems: What is wrong with the payload.
    """

    file: Path
    envelope: Envelope
    statement: Mapping[str, Any] | None
    problems: tuple[Problem, ...] = ()

    @property
    def sign_off(self) -> Mapping[str, Any]:
        """The part that only this program writes.

        Raises:
            SuiteError: The payload is no sign-off.
        """
        if self.statement is None:
            raise SuiteError(*(Fault(f"{p.what}: {p.message}", "restore the file", str(self.file)) for p in self.problems))
        found: Mapping[str, Any] = self.statement["predicate"][EXTENSION]["predicate"]
        return found


def read_signoff(file: Path) -> ReadStatement:
    """Read a sign-off's envelope and its statement.

    Raises:
        SuiteError: The file is no DSSE envelope, or one of something else than an in-toto statement.
    """
    envelope = read_envelope(file)
    if envelope.payload_type != PAYLOAD_TYPE:
        said = f"payloadType is {envelope.payload_type!r}, not {PAYLOAD_TYPE}"
        raise SuiteError(Fault(said, "name a file that harness signoff wrote", str(file)))
    try:
        statement = strict_json(envelope.payload)
    except ValueError as error:
        return ReadStatement(file, envelope, None, (Problem("changed", "payload", f"it is no JSON: {error}"),))
    problems = tuple(Problem("changed", f"payload {path}", message) for path, message in schema_problems(statement))
    return ReadStatement(file, envelope, None if problems else statement, problems)


def verify_statement(
    read: ReadStatement,
    *,
    key: Ed25519PublicKey | None,
    suite_file: Path | None,
    runs: Mapping[str, Path],
    rebuild: Rebuild,
    revision: Revision | None = None,
) -> Verification:
    """Check a sign-off against what is on disk.

    Args:
        read: The sign-off.
        key: The public key it must be signed with; None leaves the signature unchecked, and says so.
        suite_file: The suite.yaml on disk; None where it is not there.
        runs: For each part by name, the run folder on disk, as far as it is there.
        rebuild: Called where the suite's code and the run's record are as they were signed.
        revision: The working tree the suite lies in; None outside git, where the commit cannot be checked.
    """
    signature = _signature(read.envelope, key)
    problems: list[Problem] = []
    notes: list[str] = []
    if signature == "bad":
        problems.append(
            Problem("changed", "signature", "it does not fit: the payload or the signature was changed, or the key is another")
        )
    if signature == "unsigned" and key is not None:
        problems.append(Problem("changed", "signature", "there is none, and a key was given to check it with"))
    shown = Verification(str(read.file), signature, None if key is None else key_id(key))
    if read.statement is None:
        return replace(shown, problems=(*problems, *read.problems))
    said = read.sign_off
    found = _Digests(read.statement, suite_file, runs)
    problems += found.problems
    commit = _commit(read.statement)
    others = None if revision is None else revision.changed_since(commit, found.right)
    if others is None:
        notes.append(f"whether these files are those of commit {commit} was not checked: it is not in a git repository here")
    elif others:
        problems.append(Problem("changed", "revision", f"at commit {commit} these files are others: {some(others)}"))
    recomputed = False
    if reason := found.untrusted():
        problems.append(Problem("unread", "verdict", f"not recomputed: {reason}"))
    else:
        try:
            again = _rebuilt(read.statement, rebuild, found)
            problems += [p for p in differences(read.statement, again) if p.what not in {q.what for q in problems}]
            recomputed = True
        except HarnessError as error:
            problems += [Problem("unread", "verdict", f"not recomputed: {fault}") for fault in error.faults]
        except Exception as error:  # a file that was changed may hold anything at all
            problems.append(Problem("unread", "verdict", f"not recomputed: {type(error).__name__}: {error}"))
    if signature == "bad" and len(problems) == 1:
        notes.append(
            "every field that can be recomputed is as it was: the names, the times, the reasons or the signature are not"
        )
    return replace(
        shown,
        by=said["signedOff"]["by"],
        at=said["signedOff"]["at"],
        run_id=said["runs"][0]["id"],
        result=read.statement["predicate"]["result"],
        waivers=tuple(said["waivers"]),
        files=found.checked,
        recomputed=recomputed,
        problems=tuple(dict.fromkeys(problems)),
        notes=tuple(notes),
    )


def suite_path_of(sign_off: Mapping[str, Any], top: Path) -> Path | None:
    """Where under a working tree the suite of a sign-off is; None where it is not there, or its path leads elsewhere."""
    parts = _safe(sign_off["suite"]["path"])
    path = None if parts is None else top.joinpath(*parts)
    return path if path is not None and path.is_file() and path.resolve().is_relative_to(top.resolve()) else None


class _Digests:
    """The digests of a statement, checked one by one."""

    def __init__(self, statement: Mapping[str, Any], suite_file: Path | None, runs: Mapping[str, Path]) -> None:
        predicate = statement["predicate"]
        self.sign_off = predicate[EXTENSION]["predicate"]
        self.runs = runs
        self.problems: list[Problem] = []
        if _safe(self.sign_off["suite"]["path"]) is None:
            suite_file = None
            self.problems.append(
                Problem("changed", "suite.path", "no such path is ever signed: it leads out of the working tree")
            )
        self.suite_file = suite_file
        self.checked = 0
        self.wrong: dict[str, str] = {}
        self.right: list[Path] = []
        self.root = self._root()
        for descriptor in [*statement["subject"], *predicate["configuration"]]:
            self._check(descriptor)
        for run in self.sign_off["runs"]:
            for descriptor in run["files"]:
                self._check_run(run["part"], descriptor)

    def untrusted(self) -> str | None:
        """Why nothing may be recomputed: what would be run or believed is not what was signed."""
        names = [name for name, kind in self.wrong.items() if kind in _CODE or (kind == "run" and name.endswith(".json"))]
        if self.suite_file is None:
            return "the suite is not here"
        absent = [run["id"] for run in self.sign_off["runs"] if run["part"] not in self.runs]
        if absent:
            return f"the run {absent[0]} is not here"
        return f"{names[0]} is not what was signed" if names else None

    def _root(self) -> Path | None:
        """The top of the working tree: as many folders above suite.yaml as its signed path has."""
        if self.suite_file is None:
            return None
        depth = posixpath.normpath(self.sign_off["suite"]["path"]).count("/")
        above = self.suite_file.resolve().parents
        return above[depth] if depth < len(above) else self.suite_file.resolve().parent

    def _path(self, name: str) -> Path | None:
        """Where a signed name is on disk: from the suite's own folder, so that the folder may have moved."""
        if self.suite_file is None or self.root is None or (parts := _safe(name)) is None:
            return None
        relative = posixpath.relpath("/".join(parts), posixpath.dirname(self.sign_off["suite"]["path"]) or ".")
        return Path(posixpath.normpath(self.suite_file.resolve().parent.joinpath(relative).as_posix()))

    def _check(self, descriptor: Mapping[str, Any]) -> None:
        name, kind = descriptor["name"], descriptor.get("annotations", {}).get("kind", "")
        if kind == MODEL:
            if descriptor["digest"].get("sha256") != name_digest(name):
                self._wrong("changed", name, kind, "the digest is not that of this model id")
        elif "uri" in descriptor:
            return  # what lies elsewhere is digested when the statement is rebuilt from the suite's own words
        elif "sha256" in descriptor["digest"]:
            path = self._path(name)
            if _safe(name) is None:
                self._wrong("changed", name, kind, "no such name is ever signed: it leads out of the working tree")
            elif path is None:
                self._wrong("missing", name, kind, "it is not here, since the suite is not")
            else:
                self._compare(path, self.root, name, kind, descriptor["digest"]["sha256"])

    def _check_run(self, part: str, descriptor: Mapping[str, Any]) -> None:
        name, folder = descriptor["name"], self.runs.get(part)
        file = _safe(name.partition("/")[2])
        if file is None or len(file) != 1:
            self._wrong("changed", name, "run", "no such name is ever signed: it leads out of the run's folder")
        elif folder is None:
            self._wrong("missing", name, "run", "the run is not here; name it with --run")
        else:
            self._compare(folder / file[0], folder, name, "run", descriptor["digest"].get("sha256"))

    def _compare(self, path: Path, root: Path | None, name: str, kind: str, signed: str | None) -> None:
        if not path.exists() and not path.is_symlink():
            self._wrong("missing", name, kind, "there is no such file")
            return
        try:
            inside(path, root or path.parent)
            now = file_digest(path)
        except SuiteError as error:
            self._wrong("changed", name, kind, error.faults[0].message)
            return
        self.checked += 1
        if now != signed:
            self._wrong("changed", name, kind, f"its SHA-256 is {now[:16]}..., signed was {str(signed)[:16]}...")
        elif kind != "run":
            self.right.append(path)

    def _wrong(self, problem: Any, name: str, kind: str, message: str) -> None:
        self.wrong[name] = kind
        self.problems.append(Problem(problem, f"{name} ({kind})" if kind and kind != "run" else name, message))


def _commit(statement: Mapping[str, Any]) -> str:
    return next((str(d["digest"]["gitCommit"]) for d in statement["subject"] if "gitCommit" in d["digest"]), "")


def _signature(envelope: Envelope, key: Ed25519PublicKey | None) -> Signature:
    if not envelope.signatures:
        return "unsigned"
    if key is None:
        return "unchecked"
    return "good" if envelope.signed_by(key) else "bad"


def _rebuilt(statement: Mapping[str, Any], rebuild: Rebuild, found: _Digests) -> dict[str, Any]:
    """Make the statement again, with what only people and the clock know taken from the one that is there."""
    said = found.sign_off
    parts, judgement = rebuild()
    assert found.root is not None
    root = found.root
    return make_statement(
        parts,
        judgement,
        {part.name: artifacts_of(part, root) for part in parts},
        by=said["signedOff"]["by"],
        at=datetime.fromisoformat(said["signedOff"]["at"]),
        waivers=[Waiver(w["gate"], w["reason"], w["by"]) for w in said["waivers"]],
        commit=_commit(statement),
        suite_path=said["suite"]["path"],
        made_with=said["madeWith"],
    )


def _safe(name: str) -> tuple[str, ...] | None:
    """The parts of a relative path that climbs nowhere; None for any other."""
    parts = name.split("/")
    if "\0" in name or "\\" in name or any(part in ("", ".", "..") for part in parts):
        return None
    return tuple(parts)
