"""Removing old runs, and what must stay: what references name, what is new, and the only copy of any answer that was paid for.

A run folder is the cache too, so removing one may make somebody pay again. Unless that is asked for, a run goes only when every
usable answer in it, of models and of judges, is in a run that stays.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from harness.errors import Fault, StoreError
from harness.store import layout, tables
from harness.store.alive import Hold, holder
from harness.store.answers import JUDGEMENTS, RESPONSES, Kept, rows_of
from harness.store.listing import ListedRun, size_of

REMOVING = ".removing-"
"""How the name of a folder begins that is being removed: beside the suites, where nothing looks for runs."""

REFERENCE = Path("reference") / "manifest.json"
"""Where a suite's folder names the runs that its reference was made of."""

STALE = timedelta(hours=1)
"""Age from which a half-made folder, or a file that was being written, is taken to have been left by a killed process."""

_BEGINNING = frozenset({layout.FIXTURES, layout.LOCK})
_RUN_ID = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{6}")


@dataclass(frozen=True, slots=True)
class PrunePlan:
    """What pruning would do.

    Attributes:
        remove: Runs that go, newest first.
        keep: Runs that stay, newest first, with the reason.
        leftovers: Files and folders of no use that killed processes left.
        size: Bytes that would be freed.
    """

    remove: tuple[ListedRun, ...] = ()
    keep: tuple[tuple[ListedRun, str], ...] = ()
    leftovers: tuple[Path, ...] = ()
    size: int = 0

    def to_dict(self) -> dict[str, Any]:
        """The stable keys that ``--json`` prints."""
        return {
            "remove": [run.to_dict() for run in self.remove],
            "keep": [{**run.to_dict(), "reason": reason} for run, reason in self.keep],
            "leftovers": [str(path) for path in self.leftovers],
            "bytes": self.size,
        }


@dataclass(frozen=True, slots=True)
class PruneRules:
    """What stays, besides what is running.

    Attributes:
        keep: The newest runs of each suite, so many.
        older_than: Runs younger than so many days.
        drop_answers: Whether a run may go although it holds the only copy of an answer.
        references: Run ids that references need, each with the file that names it.
        now: The time.
    """

    keep: int = 5
    older_than: float = 14.0
    drop_answers: bool = False
    references: Mapping[str, Path] = field(default_factory=dict)
    now: datetime = field(default_factory=lambda: datetime.now(UTC))


def plan_prune(root: Path, runs: Sequence[ListedRun], rules: PruneRules, suites: Collection[str] | None = None) -> PrunePlan:
    """Work out what may go; nothing is changed.

    Args:
        root: The store's root.
        runs: All runs of the store, newest first.
        rules: What stays.
        suites: Prune the runs of these suites only; all unless given.
    """
    reasons = _reasons(runs, rules, suites)
    unreadable, sole = _sole_copies([r for r in runs if r.folder in reasons], [r for r in runs if r.folder not in reasons])
    for run in runs:
        if run.folder in unreadable:
            reasons.setdefault(run.folder, "what it holds cannot be read")
        elif sole.get(run.folder) and not rules.drop_answers:
            count = sole[run.folder]
            reasons.setdefault(run.folder, f"the only copy of {count} answer{'s' if count > 1 else ''}")
    remove = tuple(run for run in runs if run.folder not in reasons)
    leftovers = tuple(_leftovers(root, runs, rules.now))
    size = sum(run.size for run in remove) + sum(size_of(p) if p.is_dir() else p.stat().st_size for p in leftovers)
    return PrunePlan(remove, tuple((run, reasons[run.folder]) for run in runs if run.folder in reasons), leftovers, size)


def prune(root: Path, plan: PrunePlan) -> tuple[ListedRun, ...]:
    """Remove what a plan says, run by run: from one moment to the next a run is no run any more, then its files go.

    Returns:
        Runs that were left after all, because a process has begun to work on them.

    Raises:
        StoreError: When something cannot be removed; what is left of it is removed the next time.
    """
    for path in plan.leftovers:
        with _removing(path):
            if path.is_dir():
                _remove_tree(path)
            else:
                path.unlink(missing_ok=True)
    left = []
    for run in plan.remove:
        hidden = root / f"{REMOVING}{run.folder.parent.name}-{run.folder.name}"
        with _removing(run.folder):
            try:
                hold = Hold(run.folder)
            except FileNotFoundError:
                continue
            except StoreError:
                left.append(run)
                continue
            with hold:
                run.folder.rename(hidden)
                _remove_tree(hidden)
    return tuple(left)


def read_references(folders: Iterable[Path]) -> dict[str, Path]:
    """Find the run ids that references name.

    Args:
        folders: Folders of suites; one without a reference names nothing.

    Returns:
        Every text in the manifests, which the ids are among, with the manifest that has it.

    Raises:
        StoreError: When a manifest cannot be read: then nobody knows what it needs.
    """
    found: dict[str, Path] = {}
    for folder in folders:
        manifest = folder / REFERENCE
        try:
            left = [json.loads(manifest.read_bytes())]
        except (FileNotFoundError, NotADirectoryError):
            continue
        except (OSError, ValueError, RecursionError) as error:
            hint = "restore it, or prune another suite: --suite NAME"
            raise StoreError(
                Fault(f"cannot be read, so which runs it needs is not known: {error}", hint, str(manifest))
            ) from error
        while left:
            said = left.pop()
            if isinstance(said, str):
                found.setdefault(said, manifest)
            elif isinstance(said, Mapping):
                left += [*said.keys(), *said.values()]
            elif isinstance(said, list):
                left += said
    return found


