"""The store: all run folders under one root, which are at once the record, the cache and the means to resume."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from types import TracebackType

from harness.errors import Fault, StoreError
from harness.store import layout, tables
from harness.store.answers import JUDGEMENTS, PastAnswers, find_answers, past_answers, typical_latency
from harness.store.journal import Journal, has_line
from harness.store.judgements import OpenJudging, read_judgements
from harness.store.record import Run, RunRecord, Score, StoredJudgement, StoredResponse
from harness.suite import Fixture

DEFAULT_ROOT = ".harness/runs"
"""Where run folders live unless another place is given, relative to the working directory."""


class OpenRun:
    """A run being written. Used as a context manager: whatever happens inside, every response appended is kept.

    Attributes:
        folder: The run folder.
    """

    def __init__(self, folder: Path) -> None:
        """Open the journal of a folder that has its run.json and fixtures."""
        self.folder = folder
        self._journal = Journal(folder / layout.JOURNAL)

    def append(self, stored: StoredResponse) -> None:
        """Keep one response; when this returns, a killed process does not lose it."""
        self._journal.append(stored)

    def finish(self, record: RunRecord) -> None:
        """Turn the journal into responses.parquet and write the final run.json.

        Raises:
            StoreError: When that fails; the journal is then still there.
        """
        self._journal.close()
        tables.write_responses(self.folder, list(record.variants), self._journal.count)
        layout.write_record(self.folder, record)
        self._journal.path.unlink()

    def __enter__(self) -> OpenRun:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._journal.close()


class Store:
    """Run folders under one root: ``<root>/<suite>/<run id>/``.

    Attributes:
        root: The folder that holds the runs.
        notes: One line for each run folder or file that could not be read and was skipped.
    """

    def __init__(self, root: str | os.PathLike[str] = DEFAULT_ROOT) -> None:
        """Name the root; nothing is made before the first run begins.

        Raises:
            StoreError: When the root is an address of something else than a local folder.
        """
        said = os.fspath(root).removeprefix("file://")
        if "://" in said:
            raise StoreError(Fault(f"runs cannot be written to {said}", "name a local folder and copy the runs from there"))
        self.root = Path(said)
        self.notes: list[str] = []

    def begin(self, record: RunRecord, fixtures: Iterable[Fixture]) -> OpenRun:
        """Make the folder of a new run.

        Args:
            record: What is known before anything is asked; its status is ``running``.
            fixtures: The fixtures of this run, in the suite's order.

        Raises:
            StoreError: When the folder cannot be made.
        """
        folder = self.root / record.suite / record.run_id
        try:
            folder.mkdir(parents=True)
            tables.write_fixtures(folder, fixtures)
            layout.write_record(folder, record)
            return OpenRun(folder)
        except OSError as error:
            fault = f"the run cannot be written: {error.strerror or error}"
            raise StoreError(Fault(fault, "free the place or name another store", file=str(folder))) from error

    def answers(self, hashes: Collection[str], suite: str | None = None) -> dict[str, StoredResponse]:
        """Find the newest usable answer to each request in all runs, complete or interrupted.

        Args:
            hashes: Request hashes.
            suite: Look in the runs of this suite only.

        Returns:
            An answer for each hash that has one; failed responses are no answers.
        """
        return find_answers([folder for _, folder in self._records(suite)], hashes, self._note)

    def judgements(self, hashes: Collection[str]) -> dict[str, StoredResponse]:
        """Find the newest usable answer of a judge to each request, in all runs, judged to the end or not."""
        return find_answers([folder for _, folder in self._records(None)], hashes, self._note, JUDGEMENTS)

    def typical_latency(self, suite: str, variant: str) -> float | None:
        """Return the median latency, in seconds, of a variant's answers in earlier runs; None where there is none."""
        return typical_latency([folder for _, folder in self._records(suite)], variant)

    def past_answers(self, suite: str, variant: str, model: str, adapter: str | None = None) -> PastAnswers | None:
        """Sum up the answers a variant gave in earlier runs of a suite, where it asked the same model with the same adapter."""
        runs = ((record.variants.get(variant) or {}, folder) for record, folder in self._records(suite))
        same = [folder for said, folder in runs if said.get("model") == model and said.get("adapter") == adapter]
        return past_answers(same, variant)

    def read(self, folder: str | os.PathLike[str]) -> Run:
        """Read a run back from its folder alone, complete or interrupted.

        Raises:
            StoreError: When a file of it is absent, damaged, or of a newer format.
        """
        path = Path(folder)
        record = layout.read_record(path)
        return Run(str(path), record, tables.read_fixtures(path), tables.read_responses(path), tables.read_scores(path))

    def judging(self, folder: str | os.PathLike[str]) -> OpenJudging:
        """Open a run to keep the answers of judges in it."""
        return OpenJudging(Path(folder))

    def read_judgements(self, folder: str | os.PathLike[str]) -> tuple[StoredJudgement, ...]:
        """Read what judges said of a run's responses; nothing where none was asked.

        Raises:
            StoreError: When the file is damaged.
        """
        return read_judgements(Path(folder))

    def write_record(self, folder: str | os.PathLike[str], record: RunRecord) -> None:
        """Write run.json in place of what it said, whole or not at all."""
        layout.write_record(Path(folder), record)

    def write_scores(self, folder: str | os.PathLike[str], scores: Iterable[Score]) -> None:
        """Write the scores of a run, in place of those it had."""
        tables.write_scores(Path(folder), scores)

    def list(self) -> list[RunRecord]:
        """Read the records of all runs, newest first; a folder that cannot be read is skipped with a note."""
        return [record for record, _ in self._records(None)]

    def find(self, selector: str | os.PathLike[str], suite: str | None = None) -> Path:
        """Find one run folder.

        Args:
            selector: A path of a run folder, a run id, the beginning of one, or ``latest``: the newest run with any response.
            suite: Look in the runs of this suite only.

        Raises:
            StoreError: When no run or more than one fits; it names the candidates.
        """
        said = os.fspath(selector)
        path = Path(said)
        if (path / layout.RUN).is_file():
            return path
        if path.name == layout.RUN and path.is_file():
            return path.parent
        runs = self._records(suite)
        if said == "latest":
            newest = next((folder for _, folder in runs if _has_responses(folder)), None)
            if newest is None:
                raise StoreError(self._absent("there is no run with responses", suite, []))
            return newest
        fitting = [folder for record, folder in runs if said == record.run_id]
        if not fitting and said:
            fitting = [folder for record, folder in runs if _begins(record.run_id, said)]
        if len(fitting) == 1:
            return fitting[0]
        if fitting:
            raise StoreError(Fault(f"{said} fits {len(fitting)} runs: {_some(fitting)}", "give more of the id"))
        raise StoreError(self._absent(f"no run is called {said!r}", suite, [folder for _, folder in runs]))

    def _absent(self, message: str, suite: str | None, folders: Sequence[Path]) -> Fault:
        where = f"under {self.root / suite if suite else self.root}"
        hint = f"there are: {_some(folders)}" if folders else "start one with harness run SUITE, or name another store"
        return Fault(f"{message} {where}", hint)

    def _folders(self, suite: str | None) -> Sequence[Path]:
        """All run folders, whatever state they are in, by name."""
        pattern = f"*/{layout.RUN}" if suite else f"*/*/{layout.RUN}"
        root = self.root / suite if suite else self.root
        return sorted(path.parent for path in root.glob(pattern))

    def _records(self, suite: str | None) -> Sequence[tuple[RunRecord, Path]]:
        """Readable runs, newest first."""
        found = []
        for folder in self._folders(suite):
            try:
                found.append((layout.read_record(folder), folder))
            except StoreError as error:
                self._note(f"{error} The run is skipped.")
        return sorted(found, key=lambda run: (run[0].started_at, run[0].run_id), reverse=True)

    def _note(self, line: str) -> None:
        if line not in self.notes:
            self.notes.append(line)


def _begins(run_id: str, said: str) -> bool:
    """Whether an id, or its short part after the hyphen, begins with what was said."""
    return run_id.startswith(said) or run_id.rpartition("-")[2].startswith(said)


def _has_responses(folder: Path) -> bool:
    if (folder / layout.RESPONSES).exists():
        return tables.count_responses(folder) > 0
    return has_line(folder / layout.JOURNAL)


def _some(folders: Sequence[Path], most: int = 8) -> str:
    names = ", ".join(f"{folder.parent.name}/{folder.name}" for folder in folders[:most])
    return names + (f" and {len(folders) - most} more" if len(folders) > most else "")
