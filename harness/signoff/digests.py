"""The files a sign-off rests on, each with its digest."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any, Literal

from harness.errors import Fault, SuiteError
from harness.signoff.part import Part
from harness.suite import SourceFile, find_files

Kind = Literal["suite", "fixtures", "training", "prompt", "corpus", "adapter", "outputs", "callable", "metric", "run"]

CODE: tuple[Kind, ...] = ("callable", "metric")
"""Kinds that a run keeps no hash of: they are compared with the commit it was made at."""

METRICS_FILE = "metrics.py"
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Artifact:
    """One file.

    Attributes:
        name: Its path from the top of the working tree, ``run/<file>`` for a file of the run, or its address elsewhere.
        kind: What it is to the suite.
        sha256: Its SHA-256, in hex.
        path: Where it is; None where it is no local file.
        variants: The variants it belongs to; empty where it is there for all.
    """

    name: str
    kind: Kind
    sha256: str
    path: Path | None = None
    variants: tuple[str, ...] = ()

    def descriptor(self) -> dict[str, Any]:
        """The in-toto ResourceDescriptor of it."""
        said: dict[str, Any] = {"kind": self.kind}
        if self.variants:
            said["variants"] = list(self.variants)
        where = {"name": self.name} if self.path is not None else {"name": self.name, "uri": self.name}
        return {**where, "digest": {"sha256": self.sha256}, "annotations": said}


def artifacts_of(part: Part, root: Path) -> tuple[Artifact, ...]:
    """Digest everything a part rests on: the suite's files, then the run's.

    Args:
        part: A suite and its run.
        root: The top of the working tree.

    Raises:
        SuiteError: A file is missing, cannot be read, is no file, or leads out of the working tree; all of them at once.
    """
    faults: list[Fault] = []
    found: dict[str, Artifact] = {}
    for kind, variants, file in _suite_files(part, faults):
        try:
            artifact = _digested(kind, file, root)
        except SuiteError as error:
            faults.extend(error.faults)
            continue
        known = found.get(artifact.name, artifact)
        found[artifact.name] = replace(known, variants=tuple(dict.fromkeys([*known.variants, *variants])))
    for path in run_files(part.folder):
        try:
            inside(path, part.folder)
            found[part.prefix + path.name] = Artifact(part.prefix + path.name, "run", file_digest(path), path)
        except SuiteError as error:
            faults.extend(error.faults)
    if faults:
        raise SuiteError(*dict.fromkeys(faults))
    return tuple(found.values())


def run_files(folder: Path) -> list[Path]:
    """The files of a finished run folder, by name: its record and its tables."""
    names = (entry for entry in folder.iterdir() if not entry.name.startswith("."))
    return sorted(path for path in names if path.suffix in (".json", ".parquet"))


def file_digest(path: Path) -> str:
    """SHA-256 of a file, read a piece at a time.

    Raises:
        SuiteError: It is missing, cannot be read, or is no regular file.
    """
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise SuiteError(Fault("it is no regular file", "", str(path)))
        with path.open("rb") as opened:
            return hashlib.file_digest(opened, "sha256").hexdigest()
    except FileNotFoundError:
        raise SuiteError(Fault("there is no such file", "", str(path))) from None
    except OSError as error:
        raise SuiteError(Fault(f"it cannot be read: {error.strerror or error}", "", str(path))) from error


def inside(path: Path, root: Path) -> None:
    """Make sure that a path, and whatever links it goes through, stays within a folder.

    Raises:
        SuiteError: It leads out of it.
    """
    if not path.resolve().is_relative_to(root.resolve()):
        raise SuiteError(
            Fault(f"it leads out of {root.name or root}, which is signed off", "put the file itself there", str(path))
        )


def name_digest(name: str) -> str:
    """SHA-256 of a model's name, which stands for a hosted model: nobody has its bytes."""
    return hashlib.sha256(name.encode()).hexdigest()


def _digested(kind: Kind, file: SourceFile, root: Path) -> Artifact:
    if "://" in file.place:
        return Artifact(file.place, kind, _remote_digest(file))
    path = Path(file.place)
    inside(path, root)
    # the name is where the path leads without following links, so that a link inside the tree keeps its own name
    name = PurePosixPath(os.path.relpath(path.parent.resolve() / path.name, root.resolve())).as_posix()
    return Artifact(name, kind, file_digest(path), path)


def _remote_digest(file: SourceFile) -> str:
    import fsspec

    digest = hashlib.sha256()
    try:
        with fsspec.open(file.place, "rb") as opened:
            while piece := opened.read(_CHUNK):
                digest.update(piece)
    except Exception as error:  # each remote file system has exceptions of its own
        raise SuiteError(
            Fault(f"it cannot be read: {str(error).splitlines()[0] if str(error) else error!r}", "", file.shown)
        ) from error
    return digest.hexdigest()


def _suite_files(part: Part, faults: list[Fault]) -> Iterator[tuple[Kind, tuple[str, ...], SourceFile]]:
    """Every file the suite names, as far as the run's variants use it; what is not there becomes a fault."""
    suite, definition = part.suite, part.suite.definition

    def find(
        kind: Kind, patterns: str | Iterable[str], variants: tuple[str, ...] = ()
    ) -> Iterator[tuple[Kind, tuple[str, ...], SourceFile]]:
        try:
            for file in find_files(patterns if isinstance(patterns, str) else list(patterns), suite.folder):
                yield kind, variants, file
        except SuiteError as error:
            faults.extend(error.faults)

    yield "suite", (), SourceFile(str(suite.path), suite.path.name)
    yield from find("fixtures", definition.fixtures)
    if definition.training_data:
        yield from find("training", definition.training_data)
    for name, variant in definition.variants.items():
        if name not in part.run.record.variants:
            continue
        if variant.prompt is not None:
            yield from find("prompt", variant.prompt, (name,))
        if variant.retrieval is not None:
            yield from find("corpus", variant.retrieval.corpus, (name,))
        if variant.adapter is not None:
            yield from find("adapter", variant.adapter, (name,))
        if variant.outputs is not None:
            yield from find("outputs", variant.outputs, (name,))
        if variant.callable is not None:
            yield from find("callable", variant.callable.rpartition(":")[0], (name,))
    if (suite.folder / METRICS_FILE).is_file():
        yield from find("metric", METRICS_FILE)
    for entry in suite.metric_entries:
        for value in _texts(entry.options):
            if _names_a_file(value, suite.folder):
                yield from find("metric", value)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _texts(inner)


def _names_a_file(text: str, folder: Path) -> bool:
    """Whether an option of a metric names a file of the suite, such as a schema."""
    try:
        return "\n" not in text and len(text) < 1024 and (folder / text).is_file()
    except (OSError, ValueError):
        return False
