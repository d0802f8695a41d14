"""The tables of a run folder, written and read in place with DuckDB."""

from __future__ import annotations

import itertools
import json
import math
import os
import re
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from harness.errors import Fault, StoreError
from harness.store import layout
from harness.store.record import Score
from harness.store.rows import COLUMNS
from harness.suite import Fixture, fixture_from_record, fixture_record

Result = TypeVar("Result")

_ERRNO = re.compile(r'"errno": ?"(\d{1,3})"')

LARGEST_LINE = 64 * 1024 * 1024
"""Bytes one journal line may have."""

BATCH = 100_000
"""Rows held in Python at a time while they are written."""

AT_ONCE = 2_000
"""Rows held in Python at a time while they are read."""

MEMORY = 128
"""Mebibytes that a query over many rows may hold before it spills to a temporary folder."""

MOST_MEMORY = 4096
"""What it may hold where it cannot do with less."""

_MOST_THREADS = 4
_ROW_GROUP = 20_480
_SHORTEST = 1024 * 1024

FIXTURE_COLUMNS = {
    "position": "INTEGER",
    "id": "VARCHAR",
    "tags": "VARCHAR[]",
    "group": "VARCHAR",
    "weight": "DOUBLE",
    "record": "VARCHAR",
}
"""``position`` is the place in the suite's own order, ``record`` the whole fixture as JSON text, the rest there to query by."""


@contextmanager
def connect() -> Iterator[Any]:
    """Open a private in-memory DuckDB connection."""
    import duckdb

    connection = duckdb.connect()
    try:
        with interruptible():
            yield connection
    finally:
        connection.close()


@contextmanager
def interruptible() -> Iterator[None]:
    """Let Ctrl-C be Ctrl-C: where it comes during a query, DuckDB makes a RuntimeError of it."""
    try:
        yield
    except RuntimeError as error:
        if str(error) == "Query interrupted":
            raise KeyboardInterrupt from error
        raise


@contextmanager
def spilling() -> Iterator[Any]:
    """Open a private DuckDB connection whose memory is bounded; what does not fit goes to a temporary folder."""
    with tempfile.TemporaryDirectory(prefix="harness-", ignore_cleanup_errors=True) as folder:
        connection = bounded(Path(folder))
        try:
            with interruptible():
                yield connection
        finally:
            connection.close()


def with_room(db: Any, work: Callable[[], Result]) -> Result:
    """Do work that may be done again, and where it does not fit into the memory of a bounded connection, with more of it."""
    import duckdb

    room = MEMORY
    while True:
        try:
            return work()
        except duckdb.OutOfMemoryException:
            room = room * 5 // 4
            if room > MOST_MEMORY:
                raise
            db.execute(f"SET memory_limit = '{room}MiB'")


def bounded(folder: Path) -> Any:
    """Open a DuckDB connection that holds ``MEMORY`` at most and spills to a folder; it is to be closed."""
    import duckdb

    threads = max(1, min(_MOST_THREADS, os.cpu_count() or 1))
    return duckdb.connect(config={"memory_limit": f"{MEMORY}MiB", "temp_directory": str(folder), "threads": str(threads)})


@contextmanager
def writing(place: Path, hint: str, kind: type[StoreError]) -> Iterator[None]:
    """Turn what the system or DuckDB says when something cannot be written into an error of ours about ``place``."""
    import duckdb

    try:
        yield
    except (OSError, duckdb.Error) as error:
        said = (error.strerror if isinstance(error, OSError) else None) or _reason(error)
        raise kind(Fault(f"cannot be written: {said}", hint, str(place))) from error


def _reason(error: Exception) -> str:
    """The first line of what DuckDB says; where it tells the system's error number, the system's words for it."""
    number = _ERRNO.search(str(error))
    return os.strerror(int(number.group(1))) if number else str(error).splitlines()[0]


def from_journals(files: str, columns: Mapping[str, str] = COLUMNS, *, longest: int = LARGEST_LINE) -> str:
    """Return the SQL that reads journals as rows of their columns and their ``filename``; torn lines are left out.

    Args:
        files: A SQL expression for the file or the list of files, such as ``$journals``.
        columns: Names and DuckDB types.
        longest: Bytes of the longest line, where that is known; DuckDB holds several times as much.
    """
    types = ", ".join(f"'{name}': '{kind}'" for name, kind in columns.items())
    return (
        f"(SELECT * FROM read_json({files}, columns = {{{types}}}, format = 'newline_delimited', "
        f"ignore_errors = true, maximum_object_size = {max(longest, _SHORTEST)}, filename = true) "
        "WHERE hash IS NOT NULL AND outcome IS NOT NULL AND finished_at IS NOT NULL)"
    )


def write_fixtures(folder: Path, fixtures: Iterable[Fixture]) -> None:
    """Write fixtures.parquet: all that a report needs to be rebuilt from the folder alone."""
    types = ", ".join(f"'{name}': '{kind}'" for name, kind in FIXTURE_COLUMNS.items())
    lines = folder / f".fixtures.{os.getpid()}.jsonl"
    longest = _SHORTEST
    try:
        with lines.open("wb") as file:
            for position, fixture in enumerate(fixtures):
                row = {
                    "position": position,
                    "id": fixture.id,
                    "tags": list(fixture.tags),
                    "group": fixture.group,
                    "weight": fixture.weight,
                    "record": json.dumps(fixture_record(fixture), ensure_ascii=False, default=str),
                }
                line = (json.dumps(row, ensure_ascii=False) + "\n").encode("utf-8", "replace")
                longest = max(longest, len(line))
                file.write(line)
        query = (
            f"SELECT * FROM read_json('{quoted(str(lines))}', columns = {{{types}}}, format = 'newline_delimited', "
            f"maximum_object_size = {longest})"
        )
        with spilling() as db:
            copy_to_parquet(db, query, folder / layout.FIXTURES)
    finally:
        lines.unlink(missing_ok=True)


