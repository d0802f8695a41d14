"""A run as a list of runs shows it: how far it came, whether anybody works on it, and how much room it takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.errors import StoreError
from harness.store import layout, tables
from harness.store.alive import Holder, holder
from harness.store.record import RunRecord


@dataclass(frozen=True, slots=True)
class ListedRun:
    """One run.

    Attributes:
        record: What its run.json says.
        folder: Its folder.
        holder: The process that works on it; None where none does.
        planned: Responses planned; None where the record does not say.
        answered: Usable responses it holds; None where they cannot be counted.
        failed: Failed ones.
        size: Bytes of its files.
    """

    record: RunRecord
    folder: Path
    holder: Holder | None
    planned: int | None
    answered: int | None
    failed: int | None
    size: int

    @property
    def status(self) -> str:
        """``running``, ``complete``, ``stopped``; ``unfinished`` where the record says running and nobody works on it."""
        if self.holder is not None:
            return "running"
        return "unfinished" if self.record.status == "running" else self.record.status

    @property
    def cost(self) -> float | None:
        """US dollars it spent, judges included; None where that is not known."""
        totals = self.record.totals
        if totals.get("cost") is None or ("judge_cost" in totals and totals["judge_cost"] is None):
            return None
        return float(totals["cost"] + totals.get("judge_cost", 0.0))

    def to_dict(self) -> dict[str, Any]:
        """The stable keys that ``--json`` prints."""
        record = self.record
        return {
            "run_id": record.run_id,
            "suite": record.suite,
            "status": self.status,
            "started_at": record.started_at,
            "finished_at": record.finished_at,
            "planned": self.planned,
            "answered": self.answered,
            "failed": self.failed,
            "cost": self.cost,
            "bytes": self.size,
            "folder": str(self.folder),
            "process": None if self.holder is None else self.holder.pid,
            "totals": dict(record.totals),
        }


def describe(record: RunRecord, folder: Path) -> ListedRun:
    """Gather what a list shows of one run."""
    answered, failed = _counted(record.totals) or _count(folder)
    return ListedRun(record, folder, holder(folder), _planned(record), answered, failed, size_of(folder))


def size_of(folder: Path) -> int:
    """Sum the bytes of a folder's files; files that go away meanwhile count nothing."""
    total = 0
    for path in folder.rglob("*"):
        try:
            total += path.lstat().st_size if not path.is_dir() else 0
        except OSError:
            continue
    return total


def _planned(record: RunRecord) -> int | None:
    said, asked = record.totals.get("planned"), record.selection
    if isinstance(said, int):
        return said
    try:
        return int(asked["fixtures"]) * int(asked["repeats"]) * len(record.variants)
    except (KeyError, TypeError, ValueError):
        return None


def _counted(totals: Mapping[str, Any]) -> tuple[int, int] | None:
    """Answered and failed ones by the totals of a run that came to its end."""
    try:
        failed = int(totals["failed"])
        return int(totals["asked"]) + int(totals["cached"]) - failed, failed
    except (KeyError, TypeError, ValueError):
        return None


def _count(folder: Path) -> tuple[int | None, int | None]:
    """Answered and failed ones by what a run that has not come to its end has got so far, or by the table it left."""
    table, known, journal = (folder / name for name in (layout.RESPONSES, layout.KNOWN, layout.JOURNAL))
    answered = failed = 0
    with tables.connect() as db:
        for file in [table] if table.exists() else [file for file in (known, journal) if file.exists()]:
            rows = tables.from_journals("$file") if file is journal else "read_parquet($file)"
            query = f"SELECT count(*) FILTER (outcome <> 'failed'), count(*) FILTER (outcome = 'failed') FROM {rows}"
            try:
                ((more, missed),) = tables.read_rows(db, query, file)
            except StoreError:
                return None, None
            answered, failed = answered + more, failed + missed
    return answered, failed
