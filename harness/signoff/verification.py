"""What came of checking a sign-off."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Signature = Literal["good", "bad", "unsigned", "unchecked"]
ProblemKind = Literal["changed", "missing", "unread"]

FORMAT = 1


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is not as it was signed.

    Attributes:
        kind: changed; missing: it is not here, so it cannot be checked; unread: something else kept it from being checked.
        what: The file, or the field of the statement.
        message: What is the matter, a clause.
    """

    kind: ProblemKind
    what: str
    message: str

    def __str__(self) -> str:
        """One line, for people."""
        return f"{self.kind}: {self.what}: {self.message}"


@dataclass(frozen=True)
class Verification:
    """Whether a sign-off still holds.

    Attributes:
        file: The file that was checked.
        signature: good; bad; unsigned: it has none; unchecked: it has one, and no key was given to check it with.
        key: The id of the key it was checked with.
        by: Who signed off; None where the statement cannot be read.
        at: When, ISO 8601.
        run_id: The run.
        result: PASSED, WARNED (something was waived) or FAILED.
        waivers: Gate, reason and name of each waiver.
        files: How many files were digested.
        recomputed: Whether the verdict was recomputed from the stored scores.
        problems: What is not as it was signed, the signature first.
        notes: What a reader must know all the same.
    """

    file: str
    signature: Signature
    key: str | None = None
    by: str | None = None
    at: str | None = None
    run_id: str | None = None
    result: str | None = None
    waivers: tuple[Mapping[str, str], ...] = ()
    files: int = 0
    recomputed: bool = False
    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether nothing is the matter."""
        return not self.problems

    @property
    def exit_code(self) -> int:
        """0 where everything is as it was signed, 1 where something changed, 3 where something could not be checked."""
        kinds = {problem.kind for problem in self.problems}
        return 1 if "changed" in kinds else 3 if kinds else 0

    def to_dict(self) -> dict[str, Any]:
        """The stable, versioned keys that ``--json`` prints."""
        return {
            "format": FORMAT,
            "file": self.file,
            "holds": self.holds,
            "signature": self.signature,
            "key": self.key,
            "by": self.by,
            "at": self.at,
            "run_id": self.run_id,
            "result": self.result,
            "waivers": [dict(waiver) for waiver in self.waivers],
            "files": self.files,
            "recomputed": self.recomputed,
            "problems": [{"kind": p.kind, "what": p.what, "message": p.message} for p in self.problems],
            "notes": list(self.notes),
            "exit_code": self.exit_code,
        }

    def lines(self) -> list[str]:
        """What is printed for people; the first line is the answer."""
        first = "the sign-off holds" if self.holds else "the sign-off does not hold" if self.exit_code == 1 else "not verified"
        lines = [f"{first}: {self.file}"]
        if self.by is not None:
            lines.append(f"signed off by {self.by} at {self.at}: {self.result}, run {self.run_id}")
        lines += [f"waived: {w['gate']}, by {w['by']}: {w['reason']}" for w in self.waivers]
        said = {
            "good": f"signature: good, key {self.key}",
            "bad": f"signature: does not fit with key {self.key}",
            "unsigned": "signature: NONE; anybody may have written this file",
            "unchecked": "signature: NOT CHECKED; give --key PUBLIC_KEY",
        }
        lines.append(said[self.signature])
        how = "recomputed from the stored scores" if self.recomputed else "not recomputed"
        lines.append(f"{self.files} files digested; the verdict was {how}")
        lines += [str(problem) for problem in self.problems] + [f"note: {note}" for note in self.notes]
        return [_visible(line) for line in lines]


def _visible(text: str) -> str:
    """Write what a terminal might obey, such as escape sequences in a name, as visible escapes."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
