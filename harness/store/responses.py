"""The responses of a run: what was known when it began, its journal, and the table both become when it ends."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from harness.errors import Fault, StoreError, UnfinishedError
from harness.store import layout, tables
from harness.store.journal import longest_line
from harness.store.record import StoredResponse
from harness.store.rows import COLUMNS, from_row

_NAMES = ", ".join(COLUMNS)


def write_responses(folder: Path, variants: Sequence[str], expected: int) -> None:
    """Turn what was known and the journal into responses.parquet, ordered by variant, fixture and repeat.

    Args:
        folder: The run folder; its fixtures.parquet gives the order of fixtures.
        variants: The order of variants.
        expected: Lines the journal has.

    Raises:
        UnfinishedError: When a line cannot be read back; the journal is left as it is.
    """
    journal, known, target = (folder / name for name in (layout.JOURNAL, layout.KNOWN, layout.RESPONSES))
    if known.exists() and not expected:  # in order already
        known.replace(target)
        layout.sync_folder(folder)
        return
    parts = [f"SELECT {_NAMES} FROM {tables.from_journals('$journal', longest=longest_line(journal))}"]
    with tables.spilling() as db:
        if known.exists():
            parts.append(f"SELECT {_NAMES} FROM read_parquet({tables.file_list([known])})")
            expected += db.execute(f"SELECT count(*) FROM read_parquet({tables.file_list([known])})").fetchone()[0]
        listed = "unnest($names::VARCHAR[]) AS name, generate_subscripts($names::VARCHAR[], 1) AS place"
        db.execute(f"CREATE TABLE v AS SELECT {listed}", {"names": list(variants)})
        db.execute("CREATE TABLE f AS SELECT id, position FROM read_parquet($file)", {"file": str(folder / layout.FIXTURES)})
        query = (
            f"SELECT {', '.join(f'r.{name}' for name in COLUMNS)} FROM ({' UNION ALL '.join(parts)}) r "
            "LEFT JOIN v ON v.name = r.variant LEFT JOIN f ON f.id = r.fixture_id "
            "ORDER BY v.place, r.variant, f.position, r.fixture_id, r.repeat"
        )

        def write(path: Path) -> None:
            found = tables.copy(db, query, path, {"journal": str(journal)})
            if found != expected:
                lost = f"{expected - found} of {expected} lines cannot be read back"
                raise UnfinishedError(Fault(lost, "the journal is kept; is the disk full", file=str(journal)))

        layout.write_atomically(target, write)
    known.unlink(missing_ok=True)


def stream_responses(folder: Path) -> Iterator[StoredResponse]:
    """Read the responses of a run one after the other, some at a time.

    They come from the table where the run is complete, and from what it knew and its journal where it was interrupted.

    Raises:
        StoreError: A file cannot be read.
    """
    table, known, journal = (folder / name for name in (layout.RESPONSES, layout.KNOWN, layout.JOURNAL))
    files = [table] if table.exists() else [file for file in (known, journal) if file.exists()]
    for file in files:
        rows = tables.from_journals("$file", longest=longest_line(file)) if file is journal else "read_parquet($file)"
        yield from map(from_row, tables.stream_rows(f"SELECT {_NAMES} FROM {rows}", file))


def has_known(folder: Path) -> bool:
    """Whether an unfinished run began with answers it knew."""
    return (folder / layout.KNOWN).exists()


def count_responses(folder: Path) -> int:
    """Count the rows of responses.parquet; 0 where it cannot be read."""
    with tables.connect() as db:
        try:
            return int(tables.read_rows(db, "SELECT count(*) FROM read_parquet($file)", folder / layout.RESPONSES)[0][0])
        except StoreError:
            return 0
