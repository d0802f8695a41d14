"""A run being written: every response is kept as it comes, whatever happens to the process, the disk or the folder."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

from harness.errors import Fault, UnfinishedError
from harness.store import layout, responses, tables
from harness.store.alive import Hold
from harness.store.journal import Journal
from harness.store.plan_table import PlanTable
from harness.store.record import RunRecord, StoredResponse
from harness.suite import Fixture

AGAIN = "give the same command again; nothing that was answered is asked twice"


class OpenRun:
    """A run being written. Used as a context manager: whatever happens inside, every response appended is kept.

    Attributes:
        folder: The run folder.
        known: The file in it of answers that were known when the run began; absent where none were.
    """

    def __init__(
        self, folder: Path, *, hold: Hold | None = None, begun: tuple[RunRecord, Sequence[Fixture]] | None = None
    ) -> None:
        """Open the journal of a folder that has its run.json and fixtures.

        Args:
            folder: The run folder.
            hold: Shows other processes that the run is alive; released at the end.
            begun: What the folder was made of, to make it again should somebody delete it.
        """
        self.folder = folder
        self.known = folder / layout.KNOWN
        self._hold, self._begun = hold, begun
        self._journal = Journal(folder / layout.JOURNAL)
        self._known_file: BinaryIO | None = None

    def append(self, stored: StoredResponse) -> None:
        """Keep one response; when this returns, a killed process does not lose it.

        Raises:
            UnfinishedError: When it cannot be written; what was appended before is kept.
        """
        try:
            self._journal.append(stored)
        except UnfinishedError:
            self._put_back_if_gone()
            raise

    def keep_known(self, plan: PlanTable) -> int:
        """Keep what is known of a plan, as it was first answered.

        Returns:
            How many answers that is.

        Raises:
            UnfinishedError: When it cannot be written.
        """
        with tables.writing(self.folder, f"free the place and {AGAIN}", UnfinishedError):
            count = plan.copy_known(self.known)
            if count:
                self._known_file = self.known.open("rb")  # can be read also after it was deleted
            return count

    def finish(self, record: RunRecord) -> None:
        """Turn the journal into responses.parquet and write the final run.json.

        Raises:
            UnfinishedError: When that fails; the journal is then still there.
        """
        self._close()
        with tables.writing(self.folder, f"the journal is kept: free the place and {AGAIN}", UnfinishedError):
            responses.write_responses(self.folder, list(record.variants), self._journal.count)
            layout.write_record(self.folder, record)
            self._journal.path.unlink(missing_ok=True)

    def __enter__(self) -> OpenRun:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        try:
            if error is None:
                self._close()
            else:
                with suppress(UnfinishedError):
                    self._close()
        finally:
            if self._known_file is not None:
                self._known_file.close()
            if self._hold is not None:
                self._hold.release()

    def _close(self) -> None:
        try:
            self._journal.close()
        except UnfinishedError:
            self._put_back_if_gone()
            raise

    def _put_back_if_gone(self) -> None:
        """Make a folder that was deleted again, with every answer, and say so.

        Raises:
            UnfinishedError: Whether that works or not.
        """
        if not self._journal.gone:
            return
        with tables.writing(self.folder, "everything answered in it is lost", UnfinishedError):
            self.folder.mkdir(parents=True, exist_ok=True)
            if self._begun is not None:
                record, fixtures = self._begun
                tables.write_fixtures(self.folder, fixtures)
                layout.write_record(self.folder, record)
            if self._known_file is not None and not self.known.exists():
                self._known_file.seek(0)
                with self.known.open("wb") as file:
                    shutil.copyfileobj(self._known_file, file)
            self._journal.put_back()
        said = f"was deleted while the run was going on; its {self._journal.count} answers have been put back"
        raise UnfinishedError(Fault(said, AGAIN, str(self.folder)))
