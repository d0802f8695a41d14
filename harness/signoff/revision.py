"""The code revision a sign-off stands on, as git knows it."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

_SECONDS = 60
_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Revision:
    """A working tree and the commit it is at.

    Attributes:
        root: The top of the working tree.
        commit: The commit it is at; None where there is none yet.
    """

    root: Path
    commit: str | None

    def changed(self, folder: Path, besides: Iterable[Path] = ()) -> tuple[str, ...]:
        """Name what differs from the commit: tracked files anywhere, and files git does not know within a folder.

        Args:
            folder: The suite's folder.
            besides: Files and folders that may be unknown to git: the runs, which have digests of their own.
        """
        tracked = _entries(self.root, "status", "--porcelain=v1", "-z", "--untracked-files=no", "--no-renames")
        unknown = _entries(self.root, "ls-files", "-z", "--others", "--exclude-standard", "--", str(folder))
        allowed = [path.resolve() for path in besides]
        names = [entry[3:] for entry in tracked]
        names += [name for name in unknown if not self._is_allowed(name, allowed)]
        return tuple(dict.fromkeys(names))

    def changed_since(self, commit: str, files: Sequence[Path]) -> tuple[str, ...] | None:
        """Name those of some files that are not what they were at an earlier commit; None where git does not have it."""
        if not files:
            return ()
        if _git(self.root, "cat-file", "-e", f"{commit}^{{commit}}") is None:
            return None
        found = _git(self.root, "diff", "--name-only", "-z", commit, "--", *map(str, files))
        return None if found is None else tuple(name for name in found.split("\0") if name)

    def _is_allowed(self, name: str, allowed: Sequence[Path]) -> bool:
        path = (self.root / name).resolve()
        return "__pycache__" in path.parts or any(path.is_relative_to(other) for other in allowed)


def revision_of(folder: Path) -> Revision | None:
    """Find the working tree a folder lies in; None outside git, or where there is no git."""
    root = _git(folder, "rev-parse", "--show-toplevel")
    if not root:
        return None
    commit = _git(folder, "rev-parse", "--verify", "--quiet", "HEAD^{commit}")
    return Revision(Path(root.strip("\n")), commit.strip() if commit else None)


def some(names: Sequence[str]) -> str:
    """Write the first names of a list and how many more there are."""
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more


def _entries(root: Path, *command: str) -> list[str]:
    return [entry for entry in (_git(root, *command) or "").split("\0") if entry]


def _git(folder: Path, *command: str) -> str | None:
    try:
        done = subprocess.run(["git", "-C", str(folder), *command], capture_output=True, timeout=_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.decode("utf-8", "surrogateescape") if done.returncode == 0 else None
