"""A run's scores and responses as one file for other programs: CSV, Parquet, JSON, or JSON lines."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from harness.errors import Fault, StoreError
from harness.store import layout, tables
from harness.store.journal import longest_line
from harness.store.record import RunRecord
from harness.store.rows import COLUMNS

TableName = Literal["scores", "responses"]
TableForm = Literal["csv", "parquet", "json", "jsonl"]

_FORMS: Mapping[TableForm, str] = {
    "csv": "FORMAT csv, HEADER true",
    "parquet": "FORMAT parquet, COMPRESSION zstd",
    "json": "FORMAT json, ARRAY true",
    "jsonl": "FORMAT json",
}
_FORMULA = r"^\s*[=+\-@\x{FF1D}\x{FF0B}\x{FF0D}\x{FF20}]|^[\t\r\n]"
"""What a spreadsheet takes for a formula, the wide forms of the signs included (OWASP, CSV injection)."""

_SCORES = (
    's.fixture_id, s.variant, v.role, s.repeat, s.metric, s."column", '
    'CASE WHEN isnan(s.value) THEN NULL ELSE s.value END AS value, f.tags, f."group", f.weight'
)
_SCORE_TEXTS = ("run_id", "suite", "fixture_id", "variant", "role", "metric", "column", "tags", "group")
_RESPONSES = (
    "r.fixture_id, r.variant, v.role, r.repeat, r.outcome, r.text, r.tool_calls, "
    "f.record->>'$.input' AS input, f.record->>'$.messages' AS messages, f.record->>'$.expected' AS expected, "
    "r.finish_reason, r.model, r.fingerprint, r.input_tokens, r.output_tokens, r.cost, r.latency, r.retries, r.error, "
    'r.error_kind, r.retrieved, r.meta, r.cached, r.finished_at, r.hash, f.tags, f."group", f.weight'
)
_RESPONSE_TEXTS = (
    "run_id", "suite", "fixture_id", "variant", "role", "outcome", "text", "tool_calls", "input", "messages", "expected",
    "finish_reason", "model", "fingerprint", "error", "error_kind", "retrieved", "meta", "finished_at", "hash", "tags", "group",
)  # fmt: skip
_ORDER = "ORDER BY v.place, {0}.variant, f.position, {0}.fixture_id, {0}.repeat"


def export_table(folder: Path, table: TableName, form: TableForm, target: Path) -> int:
    """Write a table of a run as one file, whole or not at all, in the order of variants, fixtures and repeats.

    Rows go from file to file through DuckDB, of which little is held. Scores are long: a row for each measured column.
    In CSV a text that a spreadsheet would take for a formula gets an apostrophe in front, tags are joined by ``; ``, and the
    character NUL is written as ``[U+0000]``; the other forms hold every text as it is.

    Args:
        folder: The run folder.
        table: ``scores`` or ``responses``.
        form: ``csv``, ``parquet``, ``json`` (one array) or ``jsonl`` (a line each).
        target: The file to write; its folder is made.

    Returns:
        Rows written.

    Raises:
        StoreError: The run has no such table, a file of it cannot be read, or the place cannot be written.
    """
    import duckdb

    record = layout.read_record(folder)
    source, file = _source(folder, table, record)
    query = _formed(_query(table, source), table, form)
    values = {"run_id": record.run_id, "suite": record.suite, "file": str(file)}
    rows = 0

    def write(path: Path) -> None:
        nonlocal rows
        command = f"COPY ({query}) TO '{tables.quoted(str(path))}' ({_FORMS[form]})"
        with tables.spilling() as db:
            _prepare(db, folder, record)
            (rows,) = tables.with_room(db, lambda: db.execute(command, values).fetchone())

    with tables.writing(target, "free the place or name another file", StoreError):
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            layout.write_atomically(target, write)
        except duckdb.InvalidInputException as error:
            raise tables.unreadable(error, file) from error
    return int(rows)


def _source(folder: Path, table: TableName, record: RunRecord) -> tuple[str, Path]:
    """The SQL that reads a table with ``$file``, and that file."""
    if table == "scores":
        path = folder / layout.SCORES
        if not path.exists():
            message = f"run {record.run_id} has no scores"
            raise StoreError(Fault(message, "measure it: harness score RUN --save", file=str(folder)))
        return "read_parquet($file)", path
    names = ", ".join(COLUMNS)
    whole = folder / layout.RESPONSES
    if whole.exists():
        return f"(SELECT {names} FROM read_parquet($file))", whole
    journal, known = folder / layout.JOURNAL, folder / layout.KNOWN
    parts = [f"SELECT {names} FROM read_parquet({tables.file_list([known])})"] if known.exists() else []
    if journal.exists():
        parts.append(f"SELECT {names} FROM {tables.from_journals('$file', longest=longest_line(journal))}")
    if not parts:
        raise StoreError(Fault(f"run {record.run_id} has no responses", "name another run", file=str(folder)))
    return f"({' UNION ALL '.join(parts)})", journal if journal.exists() else known


def _prepare(db: Any, folder: Path, record: RunRecord) -> None:
    """Lay out the order of variants with their roles; the fixtures are read in place."""
    defined = record.definition.get("variants") or {}
    names = list(record.variants)
    roles = [str((defined.get(name) or record.variants[name]).get("role") or "") for name in names]
    listed = (
        "unnest($names::VARCHAR[]) AS name, unnest($roles::VARCHAR[]) AS role, generate_subscripts($names::VARCHAR[], 1) AS place"
    )
    db.execute(f"CREATE TABLE v AS SELECT {listed}", {"names": names, "roles": roles})
    db.execute("CREATE VIEW f AS SELECT * FROM read_parquet(" + tables.file_list([folder / layout.FIXTURES]) + ")")


def _query(table: TableName, source: str) -> str:
    letter, columns = ("s", _SCORES) if table == "scores" else ("r", _RESPONSES)
    order = _ORDER.format(letter) + (', s.metric, s."column"' if table == "scores" else "")
    return (
        f"SELECT $run_id::VARCHAR AS run_id, $suite::VARCHAR AS suite, {columns} FROM {source} {letter} "
        f"LEFT JOIN v ON v.name = {letter}.variant LEFT JOIN f ON f.id = {letter}.fixture_id {order}"
    )


def _formed(query: str, table: TableName, form: TableForm) -> str:
    """What is written in a form that cannot hold everything."""
    if form in {"json", "jsonl"}:
        finite = "CASE WHEN isfinite(value) THEN value END AS value"
        return f"SELECT * REPLACE ({finite}) FROM ({query})" if table == "scores" else query
    if form == "parquet":
        return query
    texts = _SCORE_TEXTS if table == "scores" else _RESPONSE_TEXTS
    joined = f"SELECT * REPLACE (array_to_string(tags, '; ') AS tags) FROM ({query})"
    safe = ", ".join(f'{_harmless(name)} AS "{name}"' for name in texts)
    return f"SELECT * REPLACE ({safe}) FROM ({joined})"


def _harmless(column: str) -> str:
    text = f"replace(\"{column}\", chr(0), '[U+0000]')"
    return f"CASE WHEN regexp_matches(\"{column}\", '{_FORMULA}') THEN '''' || {text} ELSE {text} END"