def _reasons(runs: Sequence[ListedRun], rules: PruneRules, suites: Collection[str] | None) -> dict[Path, str]:
    """Why each run stays that stays whatever it holds."""
    live = {run.record.suite for run in runs if run.holder is not None}
    complete: set[str] = set()
    seen: dict[str, int] = {}
    reasons = {}
    for run in runs:
        suite = run.record.suite
        seen[suite] = seen.get(suite, 0) + 1
        newest_complete = run.status == "complete" and suite not in complete
        complete |= {suite} if newest_complete else set()
        if suites is not None and suite not in suites:
            reasons[run.folder] = "of another suite"
        elif run.holder is not None:
            reasons[run.folder] = f"{run.holder} works on it"
        elif suite in live:
            reasons[run.folder] = "a run of its suite is going on"
        elif run.record.run_id in rules.references:
            reasons[run.folder] = f"{rules.references[run.record.run_id]} names it"
        elif newest_complete:
            reasons[run.folder] = "the newest complete run of its suite"
        elif seen[suite] <= rules.keep:
            reasons[run.folder] = f"among the {rules.keep} newest of its suite"
        elif _younger(run.record.started_at, rules):
            reasons[run.folder] = f"younger than {rules.older_than:g} days"
    return reasons


def _younger(started_at: str, rules: PruneRules) -> bool:
    """Whether a run began less than ``older_than`` days ago; one of the future or of no time at all did."""
    try:
        started = datetime.fromisoformat(started_at)
    except ValueError:
        return True
    return rules.now - started.replace(tzinfo=started.tzinfo or UTC) < timedelta(days=rules.older_than)


def _sole_copies(keep: Sequence[ListedRun], candidates: Sequence[ListedRun]) -> tuple[set[Path], dict[Path, int]]:
    """Which candidates cannot be read, and how many usable answers each of the others would take with it.

    Of the candidates that share an answer only the newest is held to have it, so that one of them stays and not all.
    """
    unreadable: set[Path] = set()
    sole: dict[Path, int] = {}
    for kept in (RESPONSES, JUDGEMENTS):
        with tables.connect() as db:
            db.execute("CREATE TABLE kept (hash VARCHAR)")
            db.execute("CREATE TABLE held (hash VARCHAR, place INTEGER)")
            for run in keep:
                _copy_hashes(db, "kept SELECT DISTINCT hash", run, kept)
            for place, run in enumerate(candidates):
                if not _copy_hashes(db, f"held SELECT DISTINCT hash, {place}", run, kept):
                    unreadable.add(run.folder)
            newest = "SELECT hash, min(place) AS place FROM held ANTI JOIN kept USING (hash) GROUP BY hash"
            for place, count in db.execute(f"SELECT place, count(*) FROM ({newest}) GROUP BY place").fetchall():
                folder = candidates[place].folder
                sole[folder] = sole.get(folder, 0) + count
    return unreadable, sole


def _copy_hashes(db: Any, into: str, run: ListedRun, kept: Kept) -> bool:
    """Copy the hashes of a run's usable answers into a table; say whether they could be read.

    Answers that are worked out anew at no cost, of floors and files of outputs, count for nothing.
    """
    import duckdb

    rows = rows_of([run.folder], kept)
    if rows is None:
        return True
    said = run.record.variants
    free = [name for name, each in said.items() if each.get("method") is not None or each.get("outputs") is not None]
    asked = "true" if kept is JUDGEMENTS else "NOT list_contains($free::VARCHAR[], variant)"
    bound = {} if kept is JUDGEMENTS else {"free": free}
    try:
        db.execute(f"INSERT INTO {into} FROM {rows} WHERE outcome <> 'failed' AND {asked}", bound)
    except duckdb.Error:
        return False
    return True


def _leftovers(root: Path, runs: Sequence[ListedRun], now: datetime) -> Iterator[Path]:
    """What killed processes left: folders half removed or half made, and files that were being written."""

    def stale(path: Path) -> bool:
        try:
            return now - datetime.fromtimestamp(path.stat().st_mtime, UTC) > STALE
        except OSError:
            return False

    yield from sorted(path for path in root.glob(f"{REMOVING}*") if holder(path) is None)
    known = {run.folder for run in runs}
    for folder in sorted(root.glob("*/*")):
        if not folder.is_dir() or not _RUN_ID.fullmatch(folder.name) or holder(folder) is not None:
            continue
        files = list(folder.iterdir())
        temporary = [file for file in files if file.name.startswith(".") and file.suffix in {".tmp", ".jsonl"}]
        half_made = {file.name for file in files} <= _BEGINNING | {file.name for file in temporary}
        if folder not in known and half_made and stale(folder):
            yield folder
        elif folder in known:
            yield from (file for file in temporary if stale(file))


@contextmanager
def _removing(place: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StoreError(
            Fault(f"cannot be removed: {error.strerror or error}", "see whose it is, then prune again", str(place))
        ) from error


def _remove_tree(folder: Path) -> None:
    """Delete a folder, also one that somebody else is deleting at the same time."""
    while folder.exists():
        with suppress(FileNotFoundError):
            shutil.rmtree(folder)
