"""Looking answers up by their request's hash, in every run there is."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.store import layout, tables
from harness.store.record import StoredResponse
from harness.store.rows import COLUMNS, from_row

Note = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Kept:
    """The files of a run folder that answers are kept in.

    Attributes:
        table: The Parquet file.
        journal: The journal beside it, or before it.
        both: Whether a journal beside a table has answers that the table lacks.
        known: The Parquet file of what was known when a run began; it goes when the table comes.
    """

    table: str
    journal: str
    both: bool = False
    known: str | None = None


RESPONSES = Kept(layout.RESPONSES, layout.JOURNAL, known=layout.KNOWN)
JUDGEMENTS = Kept(layout.JUDGEMENTS, layout.JUDGING, both=True)


def find_answers(
    folders: Sequence[Path], hashes: Collection[str], note: Note, kept: Kept = RESPONSES
) -> dict[str, StoredResponse]:
    """Find the newest usable answer to each request, in Parquet and journals alike.

    Args:
        folders: Run folders.
        hashes: Request hashes.
        note: Told of each run that cannot be read.
        kept: Whether the variants' answers are looked for, or the judges'.
    """
    import duckdb

    if not hashes or not folders:
        return {}
    try:
        return _newest(folders, hashes, kept)
    except duckdb.Error as error:
        if len(folders) == 1:
            note(f"{folders[0]}: the run is skipped, its {Path(kept.table).stem} cannot be read: {str(error).splitlines()[0]}")
            return {}
    found: dict[str, StoredResponse] = {}
    for folder in folders:
        for name, stored in find_answers([folder], hashes, note, kept).items():
            if name not in found or stored.finished_at > found[name].finished_at:
                found[name] = stored
    return found


def typical_latency(folders: Sequence[Path], variant: str) -> float | None:
    """Return the median latency, in seconds, that a variant's answers had; None where nothing is known or can be read."""
    import duckdb

    rows = rows_of(folders, RESPONSES)
    if rows is None:
        return None
    query = f"SELECT median(latency) FROM {rows} WHERE variant = $variant AND outcome <> 'failed'"
    with tables.connect() as db:
        try:
            found: float | None = db.execute(query, {"variant": variant}).fetchone()[0]
        except duckdb.Error:
            return None
    return found


@dataclass(frozen=True, slots=True)
class PastAnswers:
    """What a variant's answers were like in earlier runs.

    Attributes:
        count: Answers whose tokens are known; at least 1.
        fewest: Output tokens of the shortest.
        mean: Output tokens on average.
        latency: Their median latency in seconds; None where none is known.
    """

    count: int
    fewest: int
    mean: float
    latency: float | None


def past_answers(folders: Sequence[Path], variant: str) -> PastAnswers | None:
    """Sum up a variant's answers, each counted once however many runs hold it; None where there is none or none can be read."""
    import duckdb

    rows = rows_of(folders, RESPONSES)
    if rows is None:
        return None
    query = (
        "SELECT count(*), min(tokens), avg(tokens), median(latency) FROM (SELECT hash, any_value(output_tokens) AS tokens, "
        f"any_value(latency) AS latency FROM {rows} WHERE variant = $variant AND outcome <> 'failed' "
        "AND output_tokens IS NOT NULL GROUP BY hash)"
    )
    with tables.connect() as db:
        try:
            count, fewest, mean, latency = db.execute(query, {"variant": variant}).fetchone()
        except duckdb.Error:
            return None
    return PastAnswers(count, fewest, mean, latency) if count else None


def _newest(folders: Sequence[Path], hashes: Collection[str], kept: Kept) -> dict[str, StoredResponse]:
    """Two passes: the first reads only hashes and times, the second fetches whole rows from the runs that hold an answer."""
    found: dict[str, StoredResponse] = {}
    rows = rows_of(folders, kept)
    if rows is None:
        return found
    with tables.connect() as db:
        db.execute("CREATE TABLE wanted AS SELECT DISTINCT unnest($hashes::VARCHAR[]) AS hash", {"hashes": list(hashes)})
        db.execute(
            "CREATE TABLE newest AS SELECT hash, max(finished_at) AS finished_at, "
            "arg_max(filename, (finished_at, filename)) AS filename "
            f"FROM {rows} SEMI JOIN wanted USING (hash) WHERE outcome <> 'failed' GROUP BY hash"
        )
        holding = {Path(name).parent for (name,) in db.execute("SELECT DISTINCT filename FROM newest").fetchall()}
        rows = rows_of([folder for folder in folders if folder in holding], kept)
        if rows is None:
            return found
        newest = f"{rows} SEMI JOIN newest USING (hash, filename, finished_at) WHERE outcome <> 'failed'"
        answers = db.execute(f"SELECT {', '.join(COLUMNS)} FROM {newest}")
        while batch := answers.fetchmany(10_000):
            for row in batch:
                found.setdefault(row[0], from_row(row))
    return found


@dataclass(frozen=True, slots=True)
class Files:
    """The files that answers are read from.

    Attributes:
        parquet: Tables, and what unfinished runs knew when they began.
        journals: Journals of unfinished runs.
    """

    parquet: tuple[Path, ...] = ()
    journals: tuple[Path, ...] = ()


def files_of(folders: Sequence[Path], kept: Kept) -> Files:
    """Find the files that hold a run's answers, in each of the folders."""
    complete = [file for folder in folders if (file := folder / kept.table).exists()]
    done = set() if kept.both else {file.parent for file in complete}
    open_ones = [folder for folder in folders if folder not in done]
    known = [] if kept.known is None else [file for folder in open_ones if (file := folder / kept.known).exists()]
    journals = [file for folder in open_ones if (file := folder / kept.journal).exists()]
    return Files((*complete, *known), tuple(journals))


def rows_of(folders: Sequence[Path], kept: Kept) -> str | None:
    """Return the SQL of all rows of all folders, or None where there is no file to read."""
    files = files_of(folders, kept)
    parts = []
    if files.parquet:
        parts.append(f"SELECT * FROM read_parquet({tables.file_list(files.parquet)}, union_by_name = true, filename = true)")
    if files.journals:
        parts.append(f"SELECT * FROM {tables.from_journals(tables.file_list(files.journals))}")
    return f"({' UNION ALL BY NAME '.join(parts)})" if parts else None
