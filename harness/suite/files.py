"""The files a suite names: local paths from the suite's folder, globs, and fsspec URLs."""

from __future__ import annotations

import difflib
import glob
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from harness.errors import Fault, SuiteError


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One file that exists.

    Attributes:
        place: The absolute local path, or the fsspec URL.
        shown: The name used in messages: relative to the working directory where that is possible.
    """

    place: str
    shown: str

    @property
    def name(self) -> str:
        """The file's own name, without its folder."""
        return PurePosixPath(self.place).name

    def read(self) -> bytes:
        """Read the whole file.

        Raises:
            SuiteError: It cannot be read.
        """
        try:
            if not is_url(self.place):
                return Path(self.place).read_bytes()
            import fsspec

            filesystem, path = fsspec.core.url_to_fs(self.place)
            return bytes(filesystem.cat_file(path))
        except Exception as error:  # each remote file system has exceptions of its own
            raise SuiteError(Fault(f"it cannot be read: {_first_line(error)}", "", self.shown)) from error


def is_url(pattern: str) -> bool:
    """Whether a pattern goes through fsspec rather than the local disk."""
    return "://" in pattern


def shown_name(path: Path) -> str:
    """Name a local file as the user would: relative to the working directory if it lies inside it."""
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def find_files(patterns: str | Sequence[str], folder: Path) -> tuple[SourceFile, ...]:
    """Find the files that paths, globs and URLs name, each once: in the patterns' order, a glob's matches by name.

    Args:
        patterns: One or more local paths (relative to ``folder``), globs (``**`` crosses folders) or fsspec URLs.
        folder: The suite's folder.

    Raises:
        SuiteError: A fault for each pattern that names nothing.
    """
    found: dict[str, SourceFile] = {}
    faults: list[Fault] = []
    for pattern in [patterns] if isinstance(patterns, str) else patterns:
        try:
            matches = _find_remote(pattern) if is_url(pattern) else _find_local(pattern, folder)
        except SuiteError as error:
            faults.extend(error.faults)
            continue
        found.update((match.place, match) for match in matches)
    if faults:
        raise SuiteError(*faults)
    return tuple(found.values())


def _find_local(pattern: str, folder: Path) -> list[SourceFile]:
    exact = folder / pattern
    if exact.is_file():
        paths = [exact]
    elif glob.has_magic(pattern):
        paths = [folder / match for match in sorted(glob.glob(pattern, root_dir=folder, recursive=True))]
        paths = [path for path in paths if path.is_file()]
    else:
        paths = []
    if not paths:
        raise SuiteError(_nothing_local(pattern, folder))
    normal = [Path(os.path.normpath(path)) for path in paths]
    return [SourceFile(str(path), shown_name(path)) for path in normal]


def _nothing_local(pattern: str, folder: Path) -> Fault:
    if glob.has_magic(pattern):
        return Fault(f"no file matches {pattern}", "paths are relative to the suite's folder")
    exact = folder / pattern
    if exact.is_dir():
        return Fault(f"{pattern} is a folder", f"name its files, for example {pattern.rstrip('/')}/*")
    beside = [p.name for p in exact.parent.iterdir() if p.is_file()] if exact.parent.is_dir() else []
    close = difflib.get_close_matches(exact.name, beside, 1)
    if close:
        return Fault(f"there is no file {pattern}", f"did you mean {Path(pattern).with_name(close[0])}")
    return Fault(f"there is no file {pattern}", "paths are relative to the suite's folder")


def _find_remote(pattern: str) -> list[SourceFile]:
    import fsspec

    try:
        filesystem, path = fsspec.core.url_to_fs(pattern)
        matches = sorted(filesystem.glob(path)) if glob.has_magic(path) else [path]
        matches = [match for match in matches if filesystem.isfile(match)]
        urls = [str(filesystem.unstrip_protocol(match)) for match in matches]
    except Exception as error:  # each remote file system has exceptions of its own
        raise SuiteError(
            Fault(f"{pattern} cannot be reached: {_first_line(error)}", "check the address and its access")
        ) from error
    if not urls:
        raise SuiteError(Fault(f"nothing is found at {pattern}", "check the address"))
    return [SourceFile(url, url) for url in urls]


def _first_line(error: BaseException) -> str:
    said = getattr(error, "strerror", None) or str(error)
    return (said.strip().splitlines() or [type(error).__name__])[0]