def read_fixtures(folder: Path) -> tuple[Fixture, ...]:
    """Read the fixtures of a run, in the suite's own order."""
    query = "SELECT record FROM read_parquet($file) ORDER BY position"
    return tuple(fixture_from_record(json.loads(record)) for (record,) in stream_rows(query, folder / layout.FIXTURES))


def write_scores(folder: Path, scores: Iterable[Score]) -> None:
    """Write scores.parquet in long form: fixture_id, variant, repeat, metric, column, value; one row per measured column.

    A score without columns keeps one row whose column and value are null. The scores are taken a batch at a time, so they may
    come from a generator that measures as it goes.
    """
    rows = (
        (s.fixture_id, s.variant, s.repeat, s.metric, column, value)
        for s in scores
        for column, value in (s.columns.items() or (((None), None),))
    )
    with connect() as db:
        db.execute(
            "CREATE TABLE scores (fixture_id VARCHAR, variant VARCHAR, repeat INTEGER, metric VARCHAR, "
            '"column" VARCHAR, value DOUBLE)'
        )
        while batch := list(itertools.islice(rows, BATCH)):
            db.register("long", _long(batch))
            db.execute(
                "INSERT INTO scores SELECT fixture_id::VARCHAR, variant::VARCHAR, repeat::INTEGER, metric::VARCHAR, "
                '"column"::VARCHAR, value::DOUBLE FROM long'
            )
            db.unregister("long")
        copy_to_parquet(db, "SELECT * FROM scores", folder / layout.SCORES)


def _long(rows: Sequence[tuple[Any, ...]]) -> dict[str, Any]:
    """The columns of some rows as arrays."""
    import numpy as np

    fixture_id, variant, repeat, metric, column, value = zip(*rows, strict=True)
    texts = {"fixture_id": fixture_id, "variant": variant, "metric": metric, "column": column}
    long = {name: np.array(values, dtype=object) for name, values in texts.items()}
    long["repeat"] = np.array(repeat, dtype=np.int32)
    long["value"] = np.array([np.nan if v is None else v for v in value], dtype=np.float64)
    return long


def read_scores(folder: Path) -> tuple[Score, ...]:
    """Read the scores of a run, all of them; see ``stream_scores``."""
    return tuple(stream_scores(folder))


def stream_scores(folder: Path) -> Iterator[Score]:
    """Read the scores of a run one after the other in the order they were written; none where it has not been measured."""
    table = folder / layout.SCORES
    if not table.exists():
        return
    query = 'SELECT fixture_id, variant, repeat, metric, "column", value FROM read_parquet($file)'
    for (fixture_id, variant, repeat, metric), rows in itertools.groupby(stream_rows(query, table), key=lambda row: row[:4]):
        columns = {column: math.nan if value is None else value for *_, column, value in rows if column is not None}
        yield Score(fixture_id, variant, repeat, metric, columns)


def copy_to_parquet(db: Any, query: str, target: Path) -> None:
    """Write a query's rows as a Parquet file, whole or not at all."""
    layout.write_atomically(target, lambda path: copy(db, query, path))


def copy(db: Any, query: str, path: Path, values: Mapping[str, Any] | None = None) -> int:
    """Write a query's rows as a Parquet file and return how many there are."""
    form = f"FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {_ROW_GROUP}"
    command = f"COPY ({query}) TO '{quoted(str(path))}' ({form})"
    (count,) = with_room(db, lambda: db.execute(command, values or {}).fetchone())
    return int(count)


def read_rows(db: Any, query: str, file: Path) -> list[tuple[Any, ...]]:
    """Run a query with one ``$file``.

    Raises:
        StoreError: The file cannot be read.
    """
    import duckdb

    try:
        rows: list[tuple[Any, ...]] = db.execute(query, {"file": str(file)}).fetchall()
    except duckdb.Error as error:
        raise unreadable(error, file) from error
    return rows


def stream_rows(query: str, file: Path) -> Iterator[tuple[Any, ...]]:
    """Run a query with one ``$file`` and yield its rows, of which few are held at a time.

    Raises:
        StoreError: The file cannot be read.
    """
    import duckdb

    with spilling() as db:
        try:
            db.execute(query, {"file": str(file)})
            while batch := db.fetchmany(AT_ONCE):
                yield from batch
        except duckdb.Error as error:
            raise unreadable(error, file) from error


def unreadable(error: Exception, file: Path) -> StoreError:
    """Say of a file that DuckDB cannot read it."""
    return StoreError(Fault(f"cannot be read: {str(error).splitlines()[0]}", layout.RESTORE, file=str(file)))


def file_list(files: Iterable[Path]) -> str:
    """Return a SQL list of files."""
    return "[" + ", ".join(f"'{quoted(str(file))}'" for file in files) + "]"


def quoted(path: str) -> str:
    """Return a path as it stands between the apostrophes of a SQL text."""
    return path.replace("'", "''")
