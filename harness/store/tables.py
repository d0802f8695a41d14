"""The tables of a run folder, written and read in place with DuckDB."""

from __future__ import annotations

import itertools
import json
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from harness.errors import Fault, StoreError
from harness.store import layout
from harness.store.record import Score, StoredResponse
from harness.store.rows import COLUMNS, from_row
from harness.suite import Fixture, fixture_from_record, fixture_record

LARGEST_LINE = 64 * 1024 * 1024
"""Bytes one journal line may have."""

BATCH = 100_000
"""Rows of scores held in Python at a time while they are written."""

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
        yield connection
    finally:
        connection.close()


def from_journals(files: str, columns: Mapping[str, str] = COLUMNS) -> str:
    """Return the SQL that reads journals as rows of their columns and their ``filename``; torn lines are left out.

    Args:
        files: A SQL expression for the file or the list of files, such as ``$journals``.
        columns: Names and DuckDB types.
    """
    types = ", ".join(f"'{name}': '{kind}'" for name, kind in columns.items())
    return (
        f"(SELECT * FROM read_json({files}, columns = {{{types}}}, format = 'newline_delimited', "
        f"ignore_errors = true, maximum_object_size = {LARGEST_LINE}, filename = true) "
        "WHERE hash IS NOT NULL AND outcome IS NOT NULL AND finished_at IS NOT NULL)"
    )


def write_responses(folder: Path, variants: Sequence[str], expected: int) -> None:
    """Turn the journal into responses.parquet, ordered by variant, fixture and repeat.

    Args:
        folder: The run folder; its fixtures.parquet gives the order of fixtures.
        variants: The order of variants.
        expected: Lines the journal has.

    Raises:
        StoreError: When a line cannot be read back; the journal is left as it is.
    """
    journal = folder / layout.JOURNAL
    names = ", ".join(f"r.{name}" for name in COLUMNS)
    with connect() as db:
        db.execute(f"CREATE TABLE r AS SELECT * FROM {from_journals('$journal')}", {"journal": str(journal)})
        found = db.execute("SELECT count(*) FROM r").fetchone()[0]
        if found != expected:
            lost = f"{expected - found} of {expected} lines cannot be read back"
            raise StoreError(Fault(lost, "the journal is kept; is the disk full", file=str(journal)))
        listed = "unnest($names::VARCHAR[]) AS name, generate_subscripts($names::VARCHAR[], 1) AS place"
        db.execute(f"CREATE TABLE v AS SELECT {listed}", {"names": list(variants)})
        db.execute("CREATE TABLE f AS SELECT id, position FROM read_parquet($file)", {"file": str(folder / layout.FIXTURES)})
        query = (
            f"SELECT {names} FROM r LEFT JOIN v ON v.name = r.variant LEFT JOIN f ON f.id = r.fixture_id "
            "ORDER BY v.place, r.variant, f.position, r.fixture_id, r.repeat"
        )
        copy_to_parquet(db, query, folder / layout.RESPONSES)


def read_responses(folder: Path) -> tuple[StoredResponse, ...]:
    """Read the responses of a run: from Parquet where it is complete, from the journal where it was interrupted."""
    names = ", ".join(COLUMNS)
    table, journal = folder / layout.RESPONSES, folder / layout.JOURNAL
    with connect() as db:
        if table.exists():
            rows = read_rows(db, f"SELECT {names} FROM read_parquet($file)", table)
        elif journal.exists():
            rows = read_rows(db, f"SELECT {names} FROM {from_journals('$file')}", journal)
        else:
            rows = []
    return tuple(from_row(row) for row in rows)


def count_responses(folder: Path) -> int:
    """Count the rows of responses.parquet; 0 where it cannot be read."""
    with connect() as db:
        try:
            return int(read_rows(db, "SELECT count(*) FROM read_parquet($file)", folder / layout.RESPONSES)[0][0])
        except StoreError:
            return 0


def write_fixtures(folder: Path, fixtures: Iterable[Fixture]) -> None:
    """Write fixtures.parquet: all that a report needs to be rebuilt from the folder alone."""
    types = ", ".join(f"'{name}': '{kind}'" for name, kind in FIXTURE_COLUMNS.items())
    with tempfile.NamedTemporaryFile("wb", suffix=".jsonl", dir=folder, prefix=".fixtures.") as lines, connect() as db:
        for position, fixture in enumerate(fixtures):
            row = {
                "position": position,
                "id": fixture.id,
                "tags": list(fixture.tags),
                "group": fixture.group,
                "weight": fixture.weight,
                "record": json.dumps(fixture_record(fixture), ensure_ascii=False, default=str),
            }
            lines.write((json.dumps(row, ensure_ascii=False) + "\n").encode("utf-8", "replace"))
        lines.flush()
        query = (
            f"SELECT * FROM read_json('{_quoted(lines.name)}', columns = {{{types}}}, format = 'newline_delimited', "
            f"maximum_object_size = {LARGEST_LINE}) ORDER BY position"
        )
        copy_to_parquet(db, query, folder / layout.FIXTURES)


def read_fixtures(folder: Path) -> tuple[Fixture, ...]:
    """Read the fixtures of a run, in the suite's own order."""
    with connect() as db:
        rows = read_rows(db, "SELECT record FROM read_parquet($file) ORDER BY position", folder / layout.FIXTURES)
    return tuple(fixture_from_record(json.loads(record)) for (record,) in rows)


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
    """Read the scores of a run in the order they were written; none where it has not been measured."""
    table = folder / layout.SCORES
    if not table.exists():
        return ()
    query = 'SELECT fixture_id, variant, repeat, metric, "column", value FROM read_parquet($file)'
    found: dict[tuple[str, str, int, str], dict[str, float]] = {}
    with connect() as db:
        for fixture_id, variant, repeat, metric, column, value in read_rows(db, query, table):
            columns = found.setdefault((fixture_id, variant, repeat, metric), {})
            if column is not None:
                columns[column] = float("nan") if value is None else value
    return tuple(Score(*key, columns) for key, columns in found.items())


def copy_to_parquet(db: Any, query: str, target: Path) -> None:
    """Write a query's rows as a Parquet file, whole or not at all."""
    layout.write_atomically(
        target, lambda path: db.execute(f"COPY ({query}) TO '{_quoted(str(path))}' (FORMAT parquet, COMPRESSION zstd)")
    )


def read_rows(db: Any, query: str, file: Path) -> list[tuple[Any, ...]]:
    """Run a query with one ``$file``.

    Raises:
        StoreError: The file cannot be read.
    """
    import duckdb

    try:
        rows: list[tuple[Any, ...]] = db.execute(query, {"file": str(file)}).fetchall()
    except duckdb.Error as error:
        reason = str(error).splitlines()[0]
        raise StoreError(Fault(f"cannot be read: {reason}", layout.RESTORE, file=str(file))) from error
    return rows


def file_list(files: Iterable[Path]) -> str:
    """Return a SQL list of files."""
    return "[" + ", ".join(f"'{_quoted(str(file))}'" for file in files) + "]"


def _quoted(path: str) -> str:
    return path.replace("'", "''")
