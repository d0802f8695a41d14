"""What judges said of a run's responses: a journal while they are asked, Parquet afterwards, beside the responses."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType

from harness.errors import Fault, StoreError, UnfinishedError
from harness.store import layout, tables
from harness.store.journal import Journal
from harness.store.record import StoredJudgement
from harness.store.rows import COLUMNS, from_row, to_row

JUDGEMENT_COLUMNS: Mapping[str, str] = {"metric": "VARCHAR", "number": "INTEGER", **COLUMNS}
"""The columns of judgements.parquet: those of responses, with the metric that asked and which of its requests it was."""

_PLACE = "metric, variant, fixture_id, repeat, number, hash"


class OpenJudging:
    """A run whose responses are being judged. Used as a context manager: every answer appended is kept.

    Attributes:
        folder: The run folder.
    """

    def __init__(self, folder: Path) -> None:
        """Open the journal; one that a killed process left is gone on with.

        Raises:
            StoreError: The folder cannot be written to.
        """
        self.folder = folder
        try:
            self._journal = Journal(folder / layout.JUDGING)
        except OSError as error:
            fault = f"what judges say cannot be written: {error.strerror or error}"
            raise StoreError(Fault(fault, "free the place or copy the run to another store", file=str(folder))) from error

    def append(self, judgement: StoredJudgement) -> None:
        """Keep one answer; when this returns, a killed process does not lose it."""
        self._journal.write({"metric": judgement.metric, "number": judgement.number, **to_row(judgement.answer)})

    def finish(self) -> None:
        """Add the journal to judgements.parquet, and remove it.

        Raises:
            UnfinishedError: When that fails; the journal is then still there.
        """
        self._journal.close()
        hint = "what the judges said is kept: free the place and give the same command again"
        with tables.writing(self.folder, hint, UnfinishedError):
            write_judgements(self.folder)
            self._journal.path.unlink(missing_ok=True)

    def __enter__(self) -> OpenJudging:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if error is None:
            self._journal.close()
        else:
            with suppress(UnfinishedError):
                self._journal.close()


def write_judgements(folder: Path) -> None:
    """Write judgements.parquet from what it holds and the journal: of the same request's answers the newest usable one."""
    table = folder / layout.JUDGEMENTS
    names = ", ".join(JUDGEMENT_COLUMNS)
    with tables.connect() as db:
        journal = f"SELECT {names} FROM {tables.from_journals('$journal', JUDGEMENT_COLUMNS)}"
        db.execute(f"CREATE TABLE j AS {journal}", {"journal": str(folder / layout.JUDGING)})
        if table.exists():
            tables.read_rows(db, f"INSERT INTO j SELECT {names} FROM read_parquet($file)", table)
        newest = f"PARTITION BY {_PLACE} ORDER BY outcome = 'failed', finished_at DESC"
        query = f"SELECT {names} FROM j QUALIFY row_number() OVER ({newest}) = 1 ORDER BY {_PLACE}"
        tables.copy_to_parquet(db, query, table)


def read_judgements(folder: Path) -> tuple[StoredJudgement, ...]:
    """Read what judges said of a run's responses, in Parquet and in a journal that was left."""
    table, journal = folder / layout.JUDGEMENTS, folder / layout.JUDGING
    names = ", ".join(JUDGEMENT_COLUMNS)
    rows = []
    with tables.connect() as db:
        if table.exists():
            rows += tables.read_rows(db, f"SELECT {names} FROM read_parquet($file)", table)
        if journal.exists():
            rows += tables.read_rows(db, f"SELECT {names} FROM {tables.from_journals('$file', JUDGEMENT_COLUMNS)}", journal)
    return tuple(StoredJudgement(metric, number, from_row(rest)) for metric, number, *rest in rows)
